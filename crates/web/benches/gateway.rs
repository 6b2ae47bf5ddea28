//! What the gateway costs, in real time: how soon a request leaves on an idle lane, how soon the provider's first sound is passed on,
//! how many takes that are there it tells in a second, and its processor time; beside a plain reverse proxy to the same double.
//!
//! The double lives in a process of its own. Fails if a bound is broken.

#![expect(clippy::disallowed_methods, reason = "a bench measures real time, and the provider is a process of its own")]

#[path = "../../steps/benches/speech/machine.rs"]
#[expect(dead_code, reason = "the other bench uses more of it")]
mod machine;
#[path = "gateway/proxy.rs"]
mod proxy;
#[path = "../../steps/tests/lanes/slow.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod slow;

use doubles::{ElevenLabs, Settings};
use proxy::Proxy;
use std::io::Write;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use story::{House, Speech};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_util::task::TaskTracker;
use web::{Desk, Speaking};

/// Requests of a row.
const REQUESTS: usize = 40;
const VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--double") {
        let settings = Settings { first_byte_ms: 50, speed: 20.0, credits: 100_000_000, ..Settings::default() };
        let double = ElevenLabs::start(settings).await.expect("a port of this machine is free");
        say(double.base_url());
        let ends = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()));
        drop(ends.await);
        return ExitCode::SUCCESS;
    }
    let program = std::env::current_exe().expect("a program that runs has a path");
    let mut command = Command::new(program);
    command.arg("--double").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().expect("this program can be started again");
    let mut base_url = String::new();
    let mut output = BufReader::new(process.stdout.take().expect("its output was asked for"));
    output.read_line(&mut base_url).await.expect("the double says where it is");
    let double = base_url.trim().trim_start_matches("http://").to_owned();

    let (folder, mut is_good) = (tempfile::tempdir().expect("a folder can be made"), true);
    let local = local::house(folder.path(), story::house::Settings { look_ms: 10, ..Default::default() });
    let local = local.await.expect("a house can be opened").house.clone();
    let nowhere = local::memory_house(Arc::new(local::SystemClock)).house.clone();
    let slow = slow::Slowness::new(Arc::clone(&nowhere.clock), 5, 60).house(&nowhere);
    say(
        "                       leaves ms p50 (at most)   passed on ms p50 (at most)   CPU ms per request   cached per second",
    );
    let plain = Row::of_proxy(&double).await;
    plain.print("plain reverse proxy");
    for (name, house, leaves_ms) in [("gateway, local stores", local, 20.0), ("gateway, stores of 5 ms", slow, 60.0)] {
        let row = Row::of_gateway(&double, house).await;
        row.print(&format!("{name} ({leaves_ms:.0}, 20)"));
        is_good &= row.leaves_ms <= leaves_ms && row.passed_on_ms <= 20.0;
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What was measured.
struct Row {
    leaves_ms: f64,
    passed_on_ms: f64,
    cpu_ms: f64,
    cached_per_second: Option<f64>,
}

impl Row {
    /// Asks the double through a proxy, and nothing else between.
    async fn of_proxy(double: &str) -> Self {
        let proxy = Proxy::start(double.to_owned()).await;
        let before = machine::cpu_ms();
        let (leaves_ms, passed_on_ms) = Self::asked(&proxy, &proxy.address, "", "sk_double").await;
        let cpu_ms = (machine::cpu_ms() - before) / REQUESTS as f64;
        Self { leaves_ms, passed_on_ms, cpu_ms, cached_per_second: None }
    }

    /// Asks a gateway, which asks the double through a proxy that notes when.
    async fn of_gateway(double: &str, house: House) -> Self {
        let proxy = Proxy::start(double.to_owned()).await;
        let settings = providers::elevenlabs::Settings {
            base_url: format!("http://{}", proxy.address),
            ..providers::elevenlabs::Settings::new(providers::Key::new("sk_double").expect("it is a key"))
        };
        let speech: Arc<dyn Speech> = Arc::new(providers::ElevenLabs::open(settings).expect("the settings are good"));
        let desk = Desk {
            house,
            speech: Ok(speech),
            images: Err(String::new()),
            clips: Err(String::new()),
            fetcher: None,
            writer: Err(String::new()),
            studio: None,
            settings: web::Settings::default(),
        };
        let ear = media::Ear::open(std::env::temp_dir());
        let speaking = Speaking { listener: Arc::new(ear), calls: TaskTracker::new() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
        let address = listener.local_addr().expect("it listens").to_string();
        let server = tokio::spawn(axum::serve(listener, web::speech(desk, speaking)).into_future());
        // The first request asks for models and voices too.
        ask(&address, "/elevenlabs", "", "warm").await;
        proxy.forget();
        let before = machine::cpu_ms();
        let (leaves_ms, passed_on_ms) = Self::asked(&proxy, &address, "/elevenlabs", "").await;
        let cpu_ms = (machine::cpu_ms() - before) / REQUESTS as f64;
        let cached_per_second = Some(cached_per_second(&address).await);
        server.abort();
        Self { leaves_ms, passed_on_ms, cpu_ms, cached_per_second }
    }

    /// One request after the other: when each left, and when its first sound was passed on, at the median.
    async fn asked(proxy: &Proxy, address: &str, prefix: &str, key: &str) -> (f64, f64) {
        let (mut leaves, mut passed_on) = (Vec::new(), Vec::new());
        for index in 0..REQUESTS {
            let sent_at = Instant::now();
            let first_at = ask(address, prefix, key, &format!("Line {index} of {}.", now_ms())).await;
            let seen = proxy.last();
            leaves.push(ms(seen.asked_at.saturating_duration_since(sent_at)));
            passed_on.push(ms(first_at.saturating_duration_since(seen.sounded_at)));
        }
        (median(leaves), median(passed_on))
    }

    fn print(&self, name: &str) {
        let cached = self.cached_per_second.map_or_else(|| "-".to_owned(), |cached| format!("{cached:.0}"));
        let Self { leaves_ms, passed_on_ms, cpu_ms, .. } = self;
        say(&format!("{name:<34}{leaves_ms:>14.1}{passed_on_ms:>29.2}{cpu_ms:>21.2}{cached:>20}"));
    }
}

/// Asks for a text as a stream; says when the first byte of sound came.
async fn ask(address: &str, prefix: &str, key: &str, text: &str) -> Instant {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let body = serde_json::json!({"text": text}).to_string();
    let request = format!(
        "POST {prefix}/v1/text-to-speech/{VOICE}/stream HTTP/1.1\r\nhost: localhost\r\nxi-api-key: {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it takes a request");
    let (mut seen, mut first_at) = (proxy::Head::default(), None);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match stream.read(&mut buffer).await.expect("it answers") {
            0 => break,
            size => {
                if seen.has_body(&buffer[..size]) {
                    first_at.get_or_insert_with(Instant::now);
                }
            }
        }
    }
    first_at.expect("the answer has a body")
}

/// Sixteen at once ask for a take that is there.
async fn cached_per_second(address: &str) -> f64 {
    const AT_ONCE: usize = 16;
    let (began, until) = (Instant::now(), Instant::now() + Duration::from_secs(3));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let address = address.to_owned();
        asking.spawn(async move {
            let mut told = 0_usize;
            while Instant::now() < until {
                ask(&address, "/elevenlabs", "", "warm").await;
                told += 1;
            }
            told
        });
    }
    let told: usize = asking.join_all().await.into_iter().sum();
    told as f64 / began.elapsed().as_secs_f64()
}

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn say(what: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{what}").and_then(|()| output.flush()).expect("somebody reads it");
}
