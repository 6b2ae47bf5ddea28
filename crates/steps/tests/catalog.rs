//! What a provider said of its models and voices is believed for an hour, as far as it can be read and is of what is asked now.

mod world;

use async_trait::async_trait;
use providers::Rehearsal;
use serde_json::{Value, json};
use steps::open::Request;
use story::Speech;
use story::job::Kind;
use story::records::Partition;
use story::speech::{Answer, Catalog, MayBegin, Model, Profile, SpeechError, TakeRequest, Voice};
use story::voicing::Said;
use world::{World, dialogue};

/// A provider that has the one model it is set to.
struct Set {
    model: &'static str,
    speech: Rehearsal,
}

#[async_trait]
impl Speech for Set {
    fn profile(&self) -> Profile {
        Profile { model: self.model.into(), ..self.speech.profile() }
    }

    async fn catalog(&self) -> Result<Catalog, SpeechError> {
        let catalog = self.speech.catalog().await?;
        let models = catalog.models.into_iter().map(|model| Model { id: self.model.into(), ..model });
        Ok(Catalog { models: models.collect(), ..catalog })
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, SpeechError> {
        self.speech.voice(id).await
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, SpeechError> {
        self.speech.speak(request, may_begin).await
    }
}

#[tokio::test]
async fn a_model_that_is_set_within_the_hour_is_known() {
    let world = World::in_memory();
    for model in ["one", "another"] {
        let speech = Set { model, speech: Rehearsal::open(providers::rehearsal::Settings::default()) };
        let opened = steps::open::open(world.house(), &speech, Request::script(Kind::Preview, dialogue())).await;
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
