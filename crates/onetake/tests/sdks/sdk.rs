//! An SDK in a process of its own, which says what its caller saw.

use crate::room::command;
use serde_json::Value;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;

/// The two official ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sdk {
    Python,
    JavaScript,
}

impl fmt::Display for Sdk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

/// Where an SDK's calls go: all that its caller changes.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// What messages call it.
    pub(crate) name: &'static str,
    pub(crate) base_url: String,
    pub(crate) api_key: String,
}

/// Does the same with both, at once. The first that fails fails the test, by its name.
pub(crate) fn with_both(work: impl Fn(&mut Caller) + Sync) {
    thread::scope(|scope| {
        for sdk in [Sdk::Python, Sdk::JavaScript] {
            let work = &work;
            let named =
                thread::Builder::new().name(format!("{sdk} of {}", thread::current().name().unwrap_or("a test")));
            named.spawn_scoped(scope, move || work(&mut Caller::start(sdk))).unwrap();
        }
    });
}

/// A process that calls through an SDK. It ends when it is dropped.
pub(crate) struct Caller {
    pub(crate) sdk: Sdk,
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Caller {
    fn start(sdk: Sdk) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let programs = root.join("crates/onetake/tests/sdks");
        let mut process = match sdk {
            Sdk::Python => {
                let mut process = command(root.join(".tools/venv/bin/python").to_str().unwrap());
                process.arg(programs.join("speech.py"));
                process
            }
            Sdk::JavaScript => {
                let mut process = command("node");
                process.arg(programs.join("speech.mjs")).arg(root.join(".tools/elevenlabs-js"));
                process
            }
        };
        // A proxy of this machine's is not for loopback.
        process.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").env_remove("ELEVENLABS_API_KEY");
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = process
            .spawn()
            .unwrap_or_else(|error| panic!("{sdk} does not start ({error}): `infra/setup test` installs it"));
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { sdk, child, orders, answers }
    }

    /// Calls there as the order says, and gives what its caller saw.
    pub(crate) fn ask(&mut self, side: &Side, order: &Value) -> Value {
        let mut order = order.clone();
        order["base_url"] = side.base_url.as_str().into();
        order["api_key"] = side.api_key.as_str().into();
        let mut line = String::new();
        let sent = writeln!(self.orders, "{order}").and_then(|()| self.answers.read_line(&mut line));
        assert!(
            sent.as_ref().is_ok_and(|read| *read > 0),
            "{}'s program ended at {order}: its words are above; `infra/setup test` installs what it needs",
            self.sdk
        );
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{}: {error}: {line}", self.sdk))
    }

    /// The same, where a caller gets what was asked for.
    pub(crate) fn gets(&mut self, side: &Side, order: &Value) -> Value {
        let seen = self.ask(side, order);
        assert!(seen["exception"].is_null(), "{} at {}: {order}\n{seen:#}", self.sdk, side.name);
        seen
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
