//! What a house says of itself, beside the double's books.

use crate::room::{Ran, dialogue, signal};
use crate::stage::{Stage, quick};
use doubles::account::{Change, FaultKind};
use serde_json::{Value, json};

/// A double that speaks as fast as a person listens, so that a line takes a while.
fn slowly(stage: &Stage) {
    stage.double.change(Change { speed: Some(1.0), concurrency: Some(Some(5)), ..Change::default() });
}

#[test]
fn sums_are_those_of_the_doubles_books_and_a_film_counts_with_its_preview() {
    let stage = quick();
    stage.make("film", &dialogue(), &[]);
    let mut changed = dialogue();
    changed["lines"][2]["text"] = json!("The ships have gone south");
    stage.double.fault(FaultKind::RateLimit.once());
    stage.make("preview", &changed, &[]);
    let stats = stage.read(&["stats"]);
    let lines = json!({ "total": 8, "successful": 5, "reused": 3, "silent": 0, "failed": 0, "cancelled": 0, "waiting": 0,
        "rebought": 0 });
    assert_eq!(stats["lines"], lines, "{stats:#}");
    let calls = json!({ "total": 6, "successful": 5, "rate_limit_errors": 1, "failed": 0, "lost": 0, "open": 0, "recovered": 0 });
    assert_eq!((&stats["calls"], stage.calls()), (&calls, 5), "{stats:#}");
    assert_eq!(stats["cost"]["characters_paid"], stage.used());
    let saved: usize = [0, 1, 3].map(|line| dialogue()["lines"][line]["text"].as_str().unwrap().len()).iter().sum();
    assert_eq!(stats["cost"]["characters_saved"], saved, "{stats:#}");
    let first = &stats["time_to_first_byte_ms"];
    assert_eq!(first["count"], 5);
    assert!(first["p50"].as_u64() <= first["p95"].as_u64() && first["p95"].is_u64(), "{stats:#}");
    let ran = stage.run(&["stats", "--since", "7d"]);
    assert!(ran.out.contains("▸ lines    8   (5 spoken · 3 reused)\n"), "{}", ran.out);
    assert!(ran.out.contains("▸ calls    6   (5 successful · 1 rate limit error)\n"), "{}", ran.out);
}

#[test]
fn a_house_where_nothing_was_ever_made_has_stats_and_stays_unwritten() {
    let stage = quick();
    let (stats, page) = (stage.read(&["stats"]), stage.run(&["stats"]).out);
    assert_eq!(page.matches("none").count(), 3, "no lines, no calls, no lane busy:\n{page}");
    assert_eq!((&stats["lines"]["total"], &stats["time_to_first_byte_ms"]["p50"]), (&json!(0), &json!(null)));
    assert_eq!(stage.read(&["resume"])["was_stopped"], false);
    assert!(!stage.room.data.exists());
}

#[test]
fn what_is_spoken_and_what_waits_is_shown_by_its_band_while_it_is_so() {
    for (verb, more, band) in [
        ("preview", &[][..], "preview"),
        ("preview", &["--priority", "interactive"], "interactive"),
        ("video", &[], "video"),
        ("warm", &[], "warm"),
    ] {
        let stage = quick();
        slowly(&stage);
        stage.room.write("script.json", dialogue().to_string());
        let mut child = stage.command(&[&[verb, "script.json"], more].concat()).spawn().unwrap();
        stage.until(|account| account.in_flight() == 1);
        let stats = stage.read(&["stats"]);
        let page = stage.run(&["stats"]).out;
        signal(&child, "KILL");
        child.wait().unwrap();
        let speaking = &stats["speaking"][0];
        assert_eq!(speaking["text"], dialogue()["lines"][0]["text"], "{stats:#}");
        assert_eq!((&speaking["lane"], &stats["lanes"][0]["is_held"]), (&json!(0), &json!(true)), "{stats:#}");
        assert_eq!((&stats["lanes"][0]["state"], &stats["pace"]["open_lanes"]), (&json!("open"), &json!(1)));
        assert_eq!((&stats["calls"]["total"], &stats["calls"]["open"]), (&json!(1), &json!(1)), "{stats:#}");
        assert_eq!(stats["queue"][band]["count"], 3, "{verb}\n{stats:#}");
        assert!(stats["queue"][band]["oldest_s"].as_f64().is_some_and(|oldest_s| oldest_s < 60.0), "{stats:#}");
        assert!(
            page.contains("\"Good morning to the harbour\"") && page.contains(&format!("3 {band} (oldest 0:0")),
            "{page}"
        );
    }
}

#[test]
fn as_many_calls_run_at_once_as_there_are_lanes() {
    let stage = quick().with("ONETAKE_SPEECH_LANES", "2");
    slowly(&stage);
    let job = stage.make("preview", &dialogue(), &[]);
    assert_eq!((&job["counts"]["spoken"], stage.calls(), stage.log().max_in_flight), (&json!(4), 4, 2));
    stage.listed();
    stage.audit();
}

#[test]
fn a_number_of_lanes_that_cannot_be_is_refused() {
    for lanes in ["0", "21", "1.5", "many"] {
        let stage = quick().with("ONETAKE_SPEECH_LANES", lanes);
        let ran = stage.attempt("preview", &dialogue(), &[]);
        assert_eq!((ran.code, ran.err.contains("ONETAKE_SPEECH_LANES")), (Some(2), true), "{}", ran.err);
    }
}

#[test]
fn the_log_has_one_event_for_the_first_chunk_of_each_take_and_one_for_its_end() {
    let stage = quick().with("ONETAKE_LOG", "info");
    let ran: Ran = stage.attempt("preview", &dialogue(), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let events = |what: &str, fields: &[&str]| {
        let lines: Vec<&str> = ran.err.lines().filter(|line| line.contains(what)).collect();
        assert_eq!(lines.len(), 4, "{what}\n{}", ran.err);
        for (line, field) in lines.iter().flat_map(|line| fields.iter().map(move |field| (line, field))) {
            let plain = without_colors(line);
            let value = plain.split(&format!(" {field}=")).nth(1).and_then(|rest| rest.split(' ').next());
            assert!(value.is_some_and(|value| value.parse::<u64>().is_ok()), "{field}: {plain}");
        }
    };
    events("the first chunk of a take", &["first_byte_ms"]);
    events("the last chunk of a take", &["chunks", "bytes", "ms"]);
    let texts: Vec<Value> = dialogue()["lines"].as_array().unwrap().iter().map(|line| line["text"].clone()).collect();
    assert!(texts.iter().all(|text| !ran.err.contains(text.as_str().unwrap())), "what is said is in no log");
}

/// A line as it is without the codes that colour a terminal.
fn without_colors(line: &str) -> String {
    let mut plain = String::new();
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    parts.for_each(|part| plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest)));
    plain
}
