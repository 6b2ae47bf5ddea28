//! The calls that must look alike wherever they go, a row each.

use serde_json::{Value, json};

/// How much of what a caller sees must be alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Alike {
    All,
    /// The class of the exception and the status: the words are each side's own.
    Refusal,
}

/// A call.
pub(crate) struct Row {
    pub(crate) says: &'static str,
    pub(crate) order: Value,
    pub(crate) alike: Alike,
    /// With this key instead of the one that is right there.
    pub(crate) api_key: Option<&'static str>,
}

fn row(says: &'static str, order: Value) -> Row {
    Row { says, order, alike: Alike::All, api_key: None }
}

/// What the four addresses are asked to speak in turn: one take, however it is asked for.
pub(crate) const ONE_TEXT: &str = "One text for all four, at 9:45.";

/// Calls that speak, and how many takes they come to.
pub(crate) fn speaking() -> (Vec<Row>, usize) {
    let rows = vec![
        row("a whole answer", json!({"call": "convert", "text": "Whole and fresh."})),
        row(
            "a stream",
            json!({"call": "stream", "text": "A stream that is fresh, and somewhat longer than the rest of them are."}),
        ),
        row(
            "a whole answer with times",
            json!({"call": "convert_with_timestamps", "text": "Times of 3 ships, 今日。"}),
        ),
        row(
            "a stream with times",
            json!({"call": "stream_with_timestamps", "text": "A stream with times of 42 characters, one after the other: é, ü and 😀."}),
        ),
        row("one text, whole", json!({"call": "convert", "text": ONE_TEXT})),
        row("one text, streamed", json!({"call": "stream", "text": ONE_TEXT})),
        row("one text, whole with times", json!({"call": "convert_with_timestamps", "text": ONE_TEXT})),
        row("one text, streamed with times", json!({"call": "stream_with_timestamps", "text": ONE_TEXT})),
        row("PCM", json!({"call": "convert", "text": "In another format.", "output_format": "pcm_24000"})),
        row("PCM once more", json!({"call": "convert", "text": "In another format.", "output_format": "pcm_24000"})),
        row("µ-law", json!({"call": "convert", "text": "In another format.", "output_format": "ulaw_8000"})),
        // The streams of the original do not take it.
        row("WAV", json!({"call": "convert", "text": "In another format.", "output_format": "wav_16000"})),
        row(
            "a small MP3, streamed",
            json!({"call": "stream", "text": "In another format.", "output_format": "mp3_22050_32"}),
        ),
        row(
            "PCM with times",
            json!({"call": "stream_with_timestamps", "text": "In another format, with times.", "output_format": "pcm_16000"}),
        ),
        row(
            "voice settings",
            json!({"call": "convert", "text": "With settings.", "voice_settings": {"stability": 0.3, "similarity_boost": 0.6, "style": 0.2, "use_speaker_boost": false, "speed": 1.1}}),
        ),
        row(
            "one voice setting, streamed",
            json!({"call": "stream", "text": "With settings.", "voice_settings": {"speed": 0.8}}),
        ),
        row("another voice", json!({"call": "convert", "text": "With settings.", "voice_id": "EXAVITQu4vr4xnSDxMaL"})),
        row(
            "a model that costs half",
            json!({"call": "stream", "text": "Quick and cheap.", "model_id": "eleven_flash_v2_5"}),
        ),
    ];
    // Of the four of one text three are no takes of their own, and of PCM one.
    let takes = rows.len() - 3 - 1;
    (rows, takes)
}

/// Calls that the provider refuses before anything is paid.
pub(crate) fn refusals() -> Vec<Row> {
    let mut rows = vec![
        row(
            "a format that is not spoken",
            json!({"call": "convert", "text": "Refused.", "output_format": "opus_48000_32"}),
        ),
        row("settings out of range", json!({"call": "convert", "text": "Refused.", "voice_settings": {"speed": 9.0}})),
        row("settings of a wrong voice", json!({"call": "voice_settings", "voice_id": "nobody"})),
    ];
    for (says, call) in [("convert", "convert"), ("stream with times", "stream_with_timestamps")] {
        let named = |what: &str| -> &'static str { format!("{what}, {says}").leak() };
        let long = "Long. ".repeat(2_000);
        rows.extend([
            row(named("a wrong voice"), json!({"call": call, "text": "Refused.", "voice_id": "nobody"})),
            row(named("an empty text"), json!({"call": call, "text": ""})),
            row(named("a text of spaces"), json!({"call": call, "text": "  "})),
            row(named("a text that is too long"), json!({"call": call, "text": long})),
            row(named("an unknown model"), json!({"call": call, "text": "Refused.", "model_id": "eleven_v99"})),
        ]);
    }
    rows
}

/// What an account without credit says.
pub(crate) fn without_credit() -> Vec<Row> {
    let text = "This costs more than the five credits that are left.";
    vec![
        row("no credit, whole", json!({"call": "convert", "text": text})),
        row("no credit, streamed", json!({"call": "stream", "text": text})),
        row("no credit, with times", json!({"call": "convert_with_timestamps", "text": text})),
    ]
}

/// Lists. They come first: what they say of the balance is alike only while nothing was spoken.
pub(crate) fn lists() -> Vec<Row> {
    vec![
        row("the subscription", json!({"call": "subscription"})),
        row("the models", json!({"call": "models"})),
        row("all voices", json!({"call": "voices"})),
        row("a first page of voices", json!({"call": "search_voices", "query": {"page_size": 3}})),
        row(
            "the next page of voices",
            json!({"call": "search_voices", "query": {"page_size": 3, "next_page_token": "after-3"}}),
        ),
        row(
            "voices that are looked for",
            json!({"call": "search_voices", "query": {"search": "a", "sort": "name", "category": "cloned"}}),
        ),
        row("no voice found", json!({"call": "search_voices", "query": {"search": "nobody at all"}})),
        row("a voice's settings", json!({"call": "voice_settings", "voice_id": "EXAVITQu4vr4xnSDxMaL"})),
    ]
}

/// Calls with a key that is none.
pub(crate) fn with_a_wrong_key() -> Vec<Row> {
    let orders = [
        ("a wrong key, whole", json!({"call": "convert", "text": "Refused."})),
        ("a wrong key, streamed with times", json!({"call": "stream_with_timestamps", "text": "Refused."})),
        ("a wrong key, voices", json!({"call": "voices"})),
        ("a wrong key, subscription", json!({"call": "subscription"})),
    ];
    let wrong = |(says, order)| Row { api_key: Some("sk_wrong"), alike: Alike::Refusal, ..row(says, order) };
    orders.into_iter().map(wrong).collect()
}
