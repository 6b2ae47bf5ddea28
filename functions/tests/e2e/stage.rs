//! One deployment with a double for `ElevenLabs`, and a person who asks it over HTTP.

use crate::books::Books;
use crate::packed;
use conformance::http::{Answer, Client};
use doubles::ElevenLabs;
use doubles::account::Settings as Provider;
use doubles::clips::{ClipSettings, Clips};
use doubles::images::{ImageSettings, Images};
use doubles::writer::{Writer, WriterSettings};
use lambda_host::{Host, Secret, Settings};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The token of all stories.
pub(crate) const TOKEN: &str = "a-token-of-the-stories";
/// How often a story looks whether it is so far, and how often in vain.
const LOOK_EACH: Duration = Duration::from_millis(200);
const MOST_LOOKS: u32 = 750;

/// A deployment, and the providers' doubles.
pub(crate) struct Stage {
    pub(crate) host: Host,
    pub(crate) provider: ElevenLabs,
    pub(crate) artist: Images,
    pub(crate) author: Writer,
    pub(crate) director: Clips,
    books: Arc<Books>,
}

impl Stage {
    /// Deploys with these settings changed.
    pub(crate) async fn start(books: Arc<Books>, provider: Provider, change: impl FnOnce(&mut Settings)) -> Self {
        let provider = ElevenLabs::start(provider).await.unwrap();
        let (drawing, writing) = (ImageSettings::default(), WriterSettings::default());
        let secret = json!({
            "ELEVENLABS_API_KEY": provider.api_key(), "TOGETHER_API_KEY": drawing.api_key, "GEMINI_API_KEY": writing.api_key,
            "ONETAKE_TOKENS": format!("other, {TOKEN}"),
        });
        let (artist, author) = (Images::start(drawing).await.unwrap(), Writer::start(writing).await.unwrap());
        // Of the same house as the writer: one key.
        let director = Clips::start(ClipSettings::default()).await.unwrap();
        let settings = packed::settings().with("SpeechUrl", provider.base_url());
        let settings = settings.with("ImagesUrl", &artist.base_url()).with("WriterUrl", author.base_url());
        let mut settings = settings.with("ClipsUrl", director.root());
        settings.secret = Some(Secret::Manager(secret.to_string()));
        change(&mut settings);
        Self { host: Host::start(settings).await, provider, artist, author, director, books }
    }

    /// Asks, with the token.
    pub(crate) async fn ask(&self, method: &'static str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let client = Client::new(self.host.url());
        let mut all = vec![("authorization".to_owned(), format!("Bearer {TOKEN}"))];
        if !body.is_empty() {
            all.push(("content-type".into(), "application/json".into()));
        }
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (path, body) = (path.to_owned(), body.to_owned());
        tokio::task::spawn_blocking(move || client.ask(method, &path, &all, body.as_bytes())).await.unwrap()
    }

    /// Asks the gateway as a client of `ElevenLabs` does, with this token where there is one.
    pub(crate) async fn gateway(&self, token: &str, path: &str, body: &str) -> Answer {
        // What the template's output GatewayUrl says.
        let client = Client::new(&format!("{}elevenlabs", self.host.function_url("SpeechFunction")));
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if !token.is_empty() {
            headers.push(("xi-api-key".into(), token.to_owned()));
        }
        let (path, body) = (path.to_owned(), body.to_owned());
        tokio::task::spawn_blocking(move || client.ask("POST", &path, &headers, body.as_bytes())).await.unwrap()
    }

    /// Orders a job, and says its id. Tried again as a client does whose gateway failed, under the same key.
    pub(crate) async fn order(&self, path: &str, order: &Value) -> String {
        let key = format!("key-{:x}", hash(&order.to_string()));
        for _ in 0..20 {
            let answer = self.ask("POST", path, &[("idempotency-key", &key)], &order.to_string()).await;
            match answer.status {
                202 => return answer.json()["id"].as_str().unwrap().to_owned(),
                500 | 503 => tokio::time::sleep(Duration::from_millis(300)).await,
                status => panic!("{path}: {status} {}\n{}", answer.json(), self.logs()),
            }
        }
        panic!("{path} is never answered\n{}", self.logs());
    }

    /// A job as it is.
    pub(crate) async fn job(&self, id: &str) -> Value {
        for _ in 0..20 {
            let answer = self.ask("GET", &format!("/v1/jobs/{id}"), &[], "").await;
            match answer.status {
                200 => return answer.json(),
                500 | 503 => tokio::time::sleep(Duration::from_millis(300)).await,
                status => panic!("{id}: {status} {}\n{}", answer.json(), self.logs()),
            }
        }
        panic!("{id} is never answered\n{}", self.logs());
    }

    /// Waits until there is something. The functions run in real time: what they do can only be looked for.
    pub(crate) async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, look: impl Fn() -> F) -> T {
        for _ in 0..MOST_LOOKS {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
        let mut queues = String::new();
        for queue in [
            "SpeechQueue",
            "AdvanceQueue",
            "ImagesQueue",
            "ClipsQueue",
            "WriterQueue",
            "ComposeQueue",
            "ComposeDeadLetters",
            "AnimateQueue",
            "AnimateDeadLetters",
        ] {
            let [waiting, out, later] = self.host.messages(queue).await;
            queues += &format!("{queue}: {waiting} waiting, {out} out, {later} later\n");
        }
        panic!("in vain: {what}\n{queues}{}", self.logs());
    }

    /// Waits for a job's end.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        let ended = || async {
            let job = self.job(id).await;
            (job["status"] != "queued" && job["status"] != "running").then_some(job)
        };
        self.until(&format!("{id} ends"), ended).await
    }

    /// Waits for a job's good end.
    pub(crate) async fn succeeded(&self, id: &str) -> Value {
        let job = self.ended(id).await;
        assert_eq!(job["status"], "succeeded", "{job:#}\n{}", self.logs());
        job
    }

    /// A file of a job, from S3 by the link that the house answers with.
    pub(crate) async fn file(&self, id: &str, name: &str) -> Vec<u8> {
        let answer = self.ask("GET", &format!("/v1/jobs/{id}/files/{name}"), &[], "").await;
        assert_eq!(answer.status, 302, "{name}: {}", answer.json());
        let link = Client::new(&answer.header("location").unwrap());
        let file = tokio::task::spawn_blocking(move || link.ask("GET", "", &[], b"")).await.unwrap();
        assert_eq!(file.status, 200, "{name}: {}", String::from_utf8_lossy(&file.body));
        file.body
    }

    /// Each line that was paid was paid once: by the provider's own books.
    pub(crate) fn each_line_was_paid_once(&self, lines: usize) {
        let log = self.provider.log();
        let mut texts: Vec<&str> = log.calls.iter().map(|call| call.text.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!((log.calls.len(), texts.len()), (lines, lines), "{texts:#?}");
        assert!(log.max_in_flight <= 1, "one voice at a time, and not {}", log.max_in_flight);
    }

    /// The last words of all functions, for a story that failed.
    pub(crate) fn logs(&self) -> String {
        let report = self.host.report();
        let mut logs = String::new();
        for function in self.host.function_names() {
            let log = self.host.log(function);
            let lines: Vec<&str> = log.lines().filter(|line| says_something(line)).collect();
            let last = lines[lines.len().saturating_sub(25)..].join("\n");
            logs.push_str(&format!("-- {function}: {:?}\n{last}\n", report.tallies[function]));
        }
        logs + &report.refused.join("\n")
    }

    /// Ends it, and notes what the host saw.
    pub(crate) async fn end(self) {
        self.books.add(self.host.report());
        self.host.stop().await;
    }
}

/// Not one of the emulator's own lines.
fn says_something(line: &str) -> bool {
    !(line.contains("(rapid)") || line.starts_with("START") || line.starts_with("END") || line.starts_with("REPORT"))
}

/// A script of these lines, spoken by two in turn, as a small film.
pub(crate) fn script(lines: &[&str]) -> Value {
    let lines: Vec<Value> = (lines.iter().enumerate())
        .map(|(index, text)| json!({"speaker": if index % 2 == 0 { "Ana" } else { "Ben" }, "text": text}))
        .collect();
    json!({"speakers": {"Ana": {}, "Ben": {}}, "lines": lines, "look": {"resolution": "240p", "fps": 24, "aspect": "16:9"}})
}

/// The same, each line under a picture that is drawn for it.
pub(crate) fn illustrated(lines: &[(&str, &str)]) -> Value {
    let mut script = script(&lines.iter().map(|(text, _)| *text).collect::<Vec<_>>());
    for (index, (_, prompt)) in lines.iter().enumerate() {
        script["lines"][index]["picture"] = json!({"prompt": prompt});
    }
    script
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
