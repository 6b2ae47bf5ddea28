//! Models, voices and balance: what official clients demand of them (PROVIDERS 1.10, 1.13, 1.14).

use crate::support::{GEORGE, vendor};
use doubles::account::{Settings, Tier};
use reqwest::StatusCode;
use serde_json::{Value, json};

fn has(object: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        assert!(object.get(field).is_some(), "{field} is missing in {object}");
    }
}

#[tokio::test]
async fn models_say_their_limits_their_factor_and_their_group() {
    let vendor = vendor(Settings::default()).await;
    let models = vendor.json("/v1/models").await;
    let shown = |id: &str| {
        let model = models.as_array().unwrap().iter().find(|model| model["model_id"] == id).unwrap();
        has(model, "name description can_do_text_to_speech languages token_cost_factor concurrency_group");
        let factor = model["model_rates"]["character_cost_multiplier"].as_f64().unwrap();
        (model["maximum_text_length_per_request"].as_u64().unwrap(), factor, model["concurrency_group"].clone())
    };
    let (slow, fast) = (json!("standard"), json!("turbo"));
    assert_eq!(shown("eleven_v4"), (10_000, 1.0, slow.clone()));
    assert_eq!(shown("eleven_v3"), (5_000, 1.0, slow.clone()));
    assert_eq!(shown("eleven_multilingual_v2"), (10_000, 1.0, slow));
    assert_eq!(shown("eleven_flash_v2_5"), (40_000, 0.5, fast.clone()));
    assert_eq!(shown("eleven_turbo_v2_5"), (40_000, 0.5, fast.clone()));
    assert_eq!(shown("eleven_flash_v2"), (30_000, 0.5, fast));
    assert!(models.as_array().unwrap().iter().any(|model| model["can_do_text_to_speech"] == false));
}

#[tokio::test]
async fn voices_come_page_by_page_until_there_are_no_more() {
    let vendor = vendor(Settings::default()).await;
    let all = vendor.json("/v1/voices").await;
    let count = all["voices"].as_array().unwrap().len();
    let mut seen: Vec<String> = vec![];
    let mut token = String::new();
    loop {
        let page = vendor.json(&format!("/v2/voices?page_size=4{token}")).await;
        has(&page, "voices has_more total_count next_page_token");
        assert_eq!(page["total_count"], count);
        seen.extend(
            page["voices"].as_array().unwrap().iter().map(|voice| voice["voice_id"].as_str().unwrap().to_owned()),
        );
        if page["has_more"] == false {
            assert_eq!(page["next_page_token"], Value::Null);
            break;
        }
        token = format!("&next_page_token={}", page["next_page_token"].as_str().unwrap());
    }
    assert!(count > 10);
    assert_eq!(seen.len(), count);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "no voice comes twice");
    let default = vendor.json("/v2/voices").await;
    assert_eq!((default["voices"].as_array().unwrap().len(), &default["has_more"]), (10, &json!(true)));
}

#[tokio::test]
async fn voices_can_be_searched_and_sorted() {
    let vendor = vendor(Settings::default()).await;
    let names = async |query: &str| -> Vec<String> {
        let page = vendor.json(&format!("/v2/voices?page_size=100&{query}")).await;
        page["voices"].as_array().unwrap().iter().map(|voice| voice["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("search=geo").await, ["George"]);
    assert_eq!(names("category=premade&sort=name").await, ["George", "Rachel", "Sarah"]);
    assert_eq!(names("category=premade&sort=created_at_unix&sort_direction=asc").await, ["George", "Sarah", "Rachel"]);
    assert_eq!(names(&format!("voice_ids={GEORGE},unknown")).await, ["George"]);
    assert!(!names("gender=female").await.contains(&"George".to_owned()));
}

#[tokio::test]
async fn a_voice_has_settings_of_its_own_that_apply_when_a_request_sends_none() {
    let vendor = vendor(Settings { list_after_ms: 0, ..Settings::default() }).await;
    let default = vendor.json("/v1/voices/settings/default").await;
    has(&default, "stability use_speaker_boost similarity_boost style speed");
    let sarah = "EXAVITQu4vr4xnSDxMaL";
    let own = vendor.json(&format!("/v1/voices/{sarah}/settings")).await;
    assert_ne!(own, default);
    has(
        &vendor.json(&format!("/v1/voices/{sarah}")).await,
        "voice_id name category labels available_for_tiers settings",
    );
    let body = json!({"text": "a", "voice_settings": {"style": 0.9}});
    vendor.post(&format!("/v1/text-to-speech/{sarah}"), &body).send().await.unwrap().bytes().await.unwrap();
    let item = vendor.json("/v1/history").await["history"][0].clone();
    assert_eq!((&item["settings"]["stability"], &item["settings"]["style"]), (&own["stability"], &json!(0.9)));
    let lost = vendor.get("/v1/voices/nobody/settings").send().await.unwrap();
    assert_eq!(lost.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_subscription_has_every_field_that_official_clients_demand() {
    let vendor = vendor(Settings { tier: Tier::Scale, credits: 500, used: 20, ..Settings::default() }).await;
    let subscription = vendor.json("/v1/user/subscription").await;
    has(
        &subscription,
        "tier character_count character_limit max_credit_limit_extension max_character_limit_extension
         can_extend_character_limit allowed_to_extend_character_limit next_character_count_reset_unix voice_slots_used
         voice_limit professional_voice_slots_used professional_voice_limit professional_voice_slots_used_in_workspace
         voice_add_edit_counter can_extend_voice_limit can_use_instant_voice_cloning can_use_professional_voice_cloning
         current_overage currency status billing_period open_invoices has_open_invoices",
    );
    assert_eq!((&subscription["tier"], &subscription["character_limit"]), (&json!("scale"), &json!(500)));
    assert_eq!(vendor.json("/v1/user").await["subscription"], subscription);
}

#[tokio::test]
async fn a_key_can_lack_a_permission_and_an_address_can_be_down() {
    let (denied, down) = (vec!["/v1/user".to_owned()], vec!["/v1/history".to_owned()]);
    let vendor = vendor(Settings { denied, down, ..Settings::default() }).await;
    let check = async |path: &str, status: u16, code: &str| {
        let answer = vendor.get(path).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.json::<Value>().await.unwrap()["detail"]["code"], code);
    };
    check("/v1/user/subscription", 401, "missing_permissions").await;
    check("/v1/history", 503, "service_unavailable").await;
    assert_eq!(vendor.get("/v1/models").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(vendor.speak("", "a").await.status(), StatusCode::OK);
}
