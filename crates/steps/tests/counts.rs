//! What is spoken, and what is not, counted at the speech port.

use crate::world::{World, dialogue, script};
use steps::open::Request;
use story::artifacts::{Object, body, collect};
use story::job::Kind;
use story::records::Partition;
use story::take::Sidecar;
use story::{Script, Task};

/// Previews the dialogue, changes it, films the change: how many calls does the change take?
async fn check(expected: usize, change: impl FnOnce(&mut Script)) {
    let world = World::new().await;
    world.preview(&dialogue()).await;
    let mut changed = dialogue();
    change(&mut changed);
    let (preview, calls) = world.preview(&changed).await;
    assert_eq!(calls, expected);
    assert_eq!((preview.counts.spoken, preview.counts.reused), (expected, 4 - expected));
    let (_, calls) = world.film(Some(&preview.id), None).await;
    assert_eq!(calls, 0, "the film speaks nothing");
}

#[tokio::test]
async fn a_four_line_dialogue_is_four_speakings_at_preview_and_none_at_film() {
    let world = World::new().await;
    let (preview, calls) = world.preview(&dialogue()).await;
    assert_eq!((calls, preview.counts.spoken, preview.counts.reused), (4, 4, 0));
    let (film, calls) = world.film(Some(&preview.id), None).await;
    assert_eq!((calls, film.counts.spoken, film.counts.reused), (0, 0, 4));
    assert!(film.warnings.is_empty(), "{:?}", film.warnings);
    assert!((film.cost.saved_usd - preview.cost.cost_usd).abs() < 1e-9, "what the preview paid, the film did not");
}

#[tokio::test]
async fn the_same_script_again_speaks_nothing() {
    check(0, |_| {}).await;
}

#[tokio::test]
async fn one_word_changed_is_one_speaking() {
    check(1, |script| script.lines[2].text = "The moon is up.".into()).await;
}

#[tokio::test]
async fn one_voice_changed_is_that_speakers_lines() {
    check(2, |script| script.speakers.get_mut("Bo").expect("Bo speaks").voice_id = Some("another".into())).await;
}

#[tokio::test]
async fn one_voice_setting_changed_is_that_speakers_lines() {
    check(2, |script| script.speakers.get_mut("Ana").expect("Ana speaks").voice_settings.speed = Some(1.1)).await;
}

#[tokio::test]
async fn volume_pause_order_picture_captions_and_aspect_change_no_sound() {
    check(0, |script| script.speakers.get_mut("Bo").expect("Bo speaks").volume = 1.2).await;
    check(0, |script| script.lines[1].pause_ms = 900).await;
    // Whoever speaks first: voices stay with their speakers.
    check(0, |script| script.lines.reverse()).await;
    check(0, |script| {
        script.lines[0].picture = Some(story::script::Picture::Color(story::script::Color("#123456".into())))
    })
    .await;
    check(0, |script| script.look.captions.uppercase = true).await;
    check(0, |script| script.look.aspect = story::script::Aspect::Square).await;
}

#[tokio::test]
async fn a_retake_raised_is_one_speaking_and_lowered_again_none() {
    let world = World::new().await;
    world.preview(&dialogue()).await;
    let mut raised = dialogue();
    raised.lines[1].retake = 1;
    assert_eq!(world.preview(&raised).await.1, 1);
    assert_eq!(world.preview(&dialogue()).await.1, 0);
    assert_eq!(world.preview(&raised).await.1, 0, "every reading is kept");
}

#[tokio::test]
async fn two_previews_at_once_that_share_a_line_speak_it_once() {
    let world = World::new().await;
    let shared = "We both say this.";
    let one = world.open(Request::script(Kind::Preview, script(&[("Ana", shared)]))).await.expect("good");
    let other = world
        .open(Request::script(Kind::Preview, script(&[("Ana", shared), ("Bo", "And more.")])))
        .await
        .expect("good");
    world.work().await.expect("the stores work");
    assert_eq!(world.calls(), 2);
    let (one, other) = (world.view(&one).await, world.view(&other).await);
    assert_eq!((one.counts.spoken, one.counts.reused), (1, 0));
    assert_eq!((other.counts.spoken, other.counts.reused), (1, 1));
}

#[tokio::test]
async fn a_line_that_stands_twice_is_spoken_once() {
    let world = World::new().await;
    let (preview, calls) = world.preview(&script(&[("Ana", "Yes."), ("Bo", "No."), ("Ana", "Yes.")])).await;
    assert_eq!((calls, preview.counts.spoken, preview.counts.reused), (2, 2, 1));
}

#[tokio::test]
async fn an_unchanged_scene_of_a_changed_script_is_not_rendered_again() {
    let world = World::new().await;
    let (film, _) = world.film(None, Some(&dialogue())).await;
    assert_eq!((world.rendered(), film.counts.scenes, film.counts.scenes_reused), (4, 4, 0));
    let mut changed = dialogue();
    changed.lines[2].text = "The moon is up.".into();
    let (film, _) = world.film(None, Some(&changed)).await;
    assert_eq!((world.rendered(), film.counts.scenes, film.counts.scenes_reused), (5, 4, 3));
}

#[tokio::test]
async fn words_stand_where_the_provider_said_they_are_spoken() {
    let world = World::new().await;
    let id = world.open(Request::script(Kind::Preview, script(&[("Ana", "Yes.")]))).await.expect("good");
    world.work_up_to(|task| matches!(task, Task::Track { .. })).await.expect("the stores work");
    let head = steps::job::head(world.house(), &id).await.expect("works").expect("there");
    let sound = steps::job::object(world.house(), &head, "line-000.mp3").await.expect("works").expect("there");
    let Object::TakeAudio(key, attempt) = sound else { panic!("a take's sound") };
    let sidecar = Object::TakeSidecar(key, attempt);
    let said = world.house().artifacts.get(&sidecar, None).await.expect("works").expect("there");
    let mut said: Sidecar = serde_json::from_slice(&collect(said).await.expect("works")).expect("a sidecar");
    let times = said.alignment.as_mut().expect("the rehearsal says when");
    times.starts_s.iter_mut().zip(&mut times.ends_s).for_each(|(start, end)| (*start, *end) = (0.123, 0.223));
    let said = serde_json::to_vec(&said).expect("a sidecar");
    world.house().artifacts.put(&sidecar, body(said)).await.expect("works");
    world.work().await.expect("the stores work");
    let captions = Object::File(id, "captions.srt".into());
    let captions = world.house().artifacts.get(&captions, None).await.expect("works").expect("there");
    let captions = String::from_utf8(collect(captions).await.expect("works").to_vec()).expect("text");
    assert!(captions.contains("00:00:00,123 -->"), "{captions}");
}

#[tokio::test]
async fn a_wish_goes_with_its_take_and_the_rest_with_their_job() {
    let world = World::in_memory();
    world.preview(&script(&[("Ana", "There.")])).await;
    let both = script(&[("Ana", "There."), ("Bo", "Not yet.")]);
    let id = world.open(Request::script(Kind::Preview, both)).await.expect("good");
    steps::advance::advance(world.house(), &id, None).await.expect("the stores work");
    let plan = steps::job::plan(world.house(), &id).await.expect("there");
    let wishes = async || {
        let mut wishes = Vec::new();
        for take in &plan.takes {
            let wants = Partition::Wants(take.key.clone());
            wishes.push(world.house().records.list(&wants, "", 9).await.expect("works").len());
        }
        wishes
    };
    assert_eq!(wishes().await, [0, 1]);
    steps::cancel::cancel(world.house(), &id).await.expect("the stores work");
    assert_eq!(wishes().await, [0, 0]);
}
