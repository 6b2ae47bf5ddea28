//! Clips as a user orders them: one order and one download for each, whatever is killed, and nothing is paid for what is wrong.

use crate::room::signal;
use crate::stage::{Stage, quick, runtime};
use doubles::clips::{ClipAccount, ClipFault, ClipSettings, Clips};
use serde_json::{Value, json};
use std::fs;

/// A stage with somebody who generates clips.
struct Cinema {
    stage: Stage,
    clips: Clips,
}

impl Cinema {
    fn new(settings: ClipSettings) -> Self {
        let key = settings.api_key.clone();
        let clips = runtime().block_on(Clips::start(settings)).unwrap();
        let stage =
            quick().with("ONETAKE_CLIPS", "gemini").with("GEMINI_API_KEY", &key).with("GEMINI_BASE_URL", clips.root());
        Self { stage, clips }
    }

    fn read(&self, arguments: &[&str]) -> Value {
        self.stage.read(&[&["clip"], arguments].concat())
    }

    fn until(&self, shown: impl Fn(&ClipAccount) -> bool) {
        runtime().block_on(self.clips.until(shown));
    }
}

fn cinema() -> Cinema {
    Cinema::new(ClipSettings { generating_ms: 500, ..ClipSettings::default() })
}

#[test]
fn a_clip_is_ordered_and_downloaded_once_and_its_facts_are_those_of_its_file() {
    let cinema = cinema();
    let job = cinema.read(&["A paper boat.", "--seconds", "4", "--aspect", "16:9"]);
    assert_eq!((&job["status"], &job["source"]), (&json!("succeeded"), &json!("clip")), "{job:#}");
    let footage = &job["clip"]["footage"];
    assert_eq!(footage["codec"], "h264", "{job:#}");
    assert!(footage["seconds"].as_f64().unwrap() > 1.0 && footage["width"].as_u64().unwrap() > 0, "{footage}");
    let film = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "film.mp4").unwrap();
    let again = cinema.read(&["A paper boat.", "--seconds", "4", "--aspect", "16:9"]);
    assert_eq!(again["counts"]["pictures_reused"], 1, "{again:#}");
    let log = cinema.clips.log();
    assert_eq!((log.orders.len(), log.downloads.len(), log.is_key_leaked()), (1, 1, false));
    let shown = cinema.stage.run(&["clip", "A paper boat.", "--seconds", "4", "--aspect", "16:9"]);
    let path = shown.out.lines().find_map(|line| line.split_once("watch   ")).map(|(_, path)| path.trim().to_owned());
    let bytes = fs::read(cinema.stage.room.path(&path.unwrap_or_else(|| panic!("{}", shown.out)))).unwrap();
    assert_eq!(bytes.len() as u64, film["size_bytes"].as_u64().unwrap(), "{}", shown.out);
}

#[test]
fn several_prompts_are_several_clips_and_the_same_one_is_one() {
    let cinema = cinema();
    let told = cinema.read(&["A boat.", "A gull.", "A boat."]);
    let jobs = told["jobs"].as_array().unwrap();
    assert!(jobs.len() == 2 && jobs.iter().all(|job| job["status"] == "succeeded"), "{told:#}");
    assert_eq!((cinema.clips.log().orders.len(), cinema.clips.log().downloads.len()), (2, 2));
    cinema.clips.fault(ClipFault::Blocked);
    let ran = cinema.stage.run(&["clip", "A pier.", "A lamp."]);
    assert!(
        ran.code == Some(1) && ran.out.matches("▸ clip").count() == 1,
        "the other is shown: {}{}",
        ran.out,
        ran.err
    );
    let extended = cinema.read(&["It rains.", "--from", jobs[0]["id"].as_str().unwrap()]);
    assert_eq!(extended["clip"]["task"], "extend", "{extended:#}");
}

#[test]
fn one_who_is_killed_at_any_moment_orders_nothing_twice() {
    let cinema = Cinema::new(ClipSettings { generating_ms: 1_500, processing_ms: 1_000, ..ClipSettings::default() });
    let arguments = ["clip", "A paper boat.", "--json"];
    let moments: [fn(&ClipAccount) -> bool; 3] = [
        |account| account.log().questions > 0,
        |account| account.log().questions > 1,
        |account| !account.log().downloads.is_empty(),
    ];
    for moment in moments {
        let child = cinema.stage.command(&arguments).spawn().unwrap();
        cinema.until(moment);
        signal(&child, "KILL");
        child.wait_with_output().unwrap();
    }
    let job = cinema.stage.read(&arguments[..2]);
    assert_eq!(job["status"], "succeeded", "{job:#}");
    assert_eq!(cinema.clips.log().orders.len(), 1);
    let pictures: Vec<_> = fs::read_dir(cinema.stage.room.path("data/pictures")).unwrap().collect();
    assert_eq!(pictures.len(), 1, "one complete object, and no debris: {pictures:?}");
}

#[test]
fn what_goes_wrong_is_told_with_the_providers_reason() {
    let cinema = cinema();
    for (fault, prompt, part) in [
        (ClipFault::Blocked, "A.", "blocked"),
        (ClipFault::Words, "B.", ""),
        (ClipFault::Failed, "C.", ""),
        (ClipFault::Spoiled, "D.", "what came is"),
        (ClipFault::Lost, "E.", "lost"),
    ] {
        cinema.clips.fault(fault.clone());
        let ran = cinema.stage.run(&["clip", prompt, "--json"]);
        assert_eq!(ran.code, Some(1), "{fault:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(part) || ran.out.contains(part), "{fault:?}: {}{}", ran.out, ran.err);
    }
    let orders = cinema.clips.log().orders.len();
    for (arguments, part) in [
        (&["?!"][..], "/prompt"),
        (&["A.", "--seconds", "99"], "/seconds"),
        (&["A.", "--model", "none"], "/model"),
        (&["A.", "--from", "nobody"], "/clip/from"),
        (&["A.", "--image", "nothing.png"], "nothing.png"),
        (&["A.", "--task", "edit"], "--from"),
    ] {
        let ran = cinema.stage.run(&[&["clip"], arguments].concat());
        assert!(ran.code == Some(2) && ran.err.contains(part), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    assert_eq!(cinema.clips.log().orders.len(), orders, "nothing is paid for what is wrong");
}
