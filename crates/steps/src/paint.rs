//! A painter: draws or fetches the pictures that wait, and orders the clips, each when its turn comes and the provider's window has a
//! place for it (DESIGN §5.3). A message is a wake-up, not the work: whoever comes takes the best ticket, and goes on until none is due.
//! Of a clip that was ordered the ticket says when to ask for it: whoever finds it due asks, and fetches it once it is there.

mod attempt;

use self::attempt::Attempt;
use crate::choose::{Before, choose};
use crate::makers::Makers;
use crate::pictures::{self, change, tell};
use crate::{lane, pace, window};
use std::sync::Arc;
use std::time::Duration;
use story::clips::is_generating;
use story::failure::StoreError;
use story::images::PictureRequest;
use story::picture::{Painting, Picture, PictureState};
use story::plan::FETCHING;
use story::records::Read;
use story::ticket::Ticket;
use story::timeline::Times;
use story::writer::is_writing;
use story::{AttemptId, Clips, Failure, Fetcher, House, Images, PictureKey, Speech, Task, Timestamp, Viewer, Writer};

/// Painters that reach for tickets at once where no window keeps them apart: each takes its own share first.
const SHARES: usize = 8;

/// Who has pictures made.
pub struct Painters {
    /// Who draws; else why nobody does.
    pub images: Result<Arc<dyn Images>, String>,
    /// Who generates clips; else why nobody does.
    pub clips: Result<Arc<dyn Clips>, String>,
    /// Who fetches what lies at an address.
    pub fetcher: Arc<dyn Fetcher>,
    /// Who writes animations; else why nobody does.
    pub writer: Result<Arc<dyn Writer>, String>,
    /// Who looks whether what came is a picture.
    pub viewer: Arc<dyn Viewer>,
}

/// Which pictures are made: those that a call brings, or those that are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Pictures that are drawn or fetched.
    Still,
    /// Clips.
    Moving,
    /// Animations, which a writer describes.
    Written,
}

impl Which {
    /// Those of a request.
    #[must_use]
    pub fn of(request: &PictureRequest) -> Self {
        match request {
            PictureRequest::Drawn(_) | PictureRequest::Fetched(_) => Self::Still,
            PictureRequest::Generated(_) => Self::Moving,
            PictureRequest::Written(_) => Self::Written,
        }
    }

    /// Those that wait at an account.
    #[must_use]
    pub fn at(account: &str) -> Self {
        match account {
            clips if is_generating(clips) => Self::Moving,
            writing if is_writing(writing) => Self::Written,
            _ => Self::Still,
        }
    }

    /// What sends somebody to look.
    #[must_use]
    pub fn wake(self, wake: String) -> Task {
        match self {
            Self::Still => Task::Paint { wake },
            Self::Moving => Task::Generate { wake },
            Self::Written => Task::Sketch { wake },
        }
    }
}

/// Where pictures wait, and how many may be begun there in a minute.
struct Account {
    name: String,
    which: Which,
    most: Option<usize>,
}

/// A picture whose turn it is.
struct Turn {
    account: Account,
    ticket: Read<Ticket<PictureKey>>,
    picture: Read<Picture>,
}

impl Painters {
    /// Who an order is planned for, beside whoever speaks.
    #[must_use]
    pub fn makers<'a>(&'a self, speech: &'a dyn Speech) -> Makers<'a> {
        let images = self.images.as_deref().map_err(String::as_str);
        let clips = self.clips.as_deref().map_err(String::as_str);
        let writer = self.writer.as_deref().map_err(String::as_str);
        let viewer = Some(self.viewer.as_ref());
        Makers { images, clips, writer, fetcher: Some(self.fetcher.as_ref()), viewer, ..Makers::from(speech) }
    }

    fn accounts(&self, house: &House, which: Which) -> Vec<Account> {
        let drawing = self.images.as_ref().ok().map(|images| {
            let profile = images.profile();
            let most = house.settings.images_per_minute.filter(|_| !profile.rehearsed);
            Account { name: profile.drawing_account(), which: Which::Still, most }
        });
        let generating = self.clips.as_ref().ok().map(|clips| {
            let profile = clips.profile();
            let most = house.settings.clips_per_minute.filter(|_| !profile.rehearsed);
            Account { name: profile.generating_account(), which: Which::Moving, most }
        });
        let writing = self.writer.as_ref().ok().map(|writer| {
            let name = writer.profile().writing_account();
            Account { name, which: Which::Written, most: None }
        });
        let fetching = Account { name: FETCHING.to_owned(), which: Which::Still, most: None };
        let all = drawing.into_iter().chain(generating).chain(writing).chain([fetching]);
        all.filter(|account| account.which == which).collect()
    }

    /// Makes all pictures that wait, for at most about so long: then another is woken.
    ///
    /// # Errors
    /// As [`Painters::paint_while`].
    pub async fn paint_for(&self, house: &House, which: Which, budget: Duration) -> Result<(), Failure> {
        let until = house.clock.now().plus_ms(u64::try_from(budget.as_millis()).unwrap_or(u64::MAX));
        self.paint_while(house, which, &|| house.clock.now() < until).await
    }

    /// Makes all pictures that wait, as long as it is to go on: what is under way when that ends is finished and kept.
    ///
    /// # Errors
    /// Those of the stores: what was begun is found by its ticket when its lease is over.
    pub async fn paint_while(
        &self,
        house: &House,
        which: Which,
        goes_on: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<(), Failure> {
        for account in self.accounts(house, which) {
            while let Some(turn) = next(house, &account).await? {
                if !goes_on() {
                    return Ok(window::wake(house, which, &account.name, 0).await?);
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
            if painting.operation.is_some() && painting.lease_until < lane::over(house) {
                let account = Account { name: account.name.clone(), ..*account };
                return Ok(Some(Turn { account, ticket, picture }));
            }
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
            window::wake_at(house, account.which, &account.name, free_at).await?;
            return Ok(None);
        }
        let account = Account { name: account.name.clone(), ..*account };
        return Ok(Some(Turn { account, ticket, picture }));
    }
}

/// A picture under way whose ticket is due: its painter is heard of, and is looked at again later, or it is dead.
async fn watch(house: &House, ticket: &Read<Ticket<PictureKey>>, painting: &Painting) -> Result<(), StoreError> {
    if painting.operation.is_none() && painting.lease_until < lane::over(house) {
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
        window::wake(house, Which::of(&picture.request), &key.0, 0).await
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
        let painting = Painting { attempt: name.clone(), turn: turn.clone(), lease_until, operation: None };
        let Picture { request, tries, times, .. } = picture.record;
        let mut times = times;
        if picture.record.state == PictureState::Wanted {
            let begun_at = Some(house.clock.now());
            times = Times { queued_at: Some(turn.arrival), begun_at, ..Times::default() };
        }
        let begun = |picture: &Picture| {
            let asks = || picture.taken_up(&turn.name, &name, (lane::over(house), lease_until), &watch.name);
            let begun = picture.begun(&turn.name, painting.clone(), &watch.name).or_else(asks)?;
            Some(begun.timed(times))
        };
        let Some(begun) = change(house, &picture.record.key, begun).await? else { return Ok(None) };
        house.swap(&watch, None).await?;
        let _ = house.remove(&ticket).await?;
        let operation = begun.painting(&name).and_then(|painting| painting.operation.clone());
        if operation.is_none() {
            pace::change(house, &account.name, |pace| Some(pace.begun(&turn, None))).await?;
        }
        let begin_by = Timestamp(lease_until.0.saturating_sub(house.settings.guard_ms));
        Ok(Some(Attempt { account, name, turn, request, operation, tries, watch, begin_by, times }))
    }
}
