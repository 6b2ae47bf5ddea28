//! Looks for a lost attempt in the provider's history. Found, its sound is fetched for nothing; after the last look it may be
//! bought again (DESIGN §6.2).

use crate::settle::{self, Ours};
use crate::want::wants;
use crate::{audit, ledger, sidecar, takes};
use std::collections::HashSet;
use story::failure::StoreError;
use story::ledger::{Attempt, Claim, Ending, OpenAttempt, day};
use story::looking::{self, Look, Rival};
use story::maker::MakerError;
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::speech::{Books, HistoryItem, HistoryQuery, Receipt};
use story::take::{Take, TakeState, Uncertain};
use story::timeline::Times;
use story::{AttemptId, Failure, House, Listener, Speech, Timestamp};

/// The next look where this one showed nothing certain, or did not work.
const AGAIN_MS: u64 = 30_000;
/// A history that cannot be read for so long after the last look was due is given up, and nothing is bought.
const BLIND_MS: u64 = 10 * 60_000;
/// Why a line is not bought again by itself.
const LOST_FOR_GOOD: &str = "a call for this line was lost: it may have been paid for, and the provider's history does not have it; \
     retry to buy it again";

/// Looks once for the attempt of an uncertain take.
pub(crate) async fn look(
    house: &House,
    speech: &dyn Speech,
    listener: &dyn Listener,
    take: &Take,
    uncertain: &Uncertain,
) -> Result<(), Failure> {
    let attempt = &ledger::unsettled(house, take, &uncertain.lost).await?;
    if let Some(said) = settle::left_behind(house, &take.key, &attempt.attempt).await? {
        let ours = Ours { attempt, sound: &attempt.attempt };
        return settle::record(house, listener, ours, said).await.map(|_| ());
    }
    let looking = Looking { house, speech, listener, take, uncertain, attempt };
    match speech.books().filter(|_| take.request.is_listed()) {
        Some(books) => looking.looks(books).await,
        None => Ok(looking.gives_up().await?),
    }
}

/// A look for one attempt.
struct Looking<'a> {
    house: &'a House,
    speech: &'a dyn Speech,
    listener: &'a dyn Listener,
    take: &'a Take,
    uncertain: &'a Uncertain,
    attempt: &'a Attempt,
}

impl Looking<'_> {
    async fn looks(&self, books: &dyn Books) -> Result<(), Failure> {
        let Self { house, take, uncertain, attempt, .. } = *self;
        let items = match self.items(books).await {
            Ok(items) => items,
            // A person must act before anything is seen there: no use in waiting longer than for a look.
            Err(error @ (MakerError::Refused(_) | MakerError::Spent(_))) => return Ok(self.blind(&error, 0).await?),
            Err(error) => return Ok(self.blind(&error, BLIND_MS).await?),
        };
        let (rivals, left_behind) = self.rivals().await?;
        let mut taken = self.taken().await?;
        taken.extend(left_behind.into_iter().flat_map(|receipt| [receipt.request_id, receipt.item]).flatten());
        // Another lane may have found its item since: then what else fits is another attempt's.
        if takes::read(house, &take.key).await?.is_none_or(|read| read.record.unsettled(&attempt.attempt).is_none()) {
            return Ok(());
        }
        let is_taken = |item: &HistoryItem| {
            taken.contains(&item.id) || item.request_id.as_ref().is_some_and(|id| taken.contains(id))
        };
        let mut left: &[HistoryItem] = &items;
        loop {
            match looking::look(left, &take.request, &uncertain.lost, &rivals, is_taken) {
                Look::Found(item) if self.claims(item).await? => return self.recovers(books, item).await,
                // Another attempt was quicker: what stands after it may be ours.
                Look::Found(item) => {
                    let place = left.iter().position(|one| one.id == item.id).unwrap_or_default();
                    left = &left[place + 1..];
                }
                Look::Unclear => return Ok(self.looks_again().await?),
                Look::Nothing => break,
            }
        }
        let looks = uncertain.looks + 1;
        if looks < house.settings.looks.count() {
            let due = house.settings.looks.due(looks, &uncertain.lost, attempt.characters);
            return Ok(self.puts_off(looks, due.max(house.clock.now())).await?);
        }
        if let Some(item) = looking::last_look(&items, &take.request, &rivals, is_taken)
            && self.claims(item).await?
        {
            return self.recovers(books, item).await;
        }
        Ok(self.gives_up().await?)
    }

    /// All items of the time in which the attempt's must lie, the oldest first: of two equal calls that were lost, the later one may
    /// lie in both attempts' time, the earlier one in its own only.
    async fn items(&self, books: &dyn Books) -> Result<Vec<HistoryItem>, MakerError> {
        let (since, until) = looking::wide_span(self.uncertain.lost.began_at, self.uncertain.lost.begin_by);
        let voice = Some(self.take.request.voice.clone());
        let query = HistoryQuery { since: Some(since), until: Some(until), voice, after: None };
        let mut items = audit::history(books, query).await?;
        // Told newest first, in whole seconds: turned round, those of one second are in order too.
        items.reverse();
        items.sort_by_key(|item| item.at);
        Ok(items)
    }

    /// Other attempts that are not settled and ask for the same; and the calls of those that left their sound behind, which the
    /// ledger does not name yet.
    async fn rivals(&self) -> Result<(Vec<Rival>, Vec<Receipt>), StoreError> {
        let Self { house, take, attempt, .. } = *self;
        let (mut rivals, mut left_behind) = (Vec::new(), Vec::new());
        for open in house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await? {
            let other = open.record.0;
            if other.attempt == attempt.attempt || other.recovers.is_some() || other.characters != attempt.characters {
                continue;
            }
            let Some(found) = takes::read(house, &other.take).await? else { continue };
            let request = &found.record.request;
            let asks_the_same = (&request.text, &request.voice, &request.model)
                == (&take.request.text, &take.request.voice, &take.request.model);
            if asks_the_same && let Some(speaking) = found.record.unsettled(&other.attempt) {
                if let Some(said) = settle::left_behind(house, &other.take, &other.attempt).await? {
                    left_behind.push(said.receipt);
                    continue;
                }
                rivals.push(Rival {
                    settings: request.settings.clone(),
                    began_at: speaking.began_at,
                    speaks: matches!(found.record.state, TakeState::Speaking(_)),
                });
            }
        }
        Ok((rivals, left_behind))
    }

    /// Names of calls and items that stand in the ledger for other attempts.
    async fn taken(&self) -> Result<HashSet<String>, StoreError> {
        let Self { house, attempt, .. } = *self;
        let mut taken = HashSet::new();
        for day in day(attempt.started_at).saturating_sub(1)..=day(house.clock.now()) {
            for other in house.list_all::<Attempt>(&Partition::Ledger(day)).await? {
                if other.record.attempt != attempt.attempt
                    && let Some(receipt) = other.record.ending.receipt()
                {
                    taken.extend(receipt.request_id.clone());
                    taken.extend(receipt.item.clone());
                }
            }
        }
        Ok(taken)
    }

    /// Claims an item; says whether the attempt has it.
    async fn claims(&self, item: &HistoryItem) -> Result<bool, StoreError> {
        let claim = Claim { item: item.id.clone(), attempt: self.attempt.attempt.clone() };
        if self.house.swap(&claim, None).await?.is_some() {
            return Ok(true);
        }
        let stands: Option<Read<Claim>> = self.house.read(&Partition::Claims, &item.id).await?;
        Ok(stands.is_some_and(|read| read.record.attempt == self.attempt.attempt))
    }

    /// An item is the attempt's own: its sound is fetched under a name of its own, in the order of every take: ledger, name, sidecar,
    /// sound, record.
    async fn recovers(&self, books: &dyn Books, item: &HistoryItem) -> Result<(), Failure> {
        let Self { house, listener, take, attempt, .. } = *self;
        let (name, now) = (AttemptId::new(house.clock.chance()), house.clock.now());
        let recovery = Attempt {
            attempt: name.clone(),
            started_at: now,
            begin_by: now,
            recovers: Some(attempt.attempt.clone()),
            ending: Ending::Open,
            ..attempt.clone()
        };
        ledger::begin(house, &recovery).await?;
        let named = takes::change(house, &take.key, |take| take.recovering(&attempt.attempt, &name)).await?;
        if named.is_none_or(|take| !take.gone.contains(&name)) {
            return Ok(());
        }
        let said = match sidecar::fetch(house, books, item, (&take.key, &name)).await? {
            Ok(said) => said,
            Err(error) => return Ok(self.blind(&error, BLIND_MS).await?),
        };
        let ended = Ending::Recovered(said.receipt.clone());
        if settle::record(house, listener, Ours { attempt, sound: &name }, said).await? {
            let times = Times { stored_at: Some(house.clock.now()), ..recovery.times };
            ledger::note(house, &Attempt { times, ..recovery }, &ended).await?;
            ledger::close(house, &name).await?;
            tracing::info!(take.key = %take.key, "a lost call was found in the provider's history");
        }
        Ok(())
    }

    /// The provider's books cannot be read now: that is no look. It is tried again, though not for ever.
    async fn blind(&self, error: &MakerError, patience_ms: u64) -> Result<(), StoreError> {
        let Self { house, take, uncertain, attempt, .. } = *self;
        let settings = &house.settings.looks;
        let last = settings.due(settings.count().saturating_sub(1), &uncertain.lost, attempt.characters);
        if house.clock.now() <= last.plus_ms(patience_ms) {
            return self.looks_again().await;
        }
        tracing::warn!(take.key = %take.key, %error, "the provider's history cannot be read");
        let reason = format!(
            "a call for this line was lost: it may have been paid for, and the provider's history cannot be read ({error}); \
             retry to buy it again"
        );
        ledger::note(house, attempt, &Ending::Lost).await?;
        takes::change(house, &take.key, |take| take.lost_for_good(&attempt.attempt, &reason)).await?;
        settle::tell(house, &take.key, Outcome::Failed).await?;
        ledger::close(house, &attempt.attempt).await
    }

    /// Another look, though this one does not count.
    async fn looks_again(&self) -> Result<(), StoreError> {
        self.puts_off(self.uncertain.looks, self.house.clock.now().plus_ms(AGAIN_MS)).await
    }

    async fn puts_off(&self, looks: u32, due: Timestamp) -> Result<(), StoreError> {
        let Self { house, uncertain: Uncertain { lost, due_at, .. }, .. } = *self;
        // Later than this one: its ticket has a name of its own.
        let due = due.max(due_at.plus_ms(1));
        let ticket = lost.turn.later(due);
        let looked = takes::change(house, &self.take.key, |take| {
            (take.ticket.as_ref() != Some(&ticket.name))
                .then(|| take.looked(&lost.attempt, looks, due, &ticket.name))?
        });
        if looked.await?.is_some_and(|take| take.ticket.as_ref() == Some(&ticket.name)) {
            house.swap(&ticket, None).await?;
        }
        Ok(())
    }

    /// After the last look: bought again if a wish has it so, else failed until a wish that buys again, or a person, goes past that.
    async fn gives_up(&self) -> Result<(), StoreError> {
        let Self { house, take: Take { key, .. }, uncertain: Uncertain { lost, .. }, attempt, .. } = *self;
        // A rehearsal costs nothing: there is nothing to lose, and nothing is bought.
        let is_paid = !self.speech.profile().rehearsed;
        let ending =
            if is_paid { Ending::Lost } else { Ending::Closed("its process ended before the sound was whole".into()) };
        ledger::note(house, attempt, &ending).await?;
        // Read before the wishes are listed: who wishes after that changes the take, and the swap loses.
        let Some(found) = takes::read(house, key).await? else { return Ok(()) };
        let wants = wants(house, key).await?;
        // Once by itself: a call that is lost again is a person's business.
        let buys = found.record.lost == 0 && wants.iter().any(|want| want.buys_again);
        let turn = lost.turn.again();
        let next = if buys || !is_paid {
            found.record.to_buy_again(&lost.attempt, is_paid, &turn.name)
        } else {
            found.record.lost_for_good(&lost.attempt, LOST_FOR_GOOD)
        };
        let Some(next) = next else { return Ok(()) };
        if takes::swap(house, &found, &next).await?.is_none() {
            // Somebody wrote between: its ticket stands, and it is looked for again.
            return Ok(());
        }
        if next.state == TakeState::Wanted {
            tracing::warn!(take.key = %key, "a lost call was not found; it is made again");
            house.swap(&turn, None).await?;
        } else {
            settle::tell(house, key, Outcome::Failed).await?;
        }
        ledger::close(house, &attempt.attempt).await
    }
}
