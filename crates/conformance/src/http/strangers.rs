//! Who may ask, and what: tokens, names, origins, addresses, methods.

use super::row::{Only, Row, ask, get, post};
use serde_json::Value;

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        // Tokens.
        // To strangers one word, to the others each part.
        get("/v1/health").without_token().field("/ok", true).field("/key", Value::Null).field("/stores", Value::Null),
        get("/v1/health")
            .field("/ok", true)
            .field("/stores/ok", true)
            .field("/key/ok", true)
            .field("/credits/ok", true)
            .field("/speech/ok", true)
            .field("/stores/detail", Value::Null)
            .answered("cache-control", "no-store")
            .answered("x-content-type-options", "nosniff"),
        get("/v1/jobs").without_token().refused(401, "unauthorized").answered("www-authenticate", "Bearer"),
        get("/v1/jobs").without_token().header("authorization", "Bearer {token}x").refused(401, "unauthorized"),
        get("/v1/jobs").without_token().header("authorization", "Basic {token}").refused(401, "unauthorized"),
        get("/v1/jobs").without_token().header("authorization", "{token}").refused(401, "unauthorized"),
        get("/v1/jobs").without_token().header("x-api-key", "").refused(401, "unauthorized"),
        get("/v1/jobs").without_token().header("x-api-key", "{token}"),
        get("/v1/jobs").without_token().header("X-API-KEY", "{token}"),
        get("/v1/jobs").without_token().header("authorization", "bEARER {token}"),
        get("/v1/jobs")
            .without_token()
            .header("x-api-key", "{token}")
            .header("x-api-key", "another")
            .refused(401, "unauthorized"),
        get("/v1/jobs?token={token}").without_token().refused(401, "unauthorized"),
        get("/v1/nothing").without_token().refused(401, "unauthorized"),
        post("/v1/previews", "{").without_token().refused(401, "unauthorized"),
        post("/v1/cleanup", "").without_token().refused(401, "unauthorized"),
        // Another site's page, with the token or without.
        get("/v1/health").header("origin", "https://evil.example").refused(403, "origin-not-allowed"),
        post("/v1/previews", "{}").header("origin", "https://evil.example").refused(403, "origin-not-allowed"),
        post("/v1/previews", "{}").header("origin", "null").refused(403, "origin-not-allowed"),
        // Another name, as a page has who rebinds its own.
        get("/v1/health").header("host", "evil.example").refused(403, "host-not-allowed").only(Only::Serve),
        get("/v1/jobs").header("host", "localhost.evil.example:80").refused(403, "host-not-allowed").only(Only::Serve),
        get("/v1/jobs")
            .header("host", "localhost")
            .header("host", "evil.example")
            .refused(403, "host-not-allowed")
            .only(Only::Serve),
        get("/v1/health").header("host", "localhost:8080").only(Only::Serve),
        // Addresses that are none.
        get("/v1/nothing").refused(404, "no-route"),
        get("/v1/").status(404),
        get("/v2/jobs").status(404),
        get("/").status(404),
        // Lambda's HTTP library takes the dots for steps up, behind the gateway's own choice of a function.
        get("/v1/jobs/../health").status(404).only(Only::Serve),
        get("/v1/jobs/../health").status(200).only(Only::Gateway),
        get("//v1/health").status(404).only(Only::Serve),
        ask("OPTIONS", "/v1/nothing", "").status(404),
        // Methods that are not taken.
        ask("PUT", "/v1/jobs", "").refused(405, "method-not-allowed").answered("allow", "GET,HEAD"),
        ask("PATCH", "/v1/jobs/0000000000000000000", "{}").refused(405, "method-not-allowed"),
        ask("DELETE", "/v1/stats", "").refused(405, "method-not-allowed"),
        post("/v1/speech/requests", "{}").refused(405, "method-not-allowed").answered("allow", "GET,HEAD"),
        post("/v1/speech/requests/1", "").refused(405, "method-not-allowed").answered("allow", "GET,HEAD,DELETE"),
        ask("DELETE", "/v1/takes/0/audio", "").refused(405, "method-not-allowed").answered("allow", "GET,HEAD"),
        get("/v1/previews").refused(405, "method-not-allowed").answered("allow", "POST"),
        ask("DELETE", "/v1/videos", "").refused(405, "method-not-allowed").answered("allow", "POST"),
        get("/v1/cleanup").refused(405, "method-not-allowed").answered("allow", "POST"),
        post("/v1/health", "").refused(405, "method-not-allowed"),
        ask("HEAD", "/v1/health", "").answered("content-type", "application/json"),
    ];
    // What API.md has and this version has not.
    for (method, path) in [
        ("POST", "/v1/uploads"),
        ("GET", "/v1/openapi.json"),
        ("GET", "/v1/jobs/0000000000000000000/events"),
        ("POST", "/v1/speech/adopt"),
    ] {
        rows.push(ask(method, path, "").refused(404, "not-yet").says("/detail", "not there yet"));
    }
    // The provider's clients, who are refused in its shape. Behind the gateway they are told where to go.
    let speech = || {
        let speech = post("/elevenlabs/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb", r#"{"text": "Hello."}"#);
        speech.typed("application/json")
    };
    rows.push(speech().without_token().status(401).field("/detail/code", "missing_api_key"));
    let wrong = speech().without_token().header("xi-api-key", "{token}x");
    rows.push(wrong.status(401).field("/detail/code", "invalid_api_key"));
    let elsewhere = speech().status(404).field("/detail/code", "not_found").says("/detail/message", "GatewayUrl");
    rows.push(elsewhere.only(Only::Gateway));
    rows
}
