//! What an account can be asked: the provider's own words, with the house's key; or, where the provider has others, what is known
//! of it in the words of `ElevenLabs`.

use super::Gateway;
use super::refusal::{Refusal, told};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};
use story::speech::{ListedVoice, Reply};

/// So long a balance is believed.
const BALANCE_MS: u64 = 60_000;

type Told = Result<Response, Refusal>;

/// The provider's own answer, if it has this interface.
async fn look_up(gateway: &Gateway, path: &[&str], uri: &Uri) -> Result<Option<Reply>, Refusal> {
    match gateway.speech()?.look_up(path, uri.query()).await {
        Some(reply) => Ok(Some(reply?)),
        None => Ok(None),
    }
}

pub(super) async fn models(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Told {
    if let Some(reply) = look_up(&gateway, &["v1", "models"], &uri).await? {
        return Ok(told(reply));
    }
    let catalog = steps::catalog::catalog(&gateway.desk.house, gateway.speech()?.as_ref()).await?;
    let model = |model: &story::speech::Model| {
        json!({
            "model_id": model.id, "name": model.id, "can_do_text_to_speech": true, "can_do_voice_conversion": false,
            "can_be_finetuned": false, "can_use_style": false, "can_use_speaker_boost": false, "serves_pro_voices": false,
            "token_cost_factor": model.cost_factor, "requires_alpha_access": false, "description": "",
            "maximum_text_length_per_request": model.max_characters,
            "languages": model.languages.iter().map(|id| json!({"language_id": id, "name": id})).collect::<Vec<_>>(),
        })
    };
    Ok(Json(catalog.models.iter().map(model).collect::<Value>()).into_response())
}

pub(super) async fn voices(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Told {
    if let Some(reply) = look_up(&gateway, &["v1", "voices"], &uri).await? {
        return Ok(told(reply));
    }
    let voices: Vec<Value> = listed(&gateway).await?.iter().map(voice).collect();
    Ok(Json(json!({"voices": voices})).into_response())
}

/// What a page of voices may be chosen by, where we are the ones who choose.
#[derive(Deserialize)]
#[serde(default)]
pub(super) struct Search {
    search: String,
    page_size: usize,
    next_page_token: Option<usize>,
}

impl Default for Search {
    fn default() -> Self {
        Self { search: String::new(), page_size: 10, next_page_token: None }
    }
}

pub(super) async fn page_of_voices(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Told {
    if let Some(reply) = look_up(&gateway, &["v2", "voices"], &uri).await? {
        return Ok(told(reply));
    }
    let unreadable = |_| Refusal::invalid("query", "page_size", "int_parsing", "Input should be a valid integer");
    let Query(Search { search, page_size, next_page_token }) = Query::try_from_uri(&uri).map_err(unreadable)?;
    let word = search.to_lowercase();
    let mut found = listed(&gateway).await?;
    found.retain(|voice| voice.name.to_lowercase().contains(&word) || voice.id.to_lowercase().contains(&word));
    let (first, total) = (next_page_token.unwrap_or(0), found.len());
    let page: Vec<Value> = found.iter().skip(first).take(page_size.min(100)).map(voice).collect();
    let next = first + page.len();
    let has_more = next < total;
    let next_page_token = has_more.then(|| next.to_string());
    let page = json!({"voices": page, "has_more": has_more, "total_count": total, "next_page_token": next_page_token});
    Ok(Json(page).into_response())
}

pub(super) async fn settings(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>, uri: Uri) -> Told {
    if let Some(reply) = look_up(&gateway, &["v1", "voices", &id, "settings"], &uri).await? {
        return Ok(told(reply));
    }
    let voice = steps::catalog::voice(&gateway.desk.house, gateway.speech()?.as_ref(), &id).await?;
    Ok(Json(voice.ok_or_else(|| Refusal::no_voice(&id))?.settings).into_response())
}

pub(super) async fn subscription(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Told {
    let now = gateway.desk.house.clock.now();
    let believed = gateway.balance.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((until, reply)) = believed
        && now < until
    {
        return Ok(told(reply));
    }
    if let Some(reply) = look_up(&gateway, &["v1", "user", "subscription"], &uri).await? {
        if reply.status == 200 {
            let until = now.plus_ms(BALANCE_MS);
            *gateway.balance.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, reply.clone()));
        }
        return Ok(told(reply));
    }
    // Nothing is paid where nobody keeps books.
    Ok(Json(json!({
        "tier": "free", "character_count": 0, "character_limit": u32::MAX, "max_credit_limit_extension": 0,
        "max_character_limit_extension": 0, "can_extend_character_limit": false,
        "allowed_to_extend_character_limit": false, "next_character_count_reset_unix": null, "voice_slots_used": 0,
        "voice_limit": 0, "professional_voice_slots_used": 0, "professional_voice_limit": 0,
        "professional_voice_slots_used_in_workspace": 0, "voice_add_edit_counter": 0, "can_extend_voice_limit": false,
        "can_use_instant_voice_cloning": false, "can_use_professional_voice_cloning": false,
        "current_overage": {"amount": "0", "currency": "usd"}, "currency": "usd", "status": "free",
        "billing_period": "monthly_period", "character_refresh_period": "monthly_period", "open_invoices": [],
        "has_open_invoices": false,
    }))
    .into_response())
}

async fn listed(gateway: &Gateway) -> Result<Vec<ListedVoice>, Refusal> {
    Ok(steps::catalog::voices(&gateway.desk.house, gateway.speech()?.as_ref()).await?)
}

/// A voice with all that clients demand.
fn voice(voice: &ListedVoice) -> Value {
    json!({
        "voice_id": voice.id, "name": voice.name, "category": "premade", "labels": voice.labels, "description": null,
        "preview_url": null, "available_for_tiers": [], "high_quality_base_model_ids": [], "settings": null,
    })
}
