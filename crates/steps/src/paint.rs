//! A painter: draws or fetches the pictures that wait, each when its turn comes and the provider's window has a place for it
//! (DESIGN §5.3). A message is a wake-up, not the work: whoever comes takes the best ticket, and goes on until none is due.

use crate::choose::{Before, choose};
use crate::makers::Makers;
use crate::pictures::{self, change, tell};
use crate::render::keep;
use crate::{lane, pace, window};
use bytes::Bytes;
use futures_util::future::{Either, join, select};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use story::artifacts::{Object, body};
use story::expiry::Kept;
use story::failure::StoreError;
use story::ids::sha256_hex;
use story::images::PictureRequest;
use story::maker::{Busy, MakerError, MayBegin};
use story::pace::back_off_ms;
use story::picture::{Painting, Picture, PictureState};
use story::plan::FETCHING;
use story::records::Read;
use story::ticket::Ticket;
use story::timeline::Times;
use story::window::USE_WITHIN_MS;
use story::{AttemptId, Failure, Fetcher, House, Images, PictureKey, Speech, Timestamp, Viewer};

/// Calls in a row that did not work and were not charged, before a picture is given up.
const TRIES: u32 = 4;
/// The same where the provider only wanted to be asked less often: with its rests that is more than an hour.
const BUSY_TRIES: u32 = 10;
/// No call is longer.
const LONGEST_CALL: Duration = Duration::from_secs(600);
/// Painters that reach for tickets at once where no window keeps them apart: each takes its own share first.
const SHARES: usize = 8;

/// Who has pictures made.
pub struct Painters {
    /// Who draws; else why nobody does.
    pub images: Result<Arc<dyn Images>, String>,
    /// Who fetches what lies at an address.
    pub fetcher: Arc<dyn Fetcher>,
    /// Who looks whether what came is a picture.
    pub viewer: Arc<dyn Viewer>,
}

/// Where pictures wait, and how many may be begun there in a minute.
struct Account {
    name: String,
    most: Option<usize>,
}

/// A picture whose turn it is.
struct Turn {
    account: Account,
    ticket: Read<Ticket<PictureKey>>,
    picture: Read<Picture>,
}

/// A picture under way.
struct Attempt {
    account: Account,
    name: AttemptId,
    turn: Ticket<PictureKey>,
    request: PictureRequest,
    tries: u32,
    /// The ticket by which it would be found.
    watch: Ticket<PictureKey>,
    begin_by: Timestamp,
    times: Times,
}

/// A place in the window.
struct Place {
    /// Asked when the request leaves.
    may_begin: MayBegin,
    /// When the next picture may be begun, where that is limited.
    next_at: Option<Timestamp>,
}

impl Painters {
    /// Who an order is planned for, beside whoever speaks.
    #[must_use]
    pub fn makers<'a>(&'a self, speech: &'a dyn Speech) -> Makers<'a> {
        let images = self.images.as_deref().map_err(String::as_str);
        Makers { images, fetcher: Some(self.fetcher.as_ref()), ..Makers::from(speech) }
    }

    fn accounts(&self, house: &House) -> Vec<Account> {
        let drawing = self.images.as_ref().ok().map(|images| {
            let profile = images.profile();
            let most = house.settings.images_per_minute.filter(|_| !profile.rehearsed);
            Account { name: profile.drawing_account(), most }
        });
        drawing.into_iter().chain([Account { name: FETCHING.to_owned(), most: None }]).collect()
    }

    /// Makes all pictures that wait, for at most about so long: then another is woken.
    ///
    /// # Errors
    /// As [`Painters::paint_while`].
    pub async fn paint_for(&self, house: &House, budget: Duration) -> Result<(), Failure> {
        let until = house.clock.now().plus_ms(u64::try_from(budget.as_millis()).unwrap_or(u64::MAX));
        self.paint_while(house, &|| house.clock.now() < until).await
    }

    /// Makes all pictures that wait, as long as it is to go on: what is under way when that ends is finished and kept.
    ///
    /// # Errors
    /// Those of the stores: what was begun is found by its ticket when its lease is over.
    pub async fn paint_while(&self, house: &House, goes_on: &(dyn Fn() -> bool + Send + Sync)) -> Result<(), Failure> {
        for account in self.accounts(house) {
            while let Some(turn) = next(house, &account).await? {
                if !goes_on() {
                    return Ok(window::wake(house, &account.name, 0).await?);
                }
                if let Some(attempt) = turn.begin(house).await? {
                    attempt.make(house, self).await?;
                }
            }
        }
        Ok(())
    }
}

/// The picture whose turn it is at an account, if one may be begun now. Where none may yet, somebody is sent to look when one may.
async fn next(house: &House, account: &Account) -> Result<Option<Turn>, StoreError> {
    loop {
        let known = pace::read(house, &account.name).await?;
        let place = match account.most {
            // One after the other: each start is the fairest.
            Some(_) => (0, 1),
            None => (house.clock.chance() as usize % SHARES, SHARES),
        };
        let Some(chosen) = choose::<PictureKey>(house, &known, place, Before::default()).await? else {
            return Ok(None);
        };
        let ticket = chosen.ticket;
        let found = pictures::read(house, &ticket.record.what).await?;
        let named = |read: &Read<Picture>| read.record.ticket.as_ref() == Some(&ticket.record.name);
        let Some(picture) = found.filter(named) else {
            let _ = house.remove(&ticket).await?;
            continue;
        };
        if let PictureState::UnderWay(painting) = &picture.record.state {
            watch(house, &ticket, painting).await?;
            continue;
        }
        let alive = pictures::without_the_dead(house, &picture.record).await?;
        if alive.wishes.is_empty() {
            // Nobody wants it any more: whoever wishes meanwhile changes it, and keeps it.
            let _ = house.remove(&picture).await?;
            continue;
        }
        let window = window::read(house, &account.name).await?;
        let now = house.clock.now();
        if let Some(reason) = window.why_hopeless(now) {
            let hopeless = |picture: &Picture| picture.hopeless(&ticket.record.name, reason);
            if let Some(failed) = change(house, &picture.record.key, hopeless).await? {
                tell(house, &failed).await?;
            }
            continue;
        }
        let free_at = window.free_at(account.most, now);
        if free_at > now {
            window::wake_at(house, &account.name, free_at).await?;
            return Ok(None);
        }
        let account = Account { name: account.name.clone(), ..*account };
        return Ok(Some(Turn { account, ticket, picture }));
    }
}

/// A picture under way whose ticket is due: its painter is heard of, and is looked at again later, or it is dead.
async fn watch(house: &House, ticket: &Read<Ticket<PictureKey>>, painting: &Painting) -> Result<(), StoreError> {
    if painting.lease_until < lane::over(house) {
        lose(house, &ticket.record.what, &painting.attempt).await?;
    } else {
        let later = painting.turn.later(watched_at(house, painting.lease_until));
        let watched = |picture: &Picture| picture.watched(&ticket.record.name, &later.name);
        if change(house, &ticket.record.what, watched).await?.is_some() {
            house.swap(&later, None).await?;
        }
    }
    house.remove(ticket).await.map(|_| ())
}

/// When the lease of a painter is over for everybody.
fn watched_at(house: &House, lease_until: Timestamp) -> Timestamp {
    lease_until.plus_ms(house.settings.guard_ms + 1)
}

/// The answer to an attempt's call was lost: nobody can tell whether it was charged.
async fn lose(house: &House, key: &PictureKey, attempt: &AttemptId) -> Result<(), StoreError> {
    let mut again = None;
    let lost = change(house, key, |picture| {
        let ticket = picture.painting(attempt)?.turn.again();
        let lost = picture.lost(attempt, &ticket.name);
        again = Some(ticket);
        lost
    });
    let (Some(picture), Some(ticket)) = (lost.await?, again) else { return Ok(()) };
    tracing::warn!(picture.key = %key, attempt = %attempt, "the answer to a call for a picture was lost");
    if picture.state == PictureState::Wanted {
        house.swap(&ticket, None).await?;
        window::wake(house, &key.0, 0).await
    } else {
        tell(house, &picture).await
    }
}

impl Turn {
    /// The swap that makes the picture this attempt's. `None` if another was first.
    async fn begin(self, house: &House) -> Result<Option<Attempt>, StoreError> {
        let Self { account, ticket, picture } = self;
        let lease_until = lane::lease(house);
        let turn = ticket.record.clone();
        let watch = turn.later(watched_at(house, lease_until));
        let name = AttemptId::new(house.clock.chance());
        let painting = Painting { attempt: name.clone(), turn: turn.clone(), lease_until };
        let begun_at = Some(house.clock.now());
        let times = Times { queued_at: Some(turn.arrival), begun_at, ..Times::default() };
        let begun = |picture: &Picture| Some(picture.begun(&turn.name, painting.clone(), &watch.name)?.timed(times));
        if change(house, &picture.record.key, begun).await?.is_none() {
            return Ok(None);
        }
        house.swap(&watch, None).await?;
        let _ = house.remove(&ticket).await?;
        pace::change(house, &account.name, |pace| Some(pace.begun(&turn, None))).await?;
        let begin_by = Timestamp(lease_until.0.saturating_sub(house.settings.guard_ms));
        let Picture { request, tries, .. } = picture.record;
        Ok(Some(Attempt { account, name, turn, request, tries, watch, begin_by, times }))
    }
}

impl Attempt {
    /// Makes the call, and whatever it brings the picture's.
    async fn make(&self, house: &House, painters: &Painters) -> Result<(), Failure> {
        let Some(Place { may_begin, next_at }) = self.place(house).await? else {
            // Another was faster: it goes back to where it stood.
            return Ok(self.give_back(house, self.tries, self.turn.again()).await?);
        };
        let waking = async {
            if let Some(next_at) = next_at
                && let Err(error) = window::wake_at(house, &self.account.name, next_at).await
            {
                tracing::warn!(%error, "nobody was sent to draw the next picture; the sweep does");
            }
        };
        let longest = async {
            house.clock.sleep(LONGEST_CALL).await;
            Err(MakerError::Unknown(format!("the call took more than {} s", LONGEST_CALL.as_secs())))
        };
        let calling = async {
            let call = join(self.call(painters, may_begin), waking);
            match select(pin!(call), pin!(longest)).await {
                Either::Left(((called, ()), _)) | Either::Right((called, _)) => called,
            }
        };
        let beating = self.beats(house);
        let called = match select(pin!(calling), pin!(beating)).await {
            Either::Left((called, _)) => called,
            // It is another's now.
            Either::Right((ended, _)) => return ended,
        };
        match called {
            Ok(bytes) => self.came(house, painters, bytes).await,
            Err(error) => Ok(self.failed(house, error).await?),
        }
    }

    /// Takes a place in the window. `None` if none is free any more.
    async fn place(&self, house: &House) -> Result<Option<Place>, StoreError> {
        let account = &self.account;
        let clock = Arc::clone(&house.clock);
        let begin_by = self.begin_by;
        if account.name == FETCHING {
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

    async fn call(&self, painters: &Painters, may_begin: MayBegin) -> Result<Bytes, MakerError> {
        match (&self.request, &painters.images) {
            (PictureRequest::Drawn(prompt), Ok(images)) => Ok(images.draw(prompt, may_begin).await?.bytes),
            (PictureRequest::Drawn(_), Err(why)) => Err(MakerError::Refused(why.clone())),
            (PictureRequest::Fetched(address), _) => painters.fetcher.fetch(address).await,
        }
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
        match painters.viewer.look(bytes.clone()).await {
            Ok(()) => {}
            Err(Failure::GiveUp(sentence)) => return Ok(self.fail(house, &format!("what came is {sentence}")).await?),
            Err(retry) => return Err(retry),
        }
        let (sha256, size_bytes) = (sha256_hex(&bytes), bytes.len() as u64);
        keep(house, Kept::Picture(sha256.clone()), &sha256, house.settings.take_ttl_ms).await?;
        house.artifacts.put(&Object::Picture(sha256.clone()), body(bytes)).await?;
        let times = Times { ended_at, stored_at: Some(house.clock.now()), ..self.times };
        let painted = |picture: &Picture| Some(picture.painted(&self.name, &sha256, size_bytes)?.timed(times));
        self.settled(house, change(house, self.key(), painted).await?).await.map_err(Failure::from)
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
            MakerError::Busy(Busy { retry_after_ms, .. }) if self.request_is_drawn() => {
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
        window::wake(house, &self.key().0, pause_ms).await
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

/// An address is asked again no later than this.
const LONGEST_PAUSE_MS: u64 = 60_000;
