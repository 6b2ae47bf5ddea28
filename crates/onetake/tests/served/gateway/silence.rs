//! `x-onetake-on-failure: silence`, in every kind of format, as ffmpeg hears it.

use super::{FORMS, House, said, sound_and_characters};
use crate::room::command;
use doubles::Settings;
use doubles::account::Change;

const TEXT: &str = "There is no credit for these words, which nobody says, and which take about five seconds.";
const WANTED: (&str, &str) = ("x-onetake-on-failure", "silence");

/// A format, and what ffmpeg must be told of sound without a head.
const FORMATS: [(&str, &[&str]); 9] = [
    ("mp3_44100_128", &[]),
    ("mp3_22050_32", &[]),
    ("mp3_24000_48", &[]),
    ("pcm_16000", &["-f", "s16le", "-ar", "16000"]),
    ("pcm_22050", &["-f", "s16le", "-ar", "22050"]),
    ("ulaw_8000", &["-f", "mulaw", "-ar", "8000"]),
    ("alaw_8000", &["-f", "alaw", "-ar", "8000"]),
    ("wav_44100", &[]),
    ("opus_48000_64", &[]),
];

fn poor() -> House {
    House::start(Settings { credits: 5, ..Settings::default() })
}

/// As long as it was guessed, and nothing is heard.
fn is_silent(house: &House, format: &str, raw: &[&str], sound: &[u8]) {
    house.stage.room.write(format, sound);
    let ran = command("ffmpeg")
        .args(["-v", "error", "-xerror"])
        .args(raw)
        .arg("-i")
        .arg(house.stage.room.path(format))
        .args(["-f", "s16le", "-ac", "1", "-ar", "8000", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.is_empty(), "{format}: {said}");
    let samples: Vec<i16> = ran.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max();
    // The smallest step of A-law is 8.
    assert!(loudest.is_some_and(|loudest| loudest <= 8), "{format}: {loudest:?}");
    let (seconds, expected) = (samples.len() as f64 / 8_000.0, 0.3 + TEXT.len() as f64 / 15.0);
    assert!((expected - 0.1..expected + 1.1).contains(&seconds), "{format}: {seconds} s and not {expected} s");
}

#[test]
fn silence_is_heard_as_such_in_every_kind_of_format_and_form() {
    let house = poor();
    for (format, raw) in FORMATS {
        for form in FORMS {
            if form.contains("stream") && format.starts_with("wav") {
                continue;
            }
            let query = format!("?output_format={format}");
            let told = house.side().begin(form, &query, &[WANTED], &said(TEXT)).whole();
            assert_eq!((told.status, told.header("x-onetake-silent")), (200, "1"), "{format}{form}: {told:?}");
            if form.ends_with("timestamps") {
                let (sound, characters) = sound_and_characters(&told.body);
                assert_eq!(characters, TEXT, "{format}{form}");
                house.stage.room.write("base64", sound);
                let ran = command("base64").arg("-d").arg(house.stage.room.path("base64")).output().unwrap();
                assert!(ran.status.success(), "{format}{form}");
                assert_eq!(told.header("content-type"), "application/json");
                is_silent(&house, format, raw, &ran.stdout);
            } else {
                is_silent(&house, format, raw, &told.body);
            }
        }
    }
    assert_eq!((house.stage.calls(), house.stage.used()), (0, 0));
}

#[test]
fn nothing_of_silence_is_kept_and_who_does_not_want_it_is_told_why() {
    let house = poor();
    let silent = house.side().begin("", "", &[WANTED], &said(TEXT)).whole();
    assert_eq!(silent.header("x-onetake-silent"), "1");
    for headers in [&[][..], &[("x-onetake-on-failure", "fail")]] {
        let told = house.side().begin("/stream", "", headers, &said(TEXT)).whole();
        assert_eq!((told.status, told.header("x-onetake-silent")), (401, ""), "{told:?}");
    }
    house.stage.double.change(Change { credits: Some(1_000), ..Change::default() });
    assert_eq!(house.server.ask("POST", "/v1/speech/resume", "").status, 200);
    let told = house.side().begin("", "", &[WANTED], &said(TEXT)).whole();
    assert_eq!((told.header("x-onetake-silent"), told.is_reused(), house.stage.calls()), ("", false, 1), "{told:?}");
    assert!(told.body != silent.body);
}

#[test]
fn a_request_that_cannot_be_right_is_refused_also_where_silence_is_taken() {
    let house = poor();
    for text in ["", "  "] {
        assert_eq!(house.side().begin("", "", &[WANTED], &said(text)).whole().status, 400);
    }
    assert_eq!(house.side().begin("", "?output_format=mp3", &[WANTED], &said(TEXT)).whole().status, 422);
}
