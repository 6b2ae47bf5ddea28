//! Who generates clips, asked by hand: what each interface takes, what it costs, and when it is there.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

use doubles::clips::{ClipFault, ClipSettings};
use doubles::{Clips, clips};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

async fn double() -> Clips {
    Clips::start(ClipSettings::default()).await.unwrap()
}

/// Status and body of an answer; null where it is no JSON.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn create(double: &Clips, body: &Value) -> (u16, Value) {
    let url = format!("{}/v1beta/interactions", double.root());
    answer(Client::new().post(url).header("x-goog-api-key", "key-double").json(body)).await
}

async fn tell(double: &Clips, id: &str) -> (u16, Value) {
    let url = format!("{}/v1beta/interactions/{id}", double.root());
    answer(Client::new().get(url).header("x-goog-api-key", "key-double")).await
}

async fn vertex(double: &Clips, call: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/publishers/google/models/{call}", double.vertex_url());
    answer(Client::new().post(url).bearer_auth("key-double").json(body)).await
}

fn interaction() -> Value {
    json!({
        "model": "gemini-omni-1.2-flash", "input": "a boat", "background": true,
        "response_format": {
            "type": "video", "delivery": "uri", "aspect_ratio": "9:16", "resolution": "720p", "duration": "8s",
        },
    })
}

fn prediction() -> Value {
    json!({
        "instances": [{"prompt": "a boat"}],
        "parameters": {"aspectRatio": "9:16", "durationSeconds": 8, "resolution": "720p", "sampleCount": 1},
    })
}

/// An order with one field otherwise.
fn with(mut order: Value, pointer: &str, value: Value) -> Value {
    *order.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    order
}

#[tokio::test]
async fn the_interactions_api_takes_only_what_its_vendor_takes() {
    let double = double().await;
    let of_task = |task: &str, input: Value| {
        let mut order = with(interaction(), "/input", input);
        order["generation_config"] = json!({"video_config": {"task": task}});
        order
    };
    let text = json!({"type": "text", "text": "a boat"});
    let image = json!({"type": "image", "data": "AAAA", "mime_type": "image/png"});
    let film = json!({"type": "video", "data": "AAAA", "mime_type": "video/mp4"});
    let duration = |seconds: Value| with(interaction(), "/response_format/duration", seconds);
    let longer = |order: Value| with(order, "/response_format/duration", json!("11s"));
    for (order, status) in [
        (interaction(), 200),
        (duration(json!("15s")), 200),
        (of_task("image_to_video", json!([image, text])), 200),
        (of_task("extend", json!([film, text])), 200),
        (of_task("edit", json!([film, text])), 200),
        (longer(of_task("edit", json!([film, text]))), 200),
        (longer(of_task("extend", json!([film, text]))), 400),
        (duration(json!(8)), 400),
        (duration(json!("8")), 400),
        (duration(json!("2s")), 400),
        (duration(json!("16s")), 400),
        (longer(with(interaction(), "/model", json!("gemini-omni-1.1-flash"))), 400),
        (with(interaction(), "/model", json!("gemini-omni-flash-preview")), 400),
        (with(interaction(), "/background", json!(false)), 400),
        (with(interaction(), "/response_format/aspect_ratio", json!("1:1")), 400),
        (with(interaction(), "/response_format/resolution", json!("480p")), 400),
        (with(interaction(), "/response_format/delivery", json!("gcs_uri")), 400),
        (with(interaction(), "/input", json!([])), 400),
        (of_task("image_to_video", json!([text])), 400),
        (of_task("text_to_video", json!([image, text])), 400),
        (of_task("extend", json!([image, text])), 400),
        (of_task("dance", json!([text])), 400),
        (of_task("edit", json!([{"type": "video", "data": "%", "mime_type": "video/mp4"}, text])), 400),
        (of_task("edit", json!([{"type": "video", "data": "AAAA", "mime_type": "image/png"}, text])), 400),
    ] {
        let (answered, told) = create(&double, &order).await;
        assert_eq!(answered, status, "{order} {told}");
        assert_eq!(told["error"]["code"] == "invalid_request", status == 400, "{told}");
    }
    let log = double.log();
    assert_eq!((log.orders.len(), log.refusals.len(), log.charged_s()), (6, 18, 8 + 15 + 8 + 8 + 8 + 11));
}

#[tokio::test]
async fn vertex_takes_only_what_its_vendor_takes() {
    let double = double().await;
    let model = "veo-3.1-generate-001:predictLongRunning";
    let image = |image: Value| with(prediction(), "/instances", json!([{"prompt": "a boat", "image": image}]));
    for (call, order, status) in [
        (model, prediction(), 200),
        (model, image(json!({"bytesBase64Encoded": "AAAA", "mimeType": "image/png"})), 200),
        (model, image(json!({"bytesBase64Encoded": "AAAA"})), 400),
        (model, image(json!({"inlineData": "AAAA"})), 400),
        (model, with(prediction(), "/instances/0/prompt", json!("")), 400),
        (model, with(prediction(), "/parameters/durationSeconds", json!("8s")), 400),
        (model, with(prediction(), "/parameters/durationSeconds", json!(5)), 400),
        (model, with(prediction(), "/parameters/aspectRatio", json!("4:3")), 400),
        (model, with(prediction(), "/parameters/resolution", json!("360p")), 400),
        ("veo-2:predictLongRunning", prediction(), 404),
        ("veo-3.1-generate-001:predict", prediction(), 404),
    ] {
        let (answered, told) = vertex(&double, call, &order).await;
        assert_eq!(answered, status, "{order} {told}");
    }
    let log = double.log();
    assert_eq!((log.orders.len(), log.charged_s(), log.charged_usd()), (2, 16, 16.0 * 0.40));
    let name = &log.orders[0].name;
    let asked = json!({"operationName": name});
    let (_, told) = vertex(&double, "veo-3.1-generate-001:fetchPredictOperation", &asked).await;
    assert!(told["response"]["videos"][0]["bytesBase64Encoded"].is_string());
    let (status, _) = vertex(&double, "veo-3.1-fast-generate-001:fetchPredictOperation", &asked).await;
    assert_eq!(status, 400, "another model's operation");
    let (status, _) = tell(&double, name).await;
    assert_ne!(status, 200, "another interface's");
}

#[tokio::test]
async fn nothing_is_told_taken_or_sent_without_the_key() {
    let double = double().await;
    let (_, order) = create(&double, &interaction()).await;
    let id = order["id"].as_str().unwrap();
    let root = double.root();
    let get = |path: String| Client::new().get(format!("{root}{path}"));
    let post = |url: String| Client::new().post(url).json(&interaction());
    let predict = format!("{}/publishers/google/models/veo-3.1-generate-001:predictLongRunning", double.vertex_url());
    for (request, status) in [
        (get(format!("/v1beta/interactions/{id}")), 400),
        (get(format!("/v1beta/files/{id}")), 400),
        (get(format!("/v1beta/files/{id}:download?alt=media")), 400),
        (post(format!("{root}/v1beta/interactions")), 400),
        (post(predict), 401),
    ] {
        for request in [request.try_clone().unwrap(), request.header("x-goog-api-key", "key-other")] {
            assert_eq!(answer(request).await.0, status);
        }
    }
    let log = double.log();
    assert_eq!((log.orders.len(), log.questions, log.downloads.len(), log.refusals.len()), (1, 0, 0, 4));
}

#[tokio::test]
async fn what_is_ordered_is_there_when_the_clock_says_so_and_paid_if_it_is_a_clip() {
    let settings = ClipSettings { generating_ms: 60_000, ..ClipSettings::default() };
    let double = Clips::start(settings).await.unwrap();
    double.fault(ClipFault::Words);
    for charged_s in [0, 8] {
        let (_, order) = create(&double, &interaction()).await;
        let id = order["id"].as_str().unwrap();
        assert_eq!(order["status"], "in_progress");
        assert_eq!(tell(&double, id).await.1["status"], "in_progress");
        double.turn_clock(60_000);
        let told = tell(&double, id).await.1;
        assert_eq!((&told["status"], &told["usage"]["total_tokens"]), (&json!("completed"), &json!(charged_s * 5_792)));
        assert_eq!(double.log().charged_s(), charged_s);
    }
    assert_eq!(
        tell(&double, "v1_other").await,
        (400, json!({"error": {"code": "invalid_request", "message": "Invalid interaction name"}}))
    );
}

#[tokio::test]
async fn it_can_be_changed_from_another_process() {
    let double = double().await;
    let url = |path: &str| format!("{}/double/{path}", double.root());
    let client = Client::new();
    let fault = json!({"kind": "busy", "retry_s": 7});
    assert_eq!(answer(client.post(url("faults")).json(&fault)).await, (200, json!([fault])));
    let (status, told) = create(&double, &interaction()).await;
    assert_eq!((status, &told["error"]["details"][1]["retryDelay"]), (429, &json!("7s")));
    assert_eq!(answer(client.get(url("faults"))).await.1, json!([]));
    let settings = json!({"api_key": "other", "inline": true});
    let (_, settings) = answer(client.post(url("settings")).json(&settings)).await;
    assert_eq!((&settings["api_key"], &settings["generating_ms"]), (&json!("other"), &json!(0)));
    assert_eq!(create(&double, &interaction()).await.0, 400);
    let (_, log) = answer(client.get(url("log"))).await;
    assert_eq!(
        (&log["charged_s"], &log["charged_usd"], &log["is_key_leaked"]),
        (&json!(0), &json!(0.0), &json!(false))
    );
    let log: clips::ClipLog = serde_json::from_value(log).unwrap();
    assert_eq!(log.refusals.iter().map(|refusal| refusal.status).collect::<Vec<_>>(), [429, 400]);
}
