//! API Gateway's HTTP API: plain HTTP in, events of payload 2.0 to the functions, their answers out.
//! Shapes: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use crate::MiniStack;
use crate::call::percent_decoded;
use crate::function::Function;
use crate::template::Route;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The body of a request.
const MOST_BYTES: usize = 10 << 20;
/// No answer takes longer.
const LONGEST: Duration = Duration::from_secs(30);

struct Gateway {
    /// `host:port`, the only name that it answers to.
    name: String,
    routes: Vec<Route>,
    functions: BTreeMap<String, Arc<Function>>,
    requests: AtomicU64,
}

/// Listens. Answers the address, and what ends it.
pub(crate) async fn listen(
    routes: Vec<Route>,
    functions: BTreeMap<String, Arc<Function>>,
) -> Result<(String, AbortHandle), String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
    let name = listener.local_addr().map_err(|error| error.to_string())?.to_string();
    let url = format!("http://{name}");
    let gateway = Gateway { name, routes, functions, requests: AtomicU64::new(0) };
    let router = Router::new().fallback(answer).with_state(Arc::new(gateway));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((url, serving.abort_handle()))
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    // Who asks for another host does not come here at all on AWS.
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if host != Some(gateway.name.as_str()) {
        return refusal(StatusCode::FORBIDDEN, "Forbidden");
    }
    let path = path_of(&parts);
    let Some((route, route_key)) = routed(&gateway.routes, parts.method.as_str(), &path) else {
        return refusal(StatusCode::NOT_FOUND, "Not Found");
    };
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let number = gateway.requests.fetch_add(1, Ordering::Relaxed);
    let event = event(&gateway.name, &parts, &path, &route_key, &body, number);
    let Some(function) = gateway.functions.get(&route.function) else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    let place = function.place().await;
    let function = function.clone();
    // In a task of its own: the function runs to its end, also when the client leaves.
    let call = tokio::spawn(async move {
        let answer = function.invoke(event).await;
        drop(place);
        answer
    });
    match tokio::time::timeout(LONGEST, call).await {
        Ok(Ok(Ok(answer))) => {
            response(&answer).unwrap_or_else(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
        }
        Ok(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    }
}

/// The path as an HTTP API hands it on: decoded, and cut at a question mark that was hidden in it.
fn path_of(parts: &Parts) -> String {
    let decoded = percent_decoded(parts.uri.path());
    decoded.split_once('?').map_or(decoded.as_str(), |(path, _)| path).to_owned()
}

/// The most specific route: an exact path before one that ends in `{name+}`.
fn routed<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<(&'a Route, String)> {
    let takes = |route: &&Route| route.method.as_deref().is_none_or(|its| its == method);
    let exact = |route: &&Route| route.path == path;
    let greedy = |route: &&Route| {
        let prefix = route.path.strip_suffix("+}").and_then(|path| path.rsplit_once('{')).map(|(prefix, _)| prefix);
        prefix.is_some_and(|prefix| path.len() > prefix.len() && path.starts_with(prefix))
    };
    let mut fitting: Vec<&Route> = routes.iter().filter(takes).filter(|route| exact(route) || greedy(route)).collect();
    fitting.sort_by_key(|route| (!exact(route), std::cmp::Reverse(route.path.len()), route.method.is_none()));
    let route = fitting.first()?;
    Some((route, format!("{} {}", route.method.as_deref().unwrap_or("ANY"), route.path)))
}

/// An event of payload 2.0.
pub(crate) fn event(name: &str, parts: &Parts, path: &str, route_key: &str, body: &Bytes, number: u64) -> Value {
    let mut headers = Map::new();
    for key in parts.headers.keys().filter(|key| **key != header::COOKIE) {
        let values: Vec<String> = (parts.headers.get_all(key).iter())
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        headers.insert(key.as_str().to_owned(), values.join(",").into());
    }
    headers.insert("x-forwarded-proto".into(), "https".into());
    headers.insert("x-forwarded-for".into(), "127.0.0.1".into());
    let query = parts.uri.query().unwrap_or_default();
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (percent_decoded(key), percent_decoded(value));
        let joined = match parameters.get(&key).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(key, joined.into());
    }
    let mut event = json!({
        "version": "2.0", "routeKey": route_key, "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": {
            "accountId": MiniStack::ACCOUNT, "apiId": "api", "domainName": name, "domainPrefix": "api",
            "http": {"method": parts.method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default()},
            "requestId": format!("request-{number}"), "routeKey": route_key, "stage": "$default",
            "time": "20/Nov/2026:00:00:00 +0000", "timeEpoch": 1_795_132_800_000_u64,
        },
        "isBase64Encoded": false,
    });
    if !parameters.is_empty() {
        event["queryStringParameters"] = parameters.into();
    }
    let cookies: Vec<Value> = (parts.headers.get_all(header::COOKIE).iter())
        .flat_map(|value| String::from_utf8_lossy(value.as_bytes()).split("; ").map(Value::from).collect::<Vec<_>>())
        .collect();
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !body.is_empty() {
        let text = std::str::from_utf8(body).ok().filter(|_| is_text(&parts.headers));
        event["isBase64Encoded"] = text.is_none().into();
        event["body"] = text.map_or_else(|| STANDARD.encode(body), str::to_owned).into();
    }
    event
}

/// Bodies of these types are handed on as they are; others in base64.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str())
}

/// A function's answer as HTTP.
fn response(answer: &Value) -> Result<Response, String> {
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"] == true {
        true => STANDARD.decode(body).map_err(|error| error.to_string())?,
        false => body.as_bytes().to_vec(),
    };
    with_head(answer, body)
}

/// An answer whose status, headers and cookies are told in JSON.
pub(crate) fn with_head(head: &Value, body: Vec<u8>) -> Result<Response, String> {
    let status = head["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).ok_or_else(|| format!("{head}"))?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = head["headers"].as_object().into_iter().flatten();
    let pairs = headers.map(|(name, value)| (name.as_str(), value));
    let cookies = head["cookies"].as_array().into_iter().flatten().map(|cookie| ("set-cookie", cookie));
    for (name, value) in pairs.chain(cookies) {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        let value = HeaderValue::try_from(value.as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
        // The length is that of the body; API Gateway counts it itself.
        if name != header::CONTENT_LENGTH {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// API Gateway's own words.
fn refusal(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(json!({"message": message}).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: Option<&str>, path: &str) -> Route {
        Route { method: method.map(str::to_owned), path: path.into(), function: path.into() }
    }

    #[test]
    fn the_most_specific_route_answers() {
        let routes = [route(None, "/v1/{route+}"), route(Some("POST"), "/v1/previews"), route(None, "/{page+}")];
        let check = |method: &str, path: &str, key: Option<&str>| {
            assert_eq!(routed(&routes, method, path).map(|(_, key)| key).as_deref(), key, "{method} {path}");
        };
        check("POST", "/v1/previews", Some("POST /v1/previews"));
        check("GET", "/v1/previews", Some("ANY /v1/{route+}"));
        check("GET", "/v1/jobs/1", Some("ANY /v1/{route+}"));
        check("GET", "/index.html", Some("ANY /{page+}"));
        check("GET", "/", None);
    }

    #[test]
    fn a_body_that_is_no_text_by_its_type_is_sent_in_base64() {
        let check = |kind: &str, body: &'static [u8], sent: &str, is_base64: bool| {
            let request =
                axum::http::Request::post("/v1/previews?a=1&a=2").header("content-type", kind).body(()).unwrap();
            let event = event("h", &request.into_parts().0, "/v1/previews", "k", &Bytes::from_static(body), 0);
            assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(sent), &json!(is_base64)), "{kind}");
            assert_eq!(event["queryStringParameters"]["a"], "1,2");
        };
        check("application/json; charset=utf-8", b"{}", "{}", false);
        check("application/x-www-form-urlencoded", b"{}", "e30=", true);
        check("application/json", b"\xff", "/w==", true);
    }
}
