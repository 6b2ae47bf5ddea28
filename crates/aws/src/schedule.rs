//! A function that a schedule starts and a person may start by HTTP: what a schedule's event says does not matter, only
//! that it came.

use crate::Error;
use axum::Router;
use lambda_http::Adapter;
use lambda_http::request::LambdaRequest;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::Value;
use story::failure::Failure;
use tower::ServiceExt;

/// Runs a step each time the schedule says so, and answers HTTP events by a router. The step's failure is logged; its next
/// turn comes by itself.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_schedule<F>(step: F, router: Router) -> Result<(), Error>
where
    F: AsyncFn() -> Result<(), Failure>,
{
    let (step, router) = (&step, &router);
    run(service_fn(async |event: LambdaEvent<Value>| {
        if is_http(&event.payload) {
            return answer(router.clone(), event).await;
        }
        if let Err(failure) = step().await {
            tracing::error!(error = %failure, "the scheduled step failed; it runs again with the next turn");
        }
        Ok(Value::Null)
    }))
    .await
}

/// Whether API Gateway sent this event: payload 2.0 says how it came, a schedule's event does not.
fn is_http(event: &Value) -> bool {
    event.pointer("/requestContext/http").is_some()
}

async fn answer(router: Router, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let request: LambdaRequest = serde_json::from_value(event.payload)?;
    let response = Adapter::from(router).oneshot(LambdaEvent::new(request, event.context)).await?;
    Ok(serde_json::to_value(response)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use serde_json::json;

    /// An event as API Gateway's HTTP API sends it (payload 2.0), kept to what is required.
    fn http_event(path: &str) -> Value {
        let http = json!({"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"});
        json!({
            "version": "2.0", "routeKey": format!("POST {path}"), "rawPath": path, "rawQueryString": "",
            "headers": {"host": "api.example"}, "isBase64Encoded": false,
            "requestContext": {
                "accountId": "1", "apiId": "api", "domainName": "api.example", "domainPrefix": "api", "http": http,
                "requestId": "id", "routeKey": "$default", "stage": "$default", "time": "20/Nov/2026:00:00:00 +0000", "timeEpoch": 0
            }
        })
    }

    #[test]
    fn an_http_event_is_told_from_a_turn_of_the_schedule() {
        assert!(is_http(&http_event("/v1/cleanup")));
        assert!(!is_http(&json!({})));
        assert!(!is_http(&json!({"version": "0", "source": "aws.scheduler", "detail": {}})));
    }

    #[test]
    fn an_http_event_is_answered_by_the_router() {
        let router = Router::new().route("/v1/cleanup", post(async || "{\"removed\":3}"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let event = LambdaEvent::new(http_event("/v1/cleanup"), lambda_runtime::Context::default());
        let response = runtime.block_on(answer(router, event)).unwrap();
        assert_eq!(response["statusCode"], 200);
        assert_eq!(response["body"], "{\"removed\":3}");
    }
}
