//! Messages that come twice, or never: what they cost.

use crate::books::Books;
use crate::clips::{bought, clip};
use crate::explainers::topic;
use crate::pictures::story;
use crate::stage::{Stage, TOKEN, illustrated, script};
use doubles::account::Settings as Provider;
use lambda_host::{Secret, Turns};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn a_message_handed_over_twice_buys_nothing_twice(books: Arc<Books>) {
    // The keys lie in a parameter of SSM's here, in all other stories in Secrets Manager.
    let stage = Stage::start(books, Provider::default(), |settings| {
        if let Some(Secret::Manager(text)) = settings.secret.take() {
            settings.secret = Some(Secret::Parameter(text));
        }
    })
    .await;
    for queue in
        ["SpeechQueue", "AdvanceQueue", "WriterQueue", "ImagesQueue", "ClipsQueue", "ComposeQueue", "AnimateQueue"]
    {
        stage.host.double_messages(queue, true);
    }
    let lines = [("Said once.", "Drawn once."), ("Heard once.", "Seen once.")];
    let video = stage.order("/v1/videos", &json!({"script": illustrated(&lines)})).await;
    let job = stage.succeeded(&video).await;
    assert_eq!(stage.artist.log().calls.len(), 2);
    assert_eq!(job["counts"]["spoken"], 2, "{job:#}");
    let preview = stage.order("/v1/previews", &json!({"script": script(&["Said once."])})).await;
    stage.succeeded(&preview).await;
    let told = stage.order("/v1/videos", &story("A message comes twice. It is heard once.")).await;
    stage.succeeded(&told).await;
    assert_eq!(stage.author.log().calls.len(), 1);
    let explained = stage.order("/v1/videos", &topic("echoes", 2)).await;
    stage.succeeded(&explained).await;
    assert_eq!(stage.author.log().calls.len(), 4, "a plan and two animations more");
    stage.succeeded(&stage.order("/v1/videos", &clip("A wave breaks twice.")).await).await;
    assert_eq!(bought(&stage), (1, 1));
    let order = json!({"text": "Said to a client."}).to_string();
    let heard = stage.gateway(TOKEN, "/v1/text-to-speech/EXAVITQu4vr4xnSDxMaL", &order).await;
    assert_eq!(heard.status, 200, "{}\n{}", heard.json(), stage.logs());
    stage.host.take_turn("CleanupFunction").await.unwrap();
    stage.each_line_was_paid_once(7);
    stage.end().await;
}

/// A stage whose jobs nothing but messages moves on; what failed is handed over again at once.
async fn without_sweep(books: Arc<Books>) -> Stage {
    Stage::start(books, Provider::default(), |settings| {
        settings.turns = Turns::Never;
        settings.failed_again = Some(Duration::ZERO);
    })
    .await
}

pub(crate) async fn a_message_that_died_too_often_is_redriven_and_its_job_goes_on(books: Arc<Books>) {
    let stage = without_sweep(books).await;
    stage.host.foretell("AdvanceFunction", [Some(Duration::ZERO); 5]);
    let preview = stage.order("/v1/previews", &json!({"script": script(&["Late, but said."])})).await;
    let is_given_up = || async { (stage.host.messages("AdvanceDeadLetters").await[0] > 0).then_some(()) };
    stage.until("the message is given up", is_given_up).await;
    assert_eq!(stage.job(&preview).await["status"], "queued");
    assert_eq!(stage.host.redrive("AdvanceDeadLetters", "AdvanceQueue").await, 1);
    stage.succeeded(&preview).await;
    stage.each_line_was_paid_once(1);
    stage.end().await;
}

pub(crate) async fn a_scene_that_ends_its_function_each_time_ends_its_job_with_a_reason(books: Arc<Books>) {
    let stage = without_sweep(books).await;
    stage.host.doom("ComposeFunction", "render", 3);
    let video = stage.order("/v1/videos", &json!({"script": script(&["Said, and never seen."])})).await;
    let job = stage.ended(&video).await;
    assert_eq!(job["status"], "failed", "{job:#}\n{}", stage.logs());
    assert!(job["error"].to_string().contains("tried three times"), "{job:#}");
    assert_eq!(
        stage.host.messages("ComposeDeadLetters").await,
        [0; 3],
        "a job that knows its end leaves no dead letter"
    );
    let again = stage.ask("POST", &format!("/v1/jobs/{video}/retry"), &[], "").await;
    assert_eq!(again.status, 202, "{}", again.json());
    stage.succeeded(&video).await;
    stage.each_line_was_paid_once(1);
    stage.end().await;
}
