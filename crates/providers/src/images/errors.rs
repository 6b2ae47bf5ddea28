//! What a refused picture means: the statuses and codes of Together and `OpenAI` (PROVIDERS 2.1 and 2.2).

use super::MODEL_SETTING;
use crate::http::{Complaint, reset_ms, retry_after_ms};
use reqwest::header::HeaderMap;
use story::maker::{Busy, MakerError};

pub(super) fn of_together(
    status: u16,
    headers: &HeaderMap,
    complaint: &Complaint,
    base_url_setting: &str,
) -> MakerError {
    meaning(("Together", "TOGETHER_API_KEY"), status, headers, complaint, base_url_setting)
}

pub(super) fn of_openai(status: u16, headers: &HeaderMap, complaint: &Complaint, base_url_setting: &str) -> MakerError {
    meaning(("the image server", "OPENAI_API_KEY"), status, headers, complaint, base_url_setting)
}

fn meaning(
    (name, key): (&str, &str),
    status: u16,
    headers: &HeaderMap,
    complaint: &Complaint,
    base_url_setting: &str,
) -> MakerError {
    let said = complaint.quoted();
    let code = complaint.code.as_str();
    let no_credit = matches!(code, "insufficient_quota" | "billing_hard_limit_reached" | "credit_limit_exceeded");
    match status {
        400..=499 if is_moderation(code) => moderated(&said),
        402 => spent(name, key, &said),
        400..=499 if no_credit => spent(name, key, &said),
        404 => no_model(name, base_url_setting, &said),
        400..=499 if matches!(code, "model_not_found" | "model_not_available" | "invalid_model") => {
            no_model(name, base_url_setting, &said)
        }
        // It counts calls in a time, not calls at once.
        429 => busy(retry_after_ms(headers).max(reset_ms(headers))),
        401 => MakerError::Spent(format!("{name} does not take the key: set {key}{said}")),
        403 => MakerError::Spent(format!(
            "{name} does not let the key of {key} draw (403): look at the account's limits, or set another key{said}"
        )),
        408 => MakerError::Unknown(format!("{name} gave up waiting (408){said}")),
        409 => MakerError::Unknown(format!("{name} was doing something else with it (409){said}")),
        400..=499 => MakerError::Refused(format!("{name} refused to draw ({status}){said}")),
        // In its own words: a gateway on the way says 503 of a call that it may well have made.
        503 if !code.is_empty() => {
            MakerError::Broken(format!("{name} is out of service or has too much to do (503){said}"))
        }
        // It may have drawn, and charged, before it failed.
        _ => MakerError::Unknown(format!("{name} failed while it answered ({status}){said}")),
    }
}

fn is_moderation(code: &str) -> bool {
    ["moderation", "content_policy", "content_filter", "safety", "nsfw"]
        .iter()
        .any(|word| code.to_ascii_lowercase().contains(word))
}

/// Nobody draws this; the vendor's reason follows.
pub(crate) fn moderated(said: &str) -> MakerError {
    MakerError::Refused(format!("the picture was refused by the provider's moderation: say it in other words{said}"))
}

fn spent(name: &str, key: &str, said: &str) -> MakerError {
    MakerError::Spent(format!(
        "the account of {key} has no credit left, or is at its limit: add credit at {name}{said}"
    ))
}

/// There is no such model there.
pub(crate) fn no_model(name: &str, base_url_setting: &str, said: &str) -> MakerError {
    MakerError::Refused(format!(
        "{name} does not have this model: set {MODEL_SETTING} to one that it has, or look at {base_url_setting}{said}"
    ))
}

pub(crate) fn busy(retry_after_ms: Option<u64>) -> MakerError {
    MakerError::Busy(Busy { retry_after_ms, ..Busy::default() })
}
