//! The program, as one starts it by hand.

use crate::support::{COST, GEORGE, TEXT};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

/// Ends the program, however the test ends.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[expect(clippy::disallowed_methods, reason = "the program under test is a process")]
fn start(arguments: &[&str]) -> Started {
    let mut command = Command::new(env!("CARGO_BIN_EXE_double"));
    Started(command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

#[tokio::test]
async fn it_prints_where_it_listens_and_behaves_as_its_flags_say() {
    let flags = [
        "--port",
        "0",
        "--credits",
        "70",
        "--tier",
        "free",
        "--speed",
        "0",
        "--first-byte-ms",
        "0",
        "--key",
        "k",
        "--images",
        "1",
        "--image-ms",
        "0",
    ];
    let mut program = start(&flags);
    let lines = BufReader::new(program.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let words: Vec<String> = lines.filter(|line| line.contains("base URL")).take(4).collect();
    let base: Vec<&str> = words.iter().map(|line| line.split_whitespace().nth(2).unwrap()).collect();
    let client = reqwest::Client::new();
    let speak = async || {
        let url = format!("{}/v1/text-to-speech/{}/stream", base[0], GEORGE);
        client.post(url).header("xi-api-key", "k").json(&json!({"text": TEXT})).send().await.unwrap()
    };
    assert_eq!(speak().await.status().as_u16(), 200);
    assert_eq!(speak().await.status().as_u16(), 401, "70 characters are not enough for two");
    let log: Value = client.get(format!("{}/double/log", base[0])).send().await.unwrap().json().await.unwrap();
    assert_eq!((&log["charged"], &log["credits_left"]), (&json!(COST), &json!(5)));
    let body = json!({"model": "kokoro", "voice": "alloy", "input": TEXT});
    let url = format!("{}/audio/speech", base[1]);
    assert_eq!(client.post(url).bearer_auth("sk-double").json(&body).send().await.unwrap().status().as_u16(), 200);
    let body = json!({"model": "gpt-image-2", "prompt": TEXT});
    let draw = async || {
        let url = format!("{}/images/generations", base[2]);
        client.post(url).bearer_auth("img-double").json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!((draw().await, draw().await), (200, 429), "one picture in a minute");
    let turned = client.post(format!("{}/double/clock", base[3])).json(&json!({"by_ms": 60_000})).send().await.unwrap();
    assert_eq!((turned.status().as_u16(), draw().await), (200, 200));
    let log: Value = client.get(format!("{}/double/log", base[3])).send().await.unwrap().json().await.unwrap();
    assert_eq!((&log["charged"], &log["violations"], &log["in_flight"]), (&json!(2), &json!(1), &json!(0)));
}

#[test]
fn it_teaches_its_flags_and_names_the_wrong_one() {
    let told = |arguments: &[&str]| {
        let mut program = start(arguments);
        let (mut out, mut err) = (String::new(), String::new());
        program.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        program.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (program.0.wait().unwrap().success(), out, err)
    };
    let (well, help, _) = told(&["--help"]);
    assert!(well);
    for flag in
        ["--port", "--credits", "--concurrency", "--speed", "--list-after-ms", "--tier", "--images", "/double/faults"]
    {
        assert!(help.contains(flag), "{flag}");
    }
    let (well, _, error) = told(&["--tier", "golden"]);
    assert!(!well);
    assert_eq!(error, "double: --tier cannot be \"golden\"; --help lists the flags\n");
}
