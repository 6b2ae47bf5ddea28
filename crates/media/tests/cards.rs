//! Pictures of a rehearsal: whole, of the size asked for, different by prompt, and drawn whatever the prompt says.

use media::{Cards, check_picture, font_folders};
use std::collections::BTreeSet;
use story::Images;
use story::images::Prompt;
use story::maker::MakerError;

#[expect(clippy::disallowed_methods, reason = "`just layers` runs these tests with other fonts")]
fn cards() -> Cards {
    let fonts = std::env::var_os("ONETAKE_FONTS").map_or_else(font_folders, |folder| vec![folder.into()]);
    Cards::open(&fonts, 0.0027)
}

fn prompt(text: &str, width: u32, height: u32) -> Prompt {
    Prompt {
        provider: "rehearsal".to_owned(),
        base_url: String::new(),
        model: "cards-1".to_owned(),
        text: text.to_owned(),
        width,
        height,
        seed: None,
    }
}

async fn draw(cards: &Cards, prompt: &Prompt) -> bytes::Bytes {
    let drawn = cards.draw(prompt, Box::new(|| true)).await.expect("a card");
    assert_eq!(check_picture(&drawn.bytes), Ok(()));
    let side = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|byte| drawn.bytes[at + byte]));
    assert_eq!((side(16), side(20)), (prompt.width, prompt.height));
    drawn.bytes
}

#[tokio::test]
async fn a_card_follows_from_its_prompt_and_no_two_prompts_look_alike() {
    let cards = cards();
    let mut seen = BTreeSet::new();
    for text in ["a boat", "a goat", "A boat", "灯台", "منارة", "🐐"] {
        let prompt = prompt(text, 270, 480);
        let drawn = draw(&cards, &prompt).await;
        assert_eq!(drawn, draw(&cards, &prompt).await, "{text}: the same prompt, the same bytes");
        assert!(seen.insert(drawn), "{text}");
        let other = Prompt { seed: Some(1), ..prompt };
        assert!(seen.insert(draw(&cards, &other).await), "{text}: another seed, another card");
    }
}

#[tokio::test]
async fn words_are_drawn_in_every_script_and_hostile_text_stops_nothing() {
    let (cards, wordless) = (cards(), Cards::open(&[], 0.0027));
    let endless = "w".repeat(100_000);
    let marks = format!("a{}", "\u{301}".repeat(5_000));
    for (text, has_words) in [
        ("A lighthouse at dusk", true),
        ("夕暮れの灯台と小さな漁船、静かな海", true),
        ("منارة عند الغروب فوق البحر الهادئ", true),
        ("🐐🧑‍🚀🇩🇪", true),
        ("\u{202e}evil\u{202c}", true),
        ("<script>alert(1)</script> {\\an8} %s ../../etc/passwd", true),
        (endless.as_str(), true),
        (marks.as_str(), true),
        ("", false),
        ("\0\u{1b}\u{7}\n\r\t\u{202e}", false),
        ("\u{1b}[2J", true),
        ("\u{e000}\u{10ffff}", false),
    ] {
        let prompt = prompt(text, 256, 456);
        let (with, without) = (draw(&cards, &prompt).await, draw(&wordless, &prompt).await);
        assert_ne!(with, without, "the label is always there");
        let nameless = draw(&cards, &Prompt { text: text.to_owned(), ..prompt }).await;
        assert_eq!(with, nameless);
        let pixels = |png: &[u8]| image::load_from_memory(png).expect("a picture").into_rgb8();
        let (with, without) = (pixels(&with), pixels(&without));
        // Under the label and above the land.
        let changed = (50..200).flat_map(|y| (0..256).map(move |x| (x, y)));
        let changed = changed.filter(|&(x, y)| with.get_pixel(x, y) != without.get_pixel(x, y)).count();
        assert_eq!(changed > 40, has_words, "{changed} pixels of {}", text.chars().take(30).collect::<String>());
    }
}

#[tokio::test]
async fn any_size_is_drawn_and_others_are_refused() {
    let cards = cards();
    for (width, height) in [(16, 16), (17, 301), (1_792, 1_008), (4_096, 16), (16, 4_096)] {
        draw(&cards, &prompt("a boat", width, height)).await;
    }
    for (width, height) in [(0, 100), (100, 15), (4_097, 100), (u32::MAX, u32::MAX)] {
        let refused = cards.draw(&prompt("a boat", width, height), Box::new(|| true)).await;
        assert!(
            matches!(&refused, Err(MakerError::Refused(sentence)) if sentence.contains("16 to 4096")),
            "{refused:?}"
        );
    }
    let late = cards.draw(&prompt("a boat", 64, 64), Box::new(|| false)).await;
    assert_eq!(late, Err(MakerError::TooLate));
}

#[test]
fn it_says_that_it_rehearses_and_what_would_be_paid() {
    let cards = cards();
    let profile = cards.profile();
    assert!(profile.rehearsed && profile.provider == "rehearsal");
    let (width, height) = cards.size(1_080, 1_920);
    assert_eq!((width, height), (1_008, 1_792));
    assert!((cards.usd(width, height) - 0.004_877).abs() < 1e-6);
}
