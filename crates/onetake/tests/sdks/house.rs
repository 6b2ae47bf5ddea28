//! A house that serves the gateway and pays a double, and the double beside it that is called directly.

use crate::room::Ran;
use crate::sdk::Side;
use crate::stage::{Stage, runtime};
use conformance::http::{Answer, Client};
use doubles::{ElevenLabs, Settings};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Child;

/// The house's token, which stands where the SDK expects the vendor's key.
const TOKEN: &str = "a-token-of-the-house";

/// A house with its own double. Dropped, it is killed.
pub(crate) struct House {
    pub(crate) stage: Stage,
    pub(crate) side: Side,
    child: Child,
    client: Client,
}

impl House {
    pub(crate) fn start(settings: Settings) -> Self {
        let stage = Stage::new(settings).with("ONETAKE_TOKENS", TOKEN);
        let mut child = stage.command(&["serve", "--listen", "127.0.0.1:0", "--json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Ok(told) = serde_json::from_str::<Value>(&line) else {
            panic!("{line:?}\n{}", Ran::from(child.wait_with_output().unwrap()).err);
        };
        let url = told["url"].as_str().unwrap().trim_end_matches('/');
        let side = Side { name: "the house", base_url: format!("{url}/elevenlabs"), api_key: TOKEN.to_owned() };
        Self { stage, side, child, client: Client::new(url) }
    }

    /// Asks the house's own interface.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("authorization".to_owned(), format!("Bearer {TOKEN}"))];
        self.client.ask(method, path, &headers, body.as_bytes())
    }

    /// A preview of a script, succeeded.
    pub(crate) fn preview(&self, script: &Value) -> Value {
        let opened = self.ask("POST", "/v1/previews", &json!({"script": script}).to_string());
        assert_eq!(opened.status, 202, "{}", opened.json());
        let id = opened.json()["id"].as_str().unwrap().to_owned();
        let mut tag = String::new();
        for _ in 0..60 {
            let known = [("authorization".to_owned(), format!("Bearer {TOKEN}")), ("if-none-match".to_owned(), tag)];
            let answer = self.client.ask("GET", &format!("/v1/jobs/{id}?wait=5"), &known, b"");
            tag = answer.header("etag").unwrap_or_default();
            match answer.json()["status"].as_str() {
                Some("succeeded") => return answer.json(),
                // Nothing new.
                None | Some("queued" | "running") => {}
                _ => break,
            }
        }
        panic!("the preview did not succeed: {:#}", self.ask("GET", &format!("/v1/jobs/{id}"), "").json());
    }

    /// Paid calls that its double took.
    pub(crate) fn paid(&self) -> usize {
        self.stage.calls()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A double that is called directly.
pub(crate) struct Direct {
    pub(crate) double: ElevenLabs,
    pub(crate) side: Side,
}

impl Direct {
    pub(crate) fn start(name: &'static str, settings: Settings) -> Self {
        let double = runtime().block_on(ElevenLabs::start(settings)).unwrap();
        let side = Side { name, base_url: double.base_url().to_owned(), api_key: double.api_key() };
        Self { double, side }
    }
}
