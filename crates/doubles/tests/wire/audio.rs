//! What is heard: the sound is real, and as long as its times say.

use crate::support::{FRAME_S, TEXT, Told, decode, decoded_s, vendor};
use doubles::account::{Settings, Tier};
use serde_json::json;

#[tokio::test]
async fn the_mp3_of_a_stream_is_as_long_as_its_last_character_ends() {
    let vendor = vendor(Settings::default()).await;
    for text in [TEXT, "a", "今日は、世界。", "Wait 👩‍🚀 — e\u{301}t voilà 🙂!", "x\n\ny"] {
        let answer = vendor.speak("/stream/with-timestamps", text).await;
        let told = Told::of(&answer.text().await.unwrap());
        assert_eq!(told.characters, text);
        let length_s = decoded_s(&told.audio, "mp3");
        assert!((length_s - told.length_s()).abs() <= FRAME_S, "{text}: {length_s} against {}", told.length_s());
    }
}

#[tokio::test]
async fn every_format_of_the_list_has_its_length() {
    let vendor = vendor(Settings { tier: Tier::Pro, ..Settings::default() }).await;
    let answer = vendor.speak("/with-timestamps", TEXT).await;
    let mut told = Told::default();
    told.add(&answer.json().await.unwrap());
    for format in [
        "mp3_22050_32",
        "mp3_24000_48",
        "mp3_44100_32",
        "mp3_44100_64",
        "mp3_44100_96",
        "mp3_44100_128",
        "mp3_44100_192",
    ] {
        let audio = vendor.speak(&format!("?output_format={format}"), TEXT).await.bytes().await.unwrap();
        let length_s = decoded_s(&audio, "mp3");
        assert!((length_s - told.length_s()).abs() <= FRAME_S, "{format}: {length_s} against {}", told.length_s());
    }
    for rate in [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000_u32] {
        let raw = vendor.speak(&format!("?output_format=pcm_{rate}"), TEXT).await.bytes().await.unwrap();
        let length_s = raw.len() as f64 / 2.0 / f64::from(rate);
        assert!((length_s - told.length_s()).abs() <= 0.02, "pcm_{rate}: {length_s}");
        let wav = vendor.speak(&format!("?output_format=wav_{rate}"), TEXT).await.bytes().await.unwrap();
        assert_eq!(wav[44..], raw[..], "the file is the samples behind a header");
        assert_eq!(decoded_s(&wav, "wav"), length_s);
    }
    for format in ["ulaw_8000", "alaw_8000"] {
        let audio = vendor.speak(&format!("?output_format={format}"), TEXT).await.bytes().await.unwrap();
        assert!((audio.len() as f64 / 8_000.0 - told.length_s()).abs() <= 0.02, "{format}");
    }
}

#[tokio::test]
async fn one_hears_the_words_and_not_the_pauses_between_them() {
    let vendor = vendor(Settings::default()).await;
    let answer = vendor.speak("/with-timestamps", "Words, then. Silence").await;
    let mut told = Told::default();
    told.add(&answer.json().await.unwrap());
    let (samples, rate) = decode(&told.audio, "mp3");
    let loudness = |from_s: f64, until_s: f64| {
        let part = &samples[(from_s * f64::from(rate)) as usize..(until_s * f64::from(rate)) as usize];
        (part.iter().map(|sample| sample * sample).sum::<f32>() / part.len() as f32).sqrt()
    };
    let full_stop = told.characters.chars().position(|character| character == '.').unwrap();
    // An MP3 decoder is late by a frame.
    let pause = loudness(told.starts_s[full_stop] + 0.08, told.ends_s[full_stop]);
    let word = loudness(told.starts_s[0] + 0.06, told.ends_s[4]);
    assert!(word > 0.2 && pause < 0.005, "word {word}, pause {pause}");
}

#[tokio::test]
async fn the_same_request_sounds_the_same_on_every_address() {
    let vendor = vendor(Settings::default()).await;
    let body = json!({"text": TEXT, "seed": 7});
    let whole = vendor.speech("", &body).send().await.unwrap().bytes().await.unwrap();
    let stream = vendor.speech("/stream", &body).send().await.unwrap().bytes().await.unwrap();
    let told = vendor.speech("/stream/with-timestamps", &body).send().await.unwrap().text().await.unwrap();
    assert_eq!(whole, stream);
    assert_eq!(whole, Told::of(&told).audio);
    let other = json!({"text": TEXT, "seed": 8});
    assert_ne!(whole, vendor.speech("", &other).send().await.unwrap().bytes().await.unwrap());
}
