//! How an account stands now: what waits, what is being spoken, and its lanes.

use crate::{lane, ledger, pace};
use serde::Serialize;
use story::failure::StoreError;
use story::records::Partition;
use story::ticket::{Priority, Ticket};
use story::{House, JobId, TakeKey, Timestamp};

/// As much of a text as is shown, in characters.
const SHOWN: usize = 60;

/// Takes that wait for their turn, by urgency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Queue {
    /// For which a person waits at the other end.
    pub interactive: Waiting,
    /// Of previews.
    pub preview: Waiting,
    /// Of films.
    pub video: Waiting,
    /// When nothing else is to be done.
    pub warm: Waiting,
    /// Put off: a call of theirs did not work or was lost, and they are looked at again later.
    pub later: Waiting,
}

/// Takes that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Waiting {
    /// How many.
    pub count: usize,
    /// For how long the oldest of them waits.
    pub oldest_s: Option<f64>,
}

/// A take that is being spoken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeakingStats {
    /// The take.
    pub take: TakeKey,
    /// The job that it was begun for.
    pub job: JobId,
    /// The first 60 characters of its text.
    pub text: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// For how long.
    pub for_s: f64,
    /// Bytes of sound that had come when its holder was last heard of.
    pub bytes: u64,
    /// On which lane.
    pub lane: u32,
}

/// A lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaneStats {
    /// Which one, from 0.
    pub lane: u32,
    /// Whether calls are made on it.
    pub state: LaneState,
    /// Whether a worker has it.
    pub is_held: bool,
    /// Until when its holder need not be heard of again, RFC 3339.
    pub lease_until: Option<String>,
}

/// Whether calls are made on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LaneState {
    /// They are.
    Open,
    /// One is, to see whether the provider takes so many at once.
    Trial,
    /// The provider did not take so many at once.
    Closed,
}

/// How fast an account is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaceStats {
    /// Lanes on which calls are made: so many may run at once.
    pub open_lanes: usize,
    /// Lanes of this house.
    pub lanes: u32,
    /// What the provider said of calls at once, by model.
    pub told: Vec<ToldStats>,
    /// No call is made before this, RFC 3339: the provider was too busy.
    pub rests_until: Option<String>,
    /// Why no call is made until a person resumes.
    pub stopped: Option<StoppedStats>,
}

/// What a provider said of calls at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldStats {
    /// The model.
    pub model: String,
    /// Calls that it counted.
    pub current: u32,
    /// Calls that it takes.
    pub maximum: u32,
    /// When it said so, RFC 3339.
    pub at: String,
}

/// Why no call is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoppedStats {
    /// What the provider said.
    pub reason: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// The tickets of an account.
pub(super) async fn tickets(house: &House, account: &str) -> Result<Vec<Ticket>, StoreError> {
    let all = house.list_all::<Ticket>(&Partition::Tickets).await?;
    Ok(all.into_iter().map(|read| read.record).filter(|ticket| ticket.account == account).collect())
}

/// Those of the tickets whose turn has not come: a ticket goes while its call runs.
pub(super) fn queue(now: Timestamp, tickets: &[Ticket], speaking: &[SpeakingStats]) -> Queue {
    let mut queue = Queue::default();
    for ticket in tickets.iter().filter(|ticket| speaking.iter().all(|spoken| spoken.take != ticket.what)) {
        let band = match ticket.priority {
            _ if ticket.due().is_some() => &mut queue.later,
            Priority::Interactive => &mut queue.interactive,
            Priority::Preview => &mut queue.preview,
            Priority::Video => &mut queue.video,
            Priority::Warm => &mut queue.warm,
        };
        band.count += 1;
        band.oldest_s = Some(band.oldest_s.unwrap_or_default().max(seconds(now, ticket.arrival)));
    }
    queue
}

pub(super) async fn speaking(house: &House, account: &str) -> Result<Vec<SpeakingStats>, StoreError> {
    let now = house.clock.now();
    let mut all: Vec<SpeakingStats> = Vec::new();
    for (attempt, spoken) in ledger::speaking(house, account).await? {
        let text = ledger::request(house, &attempt).await?.map(|request| request.text).unwrap_or_default();
        all.push(SpeakingStats {
            take: attempt.take,
            job: attempt.job,
            text: text.chars().take(SHOWN).collect(),
            since: spoken.began_at.to_string(),
            for_s: seconds(now, spoken.began_at),
            bytes: spoken.bytes,
            lane: spoken.lane,
        });
    }
    all.sort_by_key(|one| one.lane);
    Ok(all)
}

pub(super) async fn lanes_and_pace(house: &House, account: &str) -> Result<(Vec<LaneStats>, PaceStats), StoreError> {
    let (now, over, pace) = (house.clock.now(), lane::over(house), pace::read(house, account).await?);
    let lanes = lane::all(house, account).await?.into_iter().map(|lane| LaneStats {
        lane: lane.lane,
        state: match lane.lane {
            lane if pace.closed.contains(&lane) => LaneState::Closed,
            lane if pace.on_trial == Some(lane) => LaneState::Trial,
            _ => LaneState::Open,
        },
        is_held: lane.is_held(over),
        lease_until: lane.is_held(over).then(|| lane.lease_until.to_string()),
    });
    let told = pace.told.iter().map(|(model, told)| ToldStats {
        model: model.clone(),
        current: told.current,
        maximum: told.maximum,
        at: told.at.to_string(),
    });
    let stopped = |stop: &story::pace::Stop| StoppedStats { reason: stop.reason.clone(), since: stop.at.to_string() };
    let pace = PaceStats {
        open_lanes: pace.open(house.settings.lanes).count(),
        lanes: house.settings.lanes,
        told: told.collect(),
        rests_until: (pace.rest_ms(now) > 0).then(|| pace.rests_until.to_string()),
        stopped: pace.stopped.as_ref().map(stopped),
    };
    Ok((lanes.collect(), pace))
}

fn seconds(now: Timestamp, since: Timestamp) -> f64 {
    now.since_ms(since) as f64 / 1000.0
}
