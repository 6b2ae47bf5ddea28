//! How large each packed function is, and how long it takes to be ready: 20 cold starts under AWS's runtime emulator.
//! Goals, which fail nothing: at most 12 MB zipped, and at most 50 ms for all but compose.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use flate2::Compression;
use flate2::write::DeflateEncoder;
use lambda_host::{Host, Programs, Secret, Settings, Turns, repository_file};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

const STARTS: usize = 20;
const MOST_BYTES: usize = 12_000_000;
const MOST_INIT_MS: f64 = 50.0;

/// Logical names, and the files of the events that wake them.
const FUNCTIONS: [(&str, &str); 8] = [
    ("PreviewFunction", "preview"),
    ("VideoFunction", "video"),
    ("StatusFunction", "status"),
    ("TtsWorkerFunction", "tts-worker"),
    ("SpeechFunction", "speech"),
    ("AdvanceFunction", "advance"),
    ("ComposeFunction", "compose"),
    ("CleanupFunction", "cleanup"),
];

fn main() -> ExitCode {
    let packed = repository_file(".aws-sam/build");
    tokio::runtime::Runtime::new().unwrap().block_on(measure(&packed));
    ExitCode::SUCCESS
}

async fn measure(packed: &Path) {
    let mut settings = Settings::new(&repository_file(".aws-sam/expanded.json"), Programs::Packed(packed.to_owned()));
    settings.secret =
        Some(Secret::Manager(json!({"ELEVENLABS_API_KEY": "a-key", "ONETAKE_TOKENS": "a-token"}).to_string()));
    settings.turns = Turns::Never;
    settings.busy_every = None;
    let host = Host::start(settings).await;
    say(&format!("{:<20}{:>14}{:>14}{:>10}{:>10}", "function", "bytes", "zipped", "init ms", "slowest"));
    let mut missed = Vec::new();
    for (function, event) in FUNCTIONS {
        for _ in 0..STARTS {
            host.cool(function).await;
            // What it answers is not the question; that it was started is.
            let _ = host.invoke(function, event_of(event)).await;
        }
        let mut inits_ms = host.inits_ms(function);
        inits_ms.sort_by(f64::total_cmp);
        assert_eq!(inits_ms.len(), STARTS, "{function} did not start\n{}", host.log(function));
        let (median, slowest) = (inits_ms[STARTS / 2], inits_ms[STARTS - 1]);
        let program = std::fs::read(packed.join(function).join("bootstrap")).unwrap();
        let zipped = deflated(&program);
        say(&format!("{function:<20}{:>14}{zipped:>14}{median:>10.1}{slowest:>10.1}", program.len()));
        if zipped > MOST_BYTES {
            missed.push(format!("{function} has {zipped} bytes, zipped"));
        }
        if function != "ComposeFunction" && median > MOST_INIT_MS {
            missed.push(format!("{function} is ready after {median:.1} ms"));
        }
    }
    host.stop().await;
    say(&match missed.is_empty() {
        true => "goals met: at most 12 MB zipped, at most 50 ms for all but compose".to_owned(),
        false => format!("goals missed (12 MB zipped, 50 ms for all but compose): {}", missed.join("; ")),
    });
}

fn event_of(name: &str) -> Value {
    let file = repository_file(&format!("infra/events/{name}.json"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Bytes of a file in a zip archive.
fn deflated(file: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut encoder, file).unwrap();
    encoder.finish().unwrap().len()
}

#[expect(clippy::print_stdout, reason = "this is what the bench is for")]
fn say(line: &str) {
    println!("{line}");
}
