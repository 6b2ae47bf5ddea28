//! What an answer of ElevenLabs means that is no success (its documented and its recorded errors).

use crate::http::Complaint;
use story::speech::SpeechError;

/// The meaning of a status and of the code in its body, old (`detail.status`) or new (`detail.code`).
pub(super) fn meaning(status: u16, complaint: &Complaint) -> SpeechError {
    let said = complaint.quoted();
    match (status, complaint.code.as_str()) {
        // Its quota is told with 401, and means no bad key.
        (402, "paid_plan_required") | (400..=499, "paid_plan_required" | "subscription_required") => {
            SpeechError::Spent(format!("this needs a larger plan of ElevenLabs: change the plan or the voice{said}"))
        }
        (402, _) | (400..=499, "quota_exceeded" | "insufficient_credits" | "payment_required") => {
            SpeechError::Spent(format!("ElevenLabs has no credit left for this: add credit or change the plan{said}"))
        }
        (429, _) => SpeechError::Busy(story::speech::Busy::default()),
        (401, "missing_permissions") => SpeechError::Spent(format!(
            "ElevenLabs' key may not do this: give the key in ELEVENLABS_API_KEY the permission{said}"
        )),
        (401, "detected_unusual_activity") => SpeechError::Spent(format!(
            "ElevenLabs has blocked the free plan from this network: use a paid plan, or another network{said}"
        )),
        (401, _) => SpeechError::Spent(format!("ElevenLabs does not know the key: set ELEVENLABS_API_KEY{said}")),
        (404, "") => SpeechError::Refused(format!("ElevenLabs knows no such thing: look at ELEVENLABS_BASE_URL{said}")),
        (408, _) => SpeechError::Unknown(format!("ElevenLabs gave up waiting (408){said}")),
        (409, "conflict") => SpeechError::Broken(format!("ElevenLabs was doing something else with it (409){said}")),
        // In its own words it has not begun. A gateway on the way says 503 of a call that it may well have made.
        (503, "service_unavailable" | "maintenance") => {
            SpeechError::Broken(format!("ElevenLabs is out of service (503){said}"))
        }
        (409, _) => SpeechError::Unknown(format!("ElevenLabs was doing something else with it (409){said}")),
        (400..=499, _) => SpeechError::Refused(format!("ElevenLabs refused the request ({status}){said}")),
        // It may have spoken, and charged, before it failed.
        _ => SpeechError::Unknown(format!("ElevenLabs failed while it answered ({status}){said}")),
    }
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
        let (found, sentence) = match meaning(status, &Complaint::of(body.as_bytes(), None)) {
            SpeechError::Busy => (Busy, String::new()),
            SpeechError::Spent(sentence) => (Spent, sentence),
            SpeechError::Refused(sentence) => (Refused, sentence),
            SpeechError::Broken(sentence) => (Broken, sentence),
            SpeechError::Unknown(sentence) => (Unknown, sentence),
            SpeechError::TooLate => panic!("no answer means that"),
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
            Spent,
            "a larger plan",
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
            (403, &["subscription_required"], Spent),
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
}
