//! How a house does with one speech account: what its jobs came to, what was called and paid, what waits, and how fast it goes.
//! Nothing is counted on the way: every sum is read from the jobs, the ledger, the tickets and the lanes as they stand (DESIGN §2).

mod callers;
mod lines;
mod now;
mod pictures;

use self::lines::Summed;
use crate::view::Cost;
use crate::{audit, ledger, takes};
use serde::Serialize;
use story::failure::StoreError;
use story::ledger::{Attempt, Ending};
use story::speech::Profile;
use story::{Failure, House, Timestamp};

pub use callers::CallerStats;
pub use lines::Lines;
pub use now::{LaneState, LaneStats, PaceStats, Queue, SpeakingStats, StoppedStats, ToldStats, Waiting};
pub use pictures::PictureStats;

/// How a house does with one speech account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// The speech provider.
    pub provider: String,
    /// From when on `lines`, `calls`, `cost` and `time_to_first_byte_ms` count, RFC 3339. The rest is as it stands now.
    pub since: String,
    /// Lines of jobs.
    pub lines: Lines,
    /// Calls of the provider.
    pub calls: Calls,
    /// Paid: what the provider charged for these calls, by the ledger. Saved: what the reused of these lines would have cost.
    pub cost: Cost,
    /// Takes that wait for their turn.
    pub queue: Queue,
    /// Takes that are being spoken.
    pub speaking: Vec<SpeakingStats>,
    /// The lanes that this house has.
    pub lanes: Vec<LaneStats>,
    /// How fast the account is called, and whether it is.
    pub pace: PaceStats,
    /// From a call to the first byte of its sound.
    pub time_to_first_byte_ms: Percentiles,
    /// Who ordered it, the most expensive first.
    pub callers: Vec<CallerStats>,
    /// The accounts that draw.
    pub pictures: Vec<PictureStats>,
}

/// Calls of the provider, by the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// All that were begun: the sum of `successful`, `rate_limit_errors`, `failed`, `lost` and `open`.
    pub total: usize,
    /// Those that brought a take; the provider charged for them.
    pub successful: usize,
    /// Those that the provider was too busy for (HTTP 429); not charged.
    pub rate_limit_errors: usize,
    /// Those that brought no sound for another reason; not charged.
    pub failed: usize,
    /// Those whose answer was lost; a few of them may have been charged.
    pub lost: usize,
    /// Those that are not settled yet: being made, or looked for in the provider's history.
    pub open: usize,
    /// Lost answers that came from the provider's history after all, free of charge.
    pub recovered: usize,
}

/// Percentiles by nearest rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// How many calls they are of.
    pub count: usize,
    /// Half of the calls took at most this.
    pub p50: Option<u64>,
    /// 95 of 100 calls took at most this.
    pub p95: Option<u64>,
}

/// How the house does with the account of `profile`, since an instant.
///
/// # Errors
/// Those of the store.
pub async fn stats(house: &House, profile: &Profile, since: Timestamp) -> Result<Stats, Failure> {
    let account = &profile.account;
    let attempts = ledger::since(house, account, since).await?;
    let Summed { lines, characters_saved, saved_usd, opened } = lines::lines(house, account, since, &attempts).await?;
    let characters_paid = attempts.iter().map(|attempt| attempt.ending.paid_characters()).sum();
    let (tickets, speaking) = (now::tickets(house, account).await?, now::speaking(house, account).await?);
    let queue = now::queue(house.clock.now(), &tickets, &speaking);
    let (lanes, pace) = now::lanes_and_pace(house, account).await?;
    Ok(Stats {
        provider: profile.provider.clone(),
        since: since.to_string(),
        lines,
        calls: calls(house, &attempts).await?,
        cost: Cost {
            characters_paid,
            characters_saved,
            cost_usd: characters_paid as f64 * profile.usd_per_1000_characters / 1000.0,
            saved_usd,
            rehearsed: profile.rehearsed,
        },
        queue,
        speaking,
        lanes,
        pace,
        time_to_first_byte_ms: percentiles(attempts.iter().filter_map(|attempt| attempt.first_byte_ms).collect()),
        callers: callers::callers(&opened, &attempts),
        pictures: pictures::pictures(house).await?,
    })
}

async fn calls(house: &House, attempts: &[Attempt]) -> Result<Calls, StoreError> {
    let mut calls = Calls { recovered: audit::sums(attempts).recovered, ..Calls::default() };
    for attempt in attempts.iter().filter(|attempt| ledger::is_call(attempt)) {
        // An entry is written before its call begins: only then does its take know of it.
        if attempt.ending == Ending::Open {
            let take = takes::read(house, &attempt.take).await?;
            if take.is_none_or(|read| read.record.unsettled(&attempt.attempt).is_none()) {
                continue;
            }
        }
        calls.total += 1;
        match attempt.ending {
            // What was paid for before was fetched by an attempt of its own, which is no call.
            Ending::Spoken(_) | Ending::Recovered(_) => calls.successful += 1,
            Ending::Busy => calls.rate_limit_errors += 1,
            Ending::Closed(_) => calls.failed += 1,
            Ending::Lost => calls.lost += 1,
            Ending::Open => calls.open += 1,
        }
    }
    Ok(calls)
}

fn percentiles(mut all: Vec<u64>) -> Percentiles {
    all.sort_unstable();
    let rank = |percent: usize| all.get((all.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Percentiles { count: all.len(), p50: rank(50), p95: rank(95) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(all: &[u64], p50: Option<u64>, p95: Option<u64>) {
        assert_eq!(percentiles(all.to_vec()), Percentiles { count: all.len(), p50, p95 }, "{all:?}");
    }

    #[test]
    fn percentiles_are_numbers_that_were_measured() {
        check(&[], None, None);
        check(&[7], Some(7), Some(7));
        check(&[40, 10, 30, 20], Some(20), Some(40));
        let hundred: Vec<u64> = (1..=100).rev().collect();
        check(&hundred, Some(50), Some(95));
        check(&hundred[..20], Some(90), Some(99));
    }
}
