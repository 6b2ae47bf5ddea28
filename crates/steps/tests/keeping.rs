//! What is kept as long as it is used, and removed after that.

use crate::world::{World, dialogue, film_request, script};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use steps::open::Request;
use story::artifacts::Object;
use story::expiry::{Expiry, Kept};
use story::job::{Kind, Status};
use story::records::{Document, Partition, Version};
use story::script::Picture;
use story::take::Take;
use story::{JobId, Script, TakeKey, Task};

const HOUR: Duration = Duration::from_secs(3_600);

async fn stored(world: &World, prefix: &str) -> Vec<String> {
    let stored = world.house().artifacts.list(prefix).await.expect("works");
    stored.into_iter().map(|head| head.path).collect()
}

async fn sweep(world: &World) {
    steps::sweep::sweep(world.house()).await.expect("the stores work");
}

/// A film that is about to be joined.
async fn about_to_be_joined(world: &World) -> JobId {
    let film = world.open(film_request(None, Some(&dialogue()))).await.expect("good");
    world.work_up_to(|task| matches!(task, Task::Join { .. })).await.expect("the stores work");
    film
}

#[tokio::test]
async fn a_scene_that_goes_before_its_film_is_joined_is_rendered_again() {
    let world = World::new().await;
    let film = about_to_be_joined(&world).await;
    let keys: Vec<String> = stored(&world, "scenes/")
        .await
        .iter()
        .filter_map(|path| Some(path.strip_prefix("scenes/")?.strip_suffix(".ts")?.to_owned()))
        .collect();
    world.house().artifacts.delete(&Object::Scene(keys[0].clone())).await.expect("works");
    world.house().artifacts.delete(&Object::SceneBoxes(keys[1].clone())).await.expect("works");
    world.work().await.expect("the stores work");
    let made = world.view(&film).await;
    assert_eq!((made.status, world.rendered()), (Status::Succeeded, 6), "{:?}", made.error);
}

#[tokio::test]
async fn a_film_whose_track_went_before_it_was_joined_is_made_when_it_is_retried() {
    let world = World::new().await;
    let film = about_to_be_joined(&world).await;
    world.house().artifacts.delete(&Object::File(film.clone(), "preview.m4a".into())).await.expect("works");
    world.work().await.expect("the stores work");
    assert_eq!(world.view(&film).await.status, Status::Failed);
    assert!(steps::cancel::retry(world.house(), &film).await.expect("the stores work"));
    world.work().await.expect("the stores work");
    let made = world.view(&film).await;
    assert_eq!((made.status, world.rendered(), world.calls()), (Status::Succeeded, 4, 4), "{:?}", made.error);
}

/// One line under a picture of the user's.
fn with_picture() -> Request {
    let mut script: Script = script(&[("Ana", "Look.")]);
    script.lines[0].picture = Some(Picture::File("look.png".into()));
    let files = BTreeMap::from([("look.png".into(), Bytes::from_static(b"a picture"))]);
    Request { files, ..Request::script(Kind::Preview, script) }
}

#[tokio::test]
async fn a_picture_is_kept_while_a_job_names_it_and_goes_after_that() {
    let mut world = World::new().await;
    world.local.house.settings.take_ttl_ms = HOUR.as_millis() as u64;
    let day = HOUR * 24;
    let request = Request { ttl_ms: Some(day.as_millis() as u64), ..with_picture() };
    let (preview, _) = world.make(request).await;
    for _ in 0..3 {
        world.clock.advance(HOUR * 2);
        sweep(&world).await;
    }
    assert_eq!(stored(&world, "pictures/").await.len(), 1, "the preview names it");
    world.film(Some(&preview.id), None).await;
    for _ in 0..20 {
        world.clock.advance(day);
        sweep(&world).await;
    }
    assert_eq!(stored(&world, "").await, Vec::<String>::new());
    let scenes = world.house().records.list(&Partition::Scenes, "", 9).await.expect("works");
    let expiry = world.house().records.list(&Partition::Expiry, "", 9).await.expect("works");
    assert_eq!((scenes, expiry), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_picture_that_is_ordered_again_is_kept_again() {
    let world = World::new().await;
    world.make(with_picture()).await;
    world.clock.advance(HOUR * 24 * 29);
    world.make(with_picture()).await;
    world.clock.advance(HOUR * 24 * 2);
    sweep(&world).await;
    assert_eq!(stored(&world, "pictures/").await.len(), 1);
}

#[tokio::test]
async fn all_that_is_due_goes_in_one_sweep_and_what_cannot_be_read_stops_nothing() {
    let world = World::in_memory();
    let house = world.house();
    let now = house.clock.now();
    let broken = TakeKey("broken".into());
    let record = Document {
        partition: Partition::Takes,
        key: broken.0.clone(),
        version: Version(1),
        expires_at: None,
        body: "{}".into(),
    };
    let _ = house.records.put(&record, None).await.expect("works");
    let first = Expiry { at: story::Timestamp(1), of: Kept::Take(broken.clone()) };
    house.swap(&first, None).await.expect("works");
    for number in 0..1_100 {
        house.swap(&Expiry { at: now, of: Kept::Idempotency(format!("key {number}")) }, None).await.expect("works");
    }
    sweep(&world).await;
    let left = house.list_all::<Expiry>(&Partition::Expiry).await.expect("works");
    assert_eq!(left.into_iter().map(|read| read.record).collect::<Vec<_>>(), [first]);
}

#[tokio::test]
async fn a_take_that_a_job_uses_says_itself_that_it_is_kept() {
    let mut world = World::new().await;
    world.local.house.settings.take_ttl_ms = HOUR.as_millis() as u64;
    let (preview, _) = world.preview(&script(&[("Ana", "Yes.")])).await;
    world.clock.advance(HOUR * 5 / 6);
    steps::job::touch(world.house(), &preview.id).await.expect("works");
    world.clock.advance(HOUR / 3);
    sweep(&world).await;
    let takes = world.house().list_all::<Take>(&Partition::Takes).await.expect("works");
    let now = world.house().clock.now();
    assert!(takes[0].record.expires_at > now, "a store may remove by itself what has expired long since");
}
