//! Time and chance: the machine's, a test's own, and that of a paused runtime.

use async_trait::async_trait;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use story::{Clock, Timestamp};
use tokio::sync::watch;

/// The machine's clock, which runs on while the machine sleeps, and the operating system's chance.
///
/// Chance comes from `getrandom`, not from std's hasher: a version that repeats would let a lost swap through, so its
/// quality must be promised, and std promises none.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine is asked for the time")]
        let now = SystemTime::now();
        instant(now)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn chance(&self) -> u64 {
        getrandom::u64().expect("the operating system has random bits for every process")
    }
}

/// A time of the file system or the machine; before 1970 is 1970.
pub(crate) fn instant(time: SystemTime) -> Timestamp {
    Timestamp(milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default()))
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A clock that stands still until a test moves it; who sleeps wakes when it was moved far enough. Its chance repeats
/// from run to run.
#[derive(Debug)]
pub struct Manual {
    now: watch::Sender<Timestamp>,
    chance: Chance,
}

impl Manual {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { now: watch::Sender::new(now), chance: Chance::new(1) }
    }

    /// Sets the time, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.now.send_replace(now);
    }

    /// Moves the time on.
    pub fn advance(&self, duration: Duration) {
        self.now.send_modify(|now| *now = now.plus_ms(milliseconds(duration)));
    }
}

#[async_trait]
impl Clock for Manual {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let mut now = self.now.subscribe();
        let end = now.borrow().plus_ms(milliseconds(duration));
        // The sender lives as long as `self`, so the wait ends only by the time.
        drop(now.wait_for(|now| *now >= end).await);
    }

    fn chance(&self) -> u64 {
        self.chance.next()
    }
}

/// The time of a paused tokio runtime (`start_paused`): when everyone sleeps it leaps to the next who wakes. For
/// simulations on what is in memory; a world's chance is its seed's.
#[derive(Debug)]
pub struct Paused {
    began: tokio::time::Instant,
    began_at: Timestamp,
    chance: Chance,
}

impl Paused {
    /// A clock that shows `now` and goes on from there. Must be made inside the runtime.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self { began: tokio::time::Instant::now(), began_at: now, chance: Chance::new(seed) }
    }
}

#[async_trait]
impl Clock for Paused {
    fn now(&self) -> Timestamp {
        self.began_at.plus_ms(milliseconds(self.began.elapsed()))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn chance(&self) -> u64 {
        self.chance.next()
    }
}

/// The `SplitMix64` generator (Steele, Lea and Flood, 2014): every seed gives a different sequence, each value of it once.
#[derive(Debug)]
struct Chance(AtomicU64);

impl Chance {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

    fn new(seed: u64) -> Self {
        Self(AtomicU64::new(mix(seed)))
    }

    fn next(&self) -> u64 {
        mix(self.0.fetch_add(Self::GAMMA, Ordering::Relaxed).wrapping_add(Self::GAMMA))
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    #[test]
    fn no_clock_throws_the_same_number_twice() {
        let clocks: [&dyn Clock; 2] = [&SystemClock, &Manual::new(Timestamp(0))];
        for clock in clocks {
            let thrown: BTreeSet<u64> = (0..1_000).map(|_| clock.chance()).collect();
            assert_eq!(thrown.len(), 1_000);
            let ones: u32 = thrown.iter().map(|bits| bits.count_ones()).sum();
            assert!((30_000..34_000).contains(&ones), "{ones} of 64,000 bits are set");
        }
    }

    #[test]
    fn the_machine_s_clock_shows_a_time_after_this_was_written() {
        assert!(SystemClock.now() > Timestamp(1_700_000_000_000));
    }

    #[tokio::test]
    async fn who_sleeps_by_a_manual_clock_wakes_when_it_was_moved_far_enough() {
        let clock = Arc::new(Manual::new(Timestamp(1_000)));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep(Duration::from_secs(2)).await;
                clock.now()
            }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_millis(1_999));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_millis(1));
        assert_eq!(sleeper.await.unwrap(), Timestamp(3_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_leaps_over_what_everyone_sleeps_through() {
        let clock = Paused::new(Timestamp(5), 7);
        clock.sleep(Duration::from_secs(3_600)).await;
        assert_eq!(clock.now(), Timestamp(3_600_005));
    }
}
