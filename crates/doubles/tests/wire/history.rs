//! The history, where a lost answer is found again (PROVIDERS 1.13, and 1.12, point 8).

use crate::support::{GEORGE, TEXT, Told, Vendor, vendor};
use doubles::account::{Change, FaultKind, HistoryQuery, Settings};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn texts(vendor: &Vendor, query: &str) -> Vec<String> {
    let page = vendor.json(&format!("/v1/history{query}")).await;
    let items = page["history"].as_array().unwrap_or_else(|| panic!("{page}"));
    items.iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

fn listed_at_once() -> Settings {
    Settings { list_after_ms: 0, ..Settings::default() }
}

#[tokio::test]
async fn an_item_is_listed_only_some_time_after_its_end() {
    let vendor = vendor(Settings { list_after_ms: 60_000, ..Settings::default() }).await;
    vendor.speak("", TEXT).await.bytes().await.unwrap();
    let id = vendor.log().calls[0].history_item_id.clone().unwrap();
    assert_eq!(texts(&vendor, "").await, [] as [&str; 0]);
    assert_eq!(vendor.get(&format!("/v1/history/{id}")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    vendor.double.change(Change { list_after_ms: Some(0), ..Change::default() });
    assert_eq!(texts(&vendor, "").await, [TEXT]);
    assert_eq!(vendor.log().history_looks_ms.len(), 3);
}

#[tokio::test]
async fn a_call_whose_answer_never_came_is_listed_too() {
    let vendor = vendor(listed_at_once()).await;
    for fault in [FaultKind::Reset, FaultKind::Cut { share: 0.5 }, FaultKind::Cut { share: 1.0 }] {
        vendor.double.fault(fault.once());
        let gone = async { vendor.speech("/stream", &json!({"text": TEXT})).send().await?.bytes().await };
        assert!(gone.await.is_err(), "{fault:?}");
    }
    assert_eq!(texts(&vendor, "").await.len(), 3);
    assert_eq!(vendor.json("/v1/user/subscription").await["character_count"], 3 * TEXT.chars().count());
}

#[tokio::test]
async fn a_generation_whose_client_left_is_listed_at_its_own_end() {
    let vendor = vendor(Settings { speed: 4.0, ..listed_at_once() }).await;
    drop(vendor.speak("/stream", TEXT).await);
    vendor.until("that the client left", |log| log.calls[0].end_ms.is_some()).await;
    assert_eq!(texts(&vendor, "").await, [] as [&str; 0]);
    let end_ms = vendor.log().calls[0].generated_ms;
    let listed =
        |now_ms| vendor.double.with_account(|account| account.history(&HistoryQuery::default(), now_ms).unwrap());
    assert_eq!(listed(end_ms - 1)["history"], json!([]));
    assert_eq!(listed(end_ms)["history"][0]["text"], TEXT);
}

#[tokio::test]
async fn an_item_says_what_was_spoken_how_and_for_how_much() {
    let vendor = vendor(Settings { used: 100, ..listed_at_once() }).await;
    let body = json!({"text": TEXT, "model_id": "eleven_v4", "voice_settings": {"stability": 0.3}});
    let told = Told::of(&vendor.speech("/stream/with-timestamps", &body).send().await.unwrap().text().await.unwrap());
    let call = vendor.log().calls[0].clone();
    let item = vendor.json("/v1/history").await["history"][0].clone();
    assert_eq!(item["history_item_id"].as_str(), call.history_item_id.as_deref());
    assert_eq!(item["request_id"], call.request_id);
    assert_eq!(item["date_unix"], call.start_ms / 1_000);
    assert_eq!(
        (&item["text"], &item["voice_id"], &item["voice_name"]),
        (&json!(TEXT), &json!(GEORGE), &json!("George"))
    );
    assert_eq!(
        (&item["model_id"], &item["source"], &item["state"]),
        (&json!("eleven_v4"), &json!("TTS"), &json!("created"))
    );
    assert_eq!((&item["content_type"], &item["output_format"]), (&json!("audio/mpeg"), &json!("mp3_44100_128")));
    assert_eq!(item["character_count_change_from"], 100);
    assert_eq!(item["character_count_change_to"], 100 + TEXT.chars().count());
    assert_eq!(
        item["settings"],
        json!({"stability": 0.3, "use_speaker_boost": true, "similarity_boost": 0.75, "style": 0.0, "speed": 1.0})
    );
    assert_eq!(item["alignments"]["alignment"]["character_end_times_seconds"], json!(told.ends_s));
    let id = call.history_item_id.unwrap();
    assert_eq!(vendor.json(&format!("/v1/history/{id}")).await, item);
    let audio = vendor.get(&format!("/v1/history/{id}/audio")).send().await.unwrap();
    assert_eq!(audio.headers()["content-type"], "audio/mpeg");
    assert_eq!(audio.bytes().await.unwrap(), told.audio);
    vendor.double.change(Change { history_alignments: Some(false), ..Change::default() });
    assert_eq!(vendor.json(&format!("/v1/history/{id}")).await["alignments"], Value::Null);
}

#[tokio::test]
async fn an_item_has_its_audio_in_the_format_of_its_call() {
    let vendor = vendor(listed_at_once()).await;
    let spoken = vendor.speak("?output_format=wav_24000", TEXT).await.bytes().await.unwrap();
    let id = vendor.log().calls[0].history_item_id.clone().unwrap();
    let audio = vendor.get(&format!("/v1/history/{id}/audio")).send().await.unwrap();
    assert_eq!(audio.headers()["content-type"], "audio/wav");
    assert_eq!(audio.bytes().await.unwrap(), spoken);
}

#[tokio::test]
async fn without_logging_nothing_is_remembered_but_the_charge() {
    let vendor = vendor(listed_at_once()).await;
    vendor.speak("/stream?enable_logging=false", TEXT).await.bytes().await.unwrap();
    assert_eq!(texts(&vendor, "").await, [] as [&str; 0]);
    assert_eq!(vendor.log().charged(), TEXT.chars().count() as u64);
}

#[tokio::test]
async fn a_deleted_item_is_gone_and_its_characters_stay_used() {
    let vendor = vendor(listed_at_once()).await;
    vendor.speak("", "one").await.bytes().await.unwrap();
    vendor.speak("", "two").await.bytes().await.unwrap();
    let id = vendor.log().calls[0].history_item_id.clone().unwrap();
    let url = vendor.url(&format!("/v1/history/{id}"));
    let delete =
        async || vendor.client.delete(&url).header("xi-api-key", vendor.double.api_key()).send().await.unwrap();
    assert_eq!(delete().await.status(), StatusCode::OK);
    assert_eq!(delete().await.status(), StatusCode::NOT_FOUND);
    assert_eq!(texts(&vendor, "").await, ["two"]);
    assert_eq!(vendor.json("/v1/user/subscription").await["character_count"], 6);
}

#[tokio::test]
async fn the_list_can_be_narrowed_turned_and_read_page_by_page() {
    let vendor = vendor(listed_at_once()).await;
    let mut bodies = vec![];
    for (text, model) in [("first apple", "eleven_v4"), ("second pear", "eleven_v4"), ("third Apple", "eleven_v3")] {
        bodies.push(json!({"text": text, "model_id": model}));
    }
    for body in &bodies {
        vendor.speech("", body).send().await.unwrap().bytes().await.unwrap();
    }
    let check = async |query: &str, expected: &[&str]| assert_eq!(texts(&vendor, query).await, expected, "{query}");
    check("", &["third Apple", "second pear", "first apple"]).await;
    check("?sort_direction=asc", &["first apple", "second pear", "third Apple"]).await;
    check("?search=apple&source=TTS", &["third Apple", "first apple"]).await;
    check("?source=STS", &[]).await;
    check("?model_id=eleven_v4&source=TTS", &["second pear", "first apple"]).await;
    check(&format!("?voice_id={GEORGE}&page_size=1"), &["third Apple"]).await;
    check("?voice_id=other", &[]).await;
    let day = vendor.log().calls[0].start_ms / 1_000;
    check(&format!("?date_after_unix={day}&sort_direction=asc&page_size=1"), &["first apple"]).await;
    check(&format!("?date_before_unix={day}"), &[]).await;
    check(&format!("?date_after_unix={}", day + 1_000), &[]).await;

    let page = vendor.json("/v1/history?page_size=2").await;
    assert_eq!(
        (&page["has_more"], &page["last_history_item_id"]),
        (&json!(true), &page["history"][1]["history_item_id"])
    );
    let after = page["last_history_item_id"].as_str().unwrap();
    let last = vendor.json(&format!("/v1/history?page_size=2&start_after_history_item_id={after}")).await;
    assert_eq!((&last["has_more"], last["history"].as_array().unwrap().len()), (&json!(false), 1));
    for wrong in ["?page_size=1001", "?model_id=eleven_v4"] {
        let answer = vendor.get(&format!("/v1/history{wrong}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
