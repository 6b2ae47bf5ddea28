//! The double's answers and the gateway's laid side by side: status, headers and bytes.

use super::wire::{Headers, Side, Told};
use super::{Direct, FORMS, House, VOICE, said};
use doubles::Settings;
use serde_json::{Value, json};

/// Of these both sides must only agree that they are there.
const NAMES_OF_A_CALL: [&str; 3] = ["request-id", "x-trace-id", "history-item-id"];

const FORMATS: [&str; 4] = ["", "?output_format=mp3_22050_32", "?output_format=pcm_24000", "?output_format=ulaw_8000"];

/// What of an answer must be alike.
fn shown(told: &Told) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let header = |(name, value): &(String, String)| match name.as_str() {
        "date" => None,
        name if name.starts_with("x-onetake-") => None,
        name if NAMES_OF_A_CALL.contains(&name) => Some((name.to_owned(), String::new())),
        name => Some((name.to_owned(), value.clone())),
    };
    let mut json = told.json();
    let body = match json.pointer_mut("/detail/request_id") {
        Some(id) => {
            assert_eq!(id.as_str().map(str::len), Some(32), "{told:?}");
            *id = Value::Null;
            json.to_string().into_bytes()
        }
        None => told.body.clone(),
    };
    (told.status, told.headers.iter().filter_map(header).collect(), body)
}

fn alike(says: &str, there: &Told, here: &Told) {
    let ((status, headers, body), (own_status, own_headers, own_body)) = (shown(there), shown(here));
    assert_eq!((own_status, own_headers), (status, headers), "{says}: {here:?}");
    let differs = body.iter().zip(&own_body).position(|(a, b)| a != b);
    let at = differs.unwrap_or(0).saturating_sub(100);
    let around = |body: &[u8]| String::from_utf8_lossy(&body[at..body.len().min(at + 300)]).into_owned();
    assert!(
        own_body == body,
        "{says}: {} bytes, {} there; from byte {at} on\n{}\nand not\n{}",
        own_body.len(),
        body.len(),
        around(&own_body),
        around(&body)
    );
}

#[test]
fn the_four_addresses_answer_byte_for_byte_as_the_provider_in_every_format_and_from_the_takes_too() {
    let (direct, house) = (Direct::start(Settings::default()), House::start(Settings::default()));
    let wav = "?output_format=wav_24000";
    let rows = FORMS.iter().flat_map(|form| FORMATS.map(|format| (*form, format)));
    let rows: Vec<(&str, &str)> = rows.chain([("", wav), ("/with-timestamps", wav)]).collect();
    for (form, query) in &rows {
        let body = said(&format!("It is {} past nine, “{query}” – é, 今日 and 😀 of{form}.", rows.len()));
        let there = direct.side.speak(form, query, &body);
        assert_eq!(there.status, 200, "{form}{query}: {there:?}");
        for time in 0..2 {
            let here = house.side().speak(form, query, &body);
            alike(&format!("{form}{query}, time {time}"), &there, &here);
            assert_eq!((here.is_reused(), here.header("x-onetake-take").len()), (time > 0, 64), "{here:?}");
        }
    }
    assert_eq!((direct.double.log().calls.len(), house.stage.calls()), (rows.len(), rows.len()));
}

#[test]
fn one_take_is_said_again_in_the_other_three_forms_byte_for_byte_as_the_provider_says_it() {
    for first in FORMS {
        let (direct, house) = (Direct::start(Settings::default()), House::start(Settings::default()));
        let body =
            json!({"text": "One text, however it was bought: 42.", "voice_settings": {"speed": 1.1, "style": null}});
        house.side().speak(first, "", &body);
        for form in FORMS {
            let here = house.side().speak(form, "", &body);
            alike(&format!("{form}, bought by {first}"), &direct.side.speak(form, "", &body), &here);
        }
        assert_eq!(house.stage.calls(), 1, "{first}");
    }
}

/// A request that is refused.
struct Refused {
    says: &'static str,
    voice: &'static str,
    query: &'static str,
    body: String,
}

fn refusals() -> Vec<Refused> {
    let row = |says, body: Value| Refused { says, voice: VOICE, query: "", body: body.to_string() };
    let text = "This is refused.";
    let with = |name: &str, value: Value| json!({"text": text, name: value});
    let third = |name: &str, value: Value| json!({"text": text, "model_id": "eleven_v3", name: value});
    vec![
        row("no text", json!({})),
        row("no text but a null", json!({"text": null})),
        row("a text that is a number", json!({"text": 5})),
        row("an empty text", said("")),
        row("a text of spaces", said(" \n\t ")),
        row("a text that is too long", said(&"Long. ".repeat(2_000))),
        row("an unknown model", with("model_id", json!("eleven_v99"))),
        row("a model that does not speak", with("model_id", json!("eleven_english_sts_v2"))),
        row("a model that is a list", with("model_id", json!([]))),
        row("a language that is a number", with("language_code", json!(1))),
        row("a seed that is a text", with("seed", json!("one"))),
        row("a seed that is too large", with("seed", json!(4_294_967_296_u64))),
        row("settings that are a list", with("voice_settings", json!([]))),
        row("a speed that is too high", with("voice_settings", json!({"speed": 4.5}))),
        row("a stability below zero", with("voice_settings", json!({"stability": -0.1}))),
        row("a style that is a text", with("voice_settings", json!({"style": "grand"}))),
        row("four requests before", with("previous_request_ids", json!(["a", "b", "c", "d"]))),
        row("a dictionary that is no list", with("pronunciation_dictionary_locators", json!("a"))),
        row("an unknown normalization", with("apply_text_normalization", json!("maybe"))),
        row("stability between its steps", third("voice_settings", json!({"stability": 0.3}))),
        row("stitching by a text", third("previous_text", json!("Before."))),
        row("stitching by a text after", third("next_text", json!("After."))),
        row("stitching by a request", third("previous_request_ids", json!(["a"]))),
        Refused { body: "{\"text\": \"half".to_owned(), ..row("half a JSON", json!({})) },
        Refused { body: "text=this".to_owned(), ..row("no JSON", json!({})) },
        row("a list", json!(["text"])),
        Refused { voice: "nobody", ..row("an unknown voice", said(text)) },
        Refused { voice: "nobody", ..row("an unknown voice and an unknown model", with("model_id", json!("none"))) },
        Refused { query: "?output_format=mp3_1_2", ..row("an unknown format", said(text)) },
        Refused { query: "?output_format=", ..row("a format without a name", said(text)) },
        Refused { query: "?output_format=opus_48000_64", ..row("a format that is not spoken", said(text)) },
        Refused { query: "?output_format=pcm_44100", ..row("a dear format", said(text)) },
    ]
}

fn ask(side: &Side, form: &str, row: &Refused) -> Told {
    let path = format!("/v1/text-to-speech/{}{form}{}", row.voice, row.query);
    side.send("POST", &path, NONE, row.body.as_bytes()).whole()
}

const NONE: Headers<'static> = &[];

#[test]
fn what_the_provider_refuses_is_refused_byte_for_byte_as_it_does_and_twice() {
    let (direct, house) = (Direct::start(Settings::default()), House::start(Settings::default()));
    for row in refusals() {
        for form in FORMS {
            let says = format!("{}{form}", row.says);
            let there = ask(&direct.side, form, &row);
            assert!((400..500).contains(&there.status), "{says}: {there:?}");
            for _ in 0..2 {
                alike(&says, &there, &ask(&house.side(), form, &row));
            }
        }
    }
    for form in ["/stream", "/stream/with-timestamps"] {
        let wav = "?output_format=wav_24000";
        let there = direct.side.speak(form, wav, &said("WAV."));
        assert_eq!(there.status, 422, "{there:?}");
        alike(form, &there, &house.side().speak(form, wav, &said("WAV.")));
    }
    assert_eq!(house.stage.calls(), 0);
}

#[test]
fn an_account_without_credit_is_told_byte_for_byte_as_the_provider_does_and_twice() {
    let poor = || Settings { credits: 5, ..Settings::default() };
    for form in FORMS {
        let (direct, house) = (Direct::start(poor()), House::start(poor()));
        let body = said("This costs more than five credits.");
        let there = direct.side.speak(form, "", &body);
        assert_eq!(there.status, 401, "{there:?}");
        for time in 0..2 {
            alike(&format!("{form}, time {time}"), &there, &house.side().speak(form, "", &body));
        }
        assert_eq!((house.stage.calls(), house.stage.used()), (0, 0));
    }
}
