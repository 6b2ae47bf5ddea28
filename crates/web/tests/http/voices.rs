//! The voices of an account: asked for once an hour, and as many as a document holds.

use crate::world::{NOW, world, world_of};
use async_trait::async_trait;
use providers::Rehearsal;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use story::Speech;
use story::maker::{MakerError, MayBegin};
use story::records::Partition;
use story::speech::{Answer, Catalog, ListedVoice, Profile, TakeRequest, Unspoken, Voice};
use web::Settings;

/// An account with very many voices, which counts how often it is asked for them.
struct Library(Rehearsal, AtomicUsize);

#[async_trait]
impl Speech for Library {
    fn profile(&self) -> Profile {
        self.0.profile()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        self.0.catalog().await
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        self.0.voice(id).await
    }

    async fn voices(&self) -> Result<Vec<ListedVoice>, MakerError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let voice = |number| ListedVoice {
            id: format!("voice-{number}"),
            name: "Ana, a warm and unhurried narrator".repeat(3),
            language: Some("en".into()),
            labels: BTreeMap::from([("accent".into(), "american".into())]),
            sample_url: None,
        };
        Ok((0..5_000).map(voice).collect())
    }

    async fn speak(&self, request: &TakeRequest, _: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        panic!("no route may speak, and one wished to say {:?}", request.text)
    }
}

#[tokio::test]
async fn voices_are_listed_with_what_is_known_of_them() {
    let answer = world().get("/v1/voices").await;
    assert_eq!(answer.status, 200);
    let listed = answer.json();
    assert_eq!(listed["provider"], "rehearsal");
    assert_eq!(
        listed["voices"][1],
        json!({"id": "bruno", "name": "bruno", "language": null, "labels": {"accent": "en-us"}, "sample_url": null, "provider": "rehearsal"})
    );
}

#[tokio::test]
async fn a_provider_is_asked_for_its_voices_once_an_hour() {
    let library = Arc::new(Library(Rehearsal::open(providers::Settings::default()), AtomicUsize::new(0)));
    let world = world_of(web::everything, Settings::default(), library.clone());
    let first = world.get("/v1/voices").await.json();
    assert_eq!(world.get("/v1/voices").await.json(), first);
    assert_eq!(library.1.load(Ordering::SeqCst), 1);
    let kept = world.house.records.list(&Partition::Voices, "", 10).await.unwrap();
    assert!(kept.iter().all(|document| document.body.len() < 400_000), "no store takes more");
    assert!(first["voices"].as_array().unwrap().len() > 1_000, "as many as it can keep are told");
    world.clock.advance(Duration::from_secs(3_601));
    world.get("/v1/voices").await;
    assert_eq!(library.1.load(Ordering::SeqCst), 2);
    // What is believed no more goes with the sweep.
    world.clock.advance(Duration::from_secs(3_601));
    assert_eq!(world.ask("POST", "/v1/cleanup", &[], "").await.status, 200);
    let kept = world.house.records.list(&Partition::Voices, "", 10).await.unwrap();
    assert_eq!(kept.len(), 0, "since {NOW:?}");
}
