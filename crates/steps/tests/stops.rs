//! A process that dies between any two writes, and a disk that fills up at any byte: the same order again ends in the same film.

mod world;

use conformance::faults::{FailingArtifacts, Stops};
use std::sync::Arc;
use steps::open::{Again, Request};
use story::artifacts::{Object, collect};
use story::failure::StoreError;
use story::job::Kind;
use story::{Failure, House, JobId};
use world::{World, script};

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
    steps::sweep::rest(world.house(), &id).await?;
    steps::sweep::take_up(world.house(), &id).await?;
    world.work().await?;
    Ok(id)
}

#[tokio::test]
async fn a_process_may_die_between_any_two_writes() {
    let undisturbed = World::new().await;
    let id = run(&undisturbed).await.expect("nothing fails");
    let expected = film(undisturbed.house(), &id).await;
    for unsaid in [false, true] {
        let mut writes = 0;
        loop {
            let mut world = World::new().await;
            let stops = if unsaid { Stops::after_writes_and_one_unsaid(writes) } else { Stops::after_writes(writes) };
            let house = world.house().clone();
            world.local.house = House {
                records: Arc::new(stops.records(house.records.clone())),
                artifacts: Arc::new(stops.artifacts(house.artifacts.clone())),
                queue: Arc::new(stops.queue(house.queue.clone())),
                ..house.clone()
            };
            let first = run(&world).await;
            let was_stopped = stops.stopped();
            world.local.house = house;
            let id = run(&world).await.expect("nothing fails any more");
            assert_eq!(film(world.house(), &id).await, expected, "stopped after {writes} writes: {first:?}");
            assert!(world.calls() <= 3, "at most the call that was cut is made again, stopped after {writes} writes");
            if !was_stopped {
                break;
            }
            writes += 1;
        }
        assert!(writes > 50, "the whole film was tried, {writes} writes");
    }
}

#[tokio::test]
async fn a_disk_may_be_full_at_any_byte() {
    let undisturbed = World::new().await;
    let id = run(&undisturbed).await.expect("nothing fails");
    let expected = film(undisturbed.house(), &id).await;
    let stored = undisturbed.house().artifacts.list("").await.expect("works");
    let bytes: u64 = stored.iter().map(|head| head.size_bytes).sum();
    for part in 0..48 {
        let room = bytes * part / 48;
        let mut world = World::new().await;
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
