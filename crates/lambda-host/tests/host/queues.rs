//! Queues and schedules as functions meet them.

use crate::stage::Stage;
use lambda_host::Turns;
use std::time::Duration;

/// Waits until it is so; a test that waits for ten seconds has failed.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within ten seconds");
}

#[tokio::test]
async fn a_message_is_handed_over_once_and_is_gone_then() {
    let stage = Stage::start(|_| ()).await;
    stage.host.send("Plain", "one", "").await;
    stage.host.send("Lane", "two", "group").await;
    until("both are handed over", async || stage.bodies().len() == 2).await;
    until("both are gone", async || {
        stage.host.messages("Plain").await == [0; 3] && stage.host.messages("Lane").await == [0; 3]
    })
    .await;
    stage.host.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_too_often_is_among_the_dead_letters_and_can_be_sent_back() {
    let stage = Stage::start(|settings| settings.failed_again = Some(Duration::ZERO)).await;
    for (queue, dead) in [("Plain", "PlainDead"), ("Lane", "LaneDead")] {
        stage.host.send(queue, "fail", "group").await;
        until("it is dead", async || stage.host.messages(dead).await[0] == 1).await;
        assert_eq!(stage.bodies(), ["fail", "fail"], "it was tried twice");
        assert_eq!(stage.host.redrive(dead, queue).await, 1);
        until("it is dead again", async || stage.host.messages(dead).await[0] == 1).await;
        stage.forget();
    }
    stage.host.stop().await;
}

#[tokio::test]
async fn a_group_of_a_fifo_queue_waits_for_its_first_message_and_others_do_not() {
    let stage = Stage::start(|settings| settings.timeouts_s.push(("EchoFunction".into(), 2))).await;
    stage.host.send("Lane", "sleep", "first").await;
    until("the first is out", async || stage.bodies().len() == 1).await;
    stage.host.send("Lane", "behind it", "first").await;
    stage.host.send("Lane", "beside it", "second").await;
    until("the other group goes on", async || stage.bodies().len() == 2).await;
    assert_eq!(stage.bodies(), ["sleep", "beside it"]);
    assert_eq!(stage.host.messages("Lane").await[0], 1, "the one behind it waits");
    stage.host.stop().await;
}

#[tokio::test]
async fn a_doubled_message_is_handed_over_twice() {
    let stage = Stage::start(|_| ()).await;
    stage.host.double_messages("Plain", true);
    stage.host.send("Plain", "once", "").await;
    until("it came twice", async || stage.bodies() == ["once", "once"]).await;
    stage.host.stop().await;
}

#[tokio::test]
async fn a_schedule_comes_by_itself_and_a_killed_invocation_is_counted() {
    let stage = Stage::start(|settings| settings.turns = Turns::Every(Duration::from_millis(300))).await;
    stage.host.foretell("EchoFunction", [None, Some(Duration::ZERO)]);
    let tally = || stage.host.report().tallies["EchoFunction"];
    until("the second was killed and the third came", async || tally().killed == 1 && tally().invoked >= 3).await;
    stage.host.stop().await;
}
