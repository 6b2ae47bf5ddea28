//! What a provider says of its models and of the voices of a script: asked once an hour, and kept.

use crate::open::Refusal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::ids::content_key;
use story::records::{Partition, Read};
use story::speech::{Catalog, ListedVoice, Voice};
use story::voicing::{Said, Voicing, voices_of};
use story::{House, Script, Speech};

/// No store need take a document of 400 KB.
const MOST_LISTED_BYTES: usize = 300_000;

/// What a provider adds to the lines of a script.
///
/// # Errors
/// [`Refusal::Provider`] where the provider must be asked and does not answer.
pub(crate) async fn voicing(house: &House, speech: &dyn Speech, script: &Script) -> Result<Voicing, Refusal> {
    let profile = speech.profile();
    let catalog = catalog(house, speech).await?;
    let mut voices = BTreeMap::new();
    for id in voices_of(script, &profile) {
        let found = voice(house, speech, &id).await?;
        voices.insert(id, found);
    }
    Ok(Voicing { profile, catalog, voices })
}

/// What a provider's account may use.
///
/// # Errors
/// [`Refusal::Provider`] where the provider must be asked and does not answer.
pub async fn catalog(house: &House, speech: &dyn Speech) -> Result<Catalog, Refusal> {
    let profile = speech.profile();
    let key = content_key("catalog/2", &(&profile.account, &profile.format, &profile.model));
    match believed::<Catalog>(house, &key).await? {
        Some(catalog) => Ok(catalog),
        None => keep(house, key, speech.catalog().await?).await,
    }
}

/// A voice; `None` if there is none of that name.
///
/// # Errors
/// [`Refusal::Provider`] where the provider must be asked and does not answer.
pub async fn voice(house: &House, speech: &dyn Speech, id: &str) -> Result<Option<Voice>, Refusal> {
    let key = content_key("voice/1", &(speech.profile().account, id));
    if let Some(voice) = believed::<Voice>(house, &key).await? {
        return Ok(Some(voice));
    }
    // That there is none is not kept: it may be made at any moment.
    Ok(match speech.voice(id).await? {
        Some(voice) => Some(keep(house, key, voice).await?),
        None => None,
    })
}

/// The voices that an account may use, as many of them as a document holds.
///
/// # Errors
/// [`Refusal::Provider`] where the provider must be asked and does not answer.
pub async fn voices(house: &House, speech: &dyn Speech) -> Result<Vec<ListedVoice>, Refusal> {
    let key = content_key("voices/2", &speech.profile().account);
    if let Some(voices) = believed::<Vec<ListedVoice>>(house, &key).await? {
        return Ok(voices);
    }
    let mut voices = speech.voices().await?;
    while serde_json::to_vec(&voices).is_ok_and(|json| json.len() > MOST_LISTED_BYTES) {
        voices.truncate(voices.len() * 3 / 4);
    }
    keep(house, key, voices).await
}

async fn believed<T>(house: &House, key: &str) -> Result<Option<T>, StoreError>
where
    T: DeserializeOwned,
{
    let said: Option<Read<Said<Value>>> = house.read(&Partition::Voices, key).await?;
    let said = said.map(|read| read.record).filter(|said| said.expires_at > house.clock.now());
    // What another version of this program wrote down in its own way is asked again.
    Ok(said.and_then(|said| serde_json::from_value(said.answer).ok()))
}

async fn keep<T>(house: &House, key: String, answer: T) -> Result<T, Refusal>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync,
{
    let expires_at = house.clock.now().plus_ms(house.settings.voice_ttl_ms);
    let stands: Option<Read<Said<Value>>> = house.read(&Partition::Voices, &key).await?;
    house.swap(&Expiry { at: expires_at, of: Kept::Voice(key.clone()) }, None).await?;
    let said = Said { key, answer: answer.clone(), expires_at };
    house.swap(&said, stands.map(|read| read.version)).await?;
    Ok(answer)
}
