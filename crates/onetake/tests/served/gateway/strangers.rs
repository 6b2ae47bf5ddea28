//! Who may not ask, what is not there, what must never be told, and texts that somebody means ill by.

use super::wire::{Headers, Side, Told};
use super::{Direct, FORMS, House, VOICE, as_it_should_be, said};
use crate::stage::Stage;
use doubles::Settings;
use doubles::account::Change;
use serde_json::json;
use std::fs::{self, File};

const TOKEN: &str = "a-token-of-the-house";
/// The double's key, which nobody but the house may see.
const SECRET: &str = "sk_never_to_be_told_0123456789abcdef";

fn guarded() -> House {
    House::on(Stage::new(Settings { api_key: SECRET.to_owned(), ..Settings::default() }).with("ONETAKE_TOKENS", TOKEN))
}

/// A refusal in the provider's shape.
fn refused(told: &Told, status: u16, code: &str) {
    let detail = &told.json()["detail"];
    assert_eq!((told.status, &detail["code"]), (status, &json!(code)), "{told:?}");
    for name in ["type", "message", "status", "request_id"] {
        assert!(detail[name].as_str().is_some_and(|text| !text.is_empty()), "no {name}: {told:?}");
    }
    assert_eq!(told.header("content-type"), "application/json", "{told:?}");
}

fn paths() -> Vec<(&'static str, String)> {
    let speech = FORMS.map(|form| ("POST", format!("/v1/text-to-speech/{VOICE}{form}")));
    let lists = ["/v1/voices", "/v2/voices", "/v1/models", "/v1/user/subscription", "/v1/history", "/", ""];
    speech.into_iter().chain(lists.map(|path| ("GET", path.to_owned()))).collect()
}

#[test]
fn strangers_are_told_in_the_providers_shape_at_every_address() {
    let house = guarded();
    let direct = Direct::start(Settings::default());
    let body = said("For nobody.").to_string();
    let ask = |side: &Side, method: &str, path: &str, headers: Headers<'_>| {
        let body = if method == "POST" { body.as_bytes() } else { b"" };
        side.send(method, path, headers, body).whole()
    };
    for (method, path) in paths() {
        for (key, code) in [("", "missing_api_key"), ("sk_wrong", "invalid_api_key"), (SECRET, "invalid_api_key")] {
            let told = ask(&house.side().with_key(key), method, &path, &[]);
            refused(&told, 401, code);
            if method == "POST" {
                let there = ask(&direct.side.with_key(key), method, &path, &[]);
                let detail = |told: &Told| {
                    let mut json = told.json();
                    json["detail"]["request_id"].take();
                    json.to_string()
                };
                assert_eq!(detail(&told), detail(&there), "{path}");
            }
        }
        let known = house.side().with_key(TOKEN);
        refused(&ask(&known, method, &path, &[("host", "evil.example")]), 403, "forbidden");
        refused(&ask(&known, method, &path, &[("origin", "http://evil.example")]), 403, "forbidden");
        refused(&ask(&known, method, &path, &[("origin", "null")]), 403, "forbidden");
        let bearer = format!("Bearer {TOKEN}-not");
        refused(&ask(&house.side(), method, &path, &[("authorization", &bearer)]), 401, "invalid_api_key");
    }
    assert_eq!(house.stage.calls(), 0);
    let bearer = format!("Bearer {TOKEN}");
    let told = house.side().begin("", "", &[("authorization", &bearer)], &said("For a friend.")).whole();
    assert_eq!((told.status, house.stage.calls()), (200, 1));
}

#[test]
fn the_vendors_key_is_in_no_answer_and_in_no_log() {
    let stage = Stage::new(Settings { api_key: SECRET.to_owned(), credits: 60, ..Settings::default() })
        .with("ONETAKE_TOKENS", TOKEN)
        .with("ONETAKE_LOG", "trace");
    let log = stage.room.path("log");
    let mut command = stage.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    command.stderr(File::create(&log).unwrap());
    let house = House::of(stage, command);
    let side = house.side().with_key(TOKEN);
    let mut seen = Vec::new();
    for key in [TOKEN, "", "sk_wrong"] {
        for (method, path) in paths() {
            let body = if method == "POST" { said("Hello.").to_string() } else { String::new() };
            seen.push(side.with_key(key).send(method, &path, &[], body.as_bytes()).whole());
        }
    }
    seen.push(side.speak("", "", &said("There is not enough credit for such a long sentence as this one is.")));
    house.server.ask("POST", "/v1/speech/resume", "");
    // The provider takes the key no more, and says so.
    house.stage.double.change(Change { api_key: Some("another".to_owned()), ..Change::default() });
    for (method, path) in paths() {
        let body = if method == "POST" { said("Another text.").to_string() } else { String::new() };
        seen.push(side.send(method, &path, &[], body.as_bytes()).whole());
    }
    let statuses: Vec<u16> = seen.iter().map(|told| told.status).collect();
    for status in [200, 401, 404] {
        assert!(statuses.contains(&status), "no {status}: {statuses:?}");
    }
    for told in &seen {
        assert!(!told.text().contains(SECRET), "{told:?}");
    }
    house.server.signal("TERM");
    let House { server, .. } = house;
    let ran = server.ends();
    assert_eq!(ran.code, Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert!(log.lines().count() > 20, "{log}");
    for word in [SECRET, &SECRET[..16], TOKEN] {
        assert!(!format!("{log}{}", ran.out).contains(word), "{word} is in the log");
    }
}

#[test]
fn what_else_the_provider_has_is_not_there() {
    let house = House::start(Settings::default());
    let one = format!("/v1/text-to-speech/{VOICE}");
    for (method, path) in [
        ("GET", "/v1/history"),
        ("GET", "/v1/history/1/audio"),
        ("DELETE", "/v1/history/1"),
        ("POST", "/v1/sound-generation"),
        ("POST", "/v1/speech-to-speech/a"),
        ("POST", "/v1/dubbing"),
        ("POST", "/v1/voices/add"),
        ("DELETE", "/v1/voices/a"),
        ("POST", "/v1/voices"),
        ("GET", "/v1/user"),
        ("GET", one.as_str()),
        ("DELETE", one.as_str()),
        ("GET", "/v1/text-to-speech/a/stream-input"),
        ("POST", "/v1/text-to-speech/a/stream/"),
        ("POST", "/v1/text-to-speech"),
        ("POST", "/double/settings"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/../v1/history"),
        ("GET", ""),
        ("GET", "/"),
    ] {
        let body = if method == "POST" { said("Not here.").to_string() } else { String::new() };
        refused(&house.side().send(method, path, &[], body.as_bytes()).whole(), 404, "not_found");
    }
    assert_eq!(house.stage.calls(), 0);
}

#[test]
fn a_huge_body_is_refused_however_it_is_sent() {
    let house = House::start(Settings::default());
    let body = said(&"a".repeat(5 << 20)).to_string();
    for form in FORMS {
        let path = format!("/v1/text-to-speech/{VOICE}{form}");
        refused(&house.side().send("POST", &path, &[], body.as_bytes()).whole(), 413, "request_too_large");
        let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let mut connection = house.side().send("POST", &path, &[("transfer-encoding", "chunked")], &[]);
        connection.write(chunked.as_bytes());
        refused(&connection.whole(), 413, "request_too_large");
    }
    assert_eq!(house.stage.calls(), 0);
}

#[test]
fn texts_pass_as_they_are_whatever_is_in_them() {
    let house = House::start(Settings::default());
    let texts = [
        "今日は港に船がいない。",
        "👩‍👩‍👧‍👦 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿, e\u{301} and \u{1f1ea}\u{1f1e9}",
        "שלום \u{202e}olleh\u{202c} مرحبا",
        "Bells \u{7} and \u{0} and \u{1b}[31m and \u{7f} and \u{feff}",
        "line one\r\nline two\u{2028}line three\u{85}",
        "\"quotes\" \\ and </script> and ' OR 1=1; --",
        "  spaces around  ",
        "%00 {} ${HOME} {{text}}",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "e",
    ];
    for (index, text) in texts.iter().enumerate() {
        let form = FORMS[index % FORMS.len()];
        let expected = as_it_should_be(form, "", text);
        for _ in 0..2 {
            let told = house.side().speak(form, "", &said(text));
            assert!(told.status == 200 && told.body == expected.body, "{text:?}{form}: {told:?} and not {expected:?}");
        }
    }
    assert_eq!(house.spoken(), texts);
}
