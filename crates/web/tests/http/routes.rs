//! Every route, asked as a client asks it: rows of requests and what is answered, over a house in memory.

use crate::world::{NOW, Role, script, world, world_with};
use axum::http::header;
use serde_json::json;
use std::time::Duration;
use story::JobId;
use story::job::Status;
use web::{Hosts, Settings};

#[tokio::test]
async fn a_script_becomes_a_preview_and_the_preview_a_video() {
    let world = world();
    let (id, answer) = world.preview().await;
    assert_eq!(answer.header("location"), format!("/v1/jobs/{id}"));
    let job = answer.json();
    assert_eq!((&job["kind"], &job["status"], &job["source"]), (&json!("preview"), &json!("queued"), &json!("script")));
    assert_eq!(job["segments"][1]["text"], "Good day.");

    let order = json!({"preview_id": id, "look": {"resolution": "240p"}, "quality": "draft", "priority": "interactive", "metadata": {"by": ["me"]}});
    let video = world.post("/v1/videos", &order).await;
    assert_eq!(video.status, 202, "{}", video.json());
    let job = video.json();
    assert_eq!(
        (&job["kind"], &job["source"], &job["metadata"]),
        (&json!("video"), &json!("preview"), &json!({"by": ["me"]}))
    );

    let found = world.get(video.header("location")).await;
    assert_eq!((found.status, found.json()["id"].clone()), (200, job["id"].clone()));
}

#[tokio::test]
async fn a_preview_is_kept_as_long_as_it_was_asked_for() {
    let world = world();
    let job = world.post("/v1/previews", &json!({"script": script(), "ttl_s": 60})).await.json();
    assert_eq!(job["expires_at"], json!(NOW.plus_ms(60_000).to_string()));
    world.end(&JobId::parse(job["id"].as_str().unwrap()).unwrap(), Status::Succeeded).await;
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(
        world.get(&format!("/v1/jobs/{}", job["id"].as_str().unwrap())).await.problem(),
        (404, "not-found".into(), vec![])
    );
}

#[tokio::test]
async fn an_estimate_says_what_an_order_costs_and_opens_nothing() {
    let world = world();
    let video = world.post("/v1/estimates", &json!({"script": script(), "quality": "final"})).await;
    assert_eq!(video.status, 200, "{}", video.json());
    let estimate = video.json();
    assert_eq!((&estimate["lines"], &estimate["new_lines"], &estimate["scenes"]), (&json!(2), &json!(2), &json!(2)));
    assert_eq!((&estimate["characters"], &estimate["rehearsed"]), (&json!(15), &json!(true)));
    let preview = world.post("/v1/estimates", &json!({"script": script(), "ttl_s": 60})).await.json();
    assert_eq!(preview["scenes"], 0);
    assert_eq!(world.get("/v1/jobs").await.json(), json!({"jobs": [], "next_cursor": null}));
}

/// Posts a body that must be refused, and compares kind and places.
async fn refused(path: &str, body: &str, status: u16, kind: &str, places: &[&str]) {
    let world = world();
    let answer = world.ask("POST", path, &[], body.to_owned()).await;
    let expected = (status, kind.to_owned(), places.iter().map(|place| (*place).to_owned()).collect());
    assert_eq!(answer.problem(), expected, "{path} {body}: {}", answer.json());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["status"] == status, "{problem}");
    assert_eq!(world.get("/v1/jobs").await.json()["jobs"], json!([]), "nothing is opened");
}

#[tokio::test]
async fn what_is_wrong_is_named_with_its_place_and_all_at_once() {
    for body in ["", "{", "lines", "{} {}"] {
        refused("/v1/previews", body, 400, "not-json", &[""]).await;
    }
    for (body, places) in [
        ("[]", &[""][..]),
        ("{}", &[""]),
        (r#"{"script": null}"#, &[""]),
        (r#"{"script": "Ana: Hello."}"#, &[""]),
        (r#"{"script": {"speakers": {}, "lines": []}}"#, &["/lines"]),
        (r#"{"scrpt": {}}"#, &["/scrpt", ""]),
        (
            r#"{"script": {"speakers": {"A": {}}, "lines": [{"speaker": "A", "text": "x"}]}, "preview_id": "x"}"#,
            &["/preview_id", "/preview_id"],
        ),
        (
            r#"{"ttl_s": 0, "ttl_s": "1", "priority": "now", "metadata": 7, "webhook_url": "http://x", "script":
                {"speakers": {"A": {}}, "speakers": {"A": {}}, "lines": [{"speaker": "B", "text": ""}]}}"#,
            &[
                "/ttl_s",
                "/speakers",
                "/ttl_s",
                "/priority",
                "/metadata",
                "/webhook_url",
                "/lines/0/text",
                "/lines/0/speaker",
            ],
        ),
        (
            r#"{"script": {"speakers": {"A": {"avatar": {"file": "a.png"}}}, "lines": [{"speaker": "A", "text": "x"}]}}"#,
            &["/speakers/A/avatar/file"],
        ),
    ] {
        refused("/v1/previews", body, 422, "invalid", places).await;
    }
    for (body, places) in [
        (r#"{"topic": {}, "story": {}, "clip": {}}"#, &["/topic", "/story", "/topic", "/clip"][..]),
        (
            r#"{"clip": {"prompt": "", "seconds": 0, "from": "j", "image": {"file": "a.png"}}, "look": {}}"#,
            &["/clip/prompt", "/clip/seconds", "/clip/image", "/clip/image/file", "/look"],
        ),
        (r#"{"preview_id": "../x"}"#, &["/preview_id"]),
        (r#"{"script": {}, "story": {"text": "Once."}}"#, &["/story", "", ""]),
        (r#"{"preview_id": 7}"#, &["/preview_id"]),
        (
            r#"{"preview_id": "0000000000000000000", "quality": "best", "ttl_s": 60, "look": {"fps": 29, "music": {"file": "a"}, "x": 1}}"#,
            &["/quality", "/ttl_s", "/look/fps", "/look/x", "/look/music"],
        ),
        (r#"{"preview_id": "0000000000000000000", "look": []}"#, &["/look"]),
        (
            r#"{"preview_id": "0000000000000000000", "on_speech_failure": "card", "on_picture_failure": "silence", "on_uncertain": true}"#,
            &["/on_speech_failure", "/on_picture_failure", "/on_uncertain"],
        ),
    ] {
        refused("/v1/videos", body, 422, "invalid", places).await;
    }
    refused("/v1/estimates", r#"{"fit_s": 0}"#, 422, "invalid", &["/fit_s", ""]).await;
    refused("/v1/estimates", r#"{"fit_s": "3s"}"#, 422, "invalid", &["/fit_s", ""]).await;
    refused("/v1/videos", r#"{"fit_s": 3}"#, 422, "invalid", &["/fit_s", ""]).await;
    let notes = json!({"script": script(), "metadata": {"x": "x".repeat(20_000)}}).to_string();
    refused("/v1/previews", &notes, 422, "invalid", &["/metadata"]).await;
}

#[tokio::test]
async fn a_preview_that_is_gone_wants_the_script_and_with_it_becomes_a_film() {
    let world = world();
    let gone = "0000000000000000000";
    let answer = world.post("/v1/videos", &json!({"preview_id": gone})).await;
    assert_eq!(answer.problem(), (410, "preview-expired".into(), vec![]));
    assert!(answer.json()["detail"].as_str().unwrap().contains("send the script too"));
    let answer = world.post("/v1/videos", &json!({"preview_id": gone, "script": script()})).await;
    assert_eq!((answer.status, &answer.json()["warnings"][0]["code"]), (202, &json!("preview-expired")));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let world = world_with(web::previews, Settings { max_body_bytes: 300, ..Settings::default() });
    let answer = world.ask("POST", "/v1/previews", &[], "x".repeat(301)).await;
    assert_eq!(answer.problem(), (413, "too-large".into(), vec![]));
    let answer = world.post("/v1/previews", &json!({"script": script()})).await;
    assert_eq!(answer.status, 202);
}

#[tokio::test]
async fn the_same_key_and_body_is_the_same_job_and_another_body_a_conflict() {
    let settings = Settings { tokens: vec!["one".into(), "two".into()], ..Settings::default() };
    let world = world_with(web::everything, settings);
    let order = json!({"script": script()}).to_string();
    let ask = async |token: &str, key: &str, body: &str| {
        world.ask("POST", "/v1/previews", &[("x-api-key", token), ("idempotency-key", key)], body.to_owned()).await
    };
    let first = ask("one", "k", &order).await.json()["id"].clone();
    assert_eq!(ask("one", "k", &order).await.json()["id"], first);
    assert_ne!(ask("two", "k", &order).await.json()["id"], first);
    assert_ne!(ask("one", "l", &order).await.json()["id"], first);
    let other = json!({"script": script(), "metadata": {"a": 1}}).to_string();
    assert_eq!(ask("one", "k", &other).await.problem(), (409, "idempotency-conflict".into(), vec![]));
    assert_eq!(ask("one", "", &order).await.status, 422);
}

#[tokio::test]
async fn without_a_token_of_the_house_only_health_is_answered() {
    let world = world_with(web::everything, Settings { tokens: vec!["secret".into()], ..Settings::default() });
    for (headers, status) in [
        (&[][..], 401),
        (&[("authorization", "Bearer secre")], 401),
        (&[("authorization", "Bearer secrets")], 401),
        (&[("authorization", "Basic secret")], 401),
        (&[("x-api-key", "")], 401),
        (&[("authorization", "Bearer secret")], 200),
        (&[("authorization", "bearer secret")], 200),
        (&[("x-api-key", "secret")], 200),
    ] {
        let answer = world.ask("GET", "/v1/jobs", headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.header("www-authenticate"), if status == 401 { "Bearer" } else { "" });
    }
    assert_eq!(world.get("/v1/nothing").await.status, 401);
    let health = world.get("/v1/health").await;
    assert_eq!((health.status, health.json()), (200, json!({"ok": true})));
}

#[tokio::test]
async fn another_name_and_another_sites_page_are_refused() {
    let own = world_with(
        web::everything,
        Settings { hosts: Hosts::Own(vec!["studio.example".into()]), ..Settings::default() },
    );
    let gateway = world_with(web::everything, Settings { hosts: Hosts::Gateway, ..Settings::default() });
    for (world, headers, kind) in [
        (&own, &[("host", "evil.example")][..], "host-not-allowed"),
        (&own, &[("host", "localhost"), ("host", "evil.example")], "host-not-allowed"),
        (&own, &[("host", "localhost:8080"), ("origin", "http://evil.example")], "origin-not-allowed"),
        (&own, &[("host", "localhost:8080"), ("origin", "null")], "origin-not-allowed"),
        (&own, &[("host", "localhost:8080"), ("origin", "http://localhost:8080")], ""),
        (&own, &[("host", "Studio.example")], ""),
        (&gateway, &[("host", "abc.execute-api.example")], ""),
        (&gateway, &[("host", "abc.execute-api.example"), ("origin", "https://evil.example")], "origin-not-allowed"),
    ] {
        for path in ["/v1/health", "/v1/jobs"] {
            let answer = world.ask("GET", path, headers, "").await;
            assert_eq!(answer.json()["type"].as_str().unwrap_or_default(), kind, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_job_is_not_sent_again_until_it_changes() {
    let world = world();
    let (id, _) = world.preview().await;
    let path = format!("/v1/jobs/{id}");
    let tag = world.get(&path).await.header("etag").to_owned();
    let known = [("if-none-match", tag.as_str())];
    let same = world.ask("GET", &path, &known, "").await;
    assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, tag.as_str()));

    let path = format!("{path}?wait=20");
    let waiting = world.ask("GET", &path, &known, "");
    let changing = async {
        tokio::task::yield_now().await;
        steps::job::change(&world.house, &id, |job| job.status = Status::Running).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
    };
    let (answer, ()) = tokio::join!(waiting, changing);
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("running")));
    assert_ne!(answer.header("etag"), tag);

    let tag = answer.header("etag").to_owned();
    let known = [("if-none-match", tag.as_str())];
    let waiting = world.ask("GET", &path, &known, "");
    let time = async {
        tokio::task::yield_now().await;
        world.clock.advance(Duration::from_secs(20));
    };
    let (answer, ()) = tokio::join!(waiting, time);
    assert_eq!(answer.status, 304);

    for wait in ["wait=21", "wait=-1", "wait=x", "wiat=1", "wait=1&wait=2"] {
        assert_eq!(world.get(&format!("/v1/jobs/{id}?{wait}")).await.status, 422, "{wait}");
    }
}

#[tokio::test]
async fn a_removed_job_is_gone() {
    let world = world();
    let (id, _) = world.preview().await;
    let path = format!("/v1/jobs/{id}");
    assert_eq!(world.ask("DELETE", &path, &[], "").await.status, 204);
    for (method, path) in
        [("DELETE", path.as_str()), ("GET", path.as_str()), ("GET", "/v1/jobs/..%2F..%2Fx"), ("GET", "/v1/jobs/%FF")]
    {
        assert_eq!(
            world.ask(method, path, &[], "").await.problem(),
            (404, "not-found".into(), vec![]),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn jobs_are_listed_newest_first_a_page_at_a_time() {
    let world = world();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.preview().await.0.0);
        world.clock.advance(Duration::from_secs(1));
    }
    let film = world.post("/v1/videos", &json!({"preview_id": ids[0]})).await.json()["id"].as_str().unwrap().to_owned();
    ids.push(film.clone());
    ids.reverse();
    let page = async |query: &str| {
        let answer = world.get(&format!("/v1/jobs{query}")).await.json();
        let jobs: Vec<String> =
            answer["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
        (jobs, answer["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(page("").await, (ids.clone(), None));
    let (first, cursor) = page("?limit=3").await;
    assert_eq!(first, ids[..3]);
    assert_eq!(page(&format!("?limit=3&cursor={}", cursor.unwrap())).await, (ids[3..].to_vec(), None));
    assert_eq!(page("?kind=video").await.0, [film.as_str()]);
    assert_eq!(page("?source=preview&status=queued").await.0, [film.as_str()]);
    assert_eq!(page("?status=failed").await, (vec![], None));
    for bad in ["?kind=clip", "?limit=0", "?limit=101", "?cursor=x", "?page=2", "?kind=video&kind=video"] {
        assert_eq!(world.get(&format!("/v1/jobs{bad}")).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_file_is_sent_whole_or_in_part() {
    let world = world();
    let (id, _) = world.preview().await;
    let file = steps::job::write_file(&world.house, &id, "preview.m4a", &b"0123456789"[..]).await.unwrap();
    let tag = format!("\"{}\"", file.sha256);
    steps::job::change(&world.house, &id, |job| job.files = vec![file.clone()]).await.unwrap();
    let path = format!("/v1/jobs/{id}/files/preview.m4a");
    for (headers, status, range, body) in [
        (&[][..], 200, "", "0123456789"),
        (&[("range", "bytes=2-4")], 206, "bytes 2-4/10", "234"),
        (&[("range", "bytes=-3")], 206, "bytes 7-9/10", "789"),
        (&[("range", "bytes=10-")], 416, "bytes */10", ""),
        (&[("range", "bytes=2-4"), ("if-range", tag.as_str())], 206, "bytes 2-4/10", "234"),
        (&[("range", "bytes=2-4"), ("if-range", "\"old\"")], 200, "", "0123456789"),
        (&[("if-none-match", tag.as_str())], 304, "", ""),
    ] {
        let answer = world.ask("GET", &path, headers, "").await;
        let found = (answer.status, answer.header("content-range"), std::str::from_utf8(&answer.bytes).unwrap());
        assert_eq!(found, (status, range, body), "{headers:?}");
        if status < 300 {
            assert_eq!((answer.header("content-type"), answer.header("accept-ranges")), ("audio/mp4", "bytes"));
            assert_eq!(answer.header("content-length"), body.len().to_string());
        }
    }
    let head = world.ask("HEAD", &path, &[], "").await;
    assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (200, "10", 0));
    for name in ["plan.json", "line-000.mp3", "line-999.mp3", "..%2Fplan.json", "film.mp4"] {
        let answer = world.get(&format!("/v1/jobs/{id}/files/{name}")).await;
        assert_eq!(answer.problem(), (404, "not-found".into(), vec![]), "{name}");
    }
}

#[tokio::test]
async fn a_preview_that_is_listened_to_is_kept_longer() {
    let world = world();
    let (id, answer) = world.preview().await;
    let file = steps::job::write_file(&world.house, &id, "preview.m4a", &b"0123456789"[..]).await.unwrap();
    steps::job::change(&world.house, &id, |job| job.files = vec![file.clone()]).await.unwrap();
    world.clock.advance(Duration::from_secs(1800));
    world.get(&format!("/v1/jobs/{id}/files/preview.m4a")).await;
    let later = world.get(&format!("/v1/jobs/{id}")).await.json()["expires_at"].clone();
    assert_ne!(later, answer.json()["expires_at"]);
    assert_eq!(later, json!(NOW.plus_ms(1_800_000 + 3_600_000).to_string()));
}

#[tokio::test]
async fn the_sweep_says_what_it_did() {
    let world = world();
    world.preview().await;
    let answer = world.ask("POST", "/v1/cleanup", &[], "").await;
    assert_eq!(answer.json()["advanced"], 0, "a new job moves by itself");
    world.clock.advance(Duration::from_secs(60));
    let answer = world.ask("POST", "/v1/cleanup", &[], "").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"advanced": 1, "jobs": 0, "takes": 0, "takes_in_use": 0, "scenes": 0}))
    );
    world.clock.advance(Duration::from_secs(2 * 3600));
    let answer = world.ask("POST", "/v1/cleanup", &[], "").await;
    assert_eq!(answer.json()["jobs"], 0, "a job that has not ended does not expire");
    world.clock.advance(Duration::from_secs(8 * 24 * 3600));
    let answer = world.ask("POST", "/v1/cleanup", &[], "").await;
    assert_eq!(answer.json()["jobs"], 1, "one that has stood still for a week is given up");
}

#[tokio::test]
async fn each_role_answers_its_own_routes_and_no_other() {
    let roles: [(Role, &str); 5] = [
        (web::previews, "previews"),
        (web::videos, "videos"),
        (web::status, "status"),
        (web::cleanup, "cleanup"),
        (web::everything, ""),
    ];
    for (role, name) in roles {
        let world = world_with(role, Settings::default());
        for (method, path, owner) in [
            ("POST", "/v1/previews", "previews"),
            ("POST", "/v1/videos", "videos"),
            ("POST", "/v1/estimates", "status"),
            ("GET", "/v1/jobs", "status"),
            ("POST", "/v1/jobs/x/cancel", "status"),
            ("GET", "/v1/speech/audit", "status"),
            ("POST", "/v1/speech/resume", "status"),
            ("GET", "/v1/stats", "status"),
            ("GET", "/v1/health", "status"),
            ("GET", "/v1/voices", "status"),
            ("GET", "/v1/openapi.json", "status"),
            ("POST", "/v1/cleanup", "cleanup"),
        ] {
            let answer = world.ask(method, path, &[], "").await;
            let answers = name.is_empty() || name == owner;
            assert_eq!(answer.problem().1 != "no-route", answers, "{name}: {method} {path}");
        }
    }
    let status = world_with(web::status, Settings::default());
    for path in ["/v1/previews", "/v1/videos", "/v1/cleanup"] {
        let answer = status.get(path).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{path}: another role takes POST");
    }
    let world = world();
    for (method, path, status, kind) in [
        ("POST", "/v1/uploads", 404, "not-yet"),
        ("GET", "/v1/uploads", 404, "not-yet"),
        ("GET", "/v1/voices/clara", 404, "no-route"),
        ("GET", "/", 404, "no-route"),
        ("PUT", "/v1/jobs", 405, "method-not-allowed"),
    ] {
        assert_eq!(world.ask(method, path, &[], "").await.problem(), (status, kind.into(), vec![]), "{method} {path}");
    }
    assert_eq!(world.ask("PUT", "/v1/jobs", &[], "").await.header(header::ALLOW.as_str()), "GET,HEAD");
}

#[tokio::test]
async fn who_looks_for_the_gateway_where_another_role_answers_is_told_in_its_own_shape() {
    let world = world_with(web::status, Settings { tokens: vec!["mine".into()], ..Settings::default() });
    for path in ["/elevenlabs", "/elevenlabs/v1/text-to-speech/x/stream", "/elevenlabs/v1/voices"] {
        for (token, status, code) in
            [("mine", 404, "not_found"), ("another", 401, "invalid_api_key"), ("", 401, "missing_api_key")]
        {
            let headers = [("xi-api-key", token)];
            let headers = if token.is_empty() { &[][..] } else { &headers[..] };
            let answer = world.ask("POST", path, headers, "{}").await;
            let detail = &answer.json()["detail"];
            assert_eq!((answer.status, &detail["code"]), (status, &json!(code)), "{path} {token}");
            let names_the_output = detail["message"].as_str().unwrap().contains("output GatewayUrl");
            assert_eq!(names_the_output, status == 404, "{detail}");
        }
    }
}
