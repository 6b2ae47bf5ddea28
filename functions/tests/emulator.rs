//! The functions as Lambda runs them, each under AWS's emulator; the test is what AWS is around them: gateway, queues, schedule.
//! A script becomes a preview and the preview a film, spoken once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use lambda_host::{Host, Settings, repository_file};
use local::{Inbox, LocalHouse};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use story::Object;
use story::queue::Kind;
use story::{JobId, Task};
use tempfile::TempDir;

const VISIBILITY: Duration = Duration::from_secs(600);
/// Turns in which nothing is received before a job counts as lost.
const MOST_IDLE_TURNS: u32 = 50;

/// One data folder, a host for each function, and the receiving side of the queue.
struct Aws {
    preview: Host,
    video: Host,
    status: Host,
    tts_worker: Host,
    advance: Host,
    compose: Host,
    cleanup: Host,
    local: LocalHouse,
    inbox: Arc<dyn Inbox>,
    wakes: u64,
    _data: TempDir,
}

impl Aws {
    async fn start() -> Self {
        let data = TempDir::new().unwrap();
        let start = |name: &str, program: &str, timeout_s: u32| {
            let mut settings = Settings::new(name).with("ONETAKE_DATA", data.path().to_str().unwrap());
            // Tones: as quick as they are ugly.
            settings = settings.with("ONETAKE_ESPEAK", "none").with("ONETAKE_TOKENS", "");
            settings.timeout_s = timeout_s;
            Host::start(Path::new(program), &settings)
        };
        let local = local::house(data.path(), story::house::Settings::default()).await.unwrap();
        Self {
            preview: start("preview", env!("CARGO_BIN_EXE_preview"), 30),
            video: start("video", env!("CARGO_BIN_EXE_video"), 30),
            status: start("status", env!("CARGO_BIN_EXE_status"), 30),
            tts_worker: start("tts-worker", env!("CARGO_BIN_EXE_tts-worker"), 900),
            advance: start("advance", env!("CARGO_BIN_EXE_advance"), 30),
            compose: start("compose", env!("CARGO_BIN_EXE_compose"), 900),
            cleanup: start("cleanup", env!("CARGO_BIN_EXE_cleanup"), 60),
            inbox: local.inbox.clone(),
            local,
            wakes: 0,
            _data: data,
        }
    }

    /// What API Gateway answers to a `GET`.
    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Value {
        self.ask("GET", path, headers)
    }

    /// What API Gateway answers to a command without a body.
    fn post(&self, path: &str) -> Value {
        self.ask("POST", path, &[])
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Value {
        let mut event = event("status");
        event["rawPath"] = path.into();
        event["requestContext"]["http"]["path"] = path.into();
        event["requestContext"]["http"]["method"] = method.into();
        for (name, value) in headers {
            event["headers"][name] = (*value).into();
        }
        invoke(&self.status, &event)
    }

    /// Hands over messages, as SQS does, until a job has ended; says how it stands then.
    async fn work(&mut self, id: &JobId) -> Value {
        let mut idle = 0;
        while idle < MOST_IDLE_TURNS {
            let received = self.receive().await;
            if received == 0 {
                idle += 1;
                let job = body(&self.get(&format!("/v1/jobs/{id}"), &[]), 200);
                if job["status"] == "succeeded" || job["status"] == "failed" {
                    return job;
                }
            }
        }
        panic!("{id} does not end; compose says:\n{}", self.compose.log());
    }

    /// One turn of all queues; says how many messages there were.
    async fn receive(&mut self) -> usize {
        let mut messages = 0;
        for (kind, name) in [(Kind::Advance, "advance"), (Kind::Compose, "compose")] {
            while let Some(delivery) = self.inbox.receive(&[kind], VISIBILITY).await.unwrap() {
                messages += 1;
                let host = if kind == Kind::Advance { &self.advance } else { &self.compose };
                hand_over(host, name, &serde_json::to_string::<Task>(&delivery.task).unwrap());
                self.inbox.done(delivery.receipt).await.unwrap();
            }
        }
        let woken = self.inbox.speech_woken(self.wakes);
        if let Ok(woken) = tokio::time::timeout(Duration::from_millis(100), woken).await {
            messages += 1;
            self.wakes = woken.unwrap();
            hand_over(&self.tts_worker, "tts-worker", "{}");
        }
        messages
    }
}

/// The event that `sam local invoke` is given for a function.
fn event(name: &str) -> Value {
    let file = repository_file(&format!("infra/events/{name}.json"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn invoke(host: &Host, event: &Value) -> Value {
    host.invoke(event).unwrap_or_else(|error| panic!("{error}\n{}", host.log()))
}

/// Hands one message to a function, which must be done with it.
fn hand_over(host: &Host, name: &str, message: &str) {
    let mut event = event(name);
    event["Records"][0]["body"] = message.into();
    let answer = invoke(host, &event);
    assert_eq!(answer, json!({"batchItemFailures": []}), "{name}: {message}\n{}", host.log());
}

/// Posts an order to a function, and says the job's id.
fn order(host: &Host, name: &str, order: &Value) -> JobId {
    let mut event = event(name);
    event["body"] = order.to_string().into();
    let job = body(&invoke(host, &event), 202);
    JobId::parse(job["id"].as_str().unwrap()).unwrap()
}

/// The JSON of an HTTP answer, which must have this status.
fn body(answer: &Value, status: u16) -> Value {
    assert_eq!(answer["statusCode"], status, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_script_becomes_a_preview_and_a_film_under_awss_emulator() {
    let mut aws = Aws::start().await;
    let lines = json!([{"speaker": "Ana", "text": "Once."}, {"speaker": "Ben", "text": "And only once."}]);
    let script = json!({"speakers": {"Ana": {}, "Ben": {}}, "lines": lines, "look": {"resolution": "240p", "fps": 24}});

    let preview = order(&aws.preview, "preview", &json!({"script": script}));
    let job = aws.work(&preview).await;
    assert_eq!((&job["status"], &job["counts"]["spoken"]), (&json!("succeeded"), &json!(2)), "{job:#}");

    let misses_nothing = body(&aws.post(&format!("/v1/jobs/{preview}/retry")), 409);
    assert_eq!(misses_nothing["type"], "conflict", "{misses_nothing}");
    assert_eq!(body(&aws.get("/v1/speech/audit", &[]), 409)["type"], "no-history");

    let video = order(&aws.video, "video", &json!({"preview_id": preview}));
    let cancelled = body(&aws.post(&format!("/v1/jobs/{video}/cancel")), 202);
    assert_eq!((&cancelled["id"], &cancelled["status"]), (&json!(video), &json!("cancelled")));
    let again = body(&aws.post(&format!("/v1/jobs/{video}/retry")), 202);
    assert_eq!(again["status"], "running", "{again:#}");
    let job = aws.work(&video).await;
    assert_eq!(
        (&job["status"], &job["counts"]["spoken"], &job["counts"]["reused"]),
        (&json!("succeeded"), &json!(0), &json!(2)),
        "{job:#}"
    );
    assert_eq!(job["warnings"], json!([]));

    let film = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "film.mp4").expect("a film");
    let stored =
        aws.local.house.artifacts.head(&Object::File(video.clone(), "film.mp4".into())).await.unwrap().unwrap();
    assert_eq!(film["size_bytes"], stored.size_bytes);
    let answer = aws.get(film["url"].as_str().unwrap(), &[("range", "bytes=4-7")]);
    assert_eq!((&answer["statusCode"], &answer["isBase64Encoded"]), (&json!(206), &json!(true)), "{answer}");
    // "ftyp": the file is an MP4 from its first box on.
    assert_eq!(answer["body"], "ZnR5cA==");

    let swept = body(&invoke(&aws.cleanup, &event("cleanup-http")), 200);
    assert_eq!(swept, json!({"advanced": 0, "jobs": 0, "takes": 0, "takes_in_use": 0, "scenes": 0}));
    assert_eq!(invoke(&aws.cleanup, &event("cleanup")), Value::Null);
    assert!(!aws.cleanup.log().contains("the scheduled step failed"), "{}", aws.cleanup.log());
}
