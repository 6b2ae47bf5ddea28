//! What a world is like: how much goes wrong in it, how long things live, how fast its provider is. Follows from the seed.

use crate::simulation::chance::Chance;
use story::house::Settings;
use story::time::DAY_MS;

/// Calls that a provider takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// As many as the house has lanes: it never refuses one for being one too many.
    Lanes,
    Fewer,
    Moving,
}

/// Probabilities in millionths of a call, times in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Temper {
    pub(crate) processes: u64,
    pub(crate) jobs: u64,
    /// Clients of the gateway.
    pub(crate) waiters: u64,
    pub(crate) lanes: u32,
    /// Calls that the provider takes at once.
    pub(crate) limit: Limit,
    /// Whether it says how many it takes.
    pub(crate) tells_limit: bool,
    /// Whether workers are started by the messages of `speech.fifo`, as on Lambda; else each process has its own.
    pub(crate) is_fifo: bool,
    /// Characters that are paid for at first; later a user pays for more.
    pub(crate) credits: Option<u64>,
    pub(crate) texts: u64,
    /// Whether most lines take the provider so long that a lease may end meanwhile.
    pub(crate) is_long: bool,
    /// Whether most lines share one text: retakes, and the same words in other voices' settings.
    pub(crate) same_text: bool,
    pub(crate) stop: u64,
    pub(crate) pause: u64,
    /// The longest too. Over 20 s, two calls may be in flight: who stands still cannot cut.
    pub(crate) longest_pause_ms: u64,
    pub(crate) slow: u64,
    /// Long enough for a lease to end, where nobody stands still besides.
    pub(crate) longest_slow_ms: u64,
    /// Calls of stores from which on those of one process do not answer for a while.
    pub(crate) silence: u64,
    /// A lease, and what lies between two beats: short ones end more often.
    pub(crate) lease_ms: (u64, u64),
    /// Between two looks of a process at whether a lane is to be had.
    pub(crate) longest_idle_ms: u64,
    pub(crate) unclear: u64,
    /// Messages that are lost, or come twice.
    pub(crate) lost: u64,
    /// Calls of the provider that go wrong.
    pub(crate) call: u64,
    /// So long after a lost answer all others are lost too.
    pub(crate) storm_ms: u64,
    /// Whether it fails with 500, uncharged: nobody can know that, so such a call is made again and counted.
    pub(crate) fails_unclearly: bool,
    pub(crate) faulty_for_ms: u64,
    /// Between two sweeps.
    pub(crate) sweep_ms: (u64, u64),
    pub(crate) list_after_ms: u64,
    pub(crate) first_byte_ms: u64,
    pub(crate) speed: f64,
    pub(crate) page_size: usize,
    pub(crate) preview_ttl_ms: u64,
    pub(crate) film_ttl_ms: u64,
    pub(crate) take_ttl_ms: u64,
    pub(crate) keep_takes_bytes: Option<u64>,
    pub(crate) fails_when_uncertain: u64,
    pub(crate) cancels: u64,
    pub(crate) retries: u64,
    pub(crate) removes: u64,
    pub(crate) comes_back: u64,
    /// Previews from which a film is made.
    pub(crate) films: u64,
}

impl Temper {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        const MINUTE_MS: u64 = 60_000;
        let mood = chance.between(0, 10);
        let (all, is) = (mood == 7, |one: u64| mood == one);
        let short_lives = is(5) || is(6) || (all && chance.happens(500_000));
        let life_ms = chance.between(4 * MINUTE_MS, 12 * MINUTE_MS);
        let if_so = |so: bool, value: u64, else_value: u64| if so { value } else { else_value };
        Self {
            processes: if_so(is(0), 1, if_so(is(8), 3, 2)),
            jobs: if is(9) { chance.between(6, 12) } else { chance.between(2, 10) },
            waiters: chance.pick(&[0, 0, 2, 4]),
            lanes: chance.pick(if is(8) {
                &[1, 1, 2]
            } else if is(9) {
                &[2, 3, 4]
            } else {
                &[1, 1, 1, 2, 2, 3, 4]
            }),
            limit: match chance.between(0, 5) {
                0 if !is(8) => Limit::Fewer,
                1 if !is(8) => Limit::Moving,
                _ => Limit::Lanes,
            },
            tells_limit: chance.happens(500_000),
            is_fifo: chance.happens(if_so(is(8), 0, 400_000)),
            credits: chance.happens(100_000).then(|| chance.between(0, 1_500)),
            texts: chance.between(2, 7),
            is_long: is(8),
            same_text: is(4) || is(9) || chance.happens(200_000),
            stop: if_so(is(0), 0, if_so(is(1) || all, 3_000, 700)),
            pause: if_so(is(2) || all, 1_500, 0),
            longest_pause_ms: chance.pick(&[20_000, 20_000, 300_000]),
            slow: if_so(is(3), 25_000, if_so(is(2) || all, 8_000, 500)),
            longest_slow_ms: if_so(is(3), 50_000, 12_000),
            silence: if_so(is(8), 3_000, 0),
            longest_idle_ms: if_so(is(3), 1_001, if_so(is(8), 3_001, 20_000)),
            lease_ms: if is(3) {
                (14_000, 3_000)
            } else if is(8) {
                (12_000, 4_000)
            } else {
                (30_000, 10_000)
            },
            unclear: if_so(is(3) || all, 10_000, if_so(is(0), 0, 500)),
            lost: if_so(is(0), 0, 30_000),
            call: if_so(is(0), 0, if_so(is(3) || is(4) || is(9) || all, 250_000, 80_000)),
            storm_ms: if is(9) { chance.between(2_000, 8_000) } else { 0 },
            fails_unclearly: chance.happens(150_000),
            sweep_ms: (50_000, 70_000),
            faulty_for_ms: chance.between(200_000, 500_000),
            list_after_ms: chance.pick(if is(9) {
                &[0, 0, 1_000, 20_000]
            } else {
                &[0, 1_000, 20_000, 60_000, 110_000]
            }),
            first_byte_ms: chance.between(50, 2_000),
            speed: chance.pick(if is(8) {
                &[1.5]
            } else if is(9) {
                &[8.0, 30.0]
            } else {
                &[1.5, 3.0, 8.0, 30.0]
            }),
            page_size: chance.pick(&[1, 2, 100]),
            preview_ttl_ms: if_so(short_lives, life_ms, 60 * MINUTE_MS),
            film_ttl_ms: if_so(short_lives, life_ms, 7 * 24 * 60 * MINUTE_MS),
            take_ttl_ms: if_so(short_lives, life_ms, 30 * 24 * 60 * MINUTE_MS),
            keep_takes_bytes: (is(6) || chance.happens(100_000)).then(|| chance.between(0, 200)),
            fails_when_uncertain: if_so(chance.happens(200_000), 500_000, 0),
            cancels: chance.pick(&[0, 300_000, 600_000]),
            retries: 600_000,
            removes: chance.pick(&[0, 0, 300_000]),
            comes_back: if_so(short_lives, 700_000, 200_000),
            films: 200_000,
        }
    }

    /// A world in which nothing goes wrong by itself.
    pub(crate) fn calm(lanes: u32) -> Self {
        Self {
            processes: 1,
            jobs: 0,
            waiters: 0,
            lanes,
            limit: Limit::Lanes,
            tells_limit: false,
            is_fifo: true,
            credits: None,
            texts: 0,
            is_long: false,
            same_text: false,
            stop: 0,
            pause: 0,
            longest_pause_ms: 1_000,
            slow: 0,
            longest_slow_ms: 1_001,
            silence: 0,
            longest_idle_ms: 20_000,
            lease_ms: (30_000, 10_000),
            sweep_ms: (60_000, 60_001),
            unclear: 0,
            lost: 0,
            call: 0,
            storm_ms: 0,
            fails_unclearly: false,
            faulty_for_ms: 0,
            list_after_ms: 5_000,
            first_byte_ms: 400,
            speed: 8.0,
            page_size: 100,
            preview_ttl_ms: DAY_MS,
            film_ttl_ms: DAY_MS,
            take_ttl_ms: DAY_MS,
            keep_takes_bytes: None,
            fails_when_uncertain: 0,
            cancels: 0,
            retries: 0,
            removes: 0,
            comes_back: 0,
            films: 0,
        }
    }

    /// Whether nobody stands still for so long that its calls are not cut in time.
    pub(crate) fn cuts_in_time(&self) -> bool {
        self.longest_pause_ms <= 20_000
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            preview_ttl_ms: self.preview_ttl_ms,
            film_ttl_ms: self.film_ttl_ms,
            take_ttl_ms: self.take_ttl_ms,
            keep_takes_bytes: self.keep_takes_bytes,
            lanes: self.lanes,
            lease_ms: self.lease_ms.0,
            beat_ms: self.lease_ms.1,
            ..Settings::default()
        }
    }
}
