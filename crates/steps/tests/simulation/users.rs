//! The users of a world: they order, cancel, take up again and remove. Their processes may stop too.

use crate::simulation::chance::Chance;
use crate::simulation::host::Workplace;
use crate::simulation::process::Process;
use crate::simulation::time;
use crate::simulation::world::World;
use serde_json::json;
use std::sync::Arc;
use steps::open::{Again, Refusal, Request};
use story::job::Kind;
use story::plan::{OnSpeechFailure, OnUncertain};
use story::ticket::Priority;
use story::{Failure, JobId, Script};

/// Orders something, and does with it what users do.
pub(crate) async fn user(world: Arc<World>, number: u64) {
    time::passes_between(&world, 0, 150_000).await;
    let request = world.dice(|chance| request(&world, chance, number));
    let Some(id) = orders(&world, &request).await else { return };
    if happens(&world, world.temper.cancels) {
        time::passes_between(&world, 100, 120_000).await;
        does(&world, &id, "cancel").await;
    }
    if happens(&world, world.temper.retries) {
        time::passes_between(&world, 1_000, 200_000).await;
        does(&world, &id, "retry").await;
    }
    if happens(&world, world.temper.removes) {
        time::passes_between(&world, 100, 200_000).await;
        does(&world, &id, "remove").await;
    }
    if happens(&world, world.temper.comes_back) {
        // Around the end of the takes' lives, if they are short.
        let life_ms = world.temper.take_ttl_ms.min(900_000);
        time::passes_between(&world, life_ms.saturating_sub(60_000), life_ms + 120_000).await;
        let again = Request { again: Again::New, preview: None, ..request };
        orders(&world, &again).await;
    }
}

/// Pays for more, and takes up what failed.
pub(crate) async fn payer(world: Arc<World>) {
    time::passes_between(&world, 60_000, 400_000).await;
    world.say(|| "       a user pays for more".into());
    world.account().settings.credits += 1_000_000;
    for id in world.accepted() {
        does(&world, &id, "retry").await;
    }
}

fn happens(world: &World, millionths: u64) -> bool {
    world.dice(|chance| chance.happens(millionths))
}

/// Orders until the order is accepted or the user gives up.
pub(crate) async fn orders(world: &Arc<World>, request: &Request) -> Option<JobId> {
    for _ in 0..4 {
        let process = Process::new(world, "user");
        let workplace = Workplace::new(&process);
        tokio::select! {
            biased;
            () = process.stopped() => {}
            opened = steps::open::open(&workplace.house, &workplace.speech, request.clone()) => match opened {
                Ok(job) => {
                    process.say(|| format!("has ordered {} {:?}", job.id, job.kind));
                    world.accepts(&job.id);
                    if request.kind == Kind::Preview && happens(world, world.temper.films) {
                        let film = Request { kind: Kind::Video, preview: Some(job.id.clone()), again: Again::New, ..request.clone() };
                        Box::pin(orders(world, &film)).await;
                    }
                    return Some(job.id);
                }
                Err(Refusal::Store(_) | Refusal::Provider(_)) => {}
                Err(refusal) => world.wrong("order", &format!("{refusal:?}")),
            },
        }
        if happens(world, 200_000) {
            return None;
        }
        time::passes_between(world, 100, 20_000).await;
    }
    None
}

/// Does something to a job until it is done or the user gives up.
async fn does(world: &Arc<World>, id: &JobId, what: &str) {
    for _ in 0..4 {
        let process = Process::new(world, "user");
        let house = Workplace::new(&process).house;
        let doing = async {
            match what {
                "cancel" => steps::cancel::cancel(&house, id).await,
                "retry" => steps::cancel::retry(&house, id).await,
                _ => steps::remove::remove(&house, id).await,
            }
        };
        process.say(|| format!("will {what} {id}"));
        tokio::select! {
            biased;
            () = process.stopped() => {}
            done = doing => {
                process.say(|| format!("has tried to {what} {id}: {done:?}"));
                if matches!(done, Ok(_) | Err(Failure::GiveUp(_))) {
                    return;
                }
            }
        }
        time::passes_between(world, 100, 20_000).await;
    }
}

fn request(world: &World, chance: &mut Chance, number: u64) -> Request {
    let temper = &world.temper;
    let kind = if chance.happens(250_000) { Kind::Video } else { Kind::Preview };
    let fails_when_uncertain = chance.happens(temper.fails_when_uncertain);
    let priorities = [None, None, Some(Priority::Interactive), Some(Priority::Warm)];
    Request {
        priority: chance.pick(&priorities),
        on_speech_failure: chance.pick(&[OnSpeechFailure::Fail, OnSpeechFailure::Fail, OnSpeechFailure::Silence]),
        on_uncertain: if fails_when_uncertain { OnUncertain::Fail } else { OnUncertain::Buy },
        again: if chance.happens(500_000) { Again::Key(format!("key-{number}")) } else { Again::New },
        ..Request::script(kind, script(world, chance))
    }
}

fn script(world: &World, chance: &mut Chance) -> Script {
    let lines: Vec<_> = (0..chance.between(1, 4))
        .map(|_| {
            let is_same = world.temper.same_text && chance.happens(700_000);
            let number = if is_same { 0 } else { chance.between(0, world.temper.texts) };
            let retake = if is_same { chance.between(0, 3) } else { 0 };
            json!({ "speaker": chance.pick(&["Ana", "Ana", "Bo", "Cy"]), "text": text(world, number), "retake": retake })
        })
        .collect();
    // Cy has Ana's voice, and speaks otherwise.
    let voice = "JBFqnCBsd6RMkjVDRZzb";
    let value = json!({
        "speakers": {
            "Ana": { "voice_id": voice }, "Bo": { "model_id": "eleven_flash_v2_5" },
            "Cy": { "voice_id": voice, "voice_settings": { "stability": 0.25 } },
        },
        "lines": lines,
    });
    serde_json::from_value(value).expect("a script")
}

/// Texts from a few words to a page.
fn text(world: &World, number: u64) -> String {
    let few = [6, 3, 40, 9, 90, 14];
    let words = if world.temper.is_long { [90, 120, 40, 90, 150, 6] } else { few }[number as usize % few.len()];
    let said: Vec<String> = (0..words).map(|word| format!("word{}", (number * 7 + word) % 10)).collect();
    format!("{number} {}.", said.join(" "))
}
