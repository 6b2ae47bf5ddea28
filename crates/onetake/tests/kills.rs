//! The program killed from outside at many moments of a film, and started again: no character is bought twice, and the film is the
//! one that would have been. Counted in the double's books. `just kills`; `just kills SEED` replays one.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

#[path = "program/room.rs"]
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
mod room;
#[path = "paid/stage.rs"]
#[expect(dead_code, reason = "shared with the tests of what is paid, which use all of it")]
mod stage;

use doubles::Settings;
use doubles::account::{Ended, LoggedCall};
use room::{Ran, Room, timed};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stage::Stage;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Processes that are killed.
const KILLS: usize = 50;
/// Of these, at least so many while the double streams.
const MID_STREAM: usize = 15;
/// And so many between the double's last byte and the sound's being there, whole.
const BEFORE_COMMIT: usize = 5;
/// Seeds that may be used up until there are so many of each.
const SEEDS: u64 = 110;
/// Films at once: most of a film's time is waited for, not worked.
const AT_ONCE: usize = 4;
/// How often a film may be started again.
const STARTS: usize = 3;
/// All of it.
const LONGEST: Duration = Duration::from_secs(300);

const FILM: [&str; 5] = ["film", "script.json", "--resolution", "240p", "--json"];
const TEXTS: [&str; 3] = ["Good morning to the harbour", "There is nobody here today", "The ships have gone north"];

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So far, as a share of its time, into this call.
    Streaming(usize, f64),
    /// So long after this call's last byte.
    Over(usize, Duration),
    /// So far into the film, as a share of its time.
    Film(f64),
}

/// What was so at the moment of a kill.
#[derive(Clone, Copy, Default)]
struct Killed {
    kills: usize,
    mid_stream: usize,
    before_commit: usize,
    charges: usize,
    starts: usize,
}

struct Undisturbed {
    film: String,
    took: Duration,
}

fn main() -> ExitCode {
    let undisturbed = undisturbed();
    let seed = std::env::args().skip(1).find_map(|argument| argument.parse::<u64>().ok());
    let (sum, took) = match seed {
        Some(seed) => timed(|| (kill(seed, &undisturbed), true)),
        None => timed(|| kill_many(&undisturbed)),
    };
    let (sum, is_enough) = sum;
    say(&format!(
        "{} kills: {} mid-stream, {} between the last byte and the commit; started again {} times; {} charges, none twice; {} s",
        sum.kills,
        sum.mid_stream,
        sum.before_commit,
        sum.starts,
        sum.charges,
        took.as_secs()
    ));
    if is_enough && took < LONGEST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Kills until there are enough of each; one that fails ends the program with its seed.
fn kill_many(undisturbed: &Undisturbed) -> (Killed, bool) {
    let sums = Mutex::new((0, Killed::default()));
    let is_enough =
        |sum: &Killed| sum.kills >= KILLS && sum.mid_stream >= MID_STREAM && sum.before_commit >= BEFORE_COMMIT;
    let next = || {
        let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
        let (seeds, sum) = &mut *sums;
        // Those that run will have been killed too.
        let runs = *seeds < SEEDS && (*seeds < KILLS as u64 || !is_enough(sum));
        runs.then(|| {
            *seeds += 1;
            *seeds
        })
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(seed) = next() {
                    let one = kill(seed, undisturbed);
                    let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                    sums.1.add(one);
                }
            });
        }
    });
    let (_, sum) = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    (sum, is_enough(&sum))
}

impl Killed {
    fn add(&mut self, one: Self) {
        self.kills += one.kills;
        self.mid_stream += one.mid_stream;
        self.before_commit += one.before_commit;
        self.charges += one.charges;
        self.starts += one.starts;
    }
}

/// A room of its own, with a double of its own that lists a call a second after its end.
fn stage() -> Stage {
    let stage = Stage::new(Settings { speed: 2.5, ..Settings::default() })
        .with("ONETAKE_LEASE_MS", "2000")
        .with("ONETAKE_GUARD_MS", "500")
        .with("ONETAKE_LOOKS_MS", "0,1000,3000");
    let line = |(index, text): (usize, &&str)| json!({ "speaker": (["Ana", "Bo"][index % 2]), "text": text });
    let lines: Vec<Value> = TEXTS.iter().enumerate().map(line).collect();
    stage.room.write("script.json", json!({ "speakers": { "Ana": {}, "Bo": {} }, "lines": lines }).to_string());
    stage
}

fn undisturbed() -> Undisturbed {
    let stage = stage();
    let (ran, took) = timed(|| stage.run(&FILM));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let undisturbed = Undisturbed { film: film(&stage.room, &ran), took };
    assert_eq!(stage.calls(), TEXTS.len());
    undisturbed
}

/// The hash of a film.
fn film(room: &Room, ran: &Ran) -> String {
    let job: Value = serde_json::from_str(&ran.out).unwrap();
    let bytes = fs::read(room.file(&job, "film.mp4")).unwrap();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One film, killed once and started again.
fn kill(seed: u64, undisturbed: &Undisturbed) -> Killed {
    let moment = moment(seed);
    let what = format!("`just kills {seed}` ({moment:?})");
    let stage = stage();
    let mut child = stage.command(&FILM).spawn().unwrap();
    wait_for(moment, &stage, &mut child, undisturbed.took);
    let is_killed = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Killed { kills: usize::from(is_killed), ..left(&stage) };
    let (ran, starts) = end(&stage, &what);
    check(&stage, &ran, &what, undisturbed, killed.mid_stream);
    Killed { charges: stage.calls(), starts, ..killed }
}

/// The moment of a seed: about half while a call streams, a quarter just after one, the rest anywhere in the film.
fn moment(seed: u64) -> Moment {
    let mut state = seed;
    let mut next = || {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let call = (next() * TEXTS.len() as f64) as usize;
    let share = next();
    match seed % 8 {
        0 | 2 | 4 => Moment::Streaming(call, share * 0.9),
        1 | 5 | 7 => Moment::Over(call, Duration::from_secs_f64(share * share * 0.03)),
        _ => Moment::Film(share * 0.95),
    }
}

/// Stays until the moment is there, or the process has ended by itself.
fn wait_for(moment: Moment, stage: &Stage, child: &mut Child, took: Duration) {
    let mut until = |is_there: &dyn Fn(&LoggedCall) -> bool, index: usize| loop {
        let seen = stage.double.with_account(|account| account.log().calls.get(index).filter(|c| is_there(c)).cloned());
        if seen.is_some() || child.try_wait().unwrap().is_some() {
            return seen;
        }
        thread::sleep(Duration::from_micros(100));
    };
    let delay = match moment {
        Moment::Film(share) => took.mul_f64(share),
        Moment::Streaming(index, share) => {
            let length_ms = until(&|_| true, index).map_or(0, |call| call.generated_ms - call.start_ms);
            Duration::from_millis(length_ms).mul_f64(share)
        }
        Moment::Over(index, delay) => {
            until(&|call| call.ended.is_some(), index);
            delay
        }
    };
    thread::sleep(delay);
}

/// What a killed process left: a call whose client left, or one that was whole and whose sound is not there.
fn left(stage: &Stage) -> Killed {
    // The double notices at its next byte that nobody listens.
    stage.until(|account| account.in_flight() == 0);
    let log = stage.log();
    let count = |ended| log.calls.iter().filter(|call| call.ended == Some(ended)).count();
    Killed {
        mid_stream: count(Ended::ClientLeft),
        before_commit: count(Ended::Complete) - sounds(&stage.room),
        ..Killed::default()
    }
}

/// Takes whose sound is there.
fn sounds(room: &Room) -> usize {
    let files = |folder: &Path| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let is_sound = |file: PathBuf| file.extension().is_some_and(|end| end == "mp3");
    files(&room.data.join("takes")).filter(|take| files(take).any(is_sound)).count()
}

/// Starts the film again until it ends well: once, if nothing else goes wrong.
fn end(stage: &Stage, what: &str) -> (Ran, usize) {
    let mut last = String::new();
    for starts in 1..=STARTS {
        let ran = stage.run(&FILM);
        if ran.code == Some(0) {
            return (ran, starts);
        }
        last = ran.err;
    }
    panic!("{what}: started {STARTS} times, it never ended well: {last}");
}

/// Paid once, the same film, and books that agree.
fn check(stage: &Stage, ran: &Ran, what: &str, undisturbed: &Undisturbed, mid_stream: usize) {
    let log = stage.log();
    for text in TEXTS {
        assert_eq!(log.calls_for(text), 1, "{what}: \"{text}\" was bought {} times", log.calls_for(text));
    }
    let characters: usize = TEXTS.iter().map(|text| text.chars().count()).sum();
    assert_eq!(
        (log.calls.len(), log.charged(), stage.used()),
        (TEXTS.len(), characters as u64, characters as u64),
        "{what}"
    );
    let job: Value = serde_json::from_str(&ran.out).unwrap();
    // A call that the provider heard is found in its history. One that was in the ledger and not yet sent is looked for in vain, and
    // the bill calls it rebought: that can only be where no other was on its way.
    let unheard = u64::from(mid_stream == 0);
    assert!(job["counts"]["rebought"].as_u64() <= Some(unheard), "{what}: {:#}", job["counts"]);
    assert_eq!(film(&stage.room, ran), undisturbed.film, "{what}: it is another film");
    stage.listed();
    stage.audit();
}

#[expect(clippy::print_stdout, reason = "what was found is this program's result")]
fn say(line: &str) {
    println!("{line}");
}
