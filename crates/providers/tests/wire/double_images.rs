//! Pictures against the double that draws: every fault is one call, and means what it cost.

use crate::server::Meaning::{self, Broken, Busy, Refused, Spent, Unknown};
use crate::server::{asked, meaning, short};
use doubles::images::{Door, ImageFaultKind as Fault, ImageSettings};
use providers::{GeminiImages, Key, OpenAiImages, Timeouts, gemini_images, images};
use std::sync::atomic::Ordering;
use story::Images;
use story::images::{Drawn, Prompt};
use story::maker::{self, MakerError};

const KEY: &str = "img-double";

async fn double() -> doubles::Images {
    doubles::Images::start(ImageSettings::default()).await.unwrap()
}

fn together(double: &doubles::Images, key: &str, timeouts: Timeouts) -> OpenAiImages {
    let settings =
        images::Settings { base_url: double.base_url(), timeouts, ..images::Settings::together(Key::new(key)) };
    OpenAiImages::open(settings).unwrap()
}

fn openai(double: &doubles::Images, model: &str) -> OpenAiImages {
    let settings = images::Settings::openai(Key::new(KEY)).with_model(model.to_owned());
    OpenAiImages::open(images::Settings { base_url: double.base_url(), ..settings }).unwrap()
}

fn gemini(double: &doubles::Images, key: &str, timeouts: Timeouts) -> GeminiImages {
    let settings = gemini_images::Settings::new(Key::new(key).unwrap());
    GeminiImages::open(gemini_images::Settings { base_url: double.root().to_owned(), timeouts, ..settings }).unwrap()
}

/// What `images` is asked for a frame of 1080 by 1920.
fn prompt(images: &dyn Images, text: &str) -> Prompt {
    let profile = images.profile();
    let (width, height) = images.size(1_080, 1_920);
    Prompt {
        provider: profile.provider,
        base_url: profile.base_url,
        model: profile.model,
        text: text.to_owned(),
        width,
        height,
        seed: Some(7),
    }
}

async fn draw(images: &dyn Images, text: &str) -> Result<Drawn, MakerError> {
    images.draw(&prompt(images, text), asked(true).1).await
}

/// Width and height as a PNG's head says them.
fn size(drawn: &Drawn) -> (u32, u32) {
    let side = |at: usize| u32::from_be_bytes(drawn.bytes[at..at + 4].try_into().unwrap());
    assert_eq!(&drawn.bytes[..8], b"\x89PNG\r\n\x1a\n");
    (side(16), side(20))
}

#[tokio::test]
async fn a_picture_is_drawn_as_each_service_wants_to_be_asked() {
    let double = double().await;
    let usual = Timeouts::default();
    let all: [(&dyn Images, (u32, u32), serde_json::Value); 5] = [
        (
            &together(&double, KEY, usual),
            (1_008, 1_792),
            serde_json::json!({
                "model": "black-forest-labs/FLUX.1-schnell", "prompt": "a boat", "n": 1, "width": 1008, "height": 1792,
                "steps": 4, "seed": 7, "response_format": "base64", "output_format": "png",
            }),
        ),
        (
            &openai(&double, "gpt-image-2"),
            (1_008, 1_792),
            serde_json::json!({
                "model": "gpt-image-2", "prompt": "a boat", "n": 1, "size": "1008x1792", "quality": "medium",
            }),
        ),
        (
            &openai(&double, "gpt-image-1.5"),
            (1_024, 1_536),
            serde_json::json!({
                "model": "gpt-image-1.5", "prompt": "a boat", "n": 1, "size": "1024x1536", "quality": "medium",
            }),
        ),
        (
            &openai(&double, "stable-diffusion"),
            (1_008, 1_792),
            serde_json::json!({
                "model": "stable-diffusion", "prompt": "a boat", "n": 1, "size": "1008x1792",
                "response_format": "b64_json",
            }),
        ),
        (
            &gemini(&double, KEY, usual),
            (768, 1_344),
            serde_json::json!({
                "contents": [{"role": "user", "parts": [{"text": "a boat"}]}],
                "generationConfig": {
                    "responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "9:16", "imageSize": "1K"}, "seed": 7,
                },
            }),
        ),
    ];
    for (index, (images, expected, body)) in all.into_iter().enumerate() {
        let drawn = draw(images, "a boat").await.unwrap();
        assert_eq!(size(&drawn), expected, "{body}");
        let log = double.log();
        let call = &log.calls[index];
        assert_eq!((&call.body, drawn.request_id.as_ref()), (&body, Some(&call.request_id)));
        assert_eq!((log.calls.len(), log.charged(), log.refusals.len()), (index + 1, index + 1, 0));
    }
    assert_eq!(double.log().calls[4].door, Door::Gemini);
}

#[tokio::test]
async fn what_is_asked_for_fits_any_frame_and_has_its_price() {
    let double = double().await;
    double.with_account(|account| account.settings.per_window = None);
    let usual = Timeouts::default();
    let (together, gemini) = (together(&double, KEY, usual), gemini(&double, KEY, usual));
    let (two, one) = (openai(&double, "gpt-image-2"), openai(&double, "gpt-image-1-mini"));
    for images in [&together as &dyn Images, &gemini, &two, &one] {
        for (width, height) in
            [(1_080, 1_920), (1_920, 1_080), (1_080, 1_080), (270, 480), (1_440, 1_080), (3_840, 2_160)]
        {
            let (wide, high) = images.size(width, height);
            let prompt = Prompt { width: wide, height: high, ..prompt(images, "a boat") };
            let drawn = images.draw(&prompt, asked(true).1).await;
            assert_eq!(size(&drawn.unwrap()), (wide, high), "{width}x{height}");
            assert_eq!((wide, high), images.size(wide, high), "what is asked for is what would be asked for");
        }
    }
    let cents = |images: &dyn Images| {
        let (width, height) = images.size(1_080, 1_920);
        (images.usd(width, height) * 10_000.0).round() / 100.0
    };
    assert_eq!((cents(&together), cents(&two), cents(&gemini)), (0.49, 6.32, 6.71));
}

async fn check(images: &dyn Images, double: &doubles::Images, fault: Fault, expected: Meaning, charged: usize) {
    double.fault(fault.clone().once());
    let (count, may_begin) = asked(true);
    let error = images.draw(&prompt(images, "a boat"), may_begin).await.err();
    let error = error.unwrap_or_else(|| panic!("{fault:?}"));
    assert_eq!(meaning(&error), expected, "{fault:?}: {error}");
    assert!(!error.to_string().contains(KEY), "{error}");
    let log = double.log();
    assert_eq!(
        (log.charged(), log.calls.len() + log.refusals.len()),
        (charged, 1),
        "{fault:?}: one post, whatever fails"
    );
    assert_eq!(count.load(Ordering::SeqCst), 1, "{fault:?}");
    assert!(double.with_account(|account| account.faults.waiting().is_empty()), "{fault:?}");
    if expected == Spent {
        assert!(error.to_string().contains("_API_KEY"), "{error}");
    }
}

fn patience(fault: &Fault) -> Timeouts {
    if matches!(fault, Fault::Hang) { short() } else { Timeouts::default() }
}

#[tokio::test]
async fn each_fault_is_one_call_and_means_what_it_cost() {
    let check = async |fault: Fault, by_together: (Meaning, usize), by_gemini: (Meaning, usize)| {
        let (one, other) = tokio::join!(double(), double());
        let patience = patience(&fault);
        let (together, gemini) = (together(&one, KEY, patience), gemini(&other, KEY, patience));
        tokio::join!(
            check(&together, &one, fault.clone(), by_together.0, by_together.1),
            check(&gemini, &other, fault.clone(), by_gemini.0, by_gemini.1),
        );
    };
    let both = async |fault: Fault, meaning: Meaning, charged: usize| {
        check(fault, (meaning, charged), (meaning, charged)).await
    };
    tokio::join!(
        both(Fault::Lost { charged: true }, Unknown, 1),
        both(Fault::Lost { charged: false }, Unknown, 0),
        both(Fault::Gateway, Unknown, 1),
        both(Fault::Cut { share: 0.5 }, Unknown, 1),
        both(Fault::Cut { share: 1.0 }, Unknown, 1),
        both(Fault::Hang, Unknown, 1),
        both(Fault::InternalError { charged: true }, Unknown, 1),
        both(Fault::InternalError { charged: false }, Unknown, 0),
        both(Fault::Overloaded, Broken, 0),
        both(Fault::Busy { reset_s: None }, Busy, 0),
        both(Fault::Spent, Spent, 0),
        both(Fault::Moderation, Refused, 0),
        both(Fault::ModeratedPicture, Refused, 0),
        both(Fault::Truncated, Unknown, 1),
        both(Fault::NoPicture, Unknown, 1),
        both(Fault::Html, Unknown, 1),
        both(Fault::Empty, Unknown, 1),
        check(Fault::Words, (Unknown, 1), (Refused, 1)),
    );
}

#[tokio::test]
async fn a_slow_picture_and_one_of_another_size_are_taken_as_they_come() {
    let double = double().await;
    double.fault(Fault::Slow { ms: 150 }.once());
    double.fault(Fault::OtherSize { width: 640, height: 360 }.once());
    let together = together(&double, KEY, Timeouts::default());
    assert_eq!(size(&draw(&together, "a boat").await.unwrap()), (1_008, 1_792));
    assert_eq!(size(&draw(&together, "a boat").await.unwrap()), (640, 360));
}

#[tokio::test]
async fn a_vendor_says_why_it_refuses_and_how_long_it_wants_to_be_left_alone() {
    let double = double().await;
    let usual = Timeouts::default();
    let (together, gemini) = (together(&double, KEY, usual), gemini(&double, KEY, usual));
    let sentence = async |images: &dyn Images, fault: Fault| {
        double.fault(fault.once());
        draw(images, "a boat").await.unwrap_err().to_string()
    };
    let said = sentence(&together, Fault::Moderation).await;
    assert!(said.contains("moderation") && said.contains("rejected by the safety system"), "{said}");
    assert!(sentence(&gemini, Fault::Moderation).await.contains("SAFETY"));
    assert!(sentence(&gemini, Fault::ModeratedPicture).await.contains("The picture was not shown"));
    assert!(sentence(&gemini, Fault::Words).await.contains("I would rather not draw that"));
    assert!(sentence(&together, Fault::Spent).await.contains("TOGETHER_API_KEY"));
    assert!(sentence(&gemini, Fault::Spent).await.contains("tomorrow"));
    for images in [&together as &dyn Images, &gemini] {
        double.fault(Fault::Busy { reset_s: Some(3) }.once());
        let busy = maker::Busy { retry_after_ms: Some(3_000), ..maker::Busy::default() };
        assert_eq!(draw(images, "a boat").await, Err(MakerError::Busy(busy)));
    }
}

#[tokio::test]
async fn a_full_window_is_busy_and_its_violation_is_noted() {
    let double = double().await;
    double.stop_clock_at(Some(1_000_000));
    double.with_account(|account| account.settings.block_ms = 900_000);
    let usual = Timeouts::default();
    let (together, gemini) = (together(&double, KEY, usual), gemini(&double, KEY, usual));
    for _ in 0..6 {
        draw(&together, "a boat").await.unwrap();
    }
    double.turn_clock(59_999);
    assert_eq!(draw(&together, "a boat").await, Err(MakerError::Busy(maker::Busy::default())));
    assert_eq!((double.log().violations(), double.log().refusals[0].code.as_str()), (1, "model_rate_limit"));
    double.turn_clock(899_999);
    let busy = maker::Busy { retry_after_ms: Some(34_000), ..maker::Busy::default() };
    assert_eq!(draw(&gemini, "a boat").await, Err(MakerError::Busy(busy)), "closed by either way in");
    double.turn_clock(1);
    draw(&gemini, "a boat").await.unwrap();
    assert_eq!((double.log().charged(), double.log().violations()), (7, 2));
}

#[tokio::test]
async fn a_wrong_key_a_wrong_model_and_a_wrong_prompt_are_named() {
    let double = double().await;
    let usual = Timeouts::default();
    let (right, right_gemini) = (together(&double, KEY, usual), gemini(&double, KEY, usual));
    let (wrong, wrong_gemini) = (together(&double, "sk_other", usual), gemini(&double, "sk_other", usual));
    let other =
        |images: &dyn Images, text: &str, model: &str| Prompt { model: model.to_owned(), ..prompt(images, text) };
    let of_others = openai(&double, "dall-e-3");
    for (images, prompt, expected, says) in [
        (&wrong as &dyn Images, prompt(&wrong, "a boat"), Spent, "set TOGETHER_API_KEY"),
        (&wrong_gemini, prompt(&wrong_gemini, "a boat"), Spent, "set GEMINI_API_KEY (It says: \"API key not valid."),
        (&right, other(&right, "a boat", "FLUX.1-schnell-Free"), Refused, "set ONETAKE_IMAGES_MODEL"),
        (&right_gemini, other(&right_gemini, "a boat", "imagen-4"), Refused, "set ONETAKE_IMAGES_MODEL"),
        (&right_gemini, other(&right_gemini, "a boat", "../../v1/images"), Refused, "set ONETAKE_IMAGES_MODEL"),
        (&right_gemini, other(&right_gemini, "a boat", ""), Refused, "set ONETAKE_IMAGES_MODEL"),
        (&of_others, prompt(&of_others, "a boat"), Refused, "OPENAI_BASE_URL"),
        (&right, prompt(&right, ""), Refused, "(400) (It says: \"The prompt is empty.\")"),
        (&right_gemini, prompt(&right_gemini, " "), Refused, "(400)"),
        (&right, prompt(&right, &"a".repeat(32_001)), Refused, "32001"),
        (&right, Prompt { width: 1_001, ..prompt(&right, "a boat") }, Refused, "multiple of 8"),
    ] {
        let error = images.draw(&prompt, asked(true).1).await.err().unwrap_or_else(|| panic!("{says}"));
        assert!(meaning(&error) == expected && error.to_string().contains(says), "{says}: {error:?}");
        assert!(!error.to_string().contains("sk_other"), "{error}");
    }
    assert_eq!(double.log().calls.len(), 0);
}

#[tokio::test]
async fn who_may_not_begin_sends_nothing() {
    let double = double().await;
    let usual = Timeouts::default();
    let (together, gemini) = (together(&double, KEY, usual), gemini(&double, KEY, usual));
    for images in [&together as &dyn Images, &gemini] {
        let (count, may_begin) = asked(false);
        let late = images.draw(&prompt(images, "a boat"), may_begin).await;
        assert_eq!((late, count.load(Ordering::SeqCst)), (Err(MakerError::TooLate), 1));
    }
    let log = double.log();
    assert_eq!((log.calls.len(), log.refusals.len()), (0, 0));
}

#[tokio::test]
async fn a_prompt_of_any_script_arrives_as_it_is() {
    let double = double().await;
    let usual = Timeouts::default();
    let (together, gemini) = (together(&double, KEY, usual), gemini(&double, KEY, usual));
    let hostile = "\u{202e}灯台 منارة 🧑‍🚀 \"},{\"n\":4}\n<script>../../etc http://169.254.169.254/";
    for images in [&together as &dyn Images, &gemini] {
        draw(images, hostile).await.unwrap();
    }
    assert!(double.log().calls.iter().all(|call| call.prompt == hostile));
}

#[tokio::test]
async fn an_address_is_followed_and_only_the_vendor_sees_the_key() {
    let double = double().await;
    let together = together(&double, KEY, Timeouts::default());
    double.fault(Fault::Url { redirects: 2 }.once());
    assert_eq!(size(&draw(&together, "a boat").await.unwrap()), (1_008, 1_792));
    let fetches = double.log().fetches;
    assert_eq!(fetches.iter().map(|fetch| fetch.status).collect::<Vec<_>>(), [302, 302, 200]);
    assert!(fetches.iter().all(|fetch| fetch.had_key), "its own server may want it");
    // Another server, at another port: it is asked, and gets no key.
    let other = doubles::Images::start(ImageSettings::default()).await.unwrap();
    let elsewhere = OpenAiImages::open(images::Settings {
        base_url: other.base_url(),
        ..images::Settings::together(Key::new(KEY))
    });
    draw(&elsewhere.unwrap(), "a boat").await.unwrap();
    let url = format!("{}/pictures/{}-64x64.png", other.root(), other.log().calls[0].request_id);
    double.fault(Fault::UrlTo { url }.once());
    assert_eq!(size(&draw(&together, "a boat").await.unwrap()), (64, 64));
    let fetches = other.log().fetches;
    assert!(fetches.len() == 1 && !fetches[0].had_key, "{fetches:?}");
    assert_eq!(double.log().charged(), 2);
}

#[tokio::test]
async fn an_address_that_is_no_place_for_a_picture_is_not_asked() {
    let double = double().await;
    let together = together(&double, KEY, Timeouts::default());
    double.with_account(|account| account.settings.per_window = None);
    let port = double.root().rsplit_once(':').unwrap().1;
    let name = format!("http://localhost:{port}/pictures/x-8x8.png");
    let user = format!("http://user:word@127.0.0.1:{port}/pictures/x-8x8.png");
    let absent = format!("{}/pictures/none-8x8.png", double.root());
    for (url, says) in [
        (name.as_str(), "not asked"),
        (user.as_str(), "not asked"),
        ("http://169.254.169.254/latest/meta-data", "not asked"),
        ("https://169.254.169.254/latest/meta-data", "not asked"),
        ("https://[::1]/", "not asked"),
        ("https://3232235521/", "not asked"),
        ("https://localhost/", "not asked"),
        ("file:///etc/passwd", "not asked"),
        ("ftp://127.0.0.1/", "not asked"),
        ("data:image/png;base64,AAAA", "neither PNG"),
        ("data:image/png;base64,%%%", "cannot be read"),
        ("http://", "no address"),
        ("", "holds no picture"),
        (absent.as_str(), "says 404"),
    ] {
        double.fault(Fault::UrlTo { url: url.to_owned() }.once());
        let error = draw(&together, "a boat").await.unwrap_err();
        assert!(meaning(&error) == Unknown && error.to_string().contains(says), "{url}: {error}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
    double.fault(Fault::Url { redirects: 9 }.once());
    let error = draw(&together, "a boat").await.unwrap_err();
    assert!(error.to_string().contains("round and round"), "{error}");
    let log = double.log();
    assert_eq!((log.charged(), log.fetches.len()), (15, 7), "{:?}", log.fetches);
}
