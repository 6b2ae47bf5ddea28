//! When each part waited and was made, on simulated time where both are known.

use crate::painting::artist::Ways;
use crate::painting::gallery::{Gallery, prompt};
use crate::world::{World, dialogue};
use async_trait::async_trait;
use doubles::images::{ImageFaultKind, ImageSettings};
use std::sync::Arc;
use story::JobId;
use story::artifacts::{Object, collect};
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};
use story::timeline::{Doing, Row, Stage, Timeline};

use Doing::{Provider, Queued};

/// Calls for speech take 50 ms, pictures 5 s; two painters, one lane. The studio takes no time.
const WAYS: Ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (5_000, 5_000) };

fn gallery() -> Gallery {
    let settings = ImageSettings { per_window: None, ..ImageSettings::default() };
    let mut gallery = Gallery::new(1, settings, WAYS, 0);
    gallery.house.settings.images_per_minute = None;
    for _ in 0..2 {
        gallery.paints(gallery.house.clone());
    }
    gallery
}

async fn timeline(gallery: &Gallery, job: &JobId) -> Timeline {
    steps::timeline::timeline(&gallery.house, job).await.expect("the stores work").expect("the job is there")
}

/// What became of the parts of a stage, in order, and when.
fn spans(timeline: &Timeline, stage: Stage) -> Vec<Vec<(Doing, u64, u64)>> {
    let of = |row: &Row| row.spans.iter().map(|span| (span.doing, span.from_ms, span.to_ms)).collect();
    timeline.rows.iter().filter(|row| row.stage == stage).map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn waits_are_those_of_the_lane_and_of_the_painters() {
    let gallery = gallery();
    let lines = [("One.", prompt("A door.")), ("Two.", prompt("A tree.")), ("Three.", prompt("A sea."))];
    let job = gallery.order(&lines).await;
    gallery.lives(120).await;
    let runs = timeline(&gallery, &job).await;
    assert_eq!(runs.length_ms, 120);
    let begun = [
        vec![(Provider, 0, 50)],
        vec![(Queued, 0, 50), (Provider, 50, 100)],
        vec![(Queued, 0, 100), (Provider, 100, 120)],
    ];
    assert_eq!(spans(&runs, Stage::Speak), begun);
    let mut painted = spans(&runs, Stage::Paint);
    painted.sort();
    assert_eq!(painted, [vec![(Queued, 0, 120)], vec![(Provider, 0, 120)], vec![(Provider, 0, 120)]]);

    gallery.ended(&job).await;
    let ended = timeline(&gallery, &job).await;
    let spoken = [
        vec![(Provider, 0, 50)],
        vec![(Queued, 0, 50), (Provider, 50, 100)],
        vec![(Queued, 0, 100), (Provider, 100, 150)],
    ];
    assert_eq!(spans(&ended, Stage::Speak), spoken);
    let mut painted = spans(&ended, Stage::Paint);
    painted.sort();
    let last = vec![(Queued, 0, 5_000), (Provider, 5_000, 10_000)];
    assert_eq!(painted, [last, vec![(Provider, 0, 5_000)], vec![(Provider, 0, 5_000)]]);
    assert_eq!(ended.length_ms, 10_000, "not until somebody looked again");
    let sums: Vec<_> =
        ended.stages.iter().map(|stage| (stage.stage, stage.waited_ms, stage.worked_ms, stage.beside_ms)).collect();
    // Two pictures of 5 s beside each other, the speech beside them; the third picture runs alone.
    let none = |stage| (stage, 0, 0, 0);
    let expected = [
        (Stage::Speak, 150, 150, 150),
        (Stage::Paint, 5_000, 15_000, 10_000),
        none(Stage::Compose),
        none(Stage::Track),
        none(Stage::Join),
    ];
    assert_eq!(sums, expected);
    assert_eq!((ended.total.busy_ms, ended.scenes.len()), (10_000, 3));
    assert_eq!(ended.scenes.iter().map(|scene| scene.worked_ms).sum::<u64>(), 15_150);

    // Beside the film lies what is known the moment it is stored.
    let view = gallery.view(&job).await;
    let file = view.files.iter().find(|file| file["name"] == "timeline.svg").expect("it is among the files");
    assert_eq!(file["content_type"], "image/svg+xml");
    let svg = gallery.house.artifacts.get(&Object::File(job.clone(), "timeline.svg".into()), None).await;
    let svg = collect(svg.expect("works").expect("there")).await.expect("works");
    assert_eq!(String::from_utf8_lossy(&svg), ended.to_svg());
}

#[tokio::test(start_paused = true)]
async fn what_was_there_did_not_wait_and_what_another_job_is_making_did() {
    let gallery = gallery();
    let lines = [("One.", prompt("A door.")), ("Two.", prompt("A tree."))];
    let first = gallery.order(&lines).await;
    gallery.lives(2_000).await;
    let second = gallery.order(&lines).await;
    gallery.ended(&first).await;
    gallery.ended(&second).await;
    let shared = timeline(&gallery, &second).await;
    assert_eq!(spans(&shared, Stage::Speak), [vec![], vec![]]);
    assert_eq!(spans(&shared, Stage::Paint), [vec![(Provider, 0, 3_000)], vec![(Provider, 0, 3_000)]]);
    let third = gallery.order(&lines).await;
    gallery.ended(&third).await;
    let there = timeline(&gallery, &third).await;
    assert!(there.rows.iter().all(|row| row.spans.is_empty()), "{:?}", there.rows);
    assert_eq!(there.total.worked_ms, 0);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_failed_shows_how_far_it_came_and_what_was_noted_goes_with_it() {
    let gallery = gallery();
    gallery.artist.fails(ImageFaultKind::Moderation.for_prompt("forbidden"));
    let lines = [("One.", prompt("Something forbidden.")), ("Two.", prompt("A blue door."))];
    let job = gallery.order(&lines).await;
    gallery.ended(&job).await;
    let failed = timeline(&gallery, &job).await;
    assert_eq!(failed.length_ms, 5_000);
    assert_eq!(spans(&failed, Stage::Paint)[1], [(Provider, 0, 5_000)]);
    assert!(failed.to_svg().contains(">failed</text>"));
    gallery.lives(60_000).await;
    assert_eq!(timeline(&gallery, &job).await.length_ms, 5_000, "it has ended");

    let noted = Partition::Timeline(job.clone());
    let left = async || gallery.house.records.list(&noted, "", 9).await.expect("the stores work").len();
    assert_eq!(left().await, 2, "one for the scene, one for the track");
    steps::remove::remove(&gallery.house, &job).await.expect("the stores work");
    assert_eq!(left().await, 0);
}

/// Records in which no time can be noted, nor read.
struct Forgetful(Arc<dyn Records>);

impl Forgetful {
    fn fails(partition: &Partition) -> Result<(), StoreError> {
        match partition {
            Partition::Timeline(_) => Err(StoreError::Unavailable("not now".into())),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Records for Forgetful {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        Self::fails(partition)?;
        self.0.get(partition, key).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        Self::fails(&document.partition)?;
        self.0.put(document, expected).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        self.0.delete(partition, key, version).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        Self::fails(partition)?;
        self.0.list(partition, after, limit).await
    }
}

#[tokio::test]
async fn no_film_fails_because_its_times_cannot_be_noted() {
    let mut world = World::in_memory();
    world.local.house.records = Arc::new(Forgetful(Arc::clone(&world.local.house.records)));
    let (film, _) = world.film(None, Some(&dialogue())).await;
    let names: Vec<&str> = film.files.iter().filter_map(|file| file["name"].as_str()).collect();
    assert!(names.contains(&"film.mp4") && !names.contains(&"timeline.svg"), "{names:?}");
}
