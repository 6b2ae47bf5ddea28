//! One attempt: its documents, the call, and what an error means for the take (DESIGN §6.2).

use crate::hear::{Deaf, Mouth};
use crate::lane::{self, Holding, lease};
use crate::patience::within;
use crate::{ledger, pace, settle, takes};
use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use story::failure::StoreError;
use story::ledger::{Attempt, Came, Ending};
use story::maker::MakerError;
use story::pace::{Pace, back_off_ms};
use story::queue::Outcome;
use story::records::Read;
use story::speech::{Answer, Heard, Reply, Unspoken};
use story::take::{Speaking, Take, TakeState};
use story::ticket::Ticket;
use story::timeline::Times;
use story::{AttemptId, Failure, House, JobId, Speech};

/// Calls in a row that did not work and were not charged, before a take is given up.
const TRIES: u32 = 4;
/// The same where the provider was only busy.
const BUSY_TRIES: u32 = 20;
/// No call is longer.
const LONGEST_CALL: Duration = Duration::from_secs(600);
/// Of what a provider says when it refuses, no more is kept.
const MOST_REPLY_BYTES: usize = 8 << 10;

/// A take that one write begins: it waits and is wanted, and its attempt stands in the ledger.
pub(crate) struct Prepared {
    pub(crate) ticket: Read<Ticket>,
    pub(crate) take: Read<Take>,
    /// Who wants it.
    pub(crate) jobs: Vec<JobId>,
    attempt: Attempt,
}

/// An attempt under way.
pub(crate) struct Begun {
    pub(crate) attempt: Attempt,
    pub(crate) ticket: Read<Ticket>,
    speaking: Speaking,
    take: Take,
}

/// Writes the attempt's documents.
pub(crate) async fn prepare(
    house: &House,
    holding: &Holding,
    ticket: Read<Ticket>,
    take: Read<Take>,
    jobs: Vec<JobId>,
) -> Result<Prepared, StoreError> {
    let (now, lease_until) = (house.clock.now(), lease(house));
    let attempt = Attempt {
        attempt: AttemptId::new(house.clock.chance()),
        take: take.record.key.clone(),
        request: Some(take.record.request.clone()),
        job: ticket.record.job.clone(),
        lane: holding.lane,
        account: holding.account.clone(),
        characters: take.record.request.characters(),
        started_at: now,
        begin_by: begin_by(house, lease_until),
        recovers: None,
        first_byte_ms: None,
        caller: ticket.record.caller.clone(),
        priority: Some(ticket.record.priority),
        came: Came::default(),
        times: Times { queued_at: Some(ticket.record.arrival), ..Times::default() },
        ending: Ending::Open,
    };
    ledger::begin(house, &attempt).await?;
    Ok(Prepared { ticket, take, jobs, attempt })
}

impl Prepared {
    /// Whether its documents still say when it begins.
    pub(crate) fn is_fresh(&self, house: &House) -> bool {
        house.clock.now() <= self.attempt.begin_by
    }

    /// It is not begun: another took the take, nobody wants it, or it came too late.
    pub(crate) async fn forget(&self, house: &House) -> Result<(), StoreError> {
        ledger::forget(house, &self.attempt).await
    }

    /// The swap that makes the take this attempt's. `None` if another step changed the take first.
    pub(crate) async fn begin(mut self, house: &House) -> Result<Option<Begun>, StoreError> {
        let lease_until = lease(house);
        let speaking = Speaking {
            attempt: self.attempt.attempt.clone(),
            lane: self.attempt.lane,
            turn: self.ticket.record.clone(),
            began_at: house.clock.now(),
            begin_by: begin_by(house, lease_until),
            lease_until,
            bytes: 0,
        };
        loop {
            let Some(begun) = self.take.record.begun(&self.ticket.record.name, speaking.clone()) else {
                self.forget(house).await?;
                return Ok(None);
            };
            if takes::swap(house, &self.take, &begun).await?.is_some() {
                break;
            }
            match takes::read(house, &self.attempt.take).await? {
                // It was written, and a wish has written since.
                Some(stands) if stands.record.unsettled(&self.attempt.attempt).is_some() => break,
                // Lost to a wish, which changes nothing here.
                Some(stands) if stands.record.ticket.as_ref() == Some(&self.ticket.record.name) => self.take = stands,
                _ => {
                    self.forget(house).await?;
                    return Ok(None);
                }
            }
        }
        self.attempt.times.begun_at = Some(speaking.began_at);
        Ok(Some(Begun { attempt: self.attempt, ticket: self.ticket, speaking, take: self.take.record }))
    }
}

fn begin_by(house: &House, lease_until: story::Timestamp) -> story::Timestamp {
    story::Timestamp(lease_until.0.saturating_sub(house.settings.guard_ms))
}

/// Why a call brought no take.
pub(crate) enum CallError {
    /// The provider's doing.
    Speech(Unspoken),
    /// The store's, which says so itself.
    Store,
}

impl<E: Into<Unspoken>> From<E> for CallError {
    fn from(error: E) -> Self {
        Self::Speech(error.into())
    }
}

impl Begun {
    /// Calls, and hands on what it hears.
    pub(crate) async fn call(
        &mut self,
        house: &House,
        speech: &dyn Speech,
        holding: &Holding,
        known: &Pace,
        mut mouth: Mouth,
    ) -> Result<(), CallError> {
        let began_at = house.clock.now();
        let may_begin = holding.may_begin(house, self.speaking.begin_by);
        let answer = speech.speak(&self.take.request, may_begin).await?;
        mouth.begin(&self.attempt.attempt, answer.headers());
        let lanes = (holding.lane, house.settings.lanes);
        let (model, said) = (self.take.request.model.clone(), answer.concurrency());
        let taken = |pace: &Pace| pace.taken(lanes, &model, said, house.clock.now());
        let noted = within(house, async {
            if taken(known).is_some() {
                let pace = pace::change(house, &holding.account, taken).await?;
                if pace.open(lanes.1).count() > known.open(lanes.1).count() {
                    lane::wake(house).await?;
                }
            }
            Ok::<_, StoreError>(())
        });
        let listening = self.listen(house, answer, mouth, began_at);
        let longest = async {
            house.clock.sleep(LONGEST_CALL).await;
            Err(MakerError::Unknown(format!("the call took more than {} s", LONGEST_CALL.as_secs())).into())
        };
        let heard = async {
            match select(pin!(listening), pin!(longest)).await {
                Either::Left((heard, _)) | Either::Right((heard, _)) => heard,
            }
        };
        // What is noted of lanes is no matter of this take.
        let (heard, noted) = futures_util::future::join(heard, noted).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "what the provider takes at once was not noted");
        }
        heard
    }

    async fn listen(
        &mut self,
        house: &House,
        mut answer: Box<dyn Answer>,
        mut mouth: Mouth,
        began_at: story::Timestamp,
    ) -> Result<(), CallError> {
        let mut chunks = 0_u64;
        loop {
            match answer.next().await? {
                Heard::Sound(piece) => {
                    chunks += u64::from(!piece.sound.is_empty());
                    if self.attempt.first_byte_ms.is_none() && chunks > 0 {
                        let first_byte_ms = house.clock.now().since_ms(began_at);
                        self.attempt.first_byte_ms = Some(first_byte_ms);
                        tracing::info!(take.key = %self.attempt.take, first_byte_ms, "the first chunk of a take");
                    }
                    mouth.say(piece).await.map_err(|Deaf| CallError::Store)?;
                }
                Heard::End(receipt) => {
                    let (bytes, ms) = (mouth.bytes(), house.clock.now().since_ms(began_at));
                    tracing::info!(take.key = %self.attempt.take, chunks, bytes, ms, "the last chunk of a take");
                    self.attempt.times.ended_at = Some(house.clock.now());
                    let times = (self.attempt.first_byte_ms, self.attempt.times);
                    return mouth.end(receipt, times).await.map_err(|Deaf| CallError::Store);
                }
            }
        }
    }

    /// The call was cut, as its lane was lost: nobody knows what it brought.
    pub(crate) async fn cut(&self, house: &House) -> Result<(), StoreError> {
        settle::lose(house, &self.attempt).await
    }

    /// What an error means: the one place where that is decided.
    pub(crate) async fn failed(&self, house: &House, holding: &Holding, unspoken: Unspoken) -> Result<(), Failure> {
        let Self { attempt, take, .. } = self;
        let Unspoken { error, reply } = unspoken;
        let reply = reply.as_deref().filter(|reply| reply.body.len() <= MOST_REPLY_BYTES);
        tracing::warn!(take.key = %take.key, %error, "a call brought no sound");
        let now = house.clock.now();
        match error {
            MakerError::Unknown(_) => settle::lose(house, attempt).await?,
            MakerError::Refused(reason) => self.fail(house, Ending::Closed(reason.clone()), &reason, reply).await?,
            MakerError::Spent(reason) => {
                pace::change(house, &attempt.account, |pace| pace.stopped(&reason, reply, now)).await?;
                self.fail(house, Ending::Closed(reason.clone()), &reason, reply).await?;
            }
            MakerError::TooLate => {
                let again = self.speaking.turn.again();
                self.give_back(house, Ending::Closed("it was too late to begin".into()), take.tries, again).await?;
            }
            MakerError::Busy(busy) => {
                let (lanes, chance) = ((holding.lane, house.settings.lanes), house.clock.chance());
                let refused = |pace: &Pace| Some(pace.refused(lanes, &take.request.model, &busy, now, chance));
                pace::change(house, &attempt.account, refused).await?;
                if take.tries + 1 >= BUSY_TRIES {
                    let reason = "the speech provider was busy for too long; retry later";
                    self.fail(house, Ending::Busy, reason, reply).await?;
                } else {
                    self.give_back(house, Ending::Busy, take.tries + 1, self.speaking.turn.again()).await?;
                }
            }
            MakerError::Broken(reason) if take.tries + 1 >= TRIES => {
                self.fail(house, Ending::Closed(reason.clone()), &reason, reply).await?;
            }
            MakerError::Broken(reason) => {
                let back_off_ms = back_off_ms(take.tries, house.clock.chance());
                let later = self.speaking.turn.later(now.plus_ms(back_off_ms));
                self.give_back(house, Ending::Closed(reason), take.tries + 1, later).await?;
            }
        }
        Ok(())
    }

    /// Nothing was charged, and nothing will be: the take fails with its reason.
    async fn fail(&self, house: &House, ending: Ending, reason: &str, reply: Option<&Reply>) -> Result<(), Failure> {
        let attempt = &self.attempt;
        ledger::note(house, attempt, &ending).await?;
        let failed = |take: &Take| Some(take.failed(&attempt.attempt, reason)?.told(reply));
        takes::change(house, &attempt.take, failed).await?;
        settle::tell(house, &attempt.take, Outcome::Failed).await?;
        Ok(ledger::close(house, &attempt.attempt).await?)
    }

    /// Nothing was charged: the take gets a ticket again.
    async fn give_back(&self, house: &House, ending: Ending, tries: u32, ticket: Ticket) -> Result<(), Failure> {
        let attempt = &self.attempt;
        let given_back = |take: &Take| take.given_back(&attempt.attempt, tries, &ticket.name);
        let take = takes::change(house, &attempt.take, given_back).await?;
        if take.is_some_and(|take| take.state == TakeState::Wanted && take.ticket.as_ref() == Some(&ticket.name)) {
            house.swap(&ticket, None).await?;
        }
        ledger::note(house, attempt, &ending).await?;
        Ok(ledger::close(house, &attempt.attempt).await?)
    }
}
