//! The rehearsal, listened to as a step listens to a provider. Without espeak-ng its half of the rows is said to be passed over.

use providers::{Rehearsal, Settings, find_espeak};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use story::Speech;
use story::maker::MakerError;
use story::script::VoiceSettings;
use story::speech::{Heard, Piece, Receipt, TakeRequest};
use story::words::{Alignment, words};

/// Padding that an MP3 encoder and decoder put before the sound, together.
const PADDING: usize = 1_105;

struct Told {
    mp3: Vec<u8>,
    pieces: usize,
    alignment: Alignment,
    receipt: Receipt,
    /// Of the sound, counted in frames.
    seconds: f64,
}

fn request(text: &str) -> TakeRequest {
    TakeRequest::plain("rehearsal", "any", "clara", text)
}

async fn rehearsals() -> Vec<(&'static str, Rehearsal)> {
    let rehearsal = |espeak: Option<PathBuf>| Rehearsal::open(Settings { espeak, ..Settings::default() });
    let mut rehearsals = vec![("tones", rehearsal(None))];
    rehearsals.extend(find_espeak(Path::new("espeak-ng")).await.map(|espeak| ("espeak-ng", rehearsal(Some(espeak)))));
    rehearsals
}

async fn hear(rehearsal: &Rehearsal, request: &TakeRequest) -> Result<Told, MakerError> {
    let mut answer = rehearsal.speak(request, Box::new(|| true)).await.map_err(|unspoken| unspoken.error)?;
    let (mut mp3, mut pieces, mut alignment) = (Vec::new(), 0, Alignment::default());
    loop {
        match answer.next().await? {
            Heard::Sound(Piece { sound: bytes, alignment: times, .. }) => {
                assert!(!bytes.is_empty() && bytes.len() <= 16 * 1024);
                mp3.extend_from_slice(&bytes);
                pieces += 1;
                times.into_iter().for_each(|times| alignment.extend(times));
            }
            Heard::End(receipt) => {
                let samples = frames(&mp3) * 1_152 - PADDING;
                return Ok(Told { mp3, pieces, alignment, receipt, seconds: samples as f64 / 44_100.0 });
            }
        }
    }
}

/// Frames of 128 kbit/s at 44.1 kHz, one channel, one after the other to the end; the first is no Xing or Info header.
fn frames(mp3: &[u8]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < mp3.len() {
        assert_eq!((mp3[at], mp3[at + 1] & 0xfe, mp3[at + 2] & 0xfc), (0xff, 0xfa, 0x90), "frame {count}");
        assert_eq!(mp3[at + 3] >> 6, 3, "one channel");
        at += 417 + usize::from(mp3[at + 2] >> 1 & 1);
        count += 1;
    }
    assert_eq!(at, mp3.len(), "the last frame is whole");
    assert!(!mp3.windows(4).take(500).any(|bytes| bytes == b"Xing" || bytes == b"Info"));
    count
}

/// What must hold of every answer.
fn sound_and_times_agree(told: &Told, text: &str) {
    let Alignment { characters, starts_s, ends_s } = &told.alignment;
    assert_eq!(characters.len(), text.chars().count());
    assert_eq!(characters.concat(), text);
    assert_eq!((starts_s.len(), ends_s.len()), (characters.len(), characters.len()));
    assert!(starts_s.iter().zip(ends_s).all(|(start, end)| start <= end && *start >= 0.0));
    assert!(ends_s.windows(2).all(|pair| pair[0] <= pair[1]) && starts_s.windows(2).all(|pair| pair[0] <= pair[1]));
    let last = ends_s.last().copied().unwrap_or(f64::NAN);
    // The encoder fills up its last frames with silence.
    assert!(last <= told.seconds && told.seconds - last < 0.15, "{last} of {}", told.seconds);
    assert_eq!(told.receipt, Receipt { request_id: None, item: None, characters: characters.len() as u64 });
}

#[tokio::test]
async fn the_same_request_is_the_same_bytes_and_another_one_is_not() {
    let first = request("Where did you put the ladder?");
    let changes: [fn(&mut TakeRequest); 8] = [
        |request| request.voice = "bruno".to_owned(),
        |request| request.voice = "21m00Tcm4TlvDq8ikWAM".to_owned(),
        |request| request.text = "Where did you put the bucket?".to_owned(),
        |request| request.settings.speed = Some(1.2),
        |request| request.settings.stability = Some(0.51),
        |request| request.retake = 1,
        |request| request.retake = 2,
        |request| request.seed = Some(7),
    ];
    for (name, rehearsal) in rehearsals().await {
        let mut heard = vec![hear(&rehearsal, &first).await.unwrap().mp3];
        assert!(hear(&rehearsal, &first).await.unwrap().mp3 == heard[0], "{name}");
        for change in changes {
            let mut other = first.clone();
            change(&mut other);
            heard.push(hear(&rehearsal, &other).await.unwrap().mp3);
        }
        for (index, one) in heard.iter().enumerate() {
            assert!(heard[..index].iter().all(|other| other != one), "{name}: {index} sounds as one before");
        }
    }
}

#[tokio::test]
async fn whatever_the_text_it_is_spoken_and_each_character_has_its_time() {
    let long = "All work and no play makes Jack a dull boy, says 1 of 12. ".repeat(90)[..5_000].to_owned();
    for (name, rehearsal) in rehearsals().await {
        for text in [
            "Hello, world! How are you?",
            "I",
            "今日は良い天気です。散歩に行きましょう。",
            "今天天气很好，我们去散步吧。",
            "مرحبا بالعالم، كيف حالك؟",
            "שלום עולם",
            "Привет, мир!",
            "नमस्ते दुनिया।",
            "สวัสดีชาวโลก",
            "Nice 👍🏽 work",
            "👍",
            "-v; rm -rf / --stdout -w x.wav",
            "<speak>&amp;</speak> [[_^_]] $(true) `true` %s \\n \"'",
            "tab\tnew\r\nline\u{1b}[2J",
            "x",
            "...",
            &"w".repeat(700),
            &long,
        ] {
            let told = hear(&rehearsal, &request(text)).await.unwrap_or_else(|error| panic!("{name}, {text}: {error}"));
            sound_and_times_agree(&told, text);
            assert!(told.seconds > 0.2, "{name}, {text}: {} s", told.seconds);
            assert_eq!(told.pieces, told.mp3.len().div_ceil(16 * 1024), "{name}, {text}");
        }
        assert!(!std::path::Path::new("x.wav").exists(), "a text is no option");
    }
}

#[tokio::test]
async fn words_come_as_fast_as_people_speak() {
    for (name, rehearsal) in rehearsals().await {
        let mut rows = String::new();
        for (text, language) in [
            ("Where did you put the ladder? I need it to paint the ceiling, and the shop is closed on Sundays.", None),
            ("今日は良い天気です。散歩に行きましょう。", Some("ja")),
            ("今天天气很好，我们去散步吧。", None),
            ("Ich habe die Leiter gestern in den Keller gestellt.", Some("de")),
        ] {
            let request = TakeRequest { language: language.map(str::to_owned), ..request(text) };
            let told = hear(&rehearsal, &request).await.unwrap();
            let weight: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 3 }).sum();
            let pace = weight as f64 / told.seconds;
            writeln!(rows, "{name}: {:.2} s, {pace:.1} letters a second: {text}", told.seconds).unwrap();
            assert!((9.0..22.0).contains(&pace), "{rows}");
            let spoken = words(&told.alignment, (told.seconds * 48_000.0) as u64);
            assert!(spoken.iter().all(|word| word.end > word.start && word.end - word.start < 65_000), "{spoken:?}");
        }
    }
}

#[tokio::test]
async fn speed_is_heard() {
    for (name, rehearsal) in rehearsals().await {
        let seconds = async |speed| {
            let mut request = request("We painted the whole ceiling in one long afternoon without any break");
            request.settings.speed = Some(speed);
            hear(&rehearsal, &request).await.unwrap().seconds
        };
        let ratio = seconds(0.8).await / seconds(1.2).await;
        assert!((1.3..1.7).contains(&ratio), "{name}: {ratio}");
    }
}

#[tokio::test]
async fn what_no_provider_would_take_is_refused() {
    for (name, rehearsal) in rehearsals().await {
        for (text, sentence) in [
            (" \n".to_owned(), "the text is empty; write what is said"),
            ("a\0b".to_owned(), "the text holds the character U+0000; take it out"),
            ("a".repeat(40_001), "40001 characters are too many for one call: at most 40,000"),
        ] {
            let refusal = hear(&rehearsal, &request(&text)).await.err();
            assert!(matches!(&refusal, Some(MakerError::Refused(why)) if why == sentence), "{name}: {refusal:?}");
        }
    }
}

#[tokio::test]
async fn what_it_offers_names_six_voices_and_costs_nothing() {
    for (name, rehearsal) in rehearsals().await {
        let profile = rehearsal.profile();
        assert_eq!((profile.provider.as_str(), profile.model.as_str(), profile.rehearsed), ("rehearsal", name, true));
        assert_eq!((profile.voices.len(), profile.format.as_str()), (6, "mp3_44100_128"));
        assert_eq!(profile.account, "rehearsal");
        let mut heard: Vec<Vec<u8>> = Vec::new();
        for voice in profile.voices {
            let told = hear(&rehearsal, &TakeRequest { voice, ..request("Good evening.") }).await.unwrap().mp3;
            assert!(!heard.contains(&told), "{name}");
            heard.push(told);
        }
    }
}

#[tokio::test]
async fn whatever_a_script_for_a_provider_names_is_rehearsed_as_it_stands() {
    for (name, rehearsal) in rehearsals().await {
        let catalog = rehearsal.catalog().await.unwrap();
        assert_eq!((catalog.models[0].id.as_str(), catalog.models.len()), (name, 1));
        assert!(catalog.takes_other_models && catalog.refused_format.is_none());
        assert!(
            ["en", "ja", "de"].iter().all(|language| catalog.models[0].languages.iter().any(|one| one == language))
        );
        let voice = rehearsal.voice("21m00Tcm4TlvDq8ikWAM").await.unwrap().unwrap();
        assert_eq!((voice.id.as_str(), voice.settings), ("21m00Tcm4TlvDq8ikWAM", VoiceSettings::default()));
        let model = "eleven_multilingual_v2".to_owned();
        assert!(!hear(&rehearsal, &TakeRequest { model, ..request("Hello.") }).await.unwrap().mp3.is_empty());
        assert!(rehearsal.books().is_none());
    }
}

#[tokio::test]
async fn too_late_is_too_late_and_what_is_refused_is_not_begun() {
    for (name, rehearsal) in rehearsals().await {
        let late = rehearsal.speak(&request("Hello."), Box::new(|| false)).await.err().map(|unspoken| unspoken.error);
        assert_eq!(late, Some(MakerError::TooLate), "{name}");
        let refused = rehearsal
            .speak(&request(" "), Box::new(|| panic!("it was begun")))
            .await
            .err()
            .map(|unspoken| unspoken.error);
        assert!(matches!(refused, Some(MakerError::Refused(_))), "{name}");
    }
}
