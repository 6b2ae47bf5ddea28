//! What Google's errors say besides (google.rpc.Status): the reason, the quota, and how long to wait.

use serde_json::Value;

/// Its front end puts an error into a list of one.
pub(super) fn unwrapped(json: &Value) -> &Value {
    match json.as_array().map(Vec::as_slice) {
        Some([only]) if only.get("error").is_some() => only,
        _ => json,
    }
}

/// The most telling name of what is wrong: a quota of a day before one of a minute, then the reason, then the status. `None` where
/// this is no error of Google's.
pub(super) fn code(said: &Value) -> Option<String> {
    let status = said.get("status")?.as_str().filter(|_| said.get("code").is_some_and(Value::is_number))?;
    let quotas = || {
        let violations = details(said).filter_map(|detail| detail.get("violations")?.as_array()).flatten();
        violations.filter_map(|violation| violation.get("quotaId")?.as_str())
    };
    let quota = quotas().find(|quota| quota.contains("PerDay")).or_else(|| quotas().next());
    let reason = || details(said).find_map(|detail| detail.get("reason")?.as_str());
    Some(quota.or_else(reason).unwrap_or(status).to_owned())
}

/// Its `RetryInfo`, ten minutes at most.
pub(super) fn wait_ms(said: &Value) -> Option<u64> {
    let delay = details(said).find_map(|detail| detail.get("retryDelay")?.as_str())?;
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| ((seconds * 1_000.0).ceil() as u64).min(600_000))
}

fn details(said: &Value) -> impl Iterator<Item = &Value> {
    said.get("details").and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use crate::http::Complaint;

    fn check(body: &str, code: &str, wait_ms: Option<u64>) {
        let complaint = Complaint::of(body.as_bytes(), None);
        assert_eq!(
            (complaint.code.as_str(), complaint.message.as_str(), complaint.wait_ms),
            (code, "m", wait_ms),
            "{body}"
        );
    }

    #[test]
    fn the_reason_the_quota_and_the_wait_are_found() {
        check(
            r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}]"#,
            "API_KEY_INVALID",
            None,
        );
        let quota = |ids: &str, wait: &str| {
            format!(
                r#"{{"error":{{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{{"violations":[{ids}]}},{{"retryDelay":"{wait}"}}]}}}}"#
            )
        };
        check(&quota(r#"{"quotaId":"APerMinute"}"#, "34s"), "APerMinute", Some(34_000));
        check(&quota(r#"{"quotaId":"APerMinute"},{"quotaId":"BPerDay"}"#, "34.07s"), "BPerDay", Some(34_070));
        check(&quota(r#"{"quotaId":7}"#, "soon"), "RESOURCE_EXHAUSTED", None);
        check(&quota("", "99999s"), "RESOURCE_EXHAUSTED", Some(600_000));
        check(r#"{"error":{"code":"invalid_request","message":"m"}}"#, "invalid_request", None);
    }
}
