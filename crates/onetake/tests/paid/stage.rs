//! A room whose program pays: `ElevenLabs` is a double in the process of the test, and its books are what is counted.

use crate::room::{Ran, Room, Voices};
use doubles::account::{Account, Log};
use doubles::{ElevenLabs, Settings};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;

/// A room and its double.
pub(crate) struct Stage {
    pub(crate) room: Room,
    pub(crate) double: Arc<ElevenLabs>,
}

/// Where doubles run, whoever started them.
pub(crate) fn runtime() -> &'static Runtime {
    static ONCE: OnceLock<Runtime> = OnceLock::new();
    ONCE.get_or_init(|| Runtime::new().unwrap())
}

/// A stage where nothing takes long: sound comes at once, and what is lost is soon looked for.
pub(crate) fn quick() -> Stage {
    Stage::new(Settings { list_after_ms: 200, ..Settings::default() })
        .with("ONETAKE_LEASE_MS", "2000")
        .with("ONETAKE_GUARD_MS", "300")
        .with("ONETAKE_LOOKS_MS", "0,500,1000")
}

impl Stage {
    pub(crate) fn new(settings: Settings) -> Self {
        let double = runtime().block_on(ElevenLabs::start(settings)).unwrap();
        let mut room = Room::new(Voices::Tones);
        room.environment = BTreeMap::from([
            ("ELEVENLABS_API_KEY", double.api_key()),
            ("ELEVENLABS_BASE_URL", double.base_url().to_owned()),
        ]);
        Self { room, double: Arc::new(double) }
    }

    /// Another room of the same account.
    pub(crate) fn another(&self) -> Self {
        let mut room = Room::new(Voices::Tones);
        room.environment = self.room.environment.clone();
        Self { room, double: Arc::clone(&self.double) }
    }

    /// With one variable more for every process from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.room.environment.insert(name, value.to_owned());
    }

    /// With one more, at the beginning.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.room.command(arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.room.run(arguments)
    }

    /// Runs a verb that succeeds, and reads what it prints for machines.
    pub(crate) fn read(&self, arguments: &[&str]) -> Value {
        self.room.read(arguments)
    }

    /// Runs `film`, `preview`, `video` or `estimate` on a script, however it ends.
    pub(crate) fn attempt(&self, verb: &str, script: &Value, more: &[&str]) -> Ran {
        self.room.write("script.json", script.to_string());
        self.run(&[&[verb, "script.json", "--resolution", "240p", "--json"], more].concat())
    }

    /// The same, and it succeeds.
    pub(crate) fn make(&self, verb: &str, script: &Value, more: &[&str]) -> Value {
        let ran = self.attempt(verb, script, more);
        assert_eq!(ran.code, Some(0), "{verb} {more:?}\n{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Calls that the double took.
    pub(crate) fn calls(&self) -> usize {
        self.log().calls.len()
    }

    pub(crate) fn log(&self) -> Log {
        self.double.log()
    }

    /// Credits that the double took.
    pub(crate) fn used(&self) -> u64 {
        self.double.with_account(|account| account.settings.used)
    }

    /// Stays until the double's account shows it.
    pub(crate) fn until(&self, shown: impl Fn(&Account) -> bool) {
        runtime().block_on(self.double.until(shown));
    }

    /// Stays until the history lists all that was called.
    pub(crate) fn listed(&self) {
        let is_listed = || {
            self.double.with_account(|account| {
                let after_ms = account.settings.list_after_ms;
                let last_ms = account.log().calls.iter().map(|call| call.generated_ms).max().unwrap_or_default();
                now_ms() > last_ms + after_ms
            })
        };
        while !is_listed() {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The audit, which agrees: with the double's balance too, where nobody else calls.
    pub(crate) fn audit(&self) -> Value {
        let audit = self.read(&["audit", "--since", "1d"]);
        assert_eq!(audit["agrees"], true, "{audit:#}");
        assert_eq!(audit["ledger"]["paid_characters"], audit["balance"]["used_characters"], "{audit:#}");
        assert_eq!(audit["balance"]["used_characters"], self.used(), "{audit:#}");
        audit
    }
}

/// Milliseconds since 1970, as the double counts them.
#[expect(clippy::disallowed_methods, reason = "the double's clock is the machine's, and no house has a clock here")]
fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64
}
