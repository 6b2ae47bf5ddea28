//! What stands between a function and AWS: its policy, and the answers of a service that is busy.

use crate::call::{Call, Request, Service, bucket_arn, called};
use crate::function::Function;
use crate::policy::{Ask, Policy};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header, request::Parts};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// A part of a multipart upload may have 5 GB; those of the functions have some MB.
const MOST_BYTES: usize = 256 << 20;

/// One for a host: what all its functions asked of AWS.
pub(crate) struct Notes {
    /// Every so many calls one is answered as a busy service does.
    pub(crate) busy_every: Option<u64>,
    calls: AtomicU64,
    busy: AtomicU64,
    refused: Mutex<Vec<String>>,
    /// The functions that functions may call, by their names.
    functions: Mutex<BTreeMap<String, Weak<Function>>>,
}

impl Notes {
    pub(crate) fn new(busy_every: Option<u64>) -> Self {
        Self {
            busy_every,
            calls: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            refused: Mutex::default(),
            functions: Mutex::default(),
        }
    }

    /// From now on other functions may call it, if their policies let them.
    pub(crate) fn knows(&self, name: &str, function: &Arc<Function>) {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        functions.insert(name.to_owned(), Arc::downgrade(function));
    }

    fn function(&self, name: &str) -> Option<Arc<Function>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner).get(name)?.upgrade()
    }

    pub(crate) fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls made, and those of them that were answered as busy.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.busy.load(Ordering::Relaxed))
    }

    fn refuse(&self, sentence: String) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(sentence);
    }

    fn is_busy(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let is_busy = self.busy_every.is_some_and(|every| call.is_multiple_of(every));
        self.busy.fetch_add(u64::from(is_busy), Ordering::Relaxed);
        is_busy
    }
}

struct Proxy {
    function: String,
    /// Its ARN, which each of its calls carries.
    arn: String,
    policy: Arc<Policy>,
    services: String,
    client: reqwest::Client,
    notes: Arc<Notes>,
}

/// Listens for one function's calls. Answers the address, and what ends it.
pub(crate) async fn listen(
    (function, arn): (&str, &str),
    policy: Arc<Policy>,
    services: &str,
    notes: Arc<Notes>,
) -> Result<(String, AbortHandle), String> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let proxy = Proxy { function: function.into(), arn: arn.into(), policy, services: services.into(), client, notes };
    let router = Router::new().fallback(answer).with_state(Arc::new(proxy));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((format!("http://{address}"), serving.abort_handle()))
}

async fn answer(State(proxy): State<Arc<Proxy>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    // A function that was killed in the middle of its sentence has said nothing.
    let Ok(body) = to_bytes(body, MOST_BYTES).await else { return plain(StatusCode::BAD_REQUEST, String::new()) };
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let call = Call::read(&Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        target: text("x-amz-target"),
        copies: text("x-amz-copy-source"),
        body: &body,
    });
    let mut call = match call {
        Ok(call) => call,
        Err(error) => {
            proxy.notes.refuse(format!("{}: {error}", proxy.function));
            return plain(StatusCode::FORBIDDEN, error);
        }
    };
    for ask in &mut call.asks {
        ask.context.push(("lambda:SourceFunctionArn", vec![proxy.arn.clone()]));
        if !proxy.policy.allows(ask) {
            proxy.notes.refuse(format!("{} may not {} on {}", proxy.function, ask.action, ask.resource));
            return denied(call.service, ask);
        }
    }
    // Who follows a link is no SDK that tries again.
    if !call.is_link && proxy.notes.is_busy() {
        return busy(call.service);
    }
    if call.service == Service::Lambda {
        return proxy.invoke(&parts, &body).await;
    }
    let answer = proxy.forward(&parts, body).await;
    if answer.status() == StatusCode::NOT_FOUND && !proxy.may_know_what_is_missing(&call) {
        return denied(call.service, &call.asks[0]);
    }
    answer
}

impl Proxy {
    async fn forward(&self, parts: &Parts, body: bytes::Bytes) -> Response {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = parts.headers.clone();
        headers.remove(header::CONNECTION);
        let sent = self.client.request(parts.method.clone(), format!("{}{path}", self.services)).headers(headers);
        let sent = match sent.body(body).send().await {
            Ok(sent) => sent,
            Err(error) => return plain(StatusCode::BAD_GATEWAY, error.to_string()),
        };
        let (status, headers) = (sent.status(), sent.headers().clone());
        let Ok(bytes) = sent.bytes().await else { return plain(StatusCode::BAD_GATEWAY, String::new()) };
        let is_head = parts.method == Method::HEAD;
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        *response.headers_mut() = kept(&headers, is_head);
        response
    }

    /// Calls another function, and waits for it.
    async fn invoke(&self, parts: &Parts, event: &[u8]) -> Response {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = called(parts.uri.path()).unwrap_or_default();
        let Some(function) = self.notes.function(&name) else {
            return lambda_error(
                StatusCode::NOT_FOUND,
                "ResourceNotFoundException",
                &format!("Function not found: {name}"),
            );
        };
        let tenant = text("x-amz-tenant-id");
        if function.has_tenants() == tenant.is_empty() {
            let sentence = "a tenant is named by whoever calls a function that has some, and by nobody else";
            return lambda_error(StatusCode::BAD_REQUEST, "InvalidParameterValueException", sentence);
        }
        let Ok(event) = serde_json::from_slice::<Value>(event) else {
            return lambda_error(
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                "Could not parse payload into json",
            );
        };
        let place = function.place().await;
        let answer = function.invoke_for(tenant, event).await;
        drop(place);
        match answer {
            Ok(answer) => with_type(plain(StatusCode::OK, answer.to_string()), "application/json"),
            Err(error) => {
                let is_json = serde_json::from_str::<Value>(&error).is_ok();
                let error = if is_json { error } else { json!({"errorMessage": error}).to_string() };
                let mut response = with_type(plain(StatusCode::OK, error), "application/json");
                let how = header::HeaderValue::from_static("Unhandled");
                response.headers_mut().insert(HeaderName::from_static("x-amz-function-error"), how);
                response
            }
        }
    }

    /// S3 says that an object is missing only to who may list its bucket; to others it says 403.
    fn may_know_what_is_missing(&self, call: &Call) -> bool {
        call.service != Service::S3
            || call.asks.iter().filter(|ask| ask.action == "s3:GetObject").all(|ask| {
                let rest = ask.resource.trim_start_matches("arn:aws:s3:::");
                let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
                let context = vec![("s3:prefix", vec![key.to_owned()])];
                let listing = Ask { action: "s3:ListBucket".into(), resource: bucket_arn(bucket), context };
                self.policy.allows(&listing)
            })
    }
}

/// Headers of an answer, without those that belong to the connection. The length of a HEAD's answer is not that of its body.
fn kept(headers: &HeaderMap, is_head: bool) -> HeaderMap {
    let dropped: [HeaderName; 2] = [header::CONNECTION, header::TRANSFER_ENCODING];
    let mut kept = headers.clone();
    for name in dropped {
        kept.remove(name);
    }
    if !is_head {
        kept.remove(header::CONTENT_LENGTH);
    }
    kept
}

/// "No", as each service says it.
fn denied(service: Service, ask: &Ask) -> Response {
    let sentence = format!("not authorized to perform: {} on resource: {}", ask.action, ask.resource);
    match service {
        Service::S3 => s3_error(StatusCode::FORBIDDEN, "AccessDenied", &sentence),
        Service::Lambda => lambda_error(StatusCode::FORBIDDEN, "AccessDeniedException", &sentence),
        _ => json_error(StatusCode::BAD_REQUEST, "AccessDeniedException", &sentence),
    }
}

/// "Not so fast", as each service says it.
fn busy(service: Service) -> Response {
    let sentence = "Rate exceeded";
    match service {
        Service::S3 => s3_error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate."),
        Service::Lambda => lambda_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", sentence),
        Service::Sqs => json_error(StatusCode::SERVICE_UNAVAILABLE, "ThrottlingException", sentence),
        Service::DynamoDb | Service::Secrets | Service::Parameters => {
            json_error(StatusCode::BAD_REQUEST, "ThrottlingException", sentence)
        }
    }
}

fn s3_error(status: StatusCode, code: &str, sentence: &str) -> Response {
    let xml = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{sentence}</Message></Error>");
    with_type(plain(status, xml), "application/xml")
}

fn json_error(status: StatusCode, kind: &str, sentence: &str) -> Response {
    let body = json!({"__type": format!("com.amazon.coral.service#{kind}"), "message": sentence});
    with_type(plain(status, body.to_string()), "application/x-amz-json-1.0")
}

fn lambda_error(status: StatusCode, kind: &'static str, sentence: &str) -> Response {
    let mut response = with_type(plain(status, json!({"message": sentence}).to_string()), "application/json");
    response.headers_mut().insert(HeaderName::from_static("x-amzn-errortype"), header::HeaderValue::from_static(kind));
    response
}

fn with_type(mut response: Response, content_type: &'static str) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

fn plain(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}
