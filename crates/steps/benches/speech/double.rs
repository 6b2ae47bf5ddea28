//! The provider in a process of its own: this program again, which serves until its input ends and then hands over its log.

use crate::speech::place::text;
use doubles::account::Log;
use doubles::{ElevenLabs, Settings};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// The double, running.
pub(crate) struct Double {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) base_url: String,
}

impl Double {
    /// One whose calls take exactly so long.
    pub(crate) async fn start(call_ms: u64) -> Self {
        let program = std::env::current_exe().expect("a program that runs has a path");
        #[expect(clippy::disallowed_methods, reason = "the provider is a process of its own: its work is not ours")]
        let mut command = Command::new(program);
        command
            .args(["--double", &call_ms.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().expect("this program can be started again");
        let mut output = BufReader::new(process.stdout.take().expect("its output was asked for"));
        let mut base_url = String::new();
        output.read_line(&mut base_url).await.expect("the double says where it is");
        Self { process, output, base_url: base_url.trim().to_owned() }
    }

    /// Ends it: its log.
    pub(crate) async fn end(mut self) -> Log {
        drop(self.process.stdin.take());
        let mut json = String::new();
        self.output.read_to_string(&mut json).await.expect("the double hands over its log");
        self.process.wait().await.expect("the double ends");
        serde_json::from_str(&json).expect("the double's log can be read")
    }
}

/// Serves: the first byte after a third of a call, the last at its end.
pub(crate) async fn serve(call_ms: u64) {
    let sounds_ms = doubles::sound::Speech::new(&text(0), 1.0, false, "").length_ms();
    let first_byte_ms = call_ms / 3;
    let speed = if call_ms == 0 { 0.0 } else { sounds_ms as f64 / (call_ms - first_byte_ms) as f64 };
    let settings =
        Settings { first_byte_ms, speed, concurrency: Some(100), credits: 100_000_000, ..Settings::default() };
    let double = ElevenLabs::start(settings).await.expect("a port of this machine is free");
    say(&format!("{}\n", double.base_url()));
    let ends = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()));
    ends.await.expect("a thread can be had").expect("its input ends");
    say(&serde_json::to_string(&double.log()).expect("a log always serialises"));
}

fn say(what: &str) {
    use std::io::Write;
    let mut output = std::io::stdout();
    output.write_all(what.as_bytes()).and_then(|()| output.flush()).expect("somebody reads it");
}
