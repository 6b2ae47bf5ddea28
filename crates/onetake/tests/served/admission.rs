//! Who may ask, and where it listens.

use crate::room::{Room, Voices};
use crate::server::Server;

/// Refused by a sentence; nothing is written.
fn check(arguments: &[&str], environment: &[(&'static str, &str)], code: i32, sentence: &str) {
    let mut room = Room::new(Voices::Tones);
    room.environment.extend(environment.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let ran = room.run(&[&["serve", "--rehearse"], arguments].concat());
    assert_eq!(ran.code, Some(code), "{arguments:?}: {}{}", ran.out, ran.err);
    assert!(ran.err.contains(sentence), "{arguments:?}: {}", ran.err);
    assert!(!room.data.exists(), "{arguments:?}: the data folder was made");
}

#[test]
fn without_tokens_no_other_machine_is_let_in() {
    for address in ["0.0.0.0:0", "[::]:0", "192.168.7.7:8080"] {
        check(&["--listen", address], &[], 2, "set ONETAKE_TOKENS");
        check(&["--listen", address], &[("ONETAKE_TOKENS", " , ")], 2, "set ONETAKE_TOKENS");
    }
}

#[test]
fn what_cannot_be_listened_at_is_told_plainly() {
    let room = Room::new(Voices::Tones);
    let first = Server::start(&room, &["--rehearse"]);
    let taken = first.url().strip_prefix("http://").unwrap();
    check(&["--listen", taken], &[], 1, "another program listens at 127.0.0.1:");
    check(&["--listen", "192.0.2.1:8080"], &[("ONETAKE_TOKENS", "word")], 1, "is no address of this machine");
    check(&["--listen", "somewhere"], &[], 2, "give an address of this machine with a port");
    check(&["--host", "http://studio.example"], &[], 2, "is no host's name");
    check(&[], &[("ONETAKE_HOSTS", "a.example,b:80")], 2, "\"b:80\" is no host's name");
}

#[test]
fn a_house_answers_to_the_names_that_it_was_given() {
    let mut room = Room::new(Voices::Tones);
    room.environment.insert("ONETAKE_HOSTS", "one.example".to_owned());
    let server = Server::start(&room, &["--rehearse", "--host", "two.example"]);
    let client = conformance::http::Client::new(server.url());
    for (host, status) in [("one.example", 200), ("Two.Example:8080", 200), ("localhost", 200), ("three.example", 403)]
    {
        let answer = client.ask("GET", "/v1/health", &[("host".to_owned(), host.to_owned())], b"");
        assert_eq!(answer.status, status, "{host}");
    }
}
