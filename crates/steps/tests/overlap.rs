//! Nothing of a job waits for what it does not need: not for a store's answer that could have been asked for meanwhile, and not for the
//! next look at a preview that has just ended.

use crate::lanes::host::receives;
use crate::lanes::provider::{Client, Provider};
use crate::lanes::slow::Slowness;
use crate::world::{Pace, Timekeeper, script};
use bytes::Bytes;
use local::{LocalHouse, Paused};
use std::sync::Arc;
use std::time::Duration;
use steps::open::Request;
use story::artifacts::{Object, TRACK, collect};
use story::job::{Job, Kind, Status};
use story::queue::Receiver;
use story::studio::Slot;
use story::tracks::{Begun, Tracks};
use story::{JobId, Script, Studio as _, Task, Timestamp};
use tokio::task::JoinSet;

fn house(lanes: u32) -> LocalHouse {
    let mut local = local::memory_house(Arc::new(Paused::new(Timestamp(1_795_000_000_000), 1)));
    local.house.settings.lanes = lanes;
    local
}

fn lines(many: usize) -> Script {
    let texts: Vec<String> = (0..many).map(|line| format!("Line {line}.")).collect();
    script(&texts.iter().map(|text| ("Ana", text.as_str())).collect::<Vec<_>>())
}

async fn open(local: &LocalHouse, speech: &Client, request: Request) -> JobId {
    steps::open::open(&local.house, speech, request).await.expect("the order is good").id
}

/// How long the first such task of a film of 100 lines takes, where a record takes 5 ms and an artifact 60 ms.
async fn takes_ms(is_asked: impl Fn(&Task) -> bool) -> u64 {
    const VISIBILITY: Duration = Duration::from_secs(60);
    let mut local = house(1);
    // As where processes come and go: nothing is laid ahead.
    local.house.tracks = Tracks::default();
    let LocalHouse { house, inbox } = &local;
    let slow = Slowness::new(Arc::clone(&house.clock), 5, 60).house(house);
    let (speech, studio) = (Client(Provider::new(Arc::clone(&house.clock), 10)), Timekeeper::default());
    open(&local, &speech, Request::script(Kind::Video, lines(100))).await;
    loop {
        steps::speak::speak(house, &speech, &studio).await.expect("the stores work");
        for receiver in [Receiver::Advance, Receiver::Compose, Receiver::Track] {
            while let Some(delivery) = inbox.receive(receiver, VISIBILITY).await.expect("the queue works") {
                let is_asked = is_asked(&delivery.task);
                let (began, worked_in) = (house.clock.now(), if is_asked { &slow } else { house });
                steps::perform::perform(worked_in, &studio, &delivery.task, 1).await.expect("the stores work");
                inbox.done(delivery.receipt).await.expect("the queue works");
                if is_asked {
                    return house.clock.now().since_ms(began);
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_track_of_a_hundred_lines_waits_for_no_sound_after_the_other() {
    let ms = takes_ms(|task| matches!(task, Task::Track { .. })).await;
    assert!(ms <= 2_500, "{ms} ms");
}

#[tokio::test(start_paused = true)]
async fn the_join_of_a_hundred_scenes_waits_for_no_scene_after_the_other() {
    let ms = takes_ms(|task| matches!(task, Task::Join { .. })).await;
    assert!(ms <= 5_000, "{ms} ms");
}

async fn ended(local: &LocalHouse, id: &JobId) -> Job {
    loop {
        let head = steps::job::head(&local.house, id).await.expect("the stores work").expect("the job is there");
        if head.status.has_ended() {
            assert_eq!(head.status, Status::Succeeded, "{:?}", head.error);
            return head;
        }
        local.house.clock.sleep(Duration::from_secs(1)).await;
    }
}

/// A crew of one speaker, one who moves jobs on, one who renders and joins, and one who lays.
fn crew(local: &LocalHouse, speech: &Client, pace: impl FnOnce(Pace) -> Pace) -> JoinSet<()> {
    let mut crew = JoinSet::new();
    let none = Duration::ZERO;
    let pace = pace(Pace { clock: Arc::clone(&local.house.clock), slot: none, track: none, scene: none });
    for receiver in [Receiver::Advance, Receiver::Compose, Receiver::Track] {
        let studio = Timekeeper { pace: Some(pace.clone()), ..Timekeeper::default() };
        crew.spawn(receives(local.house.clone(), Arc::clone(&local.inbox), studio, receiver));
    }
    let (house, inbox, speaking) = (local.house.clone(), Arc::clone(&local.inbox), speech.clone());
    crew.spawn(async move {
        let mut seen = 0;
        loop {
            steps::speak::speak(&house, &speaking, &Timekeeper::default()).await.expect("the stores work");
            seen = inbox.speech_woken(seen).await.expect("the queue works");
        }
    });
    crew
}

/// Has 20 lines spoken, 5 s each, and laid, 1 s each: the track, and how long after the last word it came. `before` sees the job first.
async fn laid(tracks: Tracks, before: impl AsyncFn(&LocalHouse, &Job)) -> (Bytes, u64) {
    let mut local = house(1);
    local.house.tracks = tracks;
    let speech = Client(Provider::new(Arc::clone(&local.house.clock), 5_000));
    let began = local.house.clock.now();
    let id = open(&local, &speech, Request::script(Kind::Preview, lines(20))).await;
    let head = steps::job::head(&local.house, &id).await.expect("the stores work").expect("the job is there");
    before(&local, &head).await;
    let _crew = crew(&local, &speech, |pace| Pace { slot: Duration::from_secs(1), ..pace });
    let head = ended(&local, &id).await;
    let track = local.house.artifacts.get(&Object::File(id, TRACK.into()), None).await.expect("the stores work");
    let track = collect(track.expect("it is there")).await.expect("the stores work");
    (track, head.updated_at.since_ms(began) - 20 * 5_000)
}

#[tokio::test(start_paused = true)]
async fn what_is_spoken_is_laid_while_the_rest_still_is() {
    let (track, late_ms) = laid(Tracks::default(), async |_, _| {}).await;
    assert!(late_ms >= 20_000, "laid after the last word: {late_ms} ms");
    let (ahead, soon_ms) = laid(Tracks::ahead(), async |_, _| {}).await;
    assert!(soon_ms <= 1_500, "{soon_ms} ms");
    assert!(ahead == track && !track.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_film_is_heard_while_its_scenes_are_rendered() {
    let local = house(1);
    let speech = Client(Provider::new(Arc::clone(&local.house.clock), 1_000));
    let id = open(&local, &speech, Request::script(Kind::Video, lines(20))).await;
    let _crew = crew(&local, &speech, |pace| Pace { scene: Duration::from_secs(30), ..pace });
    let track = Object::File(id.clone(), TRACK.into());
    while local.house.artifacts.head(&track).await.expect("the stores work").is_none() {
        local.house.clock.sleep(Duration::from_millis(100)).await;
    }
    let head = steps::job::head(&local.house, &id).await.expect("the stores work").expect("the job is there");
    let heard_ms = local.house.clock.now().since_ms(head.created_at);
    assert!((20_000..22_000).contains(&heard_ms), "{heard_ms} ms");
    ended(&local, &id).await;
}

#[tokio::test(start_paused = true)]
async fn a_track_that_was_begun_of_other_sounds_is_laid_anew() {
    let (track, _) = laid(Tracks::default(), async |_, _| {}).await;
    let begin = async |local: &LocalHouse, head: &Job| {
        let mut laying = Timekeeper::default().lay().await.expect("a track");
        laying.add(Slot { sound: None, volume: 1.0, samples: 4_800 }).await.expect("a slot");
        let tracks = &local.house.tracks;
        assert!(tracks.take(head, local.house.clock.now()).is_some_and(|begun| begun.marks.is_empty()));
        tracks.put(head, Begun { laying: Some(laying), marks: vec!["another".to_owned()] });
    };
    let (ahead, _) = laid(Tracks::ahead(), begin).await;
    assert_eq!(ahead, track);
}

#[tokio::test(start_paused = true)]
async fn four_tracks_are_laid_ahead_and_one_that_stands_still_makes_room() {
    let local = house(1);
    let speech = Client(Provider::new(Arc::clone(&local.house.clock), 5_000));
    let tracks = Tracks::ahead();
    let mut heads = Vec::new();
    for many in 1..=5 {
        let id = open(&local, &speech, Request::script(Kind::Preview, lines(many))).await;
        heads.push(steps::job::head(&local.house, &id).await.expect("the stores work").expect("the job is there"));
    }
    let now = local.house.clock.now();
    for head in &heads[..4] {
        tracks.put(head, tracks.take(head, now).expect("there is room"));
    }
    assert!(tracks.take(&heads[4], now).is_none(), "none of the four is given up for it");
    let begun = tracks.take(&heads[0], now.plus_ms(500_000)).expect("it is there");
    assert!(tracks.take(&heads[0], now.plus_ms(500_000)).is_none(), "somebody has it");
    tracks.put(&heads[0], begun);
    tracks.give_up_idle(now.plus_ms(600_000));
    assert!(tracks.end(&heads[1]).is_none() && tracks.end(&heads[0]).is_some());
    let begun = tracks.take(&heads[4], now.plus_ms(600_000)).expect("there is room again");
    tracks.forget(&heads[4].id);
    tracks.put(&heads[4], begun);
    assert!(tracks.end(&heads[4]).is_none(), "its job has ended meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_film_that_was_ordered_with_its_preview_takes_its_track_over_as_soon_as_it_is_there() {
    for many in [3, 40] {
        let local = house(1);
        let speech = Client(Provider::new(Arc::clone(&local.house.clock), 9_700));
        let _crew = crew(&local, &speech, |pace| Pace { track: Duration::from_secs(2), ..pace });
        let preview = open(&local, &speech, Request::script(Kind::Preview, lines(many))).await;
        let order = Request { preview: Some(preview.clone()), ..Request::script(Kind::Video, lines(many)) };
        let film = open(&local, &speech, order).await;
        let (preview, film) = (ended(&local, &preview).await, ended(&local, &film).await);
        assert_eq!(preview.track, film.track);
        let late_ms = film.updated_at.since_ms(preview.updated_at);
        assert!(late_ms <= 600, "{late_ms} ms after a preview of {many} lines");
    }
}
