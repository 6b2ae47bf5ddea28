//! A topic becomes sections: spoken and animated at once, each drawn the moment its voice and its animation are there.

use crate::painting::artist::Ways;
use crate::painting::author::{Author, Fault, USD};
use crate::painting::gallery::Gallery;
use doubles::account::{self, FaultKind};
use doubles::images::ImageSettings;
use serde_json::json;
use std::sync::Arc;
use steps::open::{Request, open};
use steps::view::View;
use story::artifacts::{Object, collect};
use story::job::{Kind, Source, Status};
use story::writing::{TopicReading, Work};
use story::{JobId, animation::Animation};

const WAYS: Ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (500, 500) };
/// Each call of the writer takes so long.
const WRITES_MS: u64 = 10_000;

fn topic(sections: u32) -> Request {
    let order = TopicReading::of_value(&json!({"text": "a topic", "sections": sections}), "/topic").into_order();
    Request { writing: Some(Work::Topic(order.expect("an order"))), ..Request::nothing(Kind::Video) }
}

/// A topic whose sections are drawn by programs.
fn programs(sections: u32) -> Request {
    let order = json!({"text": "a topic", "sections": sections, "style": "manim"});
    let order = TopicReading::of_value(&order, "/topic").into_order();
    Request { writing: Some(Work::Topic(order.expect("an order"))), ..Request::nothing(Kind::Video) }
}

/// A house in which so many have animations written.
fn gallery(authors: usize) -> Gallery {
    gallery_with(authors, true)
}

fn gallery_with(authors: usize, has_manim: bool) -> Gallery {
    let mut gallery = Gallery::new(1, ImageSettings { per_window: None, ..ImageSettings::default() }, WAYS, 0);
    gallery.has_manim = has_manim;
    gallery.author = Author::new(Arc::clone(&gallery.house.clock), [WRITES_MS; 2]);
    gallery.plans();
    for _ in 0..authors {
        gallery.writes(gallery.house.clone());
    }
    gallery
}

async fn ordered(gallery: &Gallery, request: Request) -> JobId {
    open(&gallery.house, gallery.makers(), request).await.expect("the order is good").id
}

fn names(view: &View) -> Vec<&str> {
    view.files.iter().filter_map(|file| file["name"].as_str()).collect()
}

fn sections(view: &View) -> usize {
    names(view).iter().filter(|name| name.starts_with("scene-") && name.ends_with(".mp4")).count()
}

fn unspeakable(words: &str) -> account::Fault {
    account::Fault { kind: FaultKind::InternalError, times: 50, text_contains: Some(words.to_owned()) }
}

#[tokio::test(start_paused = true)]
async fn all_sections_are_written_and_spoken_at_once_and_no_animation_waits_for_a_voice() {
    let gallery = gallery(5);
    let began = gallery.house.clock.now();
    let job = ordered(&gallery, topic(5)).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.source), (Status::Succeeded, Source::Topic), "{:?}", view.error);
    assert_eq!((view.stages.animate.done, view.stages.animate.of, view.counts.animations), (5, 5, 5));
    assert!(view.warnings.is_empty(), "{:?}", view.warnings);
    assert!((view.cost.cost_usd - 6.0 * USD - view_speech_usd(&view)).abs() < 1e-9, "{:?}", view.cost);
    let calls = gallery.author.calls();
    assert_eq!(calls.len(), 6, "a plan, and an animation for each section");
    let asked: Vec<u64> = calls[1..].iter().map(|call| call.began.since_ms(began)).collect();
    assert!(asked.iter().all(|ms| (WRITES_MS..WRITES_MS + 1_000).contains(ms)), "as soon as it is planned: {asked:?}");
    assert_eq!(sections(&view), 5, "{:?}", names(&view));
    assert!(names(&view).contains(&"film.mp4") && names(&view).contains(&"preview.m4a"), "{:?}", names(&view));
}

fn view_speech_usd(view: &View) -> f64 {
    view.cost.characters_paid as f64 * 0.1 / 1000.0
}

#[tokio::test(start_paused = true)]
async fn a_sections_film_is_there_before_the_job_has_ended() {
    let gallery = gallery(1);
    let job = ordered(&gallery, topic(4)).await;
    let mut seen = Vec::new();
    loop {
        let view = gallery.view(&job).await;
        let there = sections(&view);
        if there > 0 && seen.last() != Some(&there) && !view.status.has_ended() {
            let head = steps::job::head(&gallery.house, &job).await.unwrap().unwrap();
            for name in names(&view).into_iter().filter(|name| name.starts_with("scene-")) {
                let object = steps::job::object(&gallery.house, &head, name).await.unwrap().expect("a file");
                assert!(gallery.house.artifacts.head(&object).await.unwrap().is_some(), "{name}");
            }
            seen.push(there);
        }
        if view.status.has_ended() {
            assert_eq!((view.status, there), (Status::Succeeded, 4));
            break;
        }
        gallery.lives(500).await;
    }
    assert!(seen.starts_with(&[1, 2, 3]), "one after the other, as they are written: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_animation_goes_back_twice_with_what_is_wrong_and_then_key_points_are_shown() {
    let gallery = gallery(4);
    for fault in [Fault::Unsaid, Fault::Broken] {
        gallery.author.fails("Part 1", fault);
    }
    for fault in [Fault::Broken, Fault::Unsaid, Fault::Unsaid] {
        gallery.author.fails("Part 2", fault);
    }
    let job = ordered(&gallery, topic(3)).await;
    let view = gallery.ended(&job).await;
    assert_eq!(view.status, Status::Succeeded, "{:?}", view.error);
    let times = |heading: &str| gallery.author.times(heading);
    assert_eq!((times("Part 1"), times("Part 2"), times("Part 3")), (3, 3, 1));
    let again: Vec<Vec<String>> = gallery
        .author
        .calls()
        .into_iter()
        .filter(|call| call.heading.as_deref() == Some("Part 1"))
        .map(|call| call.wrong)
        .collect();
    assert_eq!(again, [vec![], vec!["/steps/0/at".to_owned()], vec![String::new()]]);
    assert_eq!((view.counts.animations, view.counts.cards, sections(&view)), (2, 1, 3));
    let [warning] = view.warnings.as_slice() else { panic!("{:?}", view.warnings) };
    assert_eq!((warning.code.as_str(), warning.pointer.as_deref()), ("animation-card", Some("/lines/1/picture")));
    assert!(
        warning.detail.starts_with("the writer's answer was wrong 3 times: /steps/0/at: \"never said\" is not said")
            && warning.detail.ends_with("the section's key points are shown until the job is retried"),
        "{}",
        warning.detail
    );
    let scenes = shown(&gallery, &job).await;
    assert_eq!(scenes[1].things.len(), 3, "a heading and two points: {:?}", scenes[1]);

    assert!(steps::cancel::retry(&gallery.house, &job).await.unwrap());
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.cards, view.warnings.len()), (Status::Succeeded, 0, 0));
    assert_eq!((times("Part 1"), times("Part 2"), times("Part 3")), (3, 4, 1), "only what is missing is asked for");
    assert_eq!(shown(&gallery, &job).await[1].things.len(), 1);
}

/// The animations of a film.
async fn shown(gallery: &Gallery, job: &JobId) -> Vec<Animation> {
    let object = Object::File(job.clone(), "scenes.json".to_owned());
    let stored = gallery.house.artifacts.get(&object, None).await.expect("the stores work");
    let bytes = collect(stored.expect("the film is joined")).await.expect("the stores work");
    let scenes: serde_json::Value = serde_json::from_slice(&bytes).expect("it is JSON");
    let animation = |scene: &serde_json::Value| {
        serde_json::from_value(scene["picture"]["animation"].clone()).expect("an animation")
    };
    scenes["scenes"].as_array().expect("a list").iter().map(animation).collect()
}

#[tokio::test(start_paused = true)]
async fn a_section_whose_take_fails_is_drawn_and_only_it_is_drawn_again_when_its_take_comes() {
    let gallery = gallery(4);
    gallery.voice().fails(unspeakable("part 2"));
    let job = ordered(&gallery, topic(3)).await;
    let view = gallery.ended(&job).await;
    assert_eq!(view.status, Status::Failed, "as the order has it");
    assert_eq!(sections(&view), 3, "each section can be looked at: {:?}", names(&view));
    assert_eq!((view.stages.compose.done, gallery.rendered()), (3, 3));

    gallery.voice().account().faults.clear();
    assert!(steps::cancel::retry(&gallery.house, &job).await.unwrap());
    let view = gallery.ended(&job).await;
    assert_eq!(view.status, Status::Succeeded, "{:?}", view.error);
    assert_eq!(gallery.rendered(), 4, "one section is as long as it is spoken now");
    assert_eq!(gallery.author.calls().len(), 4, "nothing is written again");
    assert_eq!(sections(&view), 3);
}

#[tokio::test(start_paused = true)]
async fn the_same_section_is_written_and_drawn_once_for_all_who_show_it() {
    let gallery = gallery(4);
    let first = ordered(&gallery, topic(3)).await;
    gallery.ended(&first).await;
    let again =
        ordered(&gallery, Request { look: Some(json!({"captions": {"position": "bottom"}})), ..topic(2) }).await;
    let view = gallery.ended(&again).await;
    assert_eq!(view.status, Status::Succeeded, "{:?}", view.error);
    assert_eq!((view.counts.animations, view.counts.animations_reused, view.counts.reused), (0, 2, 2));
    assert_eq!(gallery.author.calls().len(), 5, "two plans, three animations");
    assert_eq!((gallery.rendered(), sections(&view)), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_busy_writer_is_asked_later_and_a_lost_answer_is_asked_for_once_more() {
    let gallery = gallery(4);
    gallery.author.fails("Part 1", Fault::Busy);
    gallery.author.fails("Part 2", Fault::Lost);
    let job = ordered(&gallery, topic(2)).await;
    let view = gallery.ended(&job).await;
    assert_eq!(
        (view.status, view.counts.animations, view.counts.rebought),
        (Status::Succeeded, 2, 1),
        "{:?}",
        view.error
    );
    assert_eq!((gallery.author.times("Part 1"), gallery.author.times("Part 2")), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn one_who_has_an_animation_written_and_dies_is_missed_and_another_goes_on() {
    let mut gallery = gallery(0);
    let mortal = gallery.writes(gallery.house.clone());
    let job = ordered(&gallery, topic(1)).await;
    gallery.lives(WRITES_MS + 2_000).await;
    assert_eq!(gallery.author.times("Part 1"), 1);
    mortal.abort();
    gallery.writes(gallery.house.clone());
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.rebought), (Status::Succeeded, 1), "{:?}", view.error);
    assert_eq!(gallery.author.times("Part 1"), 2);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_writes_an_order_is_refused_before_anything_is_made() {
    let gallery = gallery(1);
    let makers = steps::makers::Makers { writer: Err("nobody writes here"), ..gallery.makers() };
    let refused = open(&gallery.house, makers, topic(1)).await;
    assert!(matches!(refused, Err(steps::open::Refusal::Provider(_))), "{:?}", refused.map(|job| job.id));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_answer_that_was_paid_is_gone_on_from_however_the_next_call_ends() {
    let gallery = gallery(2);
    for fault in [Fault::Unsaid, Fault::Busy, Fault::Lost, Fault::Unsaid] {
        gallery.author.fails("Part 1", fault);
    }
    let job = ordered(&gallery, topic(1)).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.animations), (Status::Succeeded, 1), "{:?}", view.warnings);
    let calls = gallery.author.calls();
    let told: Vec<usize> = calls[1..].iter().map(|call| call.wrong.len()).collect();
    assert_eq!(told, [0, 1, 1, 1, 1], "what was wrong is told to whoever is asked next");
    assert_eq!(calls.len(), 6, "two wrong answers, one that came right, and two that did not come");
}

/// What a film shows of each section: a program, or an animation.
async fn ways(gallery: &Gallery, job: &JobId) -> Vec<&'static str> {
    let object = Object::File(job.clone(), "scenes.json".to_owned());
    let stored = gallery.house.artifacts.get(&object, None).await.expect("the stores work");
    let bytes = collect(stored.expect("the film is joined")).await.expect("the stores work");
    let scenes: serde_json::Value = serde_json::from_slice(&bytes).expect("it is JSON");
    let way = |scene: &serde_json::Value| if scene["picture"]["manim"].is_string() { "program" } else { "animation" };
    scenes["scenes"].as_array().expect("a list").iter().map(way).collect()
}

fn told(view: &View) -> Vec<(&str, Option<&str>)> {
    view.warnings.iter().map(|warning| (warning.code.as_str(), warning.pointer.as_deref())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_program_that_goes_wrong_goes_back_twice_with_its_sentence_and_then_its_section_is_drawn_the_usual_way() {
    let gallery = gallery(4);
    for fault in [Fault::Unsaid, Fault::Unsaid] {
        gallery.author.fails("Part 1", fault);
    }
    for fault in [Fault::Unsaid, Fault::Unsaid, Fault::Broken] {
        gallery.author.fails("Part 2", fault);
    }
    let job = ordered(&gallery, programs(3)).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.animations, sections(&view)), (Status::Succeeded, 3, 3), "{:?}", view.error);
    let times = |heading: &str| gallery.author.times(heading);
    assert_eq!((times("Part 1"), times("Part 2"), times("Part 3")), (3, 4, 1));
    let wrong = |heading: &str| -> Vec<usize> {
        let calls = gallery.author.calls().into_iter().filter(|call| call.heading.as_deref() == Some(heading));
        calls.map(|call| call.wrong.len()).collect()
    };
    assert_eq!(
        (wrong("Part 1"), wrong("Part 2")),
        (vec![0, 1, 1], vec![0, 1, 1, 0]),
        "the last asks for something else"
    );
    assert_eq!(ways(&gallery, &job).await, ["program", "animation", "program"]);
    assert_eq!(told(&view), [("manim-missed", Some("/lines/1"))], "{:?}", view.warnings);
}

#[tokio::test(start_paused = true)]
async fn one_who_dies_after_a_program_was_given_up_asks_for_no_other_program() {
    let mut gallery = gallery(0);
    let mortal = gallery.writes(gallery.house.clone());
    for fault in [Fault::Unsaid, Fault::Unsaid, Fault::Unsaid] {
        gallery.author.fails("Part 1", fault);
    }
    let job = ordered(&gallery, programs(1)).await;
    while gallery.author.times("Part 1") < 4 {
        gallery.lives(500).await;
    }
    gallery.lives(500).await;
    mortal.abort();
    gallery.writes(gallery.house.clone());
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, gallery.author.times("Part 1")), (Status::Succeeded, 5), "{:?}", view.error);
    assert_eq!(ways(&gallery, &job).await, ["animation"]);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_cannot_be_drawn_in_the_end_leaves_its_key_points() {
    let gallery = gallery(4);
    gallery.author.fails("Part 2", Fault::Undrawable);
    let job = ordered(&gallery, programs(2)).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, sections(&view)), (Status::Succeeded, 2), "{:?}", view.error);
    assert_eq!(ways(&gallery, &job).await, ["program", "animation"]);
    assert_eq!(told(&view), [("animation-card", Some("/lines/1"))], "{:?}", view.warnings);
    assert!(view.warnings[0].detail.contains("it computes for too long"), "{:?}", view.warnings);
    // Taken up again it is tried again, and not asked for again.
    assert!(steps::cancel::retry(&gallery.house, &job).await.unwrap());
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, gallery.author.times("Part 2")), (Status::Succeeded, 1), "{:?}", view.error);
    assert_eq!(ways(&gallery, &job).await, ["program", "animation"]);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_runs_programs_now_none_that_was_paid_is_asked_for_again_and_no_job_fails() {
    let gallery = gallery(4);
    gallery.author.fails("Part 1", Fault::Untried);
    gallery.author.fails("Part 2", Fault::Unpainted);
    let job = ordered(&gallery, programs(3)).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, sections(&view)), (Status::Succeeded, 3), "{:?}", view.error);
    let times = ["Part 1", "Part 2", "Part 3"].map(|heading| gallery.author.times(heading));
    assert_eq!(times, [2, 1, 1], "the first is written the usual way");
    assert_eq!(ways(&gallery, &job).await, ["animation", "animation", "program"]);
    assert_eq!(told(&view), [("manim-missed", Some("/lines/0")), ("animation-card", Some("/lines/1"))]);
}

#[tokio::test(start_paused = true)]
async fn out_of_a_program_a_section_rises_from_black() {
    let gallery = gallery(4);
    let mut request = programs(2);
    request.look = Some(json!({"transition": {"kind": "crossfade", "duration_ms": 500}}));
    let job = ordered(&gallery, request).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, sections(&view)), (Status::Succeeded, 2), "{:?}", view.error);
    assert_eq!(ways(&gallery, &job).await, ["program", "program"]);
}

#[tokio::test(start_paused = true)]
async fn without_manim_all_is_drawn_the_usual_way_and_the_job_says_so() {
    let gallery = gallery_with(4, false);
    let job = ordered(&gallery, programs(2)).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, gallery.author.calls().len()), (Status::Succeeded, 3), "{:?}", view.error);
    assert_eq!(ways(&gallery, &job).await, ["animation"; 2]);
    assert_eq!(told(&view), [("manim-missing", None)]);
    assert!(view.warnings[0].detail.contains("Manim is not installed in this test"), "{:?}", view.warnings);
}
