//! The function that programs are run in, as the SDK calls it: against a server that answers as Lambda's own interface does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aws::{Account, ManimFunction};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use story::animator::{Animator, Performance, Program, Show};
use story::failure::Failure;

/// What it answers next, and what it was asked: path, tenant, body.
#[derive(Default)]
struct Lambda {
    answers: Mutex<VecDeque<Response<Body>>>,
    asked: Mutex<Vec<(String, String, Value)>>,
}

async fn answer(State(lambda): State<Arc<Lambda>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert!(header("x-amz-invocation-type").is_none_or(|kind| kind == "RequestResponse"), "it is waited for");
    let body = serde_json::from_slice(&to_bytes(body, 1 << 20).await.unwrap()).unwrap();
    let asked = (parts.uri.path().to_owned(), header("x-amz-tenant-id").unwrap_or_default(), body);
    lambda.asked.lock().unwrap().push(asked);
    lambda.answers.lock().unwrap().pop_front().expect("no more is asked")
}

/// Lambda, which will answer so; and the function as a deployment calls it.
async fn deployed(answers: impl IntoIterator<Item = Response<Body>>) -> (Arc<Lambda>, ManimFunction) {
    let lambda = Arc::new(Lambda { answers: Mutex::new(answers.into_iter().collect()), ..Lambda::default() });
    let router = Router::new().fallback(answer).with_state(lambda.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .region(Region::new("eu-west-1"));
    let account = Account::with(settings, Some(&endpoint)).await;
    (lambda, ManimFunction::named(&account, "onetake-manim"))
}

fn said(body: &Value) -> Response<Body> {
    Response::new(body.to_string().into())
}

fn refused(status: u16, kind: &str) -> Response<Body> {
    let answer = Response::builder().status(status).header("x-amzn-errortype", kind);
    answer.body(json!({"message": "no", "Type": "User"}).to_string().into()).unwrap()
}

fn show(code: &str) -> Show {
    let program = Program {
        code: code.to_owned(),
        words: Vec::new(),
        cues: Vec::new(),
        palette: 0,
        manim: story::animator::drawn_by(),
    };
    Show { program, width: 480, height: 854, fps: 24, colors: None, frames: 48 }
}

#[tokio::test]
async fn a_program_is_checked_and_drawn_in_an_environment_of_its_own() {
    let (lambda, manim) = deployed([said(&json!({})), said(&json!({"film": "AAAA"})), said(&json!({}))]).await;
    manim.check(&show("one")).await.unwrap();
    let Performance::Film(film) = manim.play(&show("one")).await.unwrap() else { panic!("a film") };
    assert_eq!(film[..], [0; 3]);
    manim.check(&show("two")).await.unwrap();
    let asked = lambda.asked.lock().unwrap();
    let tenants: Vec<&str> = asked.iter().map(|(_, tenant, _)| tenant.as_str()).collect();
    assert!(tenants[0] == tenants[1] && tenants[0] != tenants[2], "{tenants:?}");
    assert!(tenants.iter().all(|tenant| tenant.len() == 64), "{tenants:?}");
    let (path, _, body) = &asked[1];
    assert_eq!(path, "/2015-03-31/functions/onetake-manim/invocations");
    assert_eq!((&body["check"], &body["show"]["program"]["code"]), (&json!(false), &json!("one")));
}

#[tokio::test]
async fn who_is_turned_away_at_the_door_comes_again_and_nobody_else() {
    let busy = || refused(429, "TooManyRequestsException");
    let (lambda, manim) = deployed([busy(), busy(), said(&json!({}))]).await;
    manim.check(&show("one")).await.unwrap();
    assert_eq!(lambda.asked.lock().unwrap().len(), 3);
    for (status, kind) in [
        (500, "ServiceException"),
        (502, "EC2UnexpectedException"),
        (504, ""),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
    ] {
        let (lambda, manim) = deployed([refused(status, kind)]).await;
        let error = manim.check(&show("one")).await.expect_err("no answer");
        assert!(matches!(error, Failure::Retry(_)), "{status}: {error}");
        assert_eq!(lambda.asked.lock().unwrap().len(), 1, "{status}");
    }
    let (_, manim) = deployed([refused(413, "RequestTooLargeException")]).await;
    assert!(matches!(manim.check(&show("one")).await, Err(Failure::GiveUp(why)) if why == "its code is too long"));
}

#[tokio::test]
async fn what_ends_a_function_is_its_programs_fault() {
    let ended = |body: Value| {
        let answer = Response::builder().header("x-amz-function-error", "Unhandled");
        answer.body(Body::from(body.to_string())).unwrap()
    };
    for (answer, expected) in [
        (
            ended(json!({"errorMessage": "RequestId: 1 Error: Task timed out after 600.00 seconds"})),
            "it takes too long",
        ),
        (ended(json!({"errorType": "Runtime.ExitError", "errorMessage": "exit status 1"})), "it broke down"),
        (said(&json!({"wrong": "line 3: no"})), "line 3: no"),
        (said(&json!({})), "it broke down, and no film came of it"),
        (said(&json!({"film": "no base64"})), "it broke down, and no film came of it"),
    ] {
        let (lambda, manim) = deployed([answer]).await;
        let error = manim.play(&show("one")).await.err().expect("no film");
        assert!(matches!(&error, Failure::GiveUp(why) if why.starts_with(expected)), "{error}");
        assert_eq!(lambda.asked.lock().unwrap().len(), 1);
    }
    let (_, manim) = deployed([said(&json!({"film": "AAAA"}))]).await;
    assert!(matches!(manim.check(&show("one")).await, Err(Failure::GiveUp(_))), "a check brings no film");
}
