//! The same order, given again.

use crate::world::{World, dialogue, film_request, script};
use std::time::Duration;
use steps::open::{Again, Refusal, Request};
use story::JobId;
use story::artifacts::{Object, body};
use story::job::Kind;
use story::ledger::{Attempt, Came, Ending, OpenAttempt};
use story::records::{Partition, Read};
use story::take::{Speaking, Take};
use story::ticket::Ticket;

fn keyed(request: Request) -> Request {
    Request { again: Again::Key("token and key".into()), ..request }
}

#[tokio::test]
async fn the_same_key_and_order_is_the_same_job_for_a_day() {
    let world = World::new().await;
    let order = || keyed(Request::script(Kind::Preview, dialogue()));
    let first = world.open(order()).await.expect("good");
    assert_eq!(world.open(order()).await.expect("good"), first);
    world.clock.advance(Duration::from_secs(24 * 3600 + 1));
    assert_ne!(world.open(order()).await.expect("good"), first);
}

#[tokio::test]
async fn a_key_whose_job_was_removed_opens_another_job() {
    let world = World::new().await;
    let order = || keyed(Request::script(Kind::Preview, dialogue()));
    let first = world.open(order()).await.expect("good");
    steps::remove::remove(world.house(), &first).await.expect("the stores work");
    let second = world.open(order()).await.expect("good");
    assert_ne!(second, first, "late messages of the first would be its own");
    assert_eq!(world.open(order()).await.expect("good"), second);
}

#[tokio::test]
async fn the_same_key_for_another_order_is_refused() {
    let world = World::new().await;
    world.open(keyed(Request::script(Kind::Preview, dialogue()))).await.expect("good");
    let other = world.open(keyed(Request::script(Kind::Preview, script(&[("Ana", "No.")])))).await;
    assert!(matches!(other, Err(Refusal::Conflict)));
}

#[tokio::test]
async fn a_key_finds_its_film_after_the_preview_has_gone() {
    let world = World::new().await;
    let (preview, _) = world.preview(&dialogue()).await;
    let order = || keyed(film_request(Some(&preview.id), None));
    let film = world.make(order()).await.0.id;
    world.clock.advance(Duration::from_secs(3601));
    steps::sweep::sweep(world.house()).await.expect("the stores work");
    assert_eq!(world.open(order()).await.expect("the key is known"), film);
}

#[tokio::test]
async fn an_order_that_was_stopped_goes_on_and_one_that_ended_is_made_anew() {
    let world = World::new().await;
    let order = |preview: Option<&JobId>, text: &str| Request {
        again: Again::GoOn,
        ..film_request(preview, Some(&script(&[("Ana", text)])))
    };
    let stopped = world.open(order(None, "Yes.")).await.expect("good");
    let preview = world.open(Request::script(Kind::Preview, script(&[("Ana", "Yes.")]))).await.expect("good");
    assert_eq!(world.open(order(Some(&preview), "Yes.")).await.expect("good"), stopped, "from whatever preview");
    assert_ne!(world.open(order(None, "No.")).await.expect("good"), stopped);
    world.work().await.expect("the stores work");
    assert!(world.view(&stopped).await.status.has_ended());
    assert_ne!(world.open(order(None, "Yes.")).await.expect("good"), stopped);
}

#[tokio::test]
async fn a_job_that_another_process_let_rest_is_taken_up_again() {
    let world = World::new().await;
    let mine = world.open(Request::script(Kind::Preview, dialogue())).await.expect("good");
    steps::advance::advance(world.house(), &mine, None).await.expect("the stores work");
    assert!(!steps::rest::rests(world.house(), &mine).await.expect("the stores work"));
    let other = world.open(Request::script(Kind::Preview, script(&[("Ana", "No.")]))).await.expect("good");
    steps::rest::rest(world.house(), std::slice::from_ref(&other)).await.expect("the stores work");
    assert!(steps::rest::rests(world.house(), &mine).await.expect("the stores work"));
    steps::speak::speak(world.house(), &world.speech, &world.studio).await.expect("the stores work");
    assert_eq!(world.calls(), 0, "nothing is spoken for a job that rests");
    steps::rest::take_up(world.house(), &mine).await.expect("the stores work");
    world.work().await.expect("the stores work");
    assert_eq!(world.calls(), 5);
}

#[tokio::test]
async fn sound_that_was_left_without_its_times_stops_nothing_and_does_not_stay() {
    let world = World::new().await;
    let house = world.house();
    let job = world.open(Request::script(Kind::Preview, script(&[("Ana", "No.")]))).await.expect("good");
    steps::advance::advance(house, &job, None).await.expect("the stores work");
    let ticket = house.list::<Ticket>(&Partition::Tickets, "", 1).await.expect("works").remove(0).record;
    let take: Read<Take> = house.read(&Partition::Takes, &ticket.what.0).await.expect("works").expect("there");
    let now = house.clock.now();
    let left = Speaking {
        attempt: story::AttemptId("left".into()),
        lane: 0,
        turn: ticket.clone(),
        began_at: now,
        begin_by: now,
        lease_until: now,
        bytes: 0,
    };
    let attempt = Attempt {
        attempt: left.attempt.clone(),
        take: ticket.what.clone(),
        request: None,
        job: job.clone(),
        lane: 0,
        account: "rehearsal".into(),
        characters: 3,
        started_at: now,
        begin_by: now,
        recovers: None,
        first_byte_ms: None,
        caller: None,
        priority: None,
        came: Came::default(),
        times: story::timeline::Times::default(),
        ending: Ending::Open,
    };
    house.swap(&attempt, None).await.expect("works");
    house.swap(&OpenAttempt(attempt), None).await.expect("works");
    let begun = take.record.begun(&ticket.name, left.clone()).expect("it is its turn");
    house.swap(&begun, Some(take.version)).await.expect("works");
    let sound = Object::TakeAudio(ticket.what.clone(), left.attempt);
    house.artifacts.put(&sound, body("sound")).await.expect("works");
    world.work().await.expect("the stores work");
    assert_eq!(world.calls(), 1, "nothing was paid, so it is simply spoken");
    world.clock.advance(std::time::Duration::from_secs(16 * 60));
    steps::sweep::sweep(house).await.expect("the stores work");
    assert!(house.artifacts.head(&sound).await.expect("works").is_none());
}
