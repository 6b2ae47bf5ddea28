//! Readers that do not read: what is paid for is taken in all the same, and not into memory.

use super::wire::Connection;
use super::{House, as_it_should_be, said};
use crate::stage::Stage;
use doubles::Settings;
use doubles::account::Ended;
use std::fs;

/// Eight minutes of sound: 23 MB in this format.
const QUERY: &str = "?output_format=pcm_24000";
const READERS: usize = 4;
/// What several long answers at once may add to the memory of a house that has told one.
const MOST_MB: u64 = 40;

fn long(number: usize) -> String {
    format!("{number} {}", "Words of a long text. ".repeat(364))
}

fn megabytes(house: &House, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", house.server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').split_whitespace().next().unwrap().parse::<u64>().unwrap() >> 10
}

#[test]
fn who_reads_nothing_holds_up_nobody_and_has_all_of_it_in_the_end() {
    let house = House::start(Settings::default());
    for form in ["/stream", "/stream/with-timestamps"] {
        let text = long(form.len());
        let mut slow = house.side().begin(form, QUERY, &[], &said(&text));
        assert_eq!(slow.head().0, 200);
        assert_eq!(house.ended(&text), Ended::Complete, "{form}");
        let other = house.side().speak("", "", &said(form));
        assert_eq!(other.status, 200, "{other:?}");
        let expected = as_it_should_be(form, QUERY, &text).body;
        assert!(expected.len() > 20_000_000, "{} bytes", expected.len());
        let (told, end) = slow.rest();
        assert!(end.is_ok() && told == expected, "{form}: {end:?}, {} of {} bytes", told.len(), expected.len());
    }
    assert_eq!(house.stage.calls(), 4);
}

#[test]
fn several_who_read_nothing_fill_no_memory() {
    let settings = Settings { concurrency: Some(READERS), ..Settings::default() };
    let house = House::on(Stage::new(settings).with("ONETAKE_SPEECH_LANES", &READERS.to_string()));
    // Whatever is allocated once.
    house.side().speak("/stream", QUERY, &said(&long(READERS)));
    fs::write(format!("/proc/{}/clear_refs", house.server.id()), "5").unwrap();
    let before = megabytes(&house, "VmRSS");
    let begin = |number: usize| house.side().begin("/stream", QUERY, &[], &said(&long(number)));
    let mut slow: Vec<Connection> = (0..READERS).map(begin).collect();
    for (number, connection) in slow.iter_mut().enumerate() {
        assert_eq!(connection.head().0, 200);
        assert_eq!(house.ended(&long(number)), Ended::Complete);
    }
    for (number, connection) in slow.iter_mut().enumerate() {
        let (told, end) = connection.rest();
        assert!(end.is_ok() && told == as_it_should_be("/stream", QUERY, &long(number)).body, "{number}: {end:?}");
    }
    let (most, after) = (megabytes(&house, "VmHWM"), megabytes(&house, "VmRSS"));
    assert!(most < before + MOST_MB, "{before} MB before, {most} MB at most, {after} MB after");
}
