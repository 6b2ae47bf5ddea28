//! What an answer of ElevenLabs means that is no success (its documented and its recorded errors).

use super::concurrency::concurrency;
use crate::http::{Complaint, retry_after_ms};
use reqwest::header::HeaderMap;
use story::maker::{Busy, MakerError};

/// The meaning of a status and of the code in its body, old (`detail.status`) or new (`detail.code`).
pub(super) fn meaning(status: u16, headers: &HeaderMap, complaint: &Complaint, base_url_setting: &str) -> MakerError {
    let said = complaint.quoted();
    match (status, complaint.code.as_str()) {
        // One voice or one feature is out of this plan's reach, and all others work: the account is not spent.
        (400..=499, _) if lacks_plan(complaint) => MakerError::Refused(format!(
            "this needs a larger plan of ElevenLabs: change the plan, or choose another voice{said}"
        )),
        // Its quota is told with 401, and means no bad key.
        (402, _) | (400..=499, "quota_exceeded" | "insufficient_credits" | "payment_required") => {
            MakerError::Spent(format!("ElevenLabs has no credit left for this: add credit or change the plan{said}"))
        }
        (429, _) => MakerError::Busy(Busy {
            is_crowded: is_crowded(complaint),
            retry_after_ms: retry_after_ms(headers),
            concurrency: concurrency(headers),
        }),
        (401, "missing_permissions") => MakerError::Spent(format!(
            "ElevenLabs' key may not do this: give the key in ELEVENLABS_API_KEY the permission{said}"
        )),
        (401, "detected_unusual_activity") => MakerError::Spent(format!(
            "ElevenLabs has blocked the free plan from this network: use a paid plan, or another network{said}"
        )),
        (401, _) => MakerError::Spent(format!("ElevenLabs does not know the key: set ELEVENLABS_API_KEY{said}")),
        (404, "") => MakerError::Refused(format!("ElevenLabs knows no such thing: look at {base_url_setting}{said}")),
        (408, _) => MakerError::Unknown(format!("ElevenLabs gave up waiting (408){said}")),
        (409, "conflict") => MakerError::Broken(format!("ElevenLabs was doing something else with it (409){said}")),
        // In its own words it has not begun. A gateway on the way says 503 of a call that it may well have made.
        (503, "service_unavailable" | "maintenance") => {
            MakerError::Broken(format!("ElevenLabs is out of service (503){said}"))
        }
        (409, _) => MakerError::Unknown(format!("ElevenLabs was doing something else with it (409){said}")),
        (400..=499, _) => MakerError::Refused(format!("ElevenLabs refused the request ({status}){said}")),
        // It may have spoken, and charged, before it failed.
        _ => MakerError::Unknown(format!("ElevenLabs failed while it answered ({status}){said}")),
    }
}

/// Whether too many calls ran at once. Its words tell it where no code is left: a gateway, and FastAPI's shapes, drop the code.
fn is_crowded(complaint: &Complaint) -> bool {
    match complaint.code.as_str() {
        "concurrent_limit_exceeded" | "too_many_concurrent_requests" => true,
        // The type of every 429 is no code.
        "" | "rate_limit_error" => says(complaint, "too many concurrent requests"),
        _ => false,
    }
}

/// Whether the plan lacks what this one request asks for. The older shape gives it the code of an empty account.
fn lacks_plan(complaint: &Complaint) -> bool {
    match complaint.code.as_str() {
        "paid_plan_required" | "subscription_required" => true,
        "" | "payment_required" => says(complaint, "upgrade your subscription to use this voice"),
        _ => false,
    }
}

fn says(complaint: &Complaint, words: &str) -> bool {
    complaint.message.to_ascii_lowercase().contains(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Meaning {
        Busy,
        Spent,
        Refused,
        Broken,
        Unknown,
    }
    use Meaning::*;

    fn check(status: u16, body: &str, expected: Meaning, begins: &str) {
        let complaint = Complaint::of(body.as_bytes(), None);
        let (found, sentence) = match meaning(status, &HeaderMap::new(), &complaint, "ELEVENLABS_BASE_URL") {
            MakerError::Busy(_) => (Busy, String::new()),
            MakerError::Spent(sentence) => (Spent, sentence),
            MakerError::Refused(sentence) => (Refused, sentence),
            MakerError::Broken(sentence) => (Broken, sentence),
            MakerError::Unknown(sentence) => (Unknown, sentence),
            MakerError::TooLate => panic!("no answer means that"),
        };
        assert_eq!(found, expected, "{status} {body}: {sentence}");
        assert!(sentence.contains(begins), "{status} {body}: {sentence}");
    }

    /// A body of today's shape.
    fn new(code: &str) -> String {
        format!(r#"{{"detail":{{"type":"x","code":"{code}","status":"other","message":"Words."}}}}"#)
    }

    /// A body of the older shape.
    fn old(status: &str) -> String {
        format!(r#"{{"detail":{{"status":"{status}","message":"Words"}}}}"#)
    }

    #[test]
    fn recorded_answers_mean_what_they_meant() {
        check(
            429,
            r#"{"detail":{"type":"rate_limit_error","code":"concurrent_limit_exceeded","message":"Too many concurrent requests. Your current subscription is associated with a maximum of 2 concurrent requests (running in parallel).","status":"too_many_concurrent_requests","request_id":"ad65dae6c394803c203c840a541b4fd3","docs_url":"https://elevenlabs.io/docs"}}"#,
            Busy,
            "",
        );
        check(
            401,
            r#"{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}"#,
            Spent,
            "set ELEVENLABS_API_KEY (It says: \"Invalid API key.\")",
        );
        check(
            422,
            r#"{"detail":[{"loc":["body","text"],"msg":"Field required","type":"missing"}]}"#,
            Refused,
            "(422) (It says: \"body.text: Field required.\")",
        );
        check(404, r#"{"detail":"Not Found"}"#, Refused, "look at ELEVENLABS_BASE_URL (It says: \"Not Found.\")");
        check(
            401,
            r#"{"detail":{"type":"invalid_request","code":"quota_exceeded","status":"quota_exceeded","message":"This request exceeds your quota of 10000. You have 70 credits remaining, while 112 credits are required for this request."}}"#,
            Spent,
            "no credit left for this: add credit or change the plan (It says: \"This request exceeds your quota of 10000. You",
        );
        check(
            402,
            r#"{"detail":{"type":"payment_required","code":"paid_plan_required","message":"Free users cannot use library voices via the API. Please upgrade your subscription to use this voice.","status":"payment_required"}}"#,
            Refused,
            "change the plan, or choose another voice (It says: \"Free users",
        );
        check(403, &old("output_format_not_allowed"), Refused, "(403)");
        check(404, &old("voice_not_found"), Refused, "(404) (It says: \"Words.\")");
    }

    #[test]
    fn every_code_has_its_meaning_with_every_status_it_comes_with() {
        for (status, codes, expected) in [
            (429, &["too_many_concurrent_requests", "rate_limit_exceeded", "system_busy", "unheard_of"][..], Busy),
            (401, &["quota_exceeded", "insufficient_credits", "payment_required"], Spent),
            (402, &["quota_exceeded", "insufficient_credits", "payment_required", "unheard_of"], Spent),
            (402, &["paid_plan_required", "subscription_required"], Refused),
            (403, &["paid_plan_required", "subscription_required"], Refused),
            (401, &["invalid_api_key", "missing_api_key", "missing_permissions", "detected_unusual_activity"], Spent),
            (400, &["text_too_long", "empty_text", "invalid_voice_id", "max_character_limit_exceeded"], Refused),
            (
                400,
                &["unsupported_model", "invalid_ttd_stability", "model_id_does_not_exist", "voice_not_found"],
                Refused,
            ),
            (403, &["insufficient_permissions", "feature_not_available", "voice_access_denied"], Refused),
            (404, &["voice_not_found", "model_not_found"], Refused),
            (422, &["invalid_output_format"], Refused),
            (409, &["conflict"], Broken),
            (503, &["service_unavailable", "maintenance"], Broken),
            (500, &["internal_error"], Unknown),
        ] {
            for code in codes {
                check(status, &new(code), expected, "");
                check(status, &old(code), expected, "");
            }
        }
    }

    #[test]
    fn a_status_means_something_without_a_body_that_can_be_read() {
        for (status, expected) in [
            (400, Refused),
            (401, Spent),
            (402, Spent),
            (403, Refused),
            (404, Refused),
            (405, Refused),
            (407, Refused),
            (408, Unknown),
            (409, Unknown),
            (413, Refused),
            (422, Refused),
            (429, Busy),
            (500, Unknown),
            (502, Unknown),
            (503, Unknown),
            (504, Unknown),
            (520, Unknown),
            (599, Unknown),
        ] {
            for body in ["", "{\"detail\":", "<html><body>Bad Gateway</body></html>", "[]", "null"] {
                check(status, body, expected, "");
            }
        }
    }

    #[test]
    fn too_many_calls_at_once_are_told_from_too_many_calls_in_whatever_shape() {
        let words = "Too many concurrent requests. Your current subscription is associated with a maximum of 2.";
        let plain = |message: &str| format!(r#"{{"detail":"{message}"}}"#);
        let listed = |message: &str| format!(r#"{{"detail":[{{"loc":["body"],"msg":"{message}","type":"x"}}]}}"#);
        let bare = |kind: &str| format!(r#"{{"detail":{{"type":"{kind}","message":"{words}"}}}}"#);
        for (body, expected) in [
            (new("concurrent_limit_exceeded"), true),
            (old("concurrent_limit_exceeded"), true),
            (new("too_many_concurrent_requests"), true),
            (old("too_many_concurrent_requests"), true),
            (plain(words), true),
            (listed(words), true),
            (bare("rate_limit_error"), true),
            (bare("system_busy"), false),
            (new("rate_limit_exceeded"), false),
            (old("rate_limit_exceeded"), false),
            (new("system_busy"), false),
            (old("system_busy"), false),
            (new("unheard_of"), false),
            (plain("Rate limit exceeded. Please try again later."), false),
            (listed("The system is busy."), false),
            ("<html>".to_owned(), false),
            (String::new(), false),
        ] {
            let found = meaning(429, &HeaderMap::new(), &Complaint::of(body.as_bytes(), None), "");
            let busy = story::maker::Busy { is_crowded: expected, ..Default::default() };
            assert_eq!(found, MakerError::Busy(busy), "{body}");
        }
    }

    #[test]
    fn a_voice_that_the_plan_lacks_is_refused_in_whatever_shape_and_an_empty_account_is_spent() {
        let words =
            "Free users cannot use library voices via the API. Please upgrade your subscription to use this voice.";
        for body in [
            format!(r#"{{"detail":{{"status":"payment_required","message":"{words}"}}}}"#),
            format!(r#"{{"detail":"{words}"}}"#),
        ] {
            check(402, &body, Refused, "choose another voice");
        }
        check(402, &new("insufficient_credits"), Spent, "add credit");
        check(402, r#"{"detail":"You do not have enough credits for this request."}"#, Spent, "add credit");
    }
}
