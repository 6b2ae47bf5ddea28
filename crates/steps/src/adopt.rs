//! Files what the provider's history holds as takes: what was paid before this house was there need not be paid again.

use crate::audit::{NoAudit, history, ledger};
use crate::call::write_sidecar;
use crate::look::only_sound;
use crate::open::Refusal;
use crate::settle::{recording, remove_objects, tell};
use crate::{catalog, ledger as entries, takes};
use serde::Serialize;
use std::collections::HashSet;
use story::artifacts::Object;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::ledger::{Attempt, Ending};
use story::queue::Outcome;
use story::script::{Normalization, VoiceSettings};
use story::speech::{Books, HistoryItem, Receipt, TakeRequest};
use story::take::{Sidecar, Take, TakeState};
use story::{AttemptId, Failure, House, JobId, Speech, Studio, TakeKey, Timestamp};

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adopted {
    /// The provider's name of the item.
    pub item: String,
    /// When it was made, RFC 3339.
    pub at: String,
    /// What is said.
    pub text: String,
    /// Characters that were charged for it, then.
    pub characters: u64,
    /// The take under which it is filed.
    pub take: TakeKey,
    /// What became of it.
    pub outcome: Adoption,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adoption {
    /// It is a take now, with the times of its characters.
    Filed,
    /// It is a take now; the times of its words are estimated from the sound.
    FiledWithoutTimes,
    /// A take of the same request is there already.
    Known,
    /// It cannot be used; the sentence says why.
    Unusable(String),
}

/// Adopts all items since an instant, oldest first; `told` hears of each.
///
/// # Errors
/// If the provider keeps no books or does not show them; those of stores and studio.
pub async fn adopt(
    house: &House,
    speech: &dyn Speech,
    studio: &dyn Studio,
    since: Timestamp,
    mut told: impl FnMut(&Adopted) + Send,
) -> Result<Vec<Adopted>, NoAudit> {
    let profile = speech.profile();
    let books = speech.books().ok_or(NoAudit::NoBooks)?;
    let known: HashSet<String> = ledger(house, &profile.account, since)
        .await?
        .iter()
        .filter_map(|attempt| attempt.ending.receipt())
        .flat_map(|receipt| receipt.item.iter().chain(&receipt.request_id).cloned())
        .collect();
    let mut all = Vec::new();
    // The newest reading of a text is the one that its defaults name.
    for item in history(books, since).await? {
        let request = request(house, speech, &item).await?;
        let is_ours = known.contains(&item.id) || item.request_id.as_ref().is_some_and(|id| known.contains(id));
        let outcome = if is_ours {
            Adoption::Known
        } else {
            file(house, books, studio, &profile.account, &request, &item).await?
        };
        let adopted = Adopted {
            item: item.id.clone(),
            at: item.at.to_string(),
            text: item.text.clone(),
            characters: item.characters,
            take: request.key(),
            outcome,
        };
        told(&adopted);
        all.push(adopted);
    }
    Ok(all)
}

/// The request that an item answers: what the history tells, and defaults for the rest.
async fn request(house: &House, speech: &dyn Speech, item: &HistoryItem) -> Result<TakeRequest, NoAudit> {
    let profile = speech.profile();
    let own = match catalog::voice(house, speech, &item.voice).await {
        Ok(voice) => voice.map(|voice| voice.settings).unwrap_or_default(),
        Err(Refusal::Provider(error)) => return Err(error.into()),
        Err(Refusal::Store(error)) => return Err(error.into()),
        Err(_) => VoiceSettings::default(),
    };
    let told = item.settings.clone().unwrap_or_default();
    Ok(TakeRequest {
        provider: profile.provider,
        base_url: profile.base_url,
        model: item.model.clone(),
        voice: item.voice.clone(),
        settings: told.or(own),
        text: item.text.clone(),
        language: None,
        normalization: Normalization::Auto,
        seed: None,
        format: item.format.clone().unwrap_or(profile.format),
        context: None,
        retake: 0,
    })
}

/// Files one item, in the order of every take: ledger, name, sidecar, sound, ledger, record.
async fn file(
    house: &House,
    books: &dyn Books,
    studio: &dyn Studio,
    account: &str,
    request: &TakeRequest,
    item: &HistoryItem,
) -> Result<Adoption, NoAudit> {
    let (key, now) = (request.key(), house.clock.now());
    let name = AttemptId::new(house.clock.chance());
    let attempt = Attempt {
        attempt: name.clone(),
        take: key.clone(),
        job: JobId("adopted".into()),
        lane: 0,
        account: account.to_owned(),
        characters: request.characters(),
        started_at: now,
        begin_by: now,
        recovers: None,
        ending: Ending::Open,
    };
    if !named(house, request, &attempt).await? {
        return Ok(Adoption::Known);
    }
    let receipt =
        Receipt { request_id: item.request_id.clone(), item: Some(item.id.clone()), characters: item.characters };
    let said = Sidecar { alignment: item.alignment.clone(), receipt };
    let sound = books.sound(&item.id).await?;
    write_sidecar(house, &Object::TakeSidecar(key.clone(), name.clone()), &said).await?;
    house.artifacts.put_new(&Object::TakeAudio(key.clone(), name.clone()), only_sound(sound)).await?;
    let recording = match recording(house, studio, &key, &name, &attempt.job, &said).await {
        Ok(recording) => recording,
        Err(Failure::Retry(error)) => return Err(error.into()),
        Err(Failure::GiveUp(reason)) => {
            remove_objects(house, &key, &name).await?;
            entries::note(house, &attempt, &Ending::Closed(reason.clone())).await?;
            entries::close(house, &name).await?;
            return Ok(Adoption::Unusable(reason));
        }
    };
    entries::note(house, &attempt, &Ending::Recovered(said.receipt)).await?;
    let take = takes::change(house, &key, |take| take.adopted(recording.clone())).await?;
    let is_filed = matches!(take.map(|take| take.state), Some(TakeState::Ready(ready)) if ready.attempt == name);
    if is_filed {
        tell(house, &key, Outcome::Reused).await?;
    } else {
        remove_objects(house, &key, &name).await?;
    }
    entries::close(house, &name).await?;
    Ok(match (is_filed, said.alignment) {
        (false, _) => Adoption::Known,
        (true, Some(_)) => Adoption::Filed,
        (true, None) => Adoption::FiledWithoutTimes,
    })
}

/// The take's document with the attempt's name; says whether there is room for it.
async fn named(house: &House, request: &TakeRequest, attempt: &Attempt) -> Result<bool, StoreError> {
    let (now, ttl_ms) = (house.clock.now(), house.settings.take_ttl_ms);
    let may = |take: &Take| take.adopting(&attempt.attempt, now, ttl_ms);
    if takes::read(house, &attempt.take).await?.is_some_and(|read| may(&read.record).is_none()) {
        return Ok(false);
    }
    entries::begin(house, attempt).await?;
    let fresh = Take::new(request.clone(), now, ttl_ms);
    house.swap(&Expiry { at: fresh.expires_at, of: Kept::Take(fresh.key.clone()) }, None).await?;
    house.swap(&fresh, None).await?;
    let take =
        takes::change(house, &attempt.take, |take| if take.gone.contains(&attempt.attempt) { None } else { may(take) });
    Ok(take.await?.is_some_and(|take| take.gone.contains(&attempt.attempt)))
}
