//! A film with its script sent, whatever became of the preview: it ends, with the exact number of speakings and the exact warnings.

use crate::world::{World, dialogue, film_request};
use std::time::Duration;
use steps::open::{Again, Refusal, Request};
use story::artifacts::Object;
use story::job::Status;
use story::{JobId, Script, Task};

/// Makes a preview, lets `happen` what happens to it, films it with `script`.
async fn check<F: AsyncFnOnce(&World, &JobId, &mut Script)>(speakings: usize, warnings: &[&str], happen: F) {
    let world = World::new().await;
    let (preview, _) = world.preview(&dialogue()).await;
    let mut script = dialogue();
    happen(&world, &preview.id, &mut script).await;
    let (film, calls) = world.film(Some(&preview.id), Some(&script)).await;
    let found: Vec<String> = film
        .warnings
        .iter()
        .map(|w| format!("{} {}", w.code, w.pointer.as_deref().unwrap_or("")).trim_end().to_owned())
        .collect();
    assert_eq!((calls, film.counts.spoken), (speakings, speakings));
    assert_eq!(found, warnings);
    assert!(film.files.iter().any(|file| file["name"] == "film.mp4"));
}

#[tokio::test]
async fn a_valid_preview_is_taken_over_whole() {
    let world = World::new().await;
    let (preview, _) = world.preview(&dialogue()).await;
    let (film, _) = world.film(Some(&preview.id), Some(&dialogue())).await;
    let track =
        |files: &[serde_json::Value]| files.iter().find(|f| f["name"] == "preview.m4a").map(|f| f["sha256"].clone());
    assert!(track(&film.files).is_some());
    assert_eq!(track(&film.files), track(&preview.files));
    assert_eq!(world.studio.laid.load(std::sync::atomic::Ordering::SeqCst), 1, "laid once, taken over once");
    check(0, &[], async |_, _, _| {}).await;
}

#[tokio::test]
async fn an_expired_preview_costs_nothing_while_its_takes_are_kept() {
    check(0, &["preview-expired"], async |world, _, _| world.clock.advance(Duration::from_secs(3601))).await;
}

#[tokio::test]
async fn a_swept_preview_costs_nothing_while_its_takes_are_kept() {
    check(0, &["preview-expired"], async |world, id, _| {
        world.clock.advance(Duration::from_secs(3601));
        let swept = steps::sweep::sweep(world.house()).await.expect("the stores work");
        assert_eq!((swept.jobs, swept.takes), (1, 0));
        let left = world.house().artifacts.list(&format!("jobs/{id}/")).await.expect("the stores work");
        assert!(left.is_empty(), "{left:?}");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_preview_costs_nothing_while_its_takes_are_kept() {
    check(0, &["preview-expired"], async |world, id, _| {
        assert!(steps::remove::remove(world.house(), id).await.expect("the stores work"));
    })
    .await;
}

#[tokio::test]
async fn a_take_whose_sound_is_gone_is_spoken_again() {
    check(1, &["take-missing /lines/1"], async |world, id, _| {
        let plan = steps::job::plan(world.house(), id).await.expect("there");
        let job = steps::job::head(world.house(), id).await.expect("works").expect("there");
        let sound = steps::job::object(world.house(), &job, "line-001.mp3").await.expect("works").expect("there");
        assert!(matches!(&sound, Object::TakeAudio(key, _) if *key == plan.take(1).key));
        world.house().artifacts.delete(&sound).await.expect("works");
    })
    .await;
}

#[tokio::test]
async fn a_take_whose_sound_was_cut_or_whose_times_are_gone_is_spoken_again() {
    check(1, &["take-missing /lines/0"], async |world, id, _| {
        let sound = sound(world, id, "line-000.mp3").await;
        world.house().artifacts.put(&sound, story::artifacts::body("cut")).await.expect("works");
    })
    .await;
    check(1, &["take-missing /lines/2"], async |world, id, _| {
        let Object::TakeAudio(key, attempt) = sound(world, id, "line-002.mp3").await else { panic!("a take's sound") };
        world.house().artifacts.delete(&Object::TakeSidecar(key, attempt)).await.expect("works");
    })
    .await;
}

async fn sound(world: &World, id: &JobId, line: &str) -> Object {
    let job = steps::job::head(world.house(), id).await.expect("works").expect("there");
    steps::job::object(world.house(), &job, line).await.expect("works").expect("there")
}

#[tokio::test]
async fn a_scene_that_is_gone_or_empty_is_rendered_again() {
    let world = World::new().await;
    world.film(None, Some(&dialogue())).await;
    let stored = world.house().artifacts.list("scenes/").await.expect("works");
    let keys: Vec<String> = stored
        .iter()
        .filter_map(|head| head.path.strip_prefix("scenes/")?.strip_suffix(".ts").map(str::to_owned))
        .collect();
    world.house().artifacts.delete(&Object::SceneBoxes(keys[0].clone())).await.expect("works");
    world.house().artifacts.put(&Object::Scene(keys[1].clone()), story::artifacts::body("")).await.expect("works");
    let (film, _) = world.film(None, Some(&dialogue())).await;
    assert_eq!((film.counts.scenes, film.counts.scenes_reused), (4, 2));
}

#[tokio::test]
async fn a_job_does_not_expire_under_its_own_hands() {
    let world = World::new().await;
    let request = Request { ttl_ms: Some(1_000), ..Request::script(story::job::Kind::Preview, dialogue()) };
    let id = world.open(request).await.expect("good");
    world.clock.advance(Duration::from_secs(7_200));
    steps::sweep::sweep(world.house()).await.expect("the stores work");
    world.work().await.expect("the stores work");
    assert_eq!(world.view(&id).await.counts.spoken, 4);
    world.clock.advance(Duration::from_secs(2));
    assert!(steps::view::view(world.house(), &id).await.expect("works").is_none());
}

#[tokio::test]
async fn a_job_that_fails_after_its_life_is_kept_with_its_reason_for_as_long_again() {
    let world = World::new().await;
    let request = Request { ttl_ms: Some(1_000), ..Request::script(story::job::Kind::Preview, dialogue()) };
    let id = world.open(request).await.expect("good");
    world.work_up_to(|task| matches!(task, Task::Track { .. })).await.expect("the stores work");
    world.clock.advance(Duration::from_secs(7_200));
    world.house().artifacts.delete(&sound(&world, &id, "line-001.mp3").await).await.expect("works");
    world.work().await.expect("the stores work");
    let failed = world.view(&id).await;
    let reason = failed.error.expect("it says why").detail;
    assert_eq!((failed.status, reason.as_str()), (Status::Failed, "the sound of line 2 is gone: make the job again"));
    world.clock.advance(Duration::from_secs(2));
    assert!(steps::view::view(world.house(), &id).await.expect("works").is_none());
}

#[tokio::test]
async fn the_list_of_jobs_holds_those_alive_behind_those_expired() {
    let world = World::new().await;
    let (film, _) = world.film(None, Some(&dialogue())).await;
    world.clock.advance(Duration::from_millis(5));
    world.preview(&dialogue()).await;
    world.clock.advance(Duration::from_secs(3_601));
    let jobs = steps::view::list(world.house(), "", 1, None).await.expect("works");
    assert_eq!(jobs.into_iter().map(|job| job.id).collect::<Vec<_>>(), [film.id]);
}

#[tokio::test]
async fn a_film_is_no_preview_to_make_a_film_from() {
    let world = World::new().await;
    let (film, _) = world.film(None, Some(&dialogue())).await;
    let refused = world.open(film_request(Some(&film.id), None)).await;
    assert!(matches!(refused, Err(Refusal::Invalid(invalid)) if invalid.problems[0].pointer == "/preview_id"));
}

#[tokio::test]
async fn a_track_that_is_gone_is_laid_anew() {
    check(0, &["track-laid-anew"], async |world, id, _| {
        world.house().artifacts.delete(&Object::File(id.clone(), "preview.m4a".into())).await.expect("works");
    })
    .await;
}

#[tokio::test]
async fn another_frame_rate_lays_the_track_anew() {
    check(0, &["track-laid-anew"], async |_, _, script| script.look.fps = 25).await;
}

#[tokio::test]
async fn a_changed_voice_is_spoken() {
    check(2, &["line-not-in-preview /lines/1", "line-not-in-preview /lines/3"], async |_, _, script| {
        script.speakers.get_mut("Bo").expect("Bo speaks").voice_id = Some("another".into());
    })
    .await;
}

#[tokio::test]
async fn a_changed_line_is_spoken() {
    check(1, &["line-not-in-preview /lines/3"], async |_, _, script| script.lines[3].text = "Then it is not.".into())
        .await;
}

#[tokio::test]
async fn a_film_without_any_preview_speaks_its_lines() {
    let world = World::new().await;
    let (film, calls) = world.film(None, Some(&dialogue())).await;
    assert_eq!((calls, film.counts.spoken, film.warnings.len()), (4, 4, 0));
}

#[tokio::test]
async fn an_expired_preview_without_its_script_is_refused() {
    let world = World::new().await;
    let (preview, _) = world.preview(&dialogue()).await;
    world.clock.advance(Duration::from_secs(3601));
    let refused = world.open(film_request(Some(&preview.id), None)).await;
    assert!(matches!(refused, Err(Refusal::PreviewGone)));
}

#[tokio::test]
async fn a_preview_that_is_used_is_kept_longer() {
    let world = World::new().await;
    let (preview, _) = world.preview(&dialogue()).await;
    world.clock.advance(Duration::from_secs(3000));
    world.film(Some(&preview.id), None).await;
    world.clock.advance(Duration::from_secs(3000));
    steps::sweep::sweep(world.house()).await.expect("the stores work");
    world.film(Some(&preview.id), None).await;
    world.clock.advance(Duration::from_secs(3601));
    steps::sweep::sweep(world.house()).await.expect("the stores work");
    assert!(steps::view::view(world.house(), &preview.id).await.expect("works").is_none());
}

#[tokio::test]
async fn a_film_of_a_preview_that_is_still_running_waits_for_it() {
    let world = World::new().await;
    let preview = world.open(Request::script(story::job::Kind::Preview, dialogue())).await.expect("good");
    let film = world.open(film_request(Some(&preview), None)).await.expect("good");
    while !world.view(&film).await.status.has_ended() {
        world.work().await.expect("the stores work");
        world.clock.advance(Duration::from_millis(400));
    }
    let (preview, film) = (world.view(&preview).await, world.view(&film).await);
    assert_eq!((world.calls(), preview.counts.spoken, film.counts.reused), (4, 4, 4));
    assert_eq!(world.studio.laid.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_film_does_not_wait_for_a_preview_that_rests() {
    let world = World::new().await;
    let attended = Request { again: Again::GoOn, ..Request::script(story::job::Kind::Preview, dialogue()) };
    let preview = world.open(attended).await.expect("good");
    let film = world.open(film_request(Some(&preview), None)).await.expect("good");
    steps::rest::rest_with_its_command(world.house(), &preview).await.expect("the stores work");
    world.work().await.expect("the stores work");
    assert_eq!(world.view(&film).await.status, Status::Succeeded);
    assert!(!world.view(&preview).await.status.has_ended());
}
