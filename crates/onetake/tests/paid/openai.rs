//! A speech server with OpenAI's interface: no times of characters, so captions follow the sound.

use crate::measure::{rms_db, sound, span};
use crate::room::{Ran, Room, Voices, dialogue};
use crate::stage::runtime;
use doubles::{OpenAiSettings, OpenAiSpeech};
use serde_json::{Value, json};
use std::fs;

fn run(room: &Room, server: &OpenAiSpeech, verb: &str) -> Value {
    room.write("script.json", dialogue().to_string());
    let mut command = room.command(&[verb, "script.json", "--resolution", "240p", "--json"]);
    command
        .env("ONETAKE_SPEECH", "openai")
        .env("OPENAI_BASE_URL", server.base_url())
        .env("OPENAI_API_KEY", "sk-double");
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// Beginning, end and words of each caption.
fn cues(vtt: &str) -> Vec<(f64, f64, String)> {
    let seconds = |text: &str| text.trim().split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap());
    let cue = |block: &str| {
        let (times, words) = block.split_once('\n')?;
        let (start, end) = times.split_once(" --> ")?;
        Some((seconds(start), seconds(end), words.trim().to_owned()))
    };
    vtt.split("\n\n").filter_map(cue).collect()
}

#[test]
fn a_film_by_such_a_server_has_one_call_a_line_and_captions_where_a_voice_is() {
    let server = runtime().block_on(OpenAiSpeech::start(OpenAiSettings::default())).unwrap();
    let room = Room::new(Voices::Tones);
    run(&room, &server, "preview");
    let film = run(&room, &server, "film");
    let log = server.log();
    assert_eq!((log.calls.len(), log.refusals.len(), log.max_in_flight), (4, 0, 1));
    assert_eq!((&film["counts"]["spoken"], &film["counts"]["reused"]), (&json!(0), &json!(4)));
    let manifest: Value = serde_json::from_slice(&fs::read(room.file(&film, "manifest.json")).unwrap()).unwrap();
    let segments = manifest["segments"].as_array().unwrap();
    assert!(segments.iter().all(|segment| segment["word_times"] == "estimated"), "{manifest:#}");
    let captions = cues(&fs::read_to_string(room.file(&film, "captions.vtt")).unwrap());
    let said: Vec<&str> = captions.iter().map(|(_, _, words)| words.as_str()).collect();
    let lines = dialogue();
    let texts: Vec<&str> =
        lines["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(said.join(" ").split_whitespace().collect::<Vec<_>>().join(" "), texts.join(" "));
    let sound = sound(&room.file(&film, "film.mp4"));
    for (start_s, end_s, words) in &captions {
        let holds = |segment: &&Value| {
            let time = |name: &str| segment[name].as_f64().unwrap();
            time("start_s") - 0.01 <= *start_s && *end_s <= time("end_s") + 0.01
        };
        assert!(segments.iter().any(|segment| holds(&segment)), "\"{words}\" is shown between the lines");
        assert!(rms_db(span(&sound, *start_s, *end_s)) > -40.0, "\"{words}\" is shown while nobody speaks");
    }
}
