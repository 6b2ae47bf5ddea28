//! What is asked of jobs that are there, and of some that never were.

use super::row::{Only, Row, ask, get, post};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    vec![
        get("/v1/jobs/{preview}")
            .answered("etag", "{preview-tag}")
            .field("/id", "{preview}")
            .field("/status", "succeeded")
            .field("/stages/speak/of", 2)
            .field("/counts/lines", 2)
            .field("/progress", 1.0)
            .field("/cost/rehearsed", true)
            .field("/segments/1/text", "And to you.")
            .field("/segments/0/audio", "/v1/jobs/{preview}/files/line-000.mp3")
            .field("/error", Value::Null)
            .there("/expires_at"),
        get("/v1/jobs/{video}")
            .field("/kind", "video")
            .field("/source", "preview")
            .field("/metadata/by", "the table")
            .field("/counts/spoken", 0)
            .field("/counts/reused", 2)
            .field("/warnings", json!([])),
        get("/v1/jobs/{unusual}").field("/segments/1/text", "你好，世界。").field("/segments/2/text", "שלום עולם"),
        get("/v1/jobs/{preview}")
            .header("if-none-match", "{preview-tag}")
            .status(304)
            .answered("etag", "{preview-tag}"),
        get("/v1/jobs/{preview}").header("if-none-match", "*").status(304),
        get("/v1/jobs/{preview}").header("if-none-match", "\"x\", {preview-tag}").status(304),
        get("/v1/jobs/{preview}?wait=20").header("if-none-match", "{preview-tag}").status(304),
        get("/v1/jobs/{preview}").header("if-none-match", "W/\"0000\"").field("/id", "{preview}"),
        get("/v1/jobs/{preview}/timeline")
            .answered("vary", "Accept")
            .field("/id", "{preview}")
            .field("/status", "succeeded")
            .field("/stages/0/stage", "speak")
            .field("/stages/0/parts", 2)
            .there("/stages/0/worked_ms")
            .there("/total/beside_ms")
            .there("/length_ms")
            .there("/rows/0/outcome")
            .there("/rows/0/spans_ms")
            .field("/scenes", json!([])),
        get("/v1/jobs/{video}/timeline").header("accept", "application/json").there("/scenes/0/compose/studio_ms"),
        get("/v1/jobs/{video}/timeline")
            .header("accept", "image/svg+xml")
            .typed("image/svg+xml")
            .answered("content-security-policy", "default-src 'none'")
            .bytes(b"<svg ", None),
        get("/v1/jobs/{unusual}/timeline")
            .header("accept", "image/svg+xml")
            .typed("image/svg+xml")
            .bytes(b"<svg ", None),
        get("/v1/jobs/{preview}/timeline").without_token().refused(401, "unauthorized"),
        post("/v1/jobs/{preview}/timeline", "").refused(405, "method-not-allowed").answered("allow", "GET,HEAD"),
        get("/v1/jobs/0000000000000000000/timeline").refused(404, "not-found"),
        get("/v1/jobs/%2E%2E%2Fx/timeline").status(404).only(Only::Serve),
        get("/v1/jobs/{preview}?wait=21").invalid(""),
        get("/v1/jobs/{preview}?wait=-1").invalid(""),
        get("/v1/jobs/{preview}?wait=1&wait=2").invalid(""),
        get("/v1/jobs/{preview}?x=%F0%9F").status(422),
        ask("HEAD", "/v1/jobs/{preview}", "").answered("etag", "{preview-tag}"),
        // None of these is a job.
        get("/v1/jobs/0000000000000000000").refused(404, "not-found"),
        get("/v1/jobs/%7Bid%7D").refused(404, "not-found"),
        get("/v1/jobs/..%2F..%2Fjobs").status(404),
        get("/v1/jobs/%00").status(404),
        get("/v1/jobs/%FF").status(404),
        get("/v1/jobs/%F0%9F%8E%AC").status(404),
        ask("DELETE", "/v1/jobs/0000000000000000000", "").refused(404, "not-found"),
        post("/v1/jobs/0000000000000000000/cancel", "").refused(404, "not-found"),
        post("/v1/jobs/0000000000000000000/retry", "").refused(404, "not-found"),
        // Lists.
        get("/v1/jobs?kind=video").field("/jobs/0/id", "{video}").field("/next_cursor", Value::Null),
        get("/v1/jobs?kind=video&source=script").field("/jobs", json!([])),
        get("/v1/jobs?limit=1").field("/jobs/0/id", "{video}").keeps("cursor", "/next_cursor"),
        get("/v1/jobs?limit=1&cursor={cursor}").field("/jobs/0/id", "{unusual}"),
        get("/v1/jobs?limit=0").invalid(""),
        get("/v1/jobs?limit=1000000").invalid(""),
        get("/v1/jobs?status=done").invalid(""),
        get("/v1/jobs?cursor=..%2Fx").invalid(""),
        get("/v1/jobs?page=2").invalid("").says("/errors/0/detail", "page"),
        // What makes no sense as the job stands.
        post("/v1/jobs/{video}/cancel", "").refused(409, "conflict"),
        post("/v1/jobs/{video}/retry", "").refused(409, "conflict"),
        // The house.
        get("/v1/stats").there("/lines/total").there("/queue").field("/provider", "rehearsal"),
        get("/v1/stats?since=1d").there("/calls"),
        get("/v1/stats?since=yesterday").invalid(""),
        get("/v1/voices")
            .field("/provider", "rehearsal")
            .there("/voices/0/id")
            .there("/voices/5/name")
            .field("/voices/0/provider", "rehearsal"),
        get("/v1/speech/audit").refused(409, "no-history"),
        post("/v1/speech/resume", "").field("/was_stopped", false),
        post("/v1/cleanup", "").field("/jobs", 0).there("/advanced"),
    ]
}

/// What was asked of the provider for these jobs, and the takes that came.
pub(super) fn spoken() -> Vec<Row> {
    let sound = "/v1/takes/{take}/audio";
    let nobody = "0000000000000-0000000000000000";
    vec![
        get("/v1/speech/requests?limit=1")
            .field("/requests/0/state", "spoken")
            .field("/requests/0/band", "preview")
            .field("/requests/0/provider", "rehearsal")
            .field("/requests/0/reason", Value::Null)
            .there("/requests/0/caller")
            .there("/requests/0/job")
            .there("/requests/0/age_ms")
            .there("/requests/0/voice")
            .there("/requests/0/model")
            .there("/requests/0/characters")
            .there("/requests/0/first_chunk_ms")
            .there("/requests/0/chunks")
            .there("/requests/0/bytes")
            .there("/requests/0/duration_ms")
            .keeps("request", "/requests/0/id")
            .keeps("take", "/requests/0/take")
            .keeps("next", "/next_cursor"),
        get("/v1/speech/requests?limit=1&cursor={next}").field("/requests/0/state", "spoken").there("/next_cursor"),
        get("/v1/speech/requests?cursor=0000000000000-0000000000000000").field("/requests", json!([])),
        get("/v1/speech/requests/{request}").field("/id", "{request}").field("/take", "{take}"),
        ask("DELETE", "/v1/speech/requests/{request}", "").refused(409, "conflict").says("/detail", "ended"),
        ask("DELETE", &format!("/v1/speech/requests/{nobody}"), "").refused(404, "not-found"),
        get(&format!("/v1/speech/requests/{nobody}")).refused(404, "not-found"),
        // Behind the gateway these are steps up, which end at the jobs.
        get("/v1/speech/requests/..%2F..%2Fjobs").status(404).only(Only::Serve),
        get("/v1/speech/requests/..%2F..%2Fjobs").status(200).only(Only::Gateway),
        get("/v1/speech/requests/%00").status(404),
        get("/v1/speech/requests?limit=0").invalid(""),
        get("/v1/speech/requests?limit=1000000").invalid(""),
        get("/v1/speech/requests?cursor=..%2Fx").invalid(""),
        get("/v1/speech/requests?page=2").invalid("").says("/errors/0/detail", "page"),
        get("/v1/speech/requests").without_token().refused(401, "unauthorized"),
        get("/v1/stats").there("/callers/0/caller").there("/callers/0/characters").there("/callers/0/jobs"),
        get(sound).followed().typed("audio/mpeg"),
        get(sound).followed().typed("audio/mpeg").header("range", "bytes=0-4").status(206).bytes(b"", Some(5)),
        get(sound).typed("audio/mpeg").answered("accept-ranges", "bytes").answered("etag", "\"").only(Only::Serve),
        get(sound).status(302).answered("location", "http").answered("cache-control", "no-store").only(Only::Gateway),
        get(sound).header("range", "bytes=99999999999-").status(416).only(Only::Serve),
        ask("HEAD", sound, "").typed("audio/mpeg").answered("accept-ranges", "bytes"),
        get(sound).without_token().refused(401, "unauthorized"),
        get("/v1/takes/0/audio").refused(404, "not-found"),
        get(&format!("/v1/takes/{}/audio", "0".repeat(64))).refused(404, "not-found"),
        get("/v1/takes/..%2F..%2Fjobs/audio").status(404),
    ]
}

/// Files, as whoever follows a link gets them.
pub(super) fn files() -> Vec<Row> {
    let sound = "/v1/jobs/{preview}/files/preview.m4a";
    let film = "/v1/jobs/{video}/files/film.mp4";
    vec![
        get(film).followed().typed("video/mp4").keeps("film-tag", "etag"),
        get(film)
            .followed()
            .typed("video/mp4")
            .header("range", "bytes=4-7")
            .status(206)
            .bytes(b"ftyp", Some(4))
            .answered("content-range", "bytes 4-7/"),
        get(sound).followed().typed("audio/mp4"),
        get(sound).followed().typed("audio/mp4").header("range", "bytes=-5").status(206).bytes(b"", Some(5)),
        get("/v1/jobs/{preview}/files/line-000.mp3").followed().typed("audio/mpeg"),
        get("/v1/jobs/{preview}/files/segments.json").followed().typed("application/json"),
        get("/v1/jobs/{preview}/files/captions.vtt").followed().typed("text/vtt").bytes(b"WEBVTT", None),
        get("/v1/jobs/{video}/files/timeline.svg").followed().typed("image/svg+xml").bytes(b"<svg ", None),
        // What a browser is told.
        get(film)
            .typed("video/mp4")
            .answered("accept-ranges", "bytes")
            .answered("etag", "\"")
            .answered("cache-control", "private")
            .only(Only::Serve),
        // The head comes from the house in both places: a link is signed for reading.
        ask("HEAD", film, "").typed("video/mp4").answered("accept-ranges", "bytes"),
        get(film).header("if-none-match", "{film-tag}").status(304).only(Only::Serve),
        get(film)
            .header("range", "bytes=99999999999-")
            .status(416)
            .answered("content-range", "bytes */")
            .only(Only::Serve),
        get(film).header("range", "bytes=0-1,3-4").typed("video/mp4").only(Only::Serve),
        get(film).header("range", "lines=1-2").typed("video/mp4").only(Only::Serve),
        get(film).status(302).answered("location", "http").answered("cache-control", "no-store").only(Only::Gateway),
        // None of these is a file of the job.
        get("/v1/jobs/{preview}/files/film.mp4").refused(404, "not-found"),
        get("/v1/jobs/{preview}/files/plan.json").refused(404, "not-found"),
        get("/v1/jobs/{preview}/files/line-999.mp3").refused(404, "not-found"),
        get("/v1/jobs/{preview}/files/line--1.mp3").refused(404, "not-found"),
        get("/v1/jobs/{preview}/files/..%2F{video}%2Ffilm.mp4").status(404),
        get("/v1/jobs/{preview}/files/%2Fetc%2Fpasswd").status(404),
        get("/v1/jobs/0000000000000000000/files/film.mp4").refused(404, "not-found"),
        get(film).without_token().refused(401, "unauthorized"),
    ]
}

/// What ends.
pub(super) fn ends() -> Vec<Row> {
    vec![
        ask("DELETE", "/v1/jobs/{unusual}", "").status(204),
        get("/v1/jobs/{unusual}").refused(404, "not-found"),
        get("/v1/jobs/{unusual}/files/preview.m4a").refused(404, "not-found"),
        ask("DELETE", "/v1/jobs/{unusual}", "").refused(404, "not-found"),
        post("/v1/jobs/{unusual}/retry", "").refused(404, "not-found"),
        get("/v1/jobs/{preview}").field("/status", "succeeded"),
    ]
}
