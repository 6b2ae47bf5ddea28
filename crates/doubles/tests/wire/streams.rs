//! How streams arrive (PROVIDERS 1.12, points 6 and 7).

use crate::support::{FRAME_S, TEXT, Told, Vendor, decoded_s, vendor};
use doubles::account::Settings;
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;

async fn parts(vendor: &Vendor, kind: &str, text: &str) -> Vec<Vec<u8>> {
    let answer = vendor.speak(kind, text).await;
    assert!(!answer.headers().contains_key("content-length"));
    answer.bytes_stream().map(|part| part.unwrap().to_vec()).collect().await
}

#[tokio::test]
async fn the_audio_stream_is_split_at_arbitrary_places() {
    let vendor = vendor(Settings { speed: 40.0, ..Settings::default() }).await;
    let parts = parts(&vendor, "/stream", TEXT).await;
    assert!(parts.len() > 5, "{} parts", parts.len());
    let inside = parts.iter().filter(|part| !part.starts_with(&[0xff])).count();
    assert!(inside > parts.len() / 2, "most parts begin inside a frame");
    assert!(decoded_s(&parts.concat(), "mp3") > 3.0);
}

#[tokio::test]
async fn lines_are_split_inside_and_some_have_no_times_and_some_are_empty() {
    let vendor = vendor(Settings { speed: 40.0, ..Settings::default() }).await;
    let parts = parts(&vendor, "/stream/with-timestamps", TEXT).await;
    assert!(parts.iter().any(|part| part.last() != Some(&b'\n')), "a part ends inside a line");
    let body = String::from_utf8(parts.concat()).unwrap();
    let told = Told::of(&body);
    assert!(told.without_times > 0 && told.empty_lines > 0);
    assert_eq!(told.characters, TEXT);
}

#[tokio::test]
async fn times_are_absolute_and_without_a_gap() {
    let vendor = vendor(Settings::default()).await;
    let stream = Told::of(&vendor.speak("/stream/with-timestamps", TEXT).await.text().await.unwrap());
    let mut whole = Told::default();
    whole.add(&vendor.speak("/with-timestamps", TEXT).await.json().await.unwrap());
    assert_eq!((&stream.starts_s, &stream.ends_s), (&whole.starts_s, &whole.ends_s));
    assert_eq!(stream.starts_s[0], 0.0);
    assert_eq!(stream.starts_s[1..], stream.ends_s[..stream.ends_s.len() - 1]);
    assert!((decoded_s(&stream.audio, "mp3") - stream.length_s()).abs() <= FRAME_S);
}

#[tokio::test]
async fn the_normalized_times_are_those_of_the_words_that_are_spoken() {
    let vendor = vendor(Settings::default()).await;
    let object: serde_json::Value = vendor.speak("/with-timestamps", "Take 5.").await.json().await.unwrap();
    let spoken: String = object["normalized_alignment"]["characters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert_eq!(spoken, "Take five.");
    let last = |name: &str| object[name]["character_end_times_seconds"].as_array().unwrap().last().cloned();
    assert_eq!(last("alignment"), last("normalized_alignment"));
}

#[tokio::test]
async fn a_faster_voice_is_shorter_and_tags_are_hardly_heard() {
    let vendor = vendor(Settings::default()).await;
    let length_s = async |body: serde_json::Value| {
        let mut told = Told::default();
        told.add(&vendor.speech("/with-timestamps", &body).send().await.unwrap().json().await.unwrap());
        assert_eq!(told.characters, body["text"].as_str().unwrap());
        told.length_s()
    };
    assert_eq!(length_s(json!({"text": "abcd"})).await, 0.24);
    assert_eq!(length_s(json!({"text": "abcd", "voice_settings": {"speed": 2.0}})).await, 0.12);
    assert_eq!(length_s(json!({"text": "[sighs]abcd", "model_id": "eleven_v4"})).await, 0.38);
}

#[tokio::test]
async fn a_stream_comes_at_its_speed() {
    let vendor = vendor(Settings { speed: 10.0, first_byte_ms: 100, ..Settings::default() }).await;
    vendor.speak("/stream/with-timestamps", TEXT).await.bytes().await.unwrap();
    let call = vendor.log().calls[0].clone();
    let took_ms = call.end_ms.unwrap() - call.start_ms;
    let planned_ms = 100 + (TEXT.chars().count() as u64 * 60) / 10;
    assert!(took_ms >= planned_ms, "{took_ms} ms");
    assert!(call.generated_ms >= call.start_ms + planned_ms);
}

/// Forty minutes of sound: nothing of it is held, and it costs little.
#[tokio::test]
async fn a_long_text_is_spoken_while_it_streams() {
    let vendor = vendor(Settings::default()).await;
    let text = "abcdefghi ".repeat(4_000);
    let body = json!({"text": text, "model_id": "eleven_flash_v2_5"});
    let answer = vendor.speech("/stream/with-timestamps", &body).send().await.unwrap();
    assert_eq!(answer.headers()["character-cost"], "20000");
    let sum = answer.bytes_stream().map(|part| part.unwrap().len());
    let bytes = tokio::time::timeout(Duration::from_secs(20), sum.fold(0, async |sum, part| sum + part)).await.unwrap();
    assert!(bytes > 38_000_000, "{bytes} bytes");
}
