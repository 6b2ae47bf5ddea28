//! A house that serves, in a process of its own.

use crate::room::{Ran, Room, signal};
use conformance::http::{Answer, Client};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command};

/// A process that serves; dropped, it is killed.
pub(crate) struct Server {
    child: Option<Child>,
    /// Kept open: what is printed later must not end the process.
    _out: BufReader<ChildStdout>,
    /// What it said when it began.
    pub(crate) told: Value,
    client: Client,
}

impl Server {
    pub(crate) fn start(room: &Room, more: &[&str]) -> Self {
        Self::of(room.command(&[&["serve", "--listen", "127.0.0.1:0", "--json"], more].concat()))
    }

    /// A house of a command that serves, and tells it in JSON.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let Ok(told) = serde_json::from_str::<Value>(&line) else {
            panic!("{line:?}\n{}", Ran::from(child.wait_with_output().unwrap()).err);
        };
        let client = Client::new(told["url"].as_str().unwrap());
        Self { child: Some(child), _out: out, told, client }
    }

    pub(crate) fn url(&self) -> &str {
        self.told["url"].as_str().unwrap()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.client.ask(method, path, &[], body.as_bytes())
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    /// Opens a job, and says its name.
    pub(crate) fn open(&self, path: &str, order: &Value) -> String {
        let answer = self.ask("POST", path, &order.to_string());
        assert_eq!(answer.status, 202, "{}", answer.json());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn video(&self, script: &Value) -> String {
        self.open("/v1/videos", &json!({"script": script, "look": {"resolution": "240p", "fps": 24}}))
    }

    /// Waits by long polls until a job shows it.
    pub(crate) fn until(&self, id: &str, shown: impl Fn(&Value) -> bool) -> Value {
        let mut tag = String::new();
        for _ in 0..60 {
            let known = [("if-none-match".to_owned(), tag.clone())];
            let answer = self.client.ask("GET", &format!("/v1/jobs/{id}?wait=5"), &known, b"");
            let job = answer.json();
            match answer.status {
                304 => {}
                200 if shown(&job) => return job,
                200 => assert!(!has_ended(&job), "{job:#}"),
                status => panic!("{status}: {job}"),
            }
            tag = answer.header("etag").unwrap_or_default();
        }
        panic!("{id} never shows it: {:#}", self.get(&format!("/v1/jobs/{id}")));
    }

    /// Waits until a job has succeeded.
    pub(crate) fn ended(&self, id: &str) -> Value {
        self.until(id, |job| job["status"] == "succeeded")
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.as_ref().unwrap(), name);
    }

    /// Waits until it has ended.
    pub(crate) fn ends(mut self) -> Ran {
        Ran::from(self.child.take().unwrap().wait_with_output().unwrap())
    }

    /// Kills it.
    pub(crate) fn killed(self) {
        self.signal("KILL");
        self.ends();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn has_ended(job: &Value) -> bool {
    ["succeeded", "failed", "cancelled"].iter().any(|status| job["status"] == *status)
}
