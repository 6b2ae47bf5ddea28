//! What becomes of a clip: ordered once, asked for with growing gaps, fetched once, and kept for two hours after its last use.

use crate::painting::artist::Ways;
use crate::painting::filmer::{Fault, Filmer};
use crate::painting::gallery::{Gallery, prompt};
use doubles::images::ImageSettings;
use serde_json::json;
use std::sync::Arc;
use steps::estimate::estimate;
use steps::open::{Refusal, Request, open};
use story::JobId;
use story::artifacts::{Object, collect};
use story::clips::{ClipOrder, ClipReading};
use story::job::{Kind, Source, Status};

const WAYS: Ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (500, 500) };
const HOUR_MS: u64 = 3_600_000;

fn order(clip: serde_json::Value) -> Request {
    let order: Option<ClipOrder> = ClipReading::of_value(&clip, "/clip").order;
    Request { clip: Some(order.expect("an order")), ..Request::nothing(Kind::Video) }
}

fn boat() -> Request {
    order(json!({"prompt": "A paper boat.", "seconds": 4}))
}

/// A house in which clips take so long, and so many have them made.
fn gallery(generating_ms: u64, filmers: usize) -> Gallery {
    let mut gallery = Gallery::new(1, ImageSettings { per_window: None, ..ImageSettings::default() }, WAYS, 0);
    gallery.filmer = Filmer::new(Arc::clone(&gallery.house.clock), generating_ms);
    gallery.house.settings.images_per_minute = None;
    gallery.house.settings.clips_per_minute = None;
    gallery.paints(gallery.house.clone());
    for _ in 0..filmers {
        gallery.films(gallery.house.clone());
    }
    gallery
}

async fn ordered(gallery: &Gallery, request: Request) -> JobId {
    open(&gallery.house, gallery.makers(), request).await.expect("the order is good").id
}

#[tokio::test(start_paused = true)]
async fn a_clip_is_ordered_once_asked_for_now_and_then_and_fetched_once() {
    let gallery = gallery(30_000, 4);
    let job = ordered(&gallery, boat()).await;
    assert_eq!(gallery.view(&job).await.status, Status::Queued, "the answer waits for nobody");
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.source), (Status::Succeeded, Source::Clip), "{:?}", view.error);
    let log = gallery.filmer.log();
    assert_eq!((log.orders.len(), log.downloads.len()), (1, 1));
    assert!((3..=9).contains(&log.questions), "{} questions in 30 s", log.questions);
    assert!((view.cost.cost_usd - 0.4).abs() < 1e-9, "{:?}", view.cost);
    let clip = view.clip.expect("what came");
    assert_eq!(
        (&clip["prompt"], &clip["model"], &clip["seconds"]),
        (&json!("A paper boat."), &json!("film-1"), &json!(4))
    );
    assert_eq!(clip["footage"]["codec"], "h264");
    let names: Vec<&str> = view.files.iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(names, ["film.mp4", "thumbnail.jpg", "manifest.json"]);
    let head = steps::job::head(&gallery.house, &job).await.unwrap().unwrap();
    let film = steps::job::object(&gallery.house, &head, "film.mp4").await.unwrap().unwrap();
    assert!(matches!(film, Object::Picture(_)), "kept once: {film}");
    let bytes = collect(gallery.house.artifacts.get(&film, None).await.unwrap().unwrap()).await.unwrap();
    assert_eq!(bytes, "a clip of A paper boat.".as_bytes());
}

#[tokio::test(start_paused = true)]
async fn the_same_clip_for_many_is_one_order_and_one_object() {
    let gallery = gallery(20_000, 4);
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(ordered(&gallery, boat()).await);
    }
    for job in &jobs {
        assert_eq!(gallery.ended(job).await.status, Status::Succeeded);
    }
    let later = ordered(&gallery, boat()).await;
    let view = gallery.ended(&later).await;
    assert_eq!((view.status, view.counts.pictures_reused), (Status::Succeeded, 1));
    let log = gallery.filmer.log();
    assert_eq!((log.orders.len(), log.downloads.len()), (1, 1));
    let asked = estimate(&gallery.house, gallery.makers(), &boat(), None).await.unwrap();
    assert_eq!((asked.new_clips, asked.cost_usd), (0, 0.0));
    assert!((asked.saved_usd - 0.4).abs() < 1e-9);
}

#[tokio::test(start_paused = true)]
async fn a_clip_that_never_ends_fails_with_its_reason() {
    let gallery = gallery(1_000, 2);
    gallery.filmer.fails(Fault::Never);
    let job = ordered(&gallery, boat()).await;
    let view = gallery.ended(&job).await;
    let error = view.error.expect("a reason").detail;
    assert_eq!(view.status, Status::Failed);
    assert!(error.contains("30 minutes") && error.contains("not there"), "{error}");
    let log = gallery.filmer.log();
    assert!(log.questions < 110, "the gaps grow: {}", log.questions);
    assert_eq!(log.orders.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_answer_was_lost_is_not_given_again_unless_a_person_has_it_so() {
    let gallery = gallery(1_000, 2);
    gallery.filmer.fails(Fault::Lost);
    let job = ordered(&gallery, boat()).await;
    assert_eq!(gallery.ended(&job).await.status, Status::Failed);
    let again = ordered(&gallery, boat()).await;
    let view = gallery.ended(&again).await;
    assert_eq!(view.status, Status::Failed, "nobody has said that it may be bought again");
    let error = view.error.expect("a reason").detail;
    assert!(error.contains("lost"), "{error}");
    assert_eq!(gallery.filmer.log().orders.len(), 1);
    steps::cancel::retry(&gallery.house, &again).await.expect("a person says so");
    let view = gallery.ended(&again).await;
    assert_eq!((view.status, view.counts.rebought), (Status::Succeeded, 1));
    assert_eq!(gallery.filmer.log().orders.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_who_is_killed_while_the_clip_is_made_or_fetched_costs_no_second_order() {
    for after_ms in [2_000, 10_000, 21_500, 23_000] {
        let mut gallery = gallery(20_000, 0);
        let first = gallery.films(gallery.house.clone());
        let job = ordered(&gallery, boat()).await;
        gallery.lives(after_ms).await;
        first.abort();
        gallery.films(gallery.house.clone());
        let view = gallery.ended(&job).await;
        assert_eq!(view.status, Status::Succeeded, "killed after {after_ms} ms: {:?}", view.error);
        let log = gallery.filmer.log();
        assert_eq!(log.orders.len(), 1, "killed after {after_ms} ms");
        let head = steps::job::head(&gallery.house, &job).await.unwrap().unwrap();
        let film = steps::job::object(&gallery.house, &head, "film.mp4").await.unwrap().unwrap();
        assert!(gallery.house.artifacts.head(&film).await.unwrap().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_and_what_is_no_clip_is_kept_to_be_looked_at_until_it_expires() {
    let gallery = gallery(1_000, 2);
    gallery.filmer.fails(Fault::Refused);
    let job = ordered(&gallery, boat()).await;
    let view = gallery.ended(&job).await;
    assert!(view.error.expect("a reason").detail.contains("it shows what it must not"));
    assert!(view.files.is_empty());

    gallery.filmer.fails(Fault::Spoiled);
    let job = ordered(&gallery, order(json!({"prompt": "A red boat.", "seconds": 4}))).await;
    let view = gallery.ended(&job).await;
    assert_eq!(view.status, Status::Failed);
    let error = view.error.expect("a reason").detail;
    assert!(error.contains("what came is no clip"), "{error}");
    assert_eq!((view.files.len(), &view.files[0]["name"]), (1, &json!("refused.bin")));
    let head = steps::job::head(&gallery.house, &job).await.unwrap().unwrap();
    let kept = steps::job::object(&gallery.house, &head, "refused.bin").await.unwrap().unwrap();
    assert!(gallery.house.artifacts.head(&kept).await.unwrap().is_some());
    gallery.lives(5 * HOUR_MS).await;
    assert!(gallery.house.artifacts.head(&kept).await.unwrap().is_none(), "it has expired");
}

#[tokio::test(start_paused = true)]
async fn a_clip_is_removed_two_hours_after_its_last_use() {
    let gallery = gallery(1_000, 2);
    let job = ordered(&gallery, boat()).await;
    gallery.ended(&job).await;
    let head = steps::job::head(&gallery.house, &job).await.unwrap().unwrap();
    let film = steps::job::object(&gallery.house, &head, "film.mp4").await.unwrap().unwrap();
    for _ in 0..3 {
        gallery.lives(HOUR_MS).await;
        steps::job::touch(&gallery.house, &job).await.unwrap();
    }
    gallery.lives(HOUR_MS).await;
    assert!(gallery.house.artifacts.head(&film).await.unwrap().is_some(), "it was used an hour ago");
    gallery.lives(4 * HOUR_MS).await;
    assert!(steps::view::view(&gallery.house, &job).await.unwrap().is_none());
    assert!(gallery.house.artifacts.head(&film).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn clips_of_one_command_share_what_the_provider_takes_in_a_minute() {
    let mut gallery = gallery(10_000, 0);
    gallery.house.settings.clips_per_minute = Some(2);
    for _ in 0..3 {
        gallery.films(gallery.house.clone());
    }
    let mut jobs = Vec::new();
    for number in 0..6 {
        jobs.push(ordered(&gallery, order(json!({"prompt": format!("Boat {number}."), "seconds": 4}))).await);
    }
    for job in &jobs {
        assert_eq!(gallery.ended(job).await.status, Status::Succeeded);
    }
    let orders = gallery.filmer.log().orders;
    assert_eq!(orders.len(), 6);
    for (index, (at, _)) in orders.iter().enumerate().skip(2) {
        assert!(at.since_ms(orders[index - 2].0) >= 60_000, "three within a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn how_far_a_clip_is_follows_from_how_long_those_before_took() {
    let gallery = gallery(40_000, 2);
    let first = ordered(&gallery, boat()).await;
    gallery.lives(20_000).await;
    assert_eq!(gallery.view(&first).await.eta_s, None, "nobody knows yet");
    gallery.ended(&first).await;
    let second = ordered(&gallery, order(json!({"prompt": "A red boat.", "seconds": 4}))).await;
    gallery.lives(20_000).await;
    let view = gallery.view(&second).await;
    assert!((0.3..=0.6).contains(&view.progress), "{}", view.progress);
    assert!(view.eta_s.is_some_and(|eta_s| (15.0..=35.0).contains(&eta_s)), "{:?}", view.eta_s);
}

#[tokio::test(start_paused = true)]
async fn a_clip_goes_on_with_an_earlier_one_and_begins_with_a_picture() {
    let gallery = gallery(1_000, 2);
    let first = ordered(&gallery, boat()).await;
    let refused = open(&gallery.house, gallery.makers(), order(json!({"prompt": "It rains.", "from": first.0}))).await;
    assert!(matches!(refused, Err(Refusal::Invalid(_))), "it is not there yet");
    gallery.ended(&first).await;
    let second = ordered(&gallery, order(json!({"prompt": "It rains.", "from": first.0}))).await;
    assert_eq!(gallery.ended(&second).await.status, Status::Succeeded);
    let image = json!({"url": "https://a.example/boat.png"});
    let third = ordered(&gallery, order(json!({"prompt": "It sails.", "image": image}))).await;
    assert_eq!(gallery.ended(&third).await.status, Status::Succeeded);
    let material = gallery.filmer.log().material;
    assert_eq!(material[1].from.as_deref(), Some("a clip of A paper boat.".as_bytes()));
    assert_eq!(material[2].image.as_deref(), Some("what lies at https://a.example/boat.png".as_bytes()));
    for (wrong, pointer) in [
        (json!({"prompt": "a", "from": "0000000000000000000"}), "/clip/from"),
        (json!({"prompt": "a", "from": first.0, "task": "edit"}), "/clip/task"),
        (json!({"prompt": "a", "seconds": 11}), "/clip/seconds"),
        (json!({"prompt": "a", "model": "film-2"}), "/clip/model"),
        (json!({"prompt": "a", "image": {"url": "https://private.example/a"}}), "/clip/image/url"),
    ] {
        let refused = estimate(&gallery.house, gallery.makers(), &order(wrong.clone()), None).await.err();
        let Some(Refusal::Invalid(invalid)) = refused else { panic!("{wrong}") };
        assert_eq!(invalid.problems[0].pointer, pointer, "{wrong}");
    }
    assert_eq!(gallery.filmer.log().orders.len(), 3, "nothing wrong was paid for");
}

#[tokio::test(start_paused = true)]
async fn a_scene_shows_a_clip_and_a_busy_provider_is_asked_again() {
    let gallery = gallery(5_000, 2);
    gallery.filmer.fails(Fault::Busy);
    let lines = [("One.", json!({"clip": "A paper boat."})), ("Two.", prompt("A red door."))];
    let request = Request::script(Kind::Video, crate::painting::gallery::script(&lines));
    let asked = estimate(&gallery.house, gallery.makers(), &request, None).await.unwrap();
    assert_eq!((asked.new_clips, asked.new_pictures), (1, 1));
    assert!(asked.cost_usd > 0.8, "8 s at 10 cents: {}", asked.cost_usd);
    let job = gallery.order(&lines).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.pictures, view.counts.scenes), (Status::Succeeded, 2, 2), "{:?}", view.error);
    let log = gallery.filmer.log();
    assert_eq!((log.orders.len(), log.downloads.len()), (1, 1));
    let scenes = Object::File(job.clone(), "scenes.json".into());
    let scenes = collect(gallery.house.artifacts.get(&scenes, None).await.unwrap().unwrap()).await.unwrap();
    let scenes: serde_json::Value = serde_json::from_slice(&scenes).unwrap();
    assert!(scenes["scenes"][0]["picture"]["clip"].is_string() && scenes["scenes"][1]["picture"]["sha256"].is_string());
}
