//! What is ordered: good, odd and hostile.

use super::row::{Row, get, order, post};
use serde_json::{Value, json};

/// What all is made of here: small, so that nobody waits.
fn look() -> Value {
    json!({"resolution": "240p", "fps": 24})
}

fn script(texts: &[&str]) -> Value {
    let lines: Vec<Value> = texts.iter().map(|text| json!({"speaker": "Ana", "text": text})).collect();
    json!({"speakers": {"Ana": {}}, "lines": lines, "look": look()})
}

/// Two lines of two speakers.
pub(super) fn dialogue() -> Value {
    let lines = json!([{"speaker": "Ana", "text": "Good morning."}, {"speaker": "Ben", "text": "And to you."}]);
    json!({"speakers": {"Ana": {}, "Ben": {}}, "lines": lines, "look": look()})
}

/// One letter, and scripts that go another way or have no letters.
pub(super) fn unusual() -> Value {
    script(&["x", "你好，世界。", "שלום עולם", "👩‍👩‍👧‍👦 Hi! 🎬"])
}

fn estimate(script: &Value) -> Row {
    order("/v1/estimates", &json!({"script": script}))
}

fn preview(script: &Value) -> Row {
    order("/v1/previews", &json!({"script": script}))
}

fn with(field: &str, value: Value) -> Value {
    let mut order = json!({"script": dialogue()});
    order[field] = value;
    order
}

pub(super) fn rows() -> Vec<Row> {
    let long = "a ".repeat(50_001);
    let five_hundred: Vec<String> = (0..500).map(|index| format!("This is line {index}.")).collect();
    let five_hundred: Vec<&str> = five_hundred.iter().map(String::as_str).collect();
    let too_many = [five_hundred.as_slice(), &["One more."]].concat();
    let mut stranger = dialogue();
    stranger["lines"][1]["speaker"] = "Carl".into();
    let mut in_file = dialogue();
    in_file["lines"][0]["picture"] = json!({"file": "../../etc/passwd"});
    let twice =
        r#"{"script": {"speakers": {"A": {}}, "speakers": {"A": {}}, "lines": [{"speaker": "A", "text": "x"}]}}"#;
    vec![
        // No order at all.
        post("/v1/previews", "").refused(400, "not-json"),
        post("/v1/previews", "{").refused(400, "not-json"),
        post("/v1/previews", b"{\"script\": \"\xff\"}").refused(400, "not-json"),
        post("/v1/previews", "[".repeat(100_000)).refused(400, "not-json"),
        post("/v1/previews", "script=x")
            .refused(400, "not-json")
            .header("content-type", "application/x-www-form-urlencoded"),
        post("/v1/previews", vec![b' '; 10_500_000]).status(413),
        post("/v1/previews", "[]").invalid(""),
        post("/v1/previews", "null").invalid(""),
        post("/v1/previews", "{}").invalid("").says("/errors/0/detail", "script"),
        post("/v1/videos", "{}").invalid("").says("/errors/0/detail", "preview_id"),
        post("/v1/previews", twice).invalid("/speakers"),
        // What is wrong is named at its place.
        order("/v1/previews", &with("scrpt", json!(1))).invalid("/scrpt"),
        order("/v1/previews", &with("ttl_s", json!(0))).invalid("/ttl_s"),
        order("/v1/previews", &with("ttl_s", json!(1e300))).invalid("/ttl_s"),
        order("/v1/previews", &with("priority", json!("now"))).invalid("/priority"),
        order("/v1/previews", &with("metadata", json!({"x": "x".repeat(20_000)}))).invalid("/metadata"),
        order("/v1/previews", &with("webhook_url", json!("http://169.254.169.254/"))).invalid("/webhook_url"),
        order("/v1/videos", &with("quality", json!("best"))).invalid("/quality"),
        order("/v1/videos", &with("look", json!({"fps": 29}))).invalid("/look/fps"),
        order("/v1/videos", &json!({"story": {"text": ""}})).invalid("/story/text"),
        order("/v1/videos", &json!({"story": {"text": "Once.", "voice": "x"}})).invalid("/story/voice"),
        order("/v1/videos", &json!({"topic": {"text": ""}})).invalid("/topic/text"),
        order("/v1/videos", &json!({"topic": {"text": "Tides", "sections": 13}})).invalid("/topic/sections"),
        order("/v1/videos", &json!({"topic": {"text": "Tides", "style": "neon"}})).invalid("/topic/style"),
        order("/v1/previews", &json!({"topic": {"text": "Tides"}})).invalid("/topic"),
        order("/v1/videos", &json!({"clip": {"prompt": ""}})).invalid("/clip/prompt"),
        order("/v1/videos", &json!({"clip": {"prompt": "A boat", "seconds": 99}})).invalid("/clip/seconds"),
        order("/v1/videos", &json!({"preview_id": "../../etc/passwd"})).invalid("/preview_id"),
        order("/v1/videos", &json!({"preview_id": "0000000000000000000"})).refused(410, "preview-expired"),
        preview(&stranger).invalid("/lines/1/speaker"),
        preview(&in_file).invalid("/lines/0/picture/file"),
        preview(&script(&[])).invalid("/lines"),
        preview(&script(&["Good.", ""])).invalid("/lines/1/text"),
        preview(&script(&[&long])).invalid("/lines/0/text"),
        preview(&script(&too_many)).invalid("/lines"),
        preview(&json!("Ana: Hello.")).invalid("").says("/errors/0/detail", "object"),
        // What an order costs; nothing is opened.
        estimate(&dialogue()).field("/lines", 2).field("/characters", 24).field("/rehearsed", true).there("/cost_usd"),
        estimate(&dialogue()).header("content-type", "text/plain"),
        estimate(&script(&["x"])).field("/characters", 1),
        estimate(&script(&["你好，世界。"])).field("/characters", 6),
        estimate(&script(&["שלום עולם"])).field("/characters", 9),
        estimate(&script(&["👩‍👩‍👧‍👦"])).invalid("/lines/0/text"),
        estimate(&script(&five_hundred)).field("/lines", 500).field("/scenes", 500),
        get("/v1/jobs").field("/jobs", json!([])).field("/next_cursor", Value::Null),
        // An order once, however often it is sent.
        preview(&dialogue())
            .header("idempotency-key", "the table's")
            .status(202)
            .answered("location", "/v1/jobs/")
            .field("/kind", "preview")
            .field("/source", "script")
            .keeps("keyed", "/id"),
        preview(&dialogue()).header("Idempotency-Key", "the table's").status(202).field("/id", "{keyed}"),
        preview(&unusual()).header("idempotency-key", "the table's").refused(409, "idempotency-conflict"),
        order("/v1/videos", &with("quality", json!("draft")))
            .header("idempotency-key", "the table's")
            .refused(409, "idempotency-conflict"),
        preview(&dialogue()).header("idempotency-key", "").invalid(""),
        preview(&dialogue()).header("idempotency-key", LONG_KEY).invalid(""),
        // With its job the key goes too: what is still under way for the old one must not reach a job of the same name.
        super::row::ask("DELETE", "/v1/jobs/{keyed}", "").status(204),
        get("/v1/jobs/{keyed}").refused(404, "not-found"),
        preview(&dialogue()).header("idempotency-key", "the table's").status(202).keeps("keyed again", "/id"),
        get("/v1/jobs/{keyed again}").field("/id", "{keyed again}").answered("etag", "W/\""),
        get("/v1/jobs/{keyed}").refused(404, "not-found"),
    ]
}

/// 256 letters.
const LONG_KEY: &str = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\
                        kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
