//! The gateway as programs meet it that have no SDK: every byte of it beside the double's, over connections that break, wait and leave.

mod alike;
mod early;
mod leaving;
mod lost;
mod priority;
mod silence;
mod slow;
mod strangers;
mod wire;

use crate::server::Server;
use crate::stage::{Stage, runtime};
use doubles::account::{Account, Ended};
use doubles::{ElevenLabs, Settings};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use wire::{Side, Told};

/// A voice that every account has.
const VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";
/// What stands behind the voice, for each of the four forms of an answer.
const FORMS: [&str; 4] = ["", "/stream", "/with-timestamps", "/stream/with-timestamps"];

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(100);
/// Looks at what tells nobody that it has changed: each is a request, and takes its time.
const LOOKS: usize = 50_000;

/// A house that pays a double.
struct House {
    stage: Stage,
    server: Server,
}

impl House {
    fn start(settings: Settings) -> Self {
        Self::on(Stage::new(settings))
    }

    fn on(stage: Stage) -> Self {
        let server = Server::start(&stage.room, &[]);
        Self { stage, server }
    }

    /// As a house that was started by hand.
    fn of(stage: Stage, command: Command) -> Self {
        Self { stage, server: Server::of(command) }
    }

    /// Where its gateway is asked.
    fn side(&self) -> Side {
        Side::new(&format!("{}/elevenlabs", self.server.url()), "")
    }

    /// What its double's books show sooner or later.
    fn until(&self, shown: impl Fn(&Account) -> bool) {
        let within = async { tokio::time::timeout(PATIENCE, self.stage.double.until(shown)).await };
        if runtime().block_on(within).is_err() {
            panic!("it is never shown: {:#?}", self.stage.log());
        }
    }

    /// Waits until the call of this text has ended, and says how.
    fn ended(&self, text: &str) -> Ended {
        let ended = |account: &Account| account.log().calls.iter().find(|call| call.text == text)?.ended;
        self.until(|account| ended(account).is_some());
        self.stage.double.with_account(|account| ended(account)).unwrap()
    }

    /// Waits until so many takes wait for their turn.
    fn queued(&self, count: u64) {
        let waiting = || {
            let stats = self.server.get("/v1/stats");
            let bands = stats["queue"].as_object().unwrap().values();
            bands.filter_map(|band| band["count"].as_u64()).sum::<u64>()
        };
        let is_so = (0..LOOKS).any(|_| waiting() == count);
        assert!(is_so, "{count} never wait: {:#}", self.server.get("/v1/stats"));
    }

    /// The texts that were paid for, in their order.
    fn spoken(&self) -> Vec<String> {
        self.stage.log().calls.into_iter().map(|call| call.text).collect()
    }
}

/// A double that is asked directly.
struct Direct {
    double: ElevenLabs,
    side: Side,
}

impl Direct {
    fn start(settings: Settings) -> Self {
        let double = runtime().block_on(ElevenLabs::start(settings)).unwrap();
        let side = Side::new(double.base_url(), &double.api_key());
        Self { double, side }
    }
}

/// What the double answers whom nothing befalls: what everyone is to have in the end.
fn as_it_should_be(form: &str, query: &str, text: &str) -> Told {
    let answer = Direct::start(Settings::default()).side.speak(form, query, &said(text));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// A body that has only a text.
fn said(text: &str) -> Value {
    json!({"text": text})
}

/// The sound in JSON of whatever form.
fn sound_and_characters(body: &[u8]) -> (String, String) {
    let lines = serde_json::Deserializer::from_slice(body).into_iter::<Value>().map(Result::unwrap);
    let (mut sound, mut characters) = (String::new(), String::new());
    for line in lines {
        sound += line["audio_base64"].as_str().unwrap();
        let told = line["alignment"]["characters"].as_array().into_iter().flatten();
        characters.extend(told.map(|character| character.as_str().unwrap()));
    }
    (sound, characters)
}
