//! Files what the provider's history holds as takes: what was paid before this house was there need not be paid again.

use crate::audit::{NoAudit, before, history, is_of_its_time};
use crate::ledger::{self, ADOPTED, names};
use crate::open::Refusal;
use crate::settle::{self, recording, tell};
use crate::{catalog, rate, sidecar, takes};
use serde::Serialize;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::ledger::{Attempt, Came, Claim, Ending, OpenAttempt};
use story::looking;
use story::maker::MakerError;
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::script::VoiceSettings;
use story::speech::{Books, HistoryItem, HistoryQuery, TakeRequest};
use story::take::{Take, TakeState};
use story::timeline::Times;
use story::{AttemptId, Failure, House, JobId, Listener, Speech, TakeKey, Timestamp};

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
    /// The take under which it is filed, or would be.
    pub take: Option<TakeKey>,
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
    /// A take of the same request is there already, or on its way.
    Known,
    /// It answers a call of this house that is not settled: that call's take has it, once it is looked for.
    OfAnOpenCall,
    /// It cannot be used; the sentence says why.
    Unusable(String),
}

/// Adopts all items since an instant, newest first; `told` hears of each.
///
/// # Errors
/// If the provider keeps no books or does not show them; those of stores and listener.
pub async fn adopt(
    house: &House,
    speech: &dyn Speech,
    listener: &dyn Listener,
    since: Timestamp,
    mut told: impl FnMut(&Adopted) + Send,
) -> Result<Vec<Adopted>, NoAudit> {
    let books = speech.books().ok_or(NoAudit::NoBooks)?;
    let account = speech.profile().account;
    // In this order: a call that is settled meanwhile is still open below, or the ledger names its item.
    let items = history(books, HistoryQuery { since: Some(since), ..HistoryQuery::default() }).await?;
    let open = open_calls(house, &account).await?;
    let ledger = ledger::since(house, &account, before(since)).await?;
    let mut adopter = Adopter { house, speech, books, listener, account, open, ledger };
    let mut all = Vec::new();
    // The newest reading of a text is the one that its defaults name.
    for item in items {
        let (take, outcome) = adopter.adopt(&item).await?;
        let adopted = Adopted {
            item: item.id.clone(),
            at: item.at.to_string(),
            text: item.text.clone(),
            characters: item.characters,
            take,
            outcome,
        };
        told(&adopted);
        all.push(adopted);
    }
    Ok(all)
}

/// Calls that are not settled, with what they ask for.
async fn open_calls(house: &House, account: &str) -> Result<Vec<(Attempt, TakeRequest)>, StoreError> {
    let mut calls = Vec::new();
    for open in house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await? {
        let attempt = open.record.0;
        if attempt.account == account
            && let Some(take) = takes::read(house, &attempt.take).await?
            && take.record.unsettled(&attempt.attempt).is_some()
        {
            calls.push((attempt, take.record.request));
        }
    }
    Ok(calls)
}

/// Whose call an item is.
enum Origin {
    /// That of a call which is not settled.
    Open(TakeKey),
    /// It is in the ledger: what was asked for, and the call of this house, if it was one.
    Ours(Box<TakeRequest>, Option<AttemptId>),
    /// Nobody here knows it.
    Elsewhere,
}

struct Adopter<'a> {
    house: &'a House,
    speech: &'a dyn Speech,
    books: &'a dyn Books,
    listener: &'a dyn Listener,
    account: String,
    open: Vec<(Attempt, TakeRequest)>,
    ledger: Vec<Attempt>,
}

impl Adopter<'_> {
    async fn adopt(&mut self, item: &HistoryItem) -> Result<(Option<TakeKey>, Adoption), NoAudit> {
        if !item.is_speech {
            return Ok((None, Adoption::Unusable("it did not speak a text".into())));
        }
        let (request, recovers) = match self.origin(item).await? {
            Origin::Open(key) => return Ok((Some(key), Adoption::OfAnOpenCall)),
            Origin::Ours(request, recovers) => (*request, recovers),
            Origin::Elsewhere => match self.request(item).await? {
                Ok(request) => (request, None),
                Err(reason) => return Ok((None, Adoption::Unusable(reason))),
            },
        };
        let outcome = self.file(&request, recovers, item).await?;
        Ok((Some(request.key()), outcome))
    }

    async fn origin(&mut self, item: &HistoryItem) -> Result<Origin, StoreError> {
        let named = self.ledger.iter().filter(|attempt| names(attempt, item));
        // The call itself goes before those that only fetched its sound.
        if let Some(attempt) = named.min_by_key(|attempt| !matches!(attempt.ending, Ending::Spoken(_))) {
            let call = matches!(attempt.ending, Ending::Spoken(_)).then(|| attempt.attempt.clone());
            let recovers = attempt.recovers.clone().or(call);
            return Ok(match ledger::request(self.house, attempt).await? {
                Some(request) => Origin::Ours(Box::new(request), recovers),
                None => Origin::Elsewhere,
            });
        }
        if let Some((open, _)) = self.open.iter().find(|(open, request)| may_answer(item, open, request)) {
            return Ok(Origin::Open(open.take.clone()));
        }
        for (index, attempt) in self.ledger.iter().enumerate().filter(|(_, one)| one.ending == Ending::Lost) {
            let is_found = self.ledger.iter().any(|other| other.recovers.as_ref() == Some(&attempt.attempt));
            if !is_found
                && let Some(request) = ledger::request(self.house, attempt).await?
                && may_answer(item, attempt, &request)
            {
                // One call has one item.
                let lost = self.ledger.remove(index);
                return Ok(Origin::Ours(Box::new(request), Some(lost.attempt)));
            }
        }
        Ok(Origin::Elsewhere)
    }

    /// The request that an item answers: what the history tells, and defaults for the rest; or why there is none.
    async fn request(&self, item: &HistoryItem) -> Result<Result<TakeRequest, String>, NoAudit> {
        let profile = self.speech.profile();
        let own = match catalog::voice(self.house, self.speech, &item.voice).await {
            Ok(voice) => voice.map(|voice| voice.settings).unwrap_or_default(),
            Err(Refusal::Provider(error @ MakerError::Spent(_))) => return Err(error.into()),
            Err(Refusal::Provider(error)) => return Ok(Err(error.to_string())),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(_) => VoiceSettings::default(),
        };
        let told = item.settings.clone().unwrap_or_default();
        Ok(Ok(TakeRequest {
            base_url: profile.base_url,
            settings: told.or(own),
            format: item.format.clone().unwrap_or(profile.format),
            // Trimmed, as a script's lines are sent.
            ..TakeRequest::plain(&profile.provider, &item.model, &item.voice, item.text.trim())
        }))
    }

    /// Files one item, in the order of every take: ledger, name, sidecar, sound, record. The ledger names the item only after
    /// the record does: who dies in between has it filed by the next adoption.
    async fn file(
        &self,
        request: &TakeRequest,
        recovers: Option<AttemptId>,
        item: &HistoryItem,
    ) -> Result<Adoption, NoAudit> {
        let (house, now) = (self.house, self.house.clock.now());
        let attempt = Attempt {
            attempt: AttemptId::new(house.clock.chance()),
            take: request.key(),
            request: Some(request.clone()),
            job: JobId(ADOPTED.into()),
            lane: 0,
            account: self.account.clone(),
            characters: request.characters(),
            started_at: now,
            begin_by: now,
            recovers,
            first_byte_ms: None,
            caller: None,
            priority: None,
            came: Came::default(),
            times: Times::default(),
            ending: Ending::Open,
        };
        if !named(house, request, &attempt).await? {
            return Ok(Adoption::Known);
        }
        let fetched = if self.claim(item, &attempt).await? {
            self.fetch(&attempt, item).await
        } else {
            Ok((Adoption::OfAnOpenCall, Ending::Closed("another call has this item".into())))
        };
        let ending = match &fetched {
            Ok((_, ending)) => ending.clone(),
            Err(NoAudit::Provider(error)) => Ending::Closed(error.to_string()),
            Err(_) => return fetched.map(|(outcome, _)| outcome),
        };
        if let Ending::Closed(_) = ending {
            settle::remove_objects(house, &attempt.take, &attempt.attempt).await?;
        }
        ledger::note(house, &attempt, &ending).await?;
        ledger::close(house, &attempt.attempt).await?;
        let claim: Option<Read<Claim>> = house.read(&Partition::Claims, &item.id).await?;
        if let Some(claim) = claim.filter(|claim| claim.record.attempt == attempt.attempt) {
            let _ = house.remove(&claim).await?;
        }
        fetched.map(|(outcome, _)| outcome)
    }

    /// Claims an item, so that no lost call takes it meanwhile. What another adoption claimed is filed all the same: at worst
    /// it is fetched twice, for nothing.
    async fn claim(&self, item: &HistoryItem, attempt: &Attempt) -> Result<bool, StoreError> {
        let claim = Claim { item: item.id.clone(), attempt: attempt.attempt.clone() };
        if self.house.swap(&claim, None).await?.is_some() {
            return Ok(true);
        }
        let stands: Option<Read<Claim>> = self.house.read(&Partition::Claims, &item.id).await?;
        Ok(stands.is_none_or(|read| self.open.iter().all(|(open, _)| open.attempt != read.record.attempt)))
    }

    /// Fetches an item's sound and names it in the take's record; says what became of it, and how the attempt ends.
    async fn fetch(&self, attempt: &Attempt, item: &HistoryItem) -> Result<(Adoption, Ending), NoAudit> {
        let (house, key, name) = (self.house, &attempt.take, &attempt.attempt);
        let unusable = |reason: String| Ok((Adoption::Unusable(reason.clone()), Ending::Closed(reason)));
        let said = match sidecar::fetch(house, self.books, item, (key, name)).await? {
            Ok(said) => said,
            Err(error @ MakerError::Spent(_)) => return Err(error.into()),
            Err(error) => return unusable(error.to_string()),
        };
        let recording = match recording(house, self.listener, (key, "mp3"), name, &attempt.job, &said).await {
            Ok(recording) => recording,
            Err(Failure::Retry(error)) => return Err(error.into()),
            Err(Failure::GiveUp(reason)) => return unusable(reason),
        };
        let take = takes::change(house, key, |take| take.adopted(recording.clone())).await?;
        let is_filed = matches!(take.map(|take| take.state), Some(TakeState::Ready(ready)) if ready.attempt == *name);
        if !is_filed {
            return Ok((Adoption::Known, Ending::Closed("another recording was there first".into())));
        }
        tell(house, key, Outcome::Reused).await?;
        if let Some(request) = &attempt.request {
            rate::learn(house, key, request, recording.level.samples).await;
        }
        let outcome = if said.alignment.is_some() { Adoption::Filed } else { Adoption::FiledWithoutTimes };
        Ok((outcome, Ending::Recovered(said.receipt)))
    }
}

/// Whether an item can be the answer to a call, by its request and its time.
fn may_answer(item: &HistoryItem, attempt: &Attempt, request: &TakeRequest) -> bool {
    is_of_its_time(item, attempt) && looking::fits(item, request)
}

/// The take's document with the attempt's name; says whether there is room for it.
async fn named(house: &House, request: &TakeRequest, attempt: &Attempt) -> Result<bool, StoreError> {
    let (now, ttl_ms) = (house.clock.now(), house.settings.take_ttl_ms);
    let may = |take: &Take| take.adopting(&attempt.attempt, now, ttl_ms);
    if takes::read(house, &attempt.take).await?.is_some_and(|read| may(&read.record).is_none()) {
        return Ok(false);
    }
    ledger::begin(house, attempt).await?;
    let fresh = Take::new(request.clone(), now, ttl_ms);
    house.swap(&Expiry { at: fresh.expires_at, of: Kept::Take(fresh.key.clone()) }, None).await?;
    house.swap(&fresh, None).await?;
    let take =
        takes::change(house, &attempt.take, |take| if take.gone.contains(&attempt.attempt) { None } else { may(take) });
    Ok(take.await?.is_some_and(|take| take.gone.contains(&attempt.attempt)))
}
