//! One attempt at a picture: its call, and what comes of it.

use super::{Account, Painters, Which, lose};
use crate::pictures::{self, change, tell};
use crate::render::keep;
use crate::{job, lane, window};
use bytes::Bytes;
use futures_util::future::{Either, join, select};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use story::artifacts::{Object, body, collect};
use story::clips::{ClipMaterial, ClipRequest, Clips, Delivery, FirstImage, Generating};
use story::expiry::Kept;
use story::failure::StoreError;
use story::ids::sha256_hex;
use story::images::PictureRequest;
use story::maker::{Busy, MakerError, MayBegin};
use story::pace::back_off_ms;
use story::picture::{Operation, Painted, Picture};
use story::plan::FETCHING;
use story::ticket::Ticket;
use story::timeline::Times;
use story::window::USE_WITHIN_MS;
use story::writing::{Brief, Judged, Sketch, WriterTask};
use story::{AttemptId, Failure, House, Invalid, PictureKey, Timestamp, Viewer, Writer};

/// Calls in a row that did not work and were not charged, before a picture is given up.
const TRIES: u32 = 4;
/// The same where the provider only wanted to be asked less often: with its rests that is more than an hour.
const BUSY_TRIES: u32 = 10;
/// No call is longer.
const LONGEST_CALL: Duration = Duration::from_secs(600);
/// So long after its first call an attempt begins another one; later, the next attempt does. A process of Lambda's lives 15 minutes.
const BEGINS_WITHIN_MS: u64 = 240_000;
/// An address is asked again no later than this.
const LONGEST_PAUSE_MS: u64 = 60_000;
/// So long a clip that was ordered is asked for.
const LONGEST_GENERATING_MS: u64 = 30 * 60_000;

/// A picture under way.
pub(super) struct Attempt {
    pub(super) account: Account,
    pub(super) name: AttemptId,
    pub(super) turn: Ticket<PictureKey>,
    pub(super) request: PictureRequest,
    /// What was ordered before.
    pub(super) operation: Option<Operation>,
    pub(super) tries: u32,
    /// The ticket by which it would be found.
    pub(super) watch: Ticket<PictureKey>,
    pub(super) begin_by: Timestamp,
    pub(super) times: Times,
}

/// What a call brought.
enum Called {
    /// The picture.
    Came(Bytes),
    /// The provider's name of what was ordered.
    Ordered(String),
    /// What was ordered is not there yet.
    Runs,
}

/// A place in the window.
struct Place {
    /// Asked when the request leaves.
    may_begin: MayBegin,
    /// When the next picture may be begun, where that is limited.
    next_at: Option<Timestamp>,
}

impl Attempt {
    /// Makes the call, and whatever it brings the picture's.
    pub(super) async fn make(&self, house: &House, painters: &Painters) -> Result<(), Failure> {
        let Some(Place { may_begin, next_at }) = self.place(house).await? else {
            // Another was faster: it goes back to where it stood.
            return Ok(self.give_back(house, self.tries, self.turn.again()).await?);
        };
        let waking = async {
            if let Some(next_at) = next_at
                && let Err(error) = window::wake_at(house, self.account.which, &self.account.name, next_at).await
            {
                tracing::warn!(%error, "nobody was sent to draw the next picture; the sweep does");
            }
        };
        let calling = async { join(self.call(house, painters, may_begin), waking).await.0 };
        let beating = self.beats(house);
        let called = match select(pin!(calling), pin!(beating)).await {
            Either::Left((called, _)) => called,
            // It is another's now.
            Either::Right((ended, _)) => return ended,
        };
        match called {
            Ok(Called::Came(bytes)) => self.came(house, painters, bytes).await,
            Ok(Called::Ordered(name)) => Ok(self.ordered(house, painters, &name).await?),
            Ok(Called::Runs) => Ok(self.put_off(house, None).await?),
            // It was ordered and may be there yet: asking again costs nothing.
            Err(error) if self.operation.is_some() && !matches!(error, MakerError::Refused(_)) => {
                Ok(self.put_off(house, Some(&error)).await?)
            }
            Err(error) => Ok(self.failed(house, error).await?),
        }
    }

    /// Takes a place in the window. `None` if none is free any more.
    async fn place(&self, house: &House) -> Result<Option<Place>, StoreError> {
        let account = &self.account;
        let clock = Arc::clone(&house.clock);
        let begin_by = self.begin_by;
        if !self.has_window() || self.operation.is_some() {
            return Ok(Some(Place { may_begin: Box::new(move || clock.now() <= begin_by), next_at: None }));
        }
        // By the stamp that stands in the window: what the stores took counts.
        let mut taken_at = house.clock.now();
        let taken = window::change(house, &account.name, |window| {
            taken_at = house.clock.now();
            window.taken(account.most, taken_at)
        });
        let Some(window) = taken.await? else { return Ok(None) };
        let until = taken_at.plus_ms(USE_WITHIN_MS).min(begin_by);
        let next_at = account.most.map(|_| window.free_at(account.most, taken_at));
        Ok(Some(Place { may_begin: Box::new(move || clock.now() <= until), next_at }))
    }

    async fn call(&self, house: &House, painters: &Painters, may_begin: MayBegin) -> Result<Called, MakerError> {
        let nobody = |why: &String| MakerError::Refused(why.clone());
        match &self.request {
            PictureRequest::Drawn(prompt) => {
                let images = painters.images.as_ref().map_err(nobody)?;
                within(house, images.draw(prompt, may_begin)).await.map(|drawn| Called::Came(drawn.bytes))
            }
            PictureRequest::Fetched(address) => within(house, painters.fetcher.fetch(address)).await.map(Called::Came),
            PictureRequest::Written(brief) => {
                let writer = painters.writer.as_ref().map_err(nobody)?;
                self.written(house, painters, writer.as_ref(), brief, may_begin).await.map(Called::Came)
            }
            PictureRequest::Generated(clip) => {
                let clips = painters.clips.as_ref().map_err(nobody)?;
                within(house, self.generate(house, painters, (clips.as_ref(), clip), may_begin)).await
            }
        }
    }

    /// Has an animation written. A wrong answer goes back with what is wrong with it.
    async fn written(
        &self,
        house: &House,
        painters: &Painters,
        writer: &dyn Writer,
        brief: &Brief,
        mut may_begin: MayBegin,
    ) -> Result<Bytes, MakerError> {
        let broken = |error: StoreError| MakerError::Broken(error.to_string());
        let begun_at = house.clock.now();
        // What was answered before is paid: whoever goes on goes on from there.
        let known = pictures::read(house, self.key()).await.map_err(broken)?;
        let mut task = WriterTask::sketching(brief, known.and_then(|read| read.record.earlier));
        loop {
            let written = within(house, writer.write(&task, may_begin)).await?;
            // Each answer is paid, the wrong ones too.
            let paid = job::change(house, &self.turn.job, |head| {
                if let Some(mark) = &mut head.written {
                    mark.usd += written.usd;
                }
            });
            if let Err(error) = paid.await {
                tracing::warn!(%error, "what an animation cost was not noted");
            }
            let judged = match task.sketch(&written) {
                Ok(sketch) => match proven(house, painters.viewer.as_ref(), brief, sketch).await {
                    Ok(proven) => task.judged(&written, proven),
                    // It is paid, and nobody can say what it is worth: none is asked for again.
                    Err(error) => Judged::Failed(format!("it could not be tried: {error}")),
                },
                Err(invalid) => task.judged(&written, Err(invalid)),
            };
            match judged {
                Judged::Done(sketch) => {
                    return Ok(serde_json::to_vec(&sketch).expect("sketches always serialise").into());
                }
                Judged::Again(again) => {
                    tracing::warn!(picture.key = %self.key(), "the writer's answer was wrong; it goes back");
                    task = *again;
                    let sent_back = |picture: &Picture| picture.sent_back(&self.name, task.earlier.as_ref());
                    change(house, self.key(), sent_back).await.map_err(broken)?;
                }
                Judged::Failed(sentence) => {
                    let Some((instead, noted)) = task.instead() else { return Err(MakerError::Refused(sentence)) };
                    tracing::warn!(picture.key = %self.key(), sentence, "no program came of it; it is drawn the usual way");
                    task = instead;
                    change(house, self.key(), |picture| picture.sent_back(&self.name, Some(&noted)))
                        .await
                        .map_err(broken)?;
                }
            }
            if house.clock.now().since_ms(begun_at) > BEGINS_WITHIN_MS {
                return Err(MakerError::TooLate);
            }
            let begin_by = Timestamp(lane::lease(house).0.saturating_sub(house.settings.guard_ms));
            let clock = Arc::clone(&house.clock);
            may_begin = Box::new(move || clock.now() <= begin_by);
        }
    }

    /// Orders a clip; or asks how far it is, and fetches it.
    async fn generate(
        &self,
        house: &House,
        painters: &Painters,
        (clips, clip): (&dyn Clips, &ClipRequest),
        may_begin: MayBegin,
    ) -> Result<Called, MakerError> {
        let Some(operation) = &self.operation else {
            let image = match &clip.image {
                Some(FirstImage::At(address)) => Some(painters.fetcher.fetch(address).await?),
                Some(FirstImage::Kept(sha256)) => material(house, Some(sha256)).await?,
                None => None,
            };
            let material =
                ClipMaterial { image, from: material(house, clip.from.as_ref().map(|from| &from.sha256)).await? };
            return clips.order(clip, material, may_begin).await.map(Called::Ordered);
        };
        match clips.ask(clip, &operation.name).await? {
            Generating::Running => Ok(Called::Runs),
            Generating::Done(Delivery::Bytes(bytes)) => Ok(Called::Came(bytes)),
            Generating::Done(Delivery::Address(address)) => clips.fetch(&address).await.map(Called::Came),
        }
    }

    /// What was ordered is noted before it is asked for: who finds it dead from here on asks, and orders nothing.
    async fn ordered(&self, house: &House, painters: &Painters, name: &str) -> Result<(), StoreError> {
        let now = house.clock.now();
        // What is rehearsed is there when it is asked for.
        let is_rehearsed = painters.clips.as_ref().is_ok_and(|clips| clips.profile().rehearsed);
        window::change(house, &self.account.name, story::window::Window::accepted).await?;
        let after_ms = if is_rehearsed { 0 } else { gap_ms(0) };
        let ticket = self.turn.later(now.plus_ms(after_ms));
        let ordered = |picture: &Picture| picture.ordered(&self.name, name, now, &ticket.name);
        if change(house, self.key(), ordered).await?.is_some() {
            house.swap(&ticket, None).await?;
            window::wake(house, self.account.which, &self.key().0, after_ms).await?;
        }
        self.unwatch(house).await
    }

    /// It is asked for again after a while, unless it was asked for long enough.
    async fn put_off(&self, house: &House, error: Option<&MakerError>) -> Result<(), StoreError> {
        let Some(operation) = &self.operation else { return Ok(()) };
        let now = house.clock.now();
        if now.since_ms(operation.since) > LONGEST_GENERATING_MS {
            let minutes = LONGEST_GENERATING_MS / 60_000;
            let why = error.map_or_else(|| "it is still not there".to_owned(), ToString::to_string);
            return self.fail(house, &format!("the clip was asked for over {minutes} minutes: {why}")).await;
        }
        if let Some(error) = error {
            tracing::warn!(picture.key = %self.key(), %error, "a clip could not be asked for; it is asked for again");
        }
        let wanted_ms = match error {
            Some(MakerError::Busy(Busy { retry_after_ms, .. })) => retry_after_ms.unwrap_or_default(),
            _ => 0,
        };
        let after_ms = gap_ms(operation.asked).max(wanted_ms.min(LONGEST_PAUSE_MS));
        let ticket = self.turn.later(now.plus_ms(after_ms));
        let put_off = |picture: &Picture| picture.put_off(&self.name, &ticket.name);
        if change(house, self.key(), put_off).await?.is_some() {
            house.swap(&ticket, None).await?;
            window::wake(house, self.account.which, &self.key().0, after_ms).await?;
        }
        self.unwatch(house).await
    }

    /// Lets itself be heard for as long as the picture is its own. Ends when it is not.
    async fn beats(&self, house: &House) -> Result<(), Failure> {
        loop {
            house.clock.sleep(lane::between_beats(house)).await;
            let lease_until = lane::lease(house);
            let beaten = |picture: &Picture| picture.beaten(&self.name, lease_until);
            match change(house, self.key(), beaten).await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => {}
                // The lease is long enough for a store that does not answer now.
                Err(error) => tracing::warn!(%error, "a painter could not let itself be heard"),
            }
        }
    }

    fn key(&self) -> &PictureKey {
        &self.turn.what
    }

    /// The bytes first, filed to be kept: the record is the commit.
    async fn came(&self, house: &House, painters: &Painters, bytes: Bytes) -> Result<(), Failure> {
        let ended_at = Some(house.clock.now());
        if self.request_is_drawn() {
            window::change(house, &self.account.name, story::window::Window::accepted).await?;
        }
        let seen = match self.account.which {
            Which::Still => painters.viewer.look(bytes.clone()).await,
            Which::Moving => painters.viewer.watch(bytes.clone()).await.map(|_| ()),
            // It was looked at before it was taken.
            Which::Written => Ok(()),
        };
        match seen {
            Ok(()) => {}
            Err(Failure::GiveUp(sentence)) => {
                return self.refuse(house, bytes, &format!("what came is {sentence}")).await;
            }
            Err(retry) => return Err(retry),
        }
        let (sha256, size_bytes) = (sha256_hex(&bytes), bytes.len() as u64);
        self.store(house, &sha256, bytes).await?;
        if let (Some(operation), PictureRequest::Generated(clip)) = (&self.operation, &self.request) {
            let took_ms = house.clock.now().since_ms(operation.since);
            window::change(house, &self.account.name, |window| Some(window.took(&clip.model, took_ms))).await?;
        }
        let times = Times { ended_at, stored_at: Some(house.clock.now()), ..self.times };
        let painted = |picture: &Picture| Some(picture.painted(&self.name, &sha256, size_bytes)?.timed(times));
        self.settled(house, change(house, self.key(), painted).await?).await.map_err(Failure::from)
    }

    /// What came is kept for a person to look at, where it was paid for as a clip.
    async fn refuse(&self, house: &House, bytes: Bytes, reason: &str) -> Result<(), Failure> {
        if self.account.which == Which::Moving {
            let refused =
                Painted { sha256: sha256_hex(&bytes), size_bytes: bytes.len() as u64, job: self.turn.job.clone() };
            self.store(house, &refused.sha256, bytes).await?;
            let noted = |picture: &Picture| {
                picture.painting(&self.name)?;
                Some(Picture { refused: Some(refused.clone()), ..picture.clone() })
            };
            change(house, self.key(), noted).await?;
        }
        Ok(self.fail(house, reason).await?)
    }

    /// The bytes of a picture, filed to be kept before they are there.
    async fn store(&self, house: &House, sha256: &str, bytes: Bytes) -> Result<(), StoreError> {
        let ttl_ms = match self.account.which {
            Which::Still | Which::Written => house.settings.take_ttl_ms,
            Which::Moving => house.settings.clip_ttl_ms,
        };
        keep(house, Kept::Picture(sha256.to_owned()), sha256, ttl_ms).await?;
        house.artifacts.put(&Object::Picture(sha256.to_owned()), body(bytes)).await
    }

    /// Whether those who wait at its account are told by a window when they may begin.
    fn has_window(&self) -> bool {
        self.account.name != FETCHING && self.account.which != Which::Written
    }

    fn request_is_drawn(&self) -> bool {
        matches!(self.request, PictureRequest::Drawn(_))
    }

    /// What an error means: the one place where that is decided.
    async fn failed(&self, house: &House, error: MakerError) -> Result<(), StoreError> {
        tracing::warn!(picture.key = %self.key(), %error, "a call brought no picture");
        let now = house.clock.now();
        match error {
            MakerError::Unknown(_) => lose(house, self.key(), &self.name).await,
            MakerError::Refused(reason) => self.fail(house, &reason).await,
            MakerError::Spent(reason) => {
                window::change(house, &self.account.name, |window| Some(window.spent(&reason, now))).await?;
                self.fail(house, &reason).await
            }
            MakerError::TooLate => self.give_back(house, self.tries, self.turn.again()).await,
            MakerError::Busy(_) if self.tries + 1 >= BUSY_TRIES => {
                self.fail(house, "the provider of pictures was busy for too long; retry later").await
            }
            MakerError::Busy(Busy { retry_after_ms, .. }) if self.has_window() => {
                let refused = |window: &story::window::Window| Some(window.refused(retry_after_ms, now));
                window::change(house, &self.account.name, refused).await?;
                self.give_back(house, self.tries + 1, self.turn.again()).await
            }
            MakerError::Busy(Busy { retry_after_ms, .. }) => {
                self.give_back_later(house, retry_after_ms.unwrap_or_default().min(LONGEST_PAUSE_MS)).await
            }
            MakerError::Broken(reason) if self.tries + 1 >= TRIES => self.fail(house, &reason).await,
            MakerError::Broken(_) => self.give_back_later(house, 0).await,
        }
    }

    async fn fail(&self, house: &House, reason: &str) -> Result<(), StoreError> {
        let times = Times { ended_at: Some(house.clock.now()), ..self.times };
        let failed = |picture: &Picture| Some(picture.failed(&self.name, reason)?.timed(times));
        self.settled(house, change(house, self.key(), failed).await?).await
    }

    /// All who wish for it are told, if it was this attempt's.
    async fn settled(&self, house: &House, picture: Option<Picture>) -> Result<(), StoreError> {
        if let Some(picture) = picture {
            tell(house, &picture).await?;
        }
        self.unwatch(house).await
    }

    async fn give_back_later(&self, house: &House, at_least_ms: u64) -> Result<(), StoreError> {
        let pause_ms = back_off_ms(self.tries, house.clock.chance()).max(at_least_ms);
        let later = self.turn.later(house.clock.now().plus_ms(pause_ms));
        self.give_back(house, self.tries + 1, later).await?;
        window::wake(house, self.account.which, &self.key().0, pause_ms).await
    }

    /// Nothing was charged: it waits again.
    async fn give_back(&self, house: &House, tries: u32, ticket: Ticket<PictureKey>) -> Result<(), StoreError> {
        let given_back = |picture: &Picture| picture.given_back(&self.name, tries, &ticket.name);
        if change(house, self.key(), given_back).await?.is_some() {
            house.swap(&ticket, None).await?;
        }
        self.unwatch(house).await
    }

    async fn unwatch(&self, house: &House) -> Result<(), StoreError> {
        house.remove_at::<Ticket<PictureKey>>(&story::records::Partition::PictureTickets, &self.watch.name).await
    }
}

/// What a call brings, if it does not take too long.
async fn within<T>(house: &House, call: impl Future<Output = Result<T, MakerError>>) -> Result<T, MakerError> {
    match select(pin!(call), pin!(house.clock.sleep(LONGEST_CALL))).await {
        Either::Left((called, _)) => called,
        Either::Right(_) => Err(MakerError::Unknown(format!("the call took more than {} s", LONGEST_CALL.as_secs()))),
    }
}

/// A sketch, if it can be drawn; else everything that is wrong with it.
///
/// # Errors
/// Where nobody could say so, however often they were asked.
async fn proven(
    house: &House,
    viewer: &dyn Viewer,
    brief: &Brief,
    sketch: Sketch,
) -> Result<Result<Sketch, Invalid>, StoreError> {
    let code = match &sketch {
        Sketch::Animation(animation) => {
            return Ok(Invalid::unless_empty(viewer.proof(animation)).map(|()| sketch));
        }
        Sketch::Program(code) => &code.manim,
    };
    let mut tries = 0;
    loop {
        tries += 1;
        match viewer.rehearse(&brief.show(code)).await {
            Ok(()) => return Ok(Ok(sketch)),
            Err(Failure::GiveUp(sentence)) => return Ok(Err(Invalid::one("/code", sentence))),
            Err(Failure::Retry(error)) if tries >= TRIES => return Err(error),
            Err(Failure::Retry(error)) => {
                tracing::warn!(%error, "a program could not be tried; it is tried again");
                house.clock.sleep(Duration::from_millis(back_off_ms(tries, house.clock.chance()))).await;
            }
        }
    }
}

/// What is asked for first after so long, and then less and less often.
fn gap_ms(asked: u32) -> u64 {
    const FIRST_MS: f64 = 3_000.0;
    const LAST_MS: f64 = 20_000.0;
    (FIRST_MS * 1.4_f64.powi(asked.min(20) as i32)).min(LAST_MS) as u64
}

/// The bytes that a request refers to.
async fn material(house: &House, sha256: Option<&String>) -> Result<Option<Bytes>, MakerError> {
    let Some(sha256) = sha256 else { return Ok(None) };
    let broken = |error: StoreError| MakerError::Broken(error.to_string());
    let stored = house.artifacts.get(&Object::Picture(sha256.clone()), None).await.map_err(broken)?;
    let gone = || MakerError::Refused("what the clip is made from is gone: order it again".to_owned());
    collect(stored.ok_or_else(gone)?).await.map(Some).map_err(broken)
}
