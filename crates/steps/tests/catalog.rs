//! What a provider said of its models and voices is believed for an hour, as far as it can be read and is of what is asked now.

use crate::world::{World, dialogue};
use async_trait::async_trait;
use providers::Rehearsal;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use steps::open::Request;
use story::Speech;
use story::job::Kind;
use story::maker::{MakerError, MayBegin};
use story::records::Partition;
use story::script::VoiceSettings;
use story::speech::{Answer, Catalog, Model, Profile, TakeRequest, Unspoken, Voice};
use story::time::DAY_MS;
use story::voicing::Said;

/// A provider that has the one model it is set to, and voices of one pace.
struct Set {
    model: &'static str,
    is_quick: Arc<AtomicBool>,
    speech: Rehearsal,
}

impl Set {
    fn to(model: &'static str) -> Self {
        Self { model, is_quick: Arc::default(), speech: Rehearsal::open(providers::rehearsal::Settings::default()) }
    }
}

#[async_trait]
impl Speech for Set {
    fn profile(&self) -> Profile {
        Profile { model: self.model.into(), ..self.speech.profile() }
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        let catalog = self.speech.catalog().await?;
        let models = catalog.models.into_iter().map(|model| Model { id: self.model.into(), ..model });
        Ok(Catalog { models: models.collect(), ..catalog })
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        let speed = if self.is_quick.load(Ordering::SeqCst) { 1.1 } else { 1.0 };
        let settings = VoiceSettings { speed: Some(speed), ..VoiceSettings::default() };
        Ok(self.speech.voice(id).await?.map(|voice| Voice { settings, ..voice }))
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        self.speech.speak(request, may_begin).await
    }
}

#[tokio::test]
async fn a_model_that_is_set_within_the_hour_is_known() {
    let world = World::in_memory();
    for model in ["one", "another"] {
        let opened =
            steps::open::open(world.house(), &Set::to(model), Request::script(Kind::Preview, dialogue())).await;
        assert!(opened.is_ok(), "{model}: {opened:?}");
    }
}

#[tokio::test]
async fn what_another_version_of_the_program_wrote_down_is_asked_again() {
    let world = World::in_memory();
    let house = world.house();
    world.open(Request::script(Kind::Preview, dialogue())).await.expect("good");
    let said = house.list_all::<Said<Value>>(&Partition::Voices).await.expect("works");
    assert!(said.len() > 1, "a catalog and voices");
    for said in said {
        let strange = Said { answer: json!({ "spelled": "otherwise" }), ..said.record };
        house.swap(&strange, Some(said.version)).await.expect("works");
    }
    let opened = world.open(Request::script(Kind::Preview, dialogue())).await;
    assert!(opened.is_ok(), "{opened:?}");
}

#[tokio::test]
async fn a_film_of_a_preview_is_what_was_heard_though_the_voice_was_changed_since() {
    let speech = Set::to("one");
    let is_quick = Arc::clone(&speech.is_quick);
    let world = World::paid(speech);
    let request = Request { ttl_ms: Some(DAY_MS), ..Request::script(Kind::Preview, dialogue()) };
    let (preview, _) = world.make(request).await;
    is_quick.store(true, Ordering::SeqCst);
    world.clock.advance(Duration::from_secs(3_700));
    assert_eq!(world.film(Some(&preview.id), None).await.1, 0, "as it was heard");
    assert_eq!(world.film(None, Some(&dialogue())).await.1, 4, "the voice is another by now");
}
