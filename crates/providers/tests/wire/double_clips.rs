//! Gemini Omni and Veo against the double: ordered once, asked for as long as need be, fetched without a word to strangers.

use crate::server::Meaning::{self, Broken, Busy, Refused, Spent, Unknown};
use crate::server::{asked, meaning};
use bytes::Bytes;
use doubles::clips::{ClipDoor, ClipFault as Fault, ClipSettings, LoggedDownload};
use providers::Key;
use providers::clips::{Omni, Settings, Veo};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use story::Clips;
use story::clips::{Aspect, ClipMaterial, ClipRequest, ClipTask, Delivery, Earlier, Generating};
use story::maker::{self, MakerError};

const KEY: &str = "key-double";

async fn double(settings: ClipSettings) -> doubles::Clips {
    doubles::Clips::start(settings).await.unwrap()
}

async fn usual() -> doubles::Clips {
    double(ClipSettings::default()).await
}

fn omni_settings(double: &doubles::Clips, key: &str) -> Settings {
    Settings { base_url: double.root().to_owned(), ..Settings::omni(Key::new(key).unwrap()) }
}

fn veo_settings(double: &doubles::Clips, key: &str) -> Settings {
    Settings { base_url: double.vertex_url(), ..Settings::veo(Key::new(key).unwrap(), "double", "us-central1") }
}

fn omni(double: &doubles::Clips) -> Omni {
    Omni::open(omni_settings(double, KEY)).unwrap()
}

fn veo(double: &doubles::Clips) -> Veo {
    Veo::open(veo_settings(double, KEY)).unwrap()
}

fn clip(clips: &dyn Clips) -> ClipRequest {
    let profile = clips.profile();
    ClipRequest {
        provider: profile.provider,
        base_url: profile.base_url,
        model: profile.models[0].name.clone(),
        text: "A paper boat on a dark river".to_owned(),
        seconds: 8,
        aspect: Aspect::Tall,
        lines: 720,
        image: None,
        from: None,
    }
}

async fn order(clips: &dyn Clips, request: &ClipRequest) -> Result<String, MakerError> {
    clips.order(request, ClipMaterial::default(), asked(true).1).await
}

/// Orders, and asks once.
async fn ask(clips: &dyn Clips) -> Result<Generating, MakerError> {
    let request = clip(clips);
    let name = order(clips, &request).await?;
    clips.ask(&request, &name).await
}

/// Orders, asks once, and fetches.
async fn whole(clips: &dyn Clips) -> Result<Bytes, MakerError> {
    match ask(clips).await? {
        Generating::Done(Delivery::Bytes(bytes)) => Ok(bytes),
        Generating::Done(Delivery::Address(address)) => clips.fetch(&address).await,
        Generating::Running => panic!("it is there at once"),
    }
}

/// Whether these are all bytes of the film: its parts come to its end.
fn is_film(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [a, b, c, d, ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        match rest.get(length..) {
            Some(after) if length >= 8 => rest = after,
            _ => return false,
        }
    }
    rest.is_empty() && bytes.get(4..8) == Some(b"ftyp")
}

/// What was ordered, and what was asked and fetched after it.
fn counts(double: &doubles::Clips) -> (usize, usize, usize, usize) {
    let log = double.log();
    (log.orders.len(), log.questions, log.file_questions, log.downloads.len())
}

#[tokio::test]
async fn a_clip_is_ordered_once_and_comes_by_address_or_with_the_answer() {
    for (inline, expected) in [(false, (1, 1, 1, 1)), (true, (1, 1, 0, 0))] {
        let double = double(ClipSettings { inline, ..ClipSettings::default() }).await;
        assert!(is_film(&whole(&omni(&double)).await.unwrap()), "inline: {inline}");
        assert_eq!(counts(&double), expected);
    }
    let double = usual().await;
    assert!(is_film(&whole(&veo(&double)).await.unwrap()));
    assert_eq!(counts(&double), (1, 1, 0, 0));
}

#[tokio::test]
async fn omni_is_asked_field_by_field_as_its_interface_has_it() {
    let double = usual().await;
    let omni = omni(&double);
    let image = || Some(Bytes::from_static(b"\x89PNG\r\n\x1a\n"));
    let film = || Some(Bytes::from_static(b"film"));
    let text = json!({"type": "text", "text": "A paper boat on a dark river"});
    let drawn = json!({"type": "image", "data": "iVBORw0KGgo=", "mime_type": "image/png"});
    let filmed = json!({"type": "video", "data": "ZmlsbQ==", "mime_type": "video/mp4"});
    let from = |task: ClipTask| Some(Earlier { sha256: "0".repeat(64), task });
    let usual = clip(&omni);
    let lying = ClipRequest { aspect: Aspect::Wide, lines: 2_160, seconds: 15, ..usual.clone() };
    let extending = ClipRequest { from: from(ClipTask::Extend), seconds: 10, ..usual.clone() };
    let editing = ClipRequest { from: from(ClipTask::Edit), lines: 1_080, ..usual.clone() };
    for (index, (request, material, input, task, ratio, lines, seconds)) in [
        (usual.clone(), (None, None), json!([text]), "text_to_video", "9:16", "720p", "8s"),
        (lying, (None, None), json!([text]), "text_to_video", "16:9", "4k", "15s"),
        (usual.clone(), (image(), None), json!([drawn, text]), "image_to_video", "9:16", "720p", "8s"),
        (extending, (None, film()), json!([filmed, text]), "extend", "9:16", "720p", "10s"),
        (editing, (None, film()), json!([filmed, text]), "edit", "9:16", "1080p", "8s"),
    ]
    .into_iter()
    .enumerate()
    {
        let material = ClipMaterial { image: material.0, from: material.1 };
        let name = omni.order(&request, material, asked(true).1).await.unwrap();
        let log = double.log();
        assert_eq!((log.orders.len(), &log.orders[index].name), (index + 1, &name), "{task}");
        assert_eq!(
            log.orders[index].body,
            json!({
                "model": "gemini-omni-1.2-flash", "input": input, "background": true, "store": true,
                "response_format": {
                    "type": "video", "delivery": "uri", "aspect_ratio": ratio, "resolution": lines, "duration": seconds,
                },
                "generation_config": {"video_config": {"task": task}},
            })
        );
        assert!(matches!(omni.ask(&request, &name).await, Ok(Generating::Done(_))), "{task}");
    }
    assert!(double.log().orders.iter().all(|order| order.door == ClipDoor::Interactions));
}

#[tokio::test]
async fn veo_is_asked_field_by_field_as_its_interface_has_it() {
    let double = usual().await;
    let veo = veo(&double);
    let image = Bytes::from_static(b"\xff\xd8\xff\xe0");
    let parameters = |ratio: &str, lines: &str, seconds: u32| {
        json!({
            "aspectRatio": ratio, "durationSeconds": seconds, "resolution": lines, "personGeneration": "allow_adult",
            "sampleCount": 1,
        })
    };
    let usual = clip(&veo);
    let lying = ClipRequest { aspect: Aspect::Wide, lines: 1_080, seconds: 4, ..usual.clone() };
    let text = "A paper boat on a dark river";
    for (request, image, body) in [
        (&usual, None, json!({"instances": [{"prompt": text}], "parameters": parameters("9:16", "720p", 8)})),
        (
            &lying,
            Some(image),
            json!({
                "instances": [{"prompt": text, "image": {"bytesBase64Encoded": "/9j/4A==", "mimeType": "image/jpeg"}}],
                "parameters": parameters("16:9", "1080p", 4),
            }),
        ),
    ] {
        let name = veo.order(request, ClipMaterial { image, from: None }, asked(true).1).await.unwrap();
        let order = double.log().orders.pop().unwrap();
        assert_eq!((order.body, order.name, order.model), (body, name, "veo-3.1-fast-generate-001".to_owned()));
    }
    let earlier = Earlier { sha256: "0".repeat(64), task: ClipTask::Extend };
    let extending = ClipRequest { from: Some(earlier), ..usual };
    assert!(matches!(order(&veo, &extending).await, Err(MakerError::Refused(_))), "nothing is made of less than asked");
    assert_eq!(counts(&double), (2, 0, 0, 0));
}

#[tokio::test]
async fn what_a_clip_costs_is_what_the_provider_charges() {
    let double = usual().await;
    for clips in [&omni(&double) as &dyn Clips, &veo(&double)] {
        for model in clips.profile().models {
            for (lines, _) in &model.usd_per_s {
                let seconds = *model.seconds.last().unwrap();
                let request = ClipRequest { model: model.name.clone(), lines: *lines, seconds, ..clip(clips) };
                order(clips, &request).await.unwrap();
                let order = double.log().orders.pop().unwrap();
                assert_eq!((Some(order.usd), order.seconds), (model.usd(seconds, *lines), seconds), "{model:?}");
            }
        }
    }
    let log = double.log();
    assert_eq!((log.orders.len(), log.charged_s()), (12, 4 * 15 + 4 * 10 + 4 * 8));
    assert!((log.charged_usd() - 20.72).abs() < 1e-9, "{}", log.charged_usd());
}

#[tokio::test]
async fn a_file_is_waited_for_until_it_is_active() {
    let double = double(ClipSettings { generating_ms: 60_000, processing_ms: 60_000, ..ClipSettings::default() }).await;
    let omni = omni(&double);
    let request = clip(&omni);
    let name = order(&omni, &request).await.unwrap();
    assert_eq!(omni.ask(&request, &name).await, Ok(Generating::Running));
    assert_eq!(counts(&double), (1, 1, 0, 0), "in progress");
    double.turn_clock(60_000);
    assert_eq!(omni.ask(&request, &name).await, Ok(Generating::Running));
    assert_eq!(counts(&double), (1, 2, 1, 0), "completed, and its file is worked on");
    double.turn_clock(60_000);
    let Ok(Generating::Done(Delivery::Address(address))) = omni.ask(&request, &name).await else { panic!() };
    assert!(is_film(&omni.fetch(&address).await.unwrap()));
    assert_eq!(counts(&double), (1, 3, 2, 1));

    let veo = veo(&double);
    let request = clip(&veo);
    let name = order(&veo, &request).await.unwrap();
    assert_eq!(veo.ask(&request, &name).await, Ok(Generating::Running));
    double.turn_clock(60_000);
    assert!(matches!(veo.ask(&request, &name).await, Ok(Generating::Done(Delivery::Bytes(_)))));
    assert_eq!(counts(&double), (2, 5, 2, 1));
}

#[tokio::test]
async fn a_download_leads_to_another_host_and_takes_no_key_along() {
    let double = double(ClipSettings { redirects: 2, ..ClipSettings::default() }).await;
    assert!(is_film(&whole(&omni(&double)).await.unwrap()));
    let hop = |is_elsewhere: bool, status: u16| LoggedDownload {
        order: "v1_double1".to_owned(),
        is_elsewhere,
        had_key: !is_elsewhere,
        status,
    };
    let log = double.log();
    assert_eq!(log.downloads, [hop(false, 302), hop(true, 302), hop(true, 200)]);
    assert!(!log.is_key_leaked());
    double.with_account(|account| account.settings.redirects = 9);
    let error = whole(&omni(&double)).await.unwrap_err();
    assert!(meaning(&error) == Broken && error.to_string().contains("round and round"), "{error}");
    assert!(!double.log().is_key_leaked());
}

#[tokio::test]
async fn an_address_that_is_no_place_for_a_clip_is_not_asked() {
    let double = usual().await;
    let omni = omni(&double);
    let port = double.root().rsplit_once(':').unwrap().1;
    for address in [
        &format!("http://localhost:{port}/v1beta/files/x:download"),
        "http://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "gs://bucket/clip.mp4",
        "file:///etc/passwd",
    ] {
        let error = omni.fetch(address).await.unwrap_err();
        assert!(meaning(&error) == Broken && error.to_string().contains("not asked"), "{address}: {error}");
    }
    assert_eq!(counts(&double), (0, 0, 0, 0));
}

/// What a clip with this fault comes to, if it is a good one; how often it was ordered, and the seconds that are charged.
async fn check(fault: Fault, expected: Meaning, says: [&str; 2], (orders, charged_s): (usize, u32)) {
    let double = usual().await;
    for (clips, says) in [&omni(&double) as &dyn Clips, &veo(&double)].into_iter().zip(says) {
        let before = double.log();
        double.fault(fault.clone());
        let error = whole(clips).await.err().unwrap_or_else(|| panic!("{fault:?}"));
        assert!(meaning(&error) == expected && error.to_string().contains(says), "{fault:?}: {error:?}");
        assert!(!error.to_string().contains(KEY), "{error}");
        let after = double.log();
        assert_eq!(after.orders.len() - before.orders.len(), orders, "{fault:?}");
        assert_eq!(after.charged_s() - before.charged_s(), charged_s, "{fault:?}");
        assert_eq!(after.refusals.len() - before.refusals.len(), 1 - orders, "{fault:?}: one post, whatever fails");
        assert!(double.with_account(|account| account.faults.is_empty()), "{fault:?}");
    }
}

#[tokio::test]
async fn each_fault_is_one_order_and_means_what_it_cost() {
    let both = |says| [says, says];
    let blocked = "say it in other words (It says: \"The request was blocked by our safety filters.\")";
    check(Fault::Blocked, Refused, both(blocked), (0, 0)).await;
    check(Fault::Busy { retry_s: 34 }, Busy, both("busy"), (0, 0)).await;
    check(
        Fault::SpentToday,
        Spent,
        [
            "what the account of GEMINI_API_KEY may generate in a day is used up",
            "what the account of VERTEX_ACCESS_TOKEN may generate in a day is used up",
        ],
        (0, 0),
    )
    .await;
    let words = ["(It says: \"I cannot generate this video.\")", "(It says: \"Filtered: violence.\")"];
    check(Fault::Words, Refused, words, (1, 0)).await;
    let failed = [
        "Gemini Omni did not finish the clip (failed) (It says: \"Internal error encountered.\")",
        "Veo did not finish the clip (It says: \"Internal error encountered.\")",
    ];
    check(Fault::Failed, Refused, failed, (1, 0)).await;
    check(Fault::Lost, Unknown, both("was asked and did not answer"), (1, 8)).await;
    check(Fault::Nameless, Unknown, both("does not name what was ordered"), (1, 8)).await;
}

#[tokio::test]
async fn a_busy_provider_says_how_long_it_wants_to_be_left_alone() {
    let double = usual().await;
    for clips in [&omni(&double) as &dyn Clips, &veo(&double)] {
        double.fault(Fault::Busy { retry_s: 34 });
        let busy = maker::Busy { retry_after_ms: Some(34_000), ..maker::Busy::default() };
        assert_eq!(ask(clips).await, Err(MakerError::Busy(busy)));
    }
    assert_eq!((double.log().orders.len(), double.log().refusals.len()), (0, 2));
}

#[tokio::test]
async fn an_interaction_that_will_never_be_there_is_refused_with_its_status() {
    let double = usual().await;
    let omni = omni(&double);
    for status in ["failed", "cancelled", "incomplete", "budget_exceeded", "requires_action", "requires_continuation"] {
        double.fault(Fault::Status { status: status.to_owned() });
        let sentence = format!("Gemini Omni did not finish the clip ({status})");
        assert_eq!(ask(&omni).await, Err(MakerError::Refused(sentence)));
    }
    for status in ["queued", "in_progress", "dreaming", ""] {
        double.fault(Fault::Status { status: status.to_owned() });
        assert_eq!(ask(&omni).await, Ok(Generating::Running), "{status}");
    }
    assert_eq!((double.log().orders.len(), double.log().charged_s()), (10, 0));
}

#[tokio::test]
async fn what_the_provider_does_not_know_will_never_be_there() {
    let double = usual().await;
    let (omni, veo) = (omni(&double), veo(&double));
    let gone = async |clips: &dyn Clips, name: &str, says: &str| {
        let error = clips.ask(&clip(clips), name).await.unwrap_err();
        assert!(meaning(&error) == Refused && error.to_string().contains(says), "{name}: {error:?}");
        assert!(error.to_string().contains("no longer knows the clip that was ordered"), "{error}");
    };
    gone(&omni, "v1_other", "(It says: \"Invalid interaction name.\")").await;
    // What stands behind no slash is a name: none leads to another address.
    gone(&omni, "../files/v1_other", "Invalid interaction name").await;
    gone(&omni, "..", "").await;
    gone(&veo, "operations/other", "(It says: \"Operation not found.\")").await;
    assert_eq!(counts(&double), (0, 3, 0, 0), "the one with dots is not asked for");
    double.fault(Fault::FileGone);
    let error = ask(&omni).await.unwrap_err();
    assert!(meaning(&error) == Refused && error.to_string().contains("no longer knows"), "{error}");
    double.fault(Fault::FileFailed);
    let error = ask(&omni).await.unwrap_err();
    assert!(meaning(&error) == Refused && error.to_string().contains("could not keep it"), "{error}");
}

#[tokio::test]
async fn a_wrong_key_a_wrong_model_and_a_wrong_order_are_named() {
    let double = usual().await;
    let (omni, veo) = (omni(&double), veo(&double));
    let wrong = Omni::open(omni_settings(&double, "key-other")).unwrap();
    let wrong_veo = Veo::open(veo_settings(&double, "token-other")).unwrap();
    let of = |clips: &dyn Clips, model: &str| ClipRequest { model: model.to_owned(), ..clip(clips) };
    let short = |clips: &dyn Clips| ClipRequest { seconds: 2, ..clip(clips) };
    for (clips, request, expected, says) in [
        (&wrong as &dyn Clips, clip(&wrong), Spent, "set GEMINI_API_KEY (It says: \"API key not valid."),
        (&wrong_veo, clip(&wrong_veo), Spent, "set VERTEX_ACCESS_TOKEN"),
        (&omni, of(&omni, "gemini-omni-9"), Refused, "Model gemini-omni-9 is not found"),
        (&veo, of(&veo, "veo-1"), Refused, "set ONETAKE_CLIPS_MODEL"),
        (&veo, of(&veo, ""), Refused, "no address of a model"),
        (&veo, of(&veo, "../../x"), Refused, "set ONETAKE_CLIPS_MODEL"),
        (&omni, short(&omni), Refused, "(400) (It says: \"response_format.duration"),
        (&veo, short(&veo), Refused, "(400) (It says: \"durationSeconds"),
        (&omni, ClipRequest { text: String::new(), ..clip(&omni) }, Refused, "(400)"),
        (&veo, ClipRequest { lines: 360, ..clip(&veo) }, Refused, "(400)"),
    ] {
        let error = order(clips, &request).await.err().unwrap_or_else(|| panic!("{says}"));
        assert!(meaning(&error) == expected && error.to_string().contains(says), "{says}: {error:?}");
        assert!(!error.to_string().contains("-other"), "{error}");
    }
    let name = order(&omni, &clip(&omni)).await.unwrap();
    let error = wrong.ask(&clip(&wrong), &name).await.unwrap_err();
    assert_eq!(meaning(&error), Spent, "another's order");
    let log = double.log();
    assert_eq!((log.orders.len(), log.refusals.len(), log.questions), (1, 9, 0));
}

#[tokio::test]
async fn a_clip_that_is_cut_or_too_large_is_never_taken() {
    let double = usual().await;
    let clips = omni(&double);
    let Ok(Generating::Done(Delivery::Address(address))) = ask(&clips).await else { panic!() };
    double.fault(Fault::Cut);
    let error = clips.fetch(&address).await.unwrap_err();
    assert!(meaning(&error) == Broken && error.to_string().contains("was cut"), "{error}");
    assert!(is_film(&clips.fetch(&address).await.unwrap()), "it lies there still");
    let size = clips.fetch(&address).await.unwrap().len();

    let check = async |most_clip_bytes: usize, is_taken: bool| {
        let omni = Omni::open(Settings { most_clip_bytes, ..omni_settings(&double, KEY) }).unwrap();
        let veo = Veo::open(Settings { most_clip_bytes, ..veo_settings(&double, KEY) }).unwrap();
        for (clips, inline) in [(&omni as &dyn Clips, false), (&omni, true), (&veo, true)] {
            double.with_account(|account| account.settings.inline = inline);
            match whole(clips).await {
                Ok(bytes) => assert!(is_taken && bytes.len() == size),
                Err(error) => {
                    assert!(!is_taken && meaning(&error) == Refused, "{error}");
                    assert!(error.to_string().contains("the clip is larger than"), "{error}");
                }
            }
        }
    };
    check(size, true).await;
    check(size - 1, false).await;
    assert_eq!(double.log().orders.len(), 7);
}

#[tokio::test]
async fn a_question_that_found_nobody_is_asked_again_and_an_order_is_not() {
    let double = usual().await;
    let (omni, veo) = (omni(&double), veo(&double));
    let name = order(&omni, &clip(&omni)).await.unwrap();
    double.fault(Fault::Unavailable);
    assert!(matches!(omni.ask(&clip(&omni), &name).await, Ok(Generating::Done(_))));
    assert_eq!(counts(&double), (1, 2, 1, 0));
    // Veo's question is a post, and goes once: the step asks again.
    let name = order(&veo, &clip(&veo)).await.unwrap();
    double.fault(Fault::Unavailable);
    assert_eq!(meaning(&veo.ask(&clip(&veo), &name).await.unwrap_err()), Broken);
    assert!(matches!(veo.ask(&clip(&veo), &name).await, Ok(Generating::Done(_))));
    assert_eq!(counts(&double), (2, 4, 1, 0));
}

#[tokio::test]
async fn who_may_not_begin_orders_nothing() {
    let double = usual().await;
    for clips in [&omni(&double) as &dyn Clips, &veo(&double)] {
        let (count, may_begin) = asked(false);
        let late = clips.order(&clip(clips), ClipMaterial::default(), may_begin).await;
        assert_eq!((late, count.load(Ordering::SeqCst)), (Err(MakerError::TooLate), 1));
    }
    assert_eq!((counts(&double), double.log().refusals.len()), ((0, 0, 0, 0), 0));
}

#[tokio::test]
async fn a_prompt_of_any_script_arrives_as_it_is() {
    let double = usual().await;
    let hostile = "\u{202e}灯台 منارة 🧑‍🚀 \"},{\"type\":\"video\"}\n<script>../../etc http://169.254.169.254/";
    for clips in [&omni(&double) as &dyn Clips, &veo(&double)] {
        let request = ClipRequest { text: hostile.to_owned(), ..clip(clips) };
        order(clips, &request).await.unwrap();
    }
    let said: Vec<Value> = double.log().orders.into_iter().map(|order| order.body).collect();
    assert_eq!((&said[0]["input"][0]["text"], &said[1]["instances"][0]["prompt"]), (&json!(hostile), &json!(hostile)));
}

#[tokio::test]
async fn the_model_that_is_named_is_the_first_and_one_that_is_not_known_is_as_the_newest() {
    let double = usual().await;
    let named = |name: &str| Some(name.to_owned());
    for (model, models) in [("gemini-omni-1.1-flash", 2), ("gemini-omni-9-flash", 3)] {
        let settings = Settings { model: named(model), ..omni_settings(&double, KEY) };
        let first = &Omni::open(settings).unwrap().profile().models;
        assert_eq!((first[0].name.as_str(), first.len()), (model, models));
    }
    let settings = Settings { model: named("veo-9"), ..veo_settings(&double, KEY) };
    let models = Veo::open(settings).unwrap().profile().models;
    assert_eq!((models[0].name.as_str(), &models[0].seconds), ("veo-9", &vec![4, 6, 8]));
}

#[tokio::test]
async fn an_account_of_gemini_is_its_key_and_one_of_veo_its_project() {
    let double = usual().await;
    let account = |clips: &dyn Clips| clips.profile().account;
    let of = |key: &str| account(&Omni::open(omni_settings(&double, key)).unwrap());
    assert!(of("a") != of("b") && of("a") == of("a"));
    let of = |token: &str| account(&Veo::open(veo_settings(&double, token)).unwrap());
    assert_eq!(of("the token of this hour"), of("the token of the next"));
}
