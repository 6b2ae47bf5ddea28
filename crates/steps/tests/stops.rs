//! A process that dies between any two writes, and a disk that fills up at any byte: the same order again ends in the same film.

use crate::world::{World, script};
use conformance::faults::{FailingArtifacts, Stops};
use providers::elevenlabs::Settings;
use providers::{ElevenLabs, Key};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use steps::open::{Again, Request};
use story::artifacts::{Object, collect};
use story::failure::StoreError;
use story::job::Kind;
use story::queue::Task;
use story::{Failure, House, JobId};

fn order() -> Request {
    Request {
        again: Again::GoOn,
        ..Request::script(Kind::Video, script(&[("Ana", "Good morning."), ("Bo", "Is it?")]))
    }
}

async fn film(house: &House, job: &JobId) -> Vec<u8> {
    let film =
        house.artifacts.get(&Object::File(job.clone(), "film.mp4".into()), None).await.expect("works").expect("there");
    collect(film).await.expect("works").to_vec()
}

/// Orders and works, as a process that then ends: by itself, or by an error.
async fn run(world: &World) -> Result<JobId, Failure> {
    let id = match world.open(order()).await {
        Ok(id) => id,
        Err(steps::open::Refusal::Store(error)) => return Err(error.into()),
        Err(refusal) => panic!("{refusal:?}"),
    };
    steps::rest::rest(world.house(), std::slice::from_ref(&id)).await?;
    steps::rest::take_up(world.house(), &id).await?;
    // A call that was lost is looked for a few times, the later ones in a while.
    for _ in 0..8 {
        world.work().await?;
        if steps::job::head(world.house(), &id).await?.is_some_and(|head| head.status.has_ended()) {
            break;
        }
        world.clock.advance(Duration::from_secs(31));
    }
    Ok(id)
}

/// A house that stops after so many writes, and what it was before.
fn stopping(world: &mut World, stops: &Stops) -> House {
    let house = world.house().clone();
    world.local.house = House {
        records: Arc::new(stops.records(house.records.clone())),
        artifacts: Arc::new(stops.artifacts(house.artifacts.clone())),
        queue: Arc::new(stops.queue(house.queue.clone())),
        ..house.clone()
    };
    house
}

/// Makes a film in a world of its own, stopped after the first write, after the second and so on, with and without the answer
/// of the last one lost; each is made again, then `check` looks at it. Says how many stops there were.
async fn at_every_write(made: impl AsyncFn() -> World, expected: &[u8], check: impl Fn(&World, u64)) -> u64 {
    let mut stopped = 0;
    for unsaid in [false, true] {
        for writes in 0.. {
            let mut world = made().await;
            let stops = if unsaid { Stops::after_writes_and_one_unsaid(writes) } else { Stops::after_writes(writes) };
            let house = stopping(&mut world, &stops);
            let first = run(&world).await;
            world.local.house = house;
            let id = run(&world).await.expect("nothing fails any more");
            assert_eq!(film(world.house(), &id).await, expected, "stopped after {writes} writes: {first:?}");
            check(&world, writes);
            if !stops.stopped() {
                break;
            }
            stopped += 1;
        }
    }
    stopped
}

#[tokio::test]
async fn a_process_may_die_between_any_two_writes() {
    let undisturbed = World::in_memory();
    let id = run(&undisturbed).await.expect("nothing fails");
    let expected = film(undisturbed.house(), &id).await;
    let stopped = at_every_write(
        async || World::in_memory(),
        &expected,
        |world, writes| {
            // A rehearsal has no history: what was not stored yet is made again, and the call beside it.
            assert!(world.calls() <= 4, "stopped after {writes} writes");
        },
    );
    assert!(stopped.await > 100, "the whole film was tried");
}

#[tokio::test]
async fn a_line_is_paid_once_wherever_its_process_dies() {
    let double = Mutex::new(Some(start().await));
    let undisturbed = World::paid(client(double.lock().expect("one at a time").as_ref().expect("it runs")));
    let id = run(&undisturbed).await.expect("nothing fails");
    let expected = film(undisturbed.house(), &id).await;
    let made = async || {
        let fresh = start().await;
        let world = World::paid(client(&fresh));
        *double.lock().expect("one at a time") = Some(fresh);
        world
    };
    let stopped = at_every_write(made, &expected, |_, writes| {
        let log = double.lock().expect("one at a time").as_ref().expect("it runs").log();
        let mut texts: Vec<&str> = log.calls.iter().map(|call| call.text.as_str()).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["Good morning.", "Is it?"], "stopped after {writes} writes");
    });
    assert!(stopped.await > 100, "the whole film was tried");
}

async fn start() -> doubles::ElevenLabs {
    // A call that ended is listed at once: what must be waited for is another test's business.
    let settings = doubles::Settings { list_after_ms: 0, ..doubles::Settings::default() };
    doubles::ElevenLabs::start(settings).await.expect("a port is free")
}

fn client(double: &doubles::ElevenLabs) -> ElevenLabs {
    let key = Key::new(&double.api_key()).expect("it has one");
    let settings = Settings { base_url: double.base_url().to_owned(), ..Settings::new(key) };
    ElevenLabs::open(settings).expect("a client")
}

#[tokio::test]
async fn a_disk_may_be_full_at_any_byte() {
    let undisturbed = World::in_memory();
    let id = run(&undisturbed).await.expect("nothing fails");
    let expected = film(undisturbed.house(), &id).await;
    let stored = undisturbed.house().artifacts.list("").await.expect("works");
    let bytes: u64 = stored.iter().map(|head| head.size_bytes).sum();
    for part in 0..48 {
        let room = bytes * part / 48;
        let mut world = World::in_memory();
        let house = world.house().clone();
        let full = Arc::new(FailingArtifacts::after_bytes(house.artifacts.clone(), room));
        world.local.house = House { artifacts: full.clone(), ..house };
        let first = run(&world).await;
        assert!(
            matches!(first, Err(Failure::Retry(StoreError::Full(_)))),
            "room for {room} of {bytes} bytes: {first:?}"
        );
        full.make_room();
        let id = run(&world).await.expect("there is room now");
        assert_eq!(film(world.house(), &id).await, expected, "room for {room} bytes");
    }
}

#[tokio::test]
async fn a_step_that_does_not_work_is_tried_three_times_and_its_job_says_so_in_our_words() {
    let world = World::in_memory();
    let id = world.open(order()).await.expect("good");
    world.work_up_to(|task| matches!(task, Task::Track { .. })).await.expect("the stores work");
    let stops = Stops::after_writes(0);
    let broken =
        House { artifacts: Arc::new(stops.artifacts(world.house().artifacts.clone())), ..world.house().clone() };
    let track = Task::Track { job: id.clone() };
    for tries in [1, 2] {
        let done = steps::perform::perform(&broken, &world.studio, &track, tries).await;
        assert!(matches!(done, Err(Failure::Retry(_))), "{tries}: {done:?}");
    }
    steps::perform::perform(&broken, &world.studio, &track, 3).await.expect("it is given up");
    let error = world.view(&id).await.error.expect("it failed");
    assert!(error.detail.starts_with("a step of this job was tried three times"), "{error:?}");
    // One that took its process along is not begun again.
    let id = world.open(Request { again: Again::New, ..order() }).await.expect("good");
    let track = Task::Track { job: id.clone() };
    world.work_up_to(|task| *task == track).await.expect("the stores work");
    steps::perform::perform(world.house(), &world.studio, &track, 4).await.expect("it is given up");
    assert!(world.view(&id).await.error.is_some());
}
