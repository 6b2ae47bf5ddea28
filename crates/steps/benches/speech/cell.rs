//! One row of the table: so many tickets at calls of a length, on some lanes, with fast or slow stores.

use crate::speech::double::Double;
use crate::speech::machine;
use crate::speech::place::Place;
use crate::speech::slow::Slowness;
use std::sync::Arc;

pub(crate) struct Cell {
    pub(crate) call_ms: u64,
    pub(crate) lanes: u32,
    pub(crate) is_slow: bool,
    pub(crate) tickets: usize,
}

/// What was measured; times by the double's own log.
pub(crate) struct Measured {
    /// The provider's time, as a share of that of all lanes from the first call's begin to the last one's end.
    pub(crate) utilisation: f64,
    /// Between two calls of a lane: half of the pauses are shorter.
    pub(crate) pause_ms: u64,
    pub(crate) cpu_ms_per_take: f64,
    /// Of records and artifacts.
    pub(crate) operations_per_take: f64,
    pub(crate) peak_mb: f64,
    pub(crate) most_in_flight: usize,
}

impl Cell {
    /// What the utilisation must reach.
    pub(crate) fn bound(&self) -> f64 {
        if self.is_slow && self.call_ms < 1_000 { 0.95 } else { 0.98 }
    }

    pub(crate) async fn measure(&self) -> Measured {
        let double = Double::start(self.call_ms).await;
        let place = Place::new(self.lanes, &double.base_url);
        let id = place.order(self.tickets).await;
        let (record_ms, artifact_ms) = if self.is_slow { (5, 60) } else { (0, 0) };
        let slowness = Slowness::new(Arc::clone(&place.house.clock), record_ms, artifact_ms);
        machine::forget_peak();
        let before_ms = machine::cpu_ms();
        place.makes(&slowness.house(&place.house), &id).await;
        let (cpu_ms, peak_mb) = (machine::cpu_ms() - before_ms, machine::peak_mb());
        let log = double.end().await;
        assert_eq!(log.calls.len(), self.tickets, "each line is spoken once");
        let mut calls: Vec<(u64, u64)> =
            log.calls.iter().map(|call| (call.start_ms, call.end_ms.expect("every call has ended"))).collect();
        calls.sort_unstable();
        let begin = calls.first().map_or(0, |call| call.0);
        let wall_ms = calls.iter().map(|call| call.1).max().unwrap_or(begin) - begin;
        let provider_ms: u64 = calls.iter().map(|(begin, end)| end - begin).sum();
        Measured {
            utilisation: provider_ms as f64 / (wall_ms * u64::from(self.lanes)) as f64,
            pause_ms: middle_pause(&calls, self.lanes as usize),
            cpu_ms_per_take: cpu_ms / self.tickets as f64,
            operations_per_take: slowness.operations() as f64 / self.tickets as f64,
            peak_mb,
            most_in_flight: log.max_in_flight,
        }
    }
}

/// The pauses of each lane: a call follows the one whose end is the oldest that nothing has followed.
fn middle_pause(calls: &[(u64, u64)], lanes: usize) -> u64 {
    let mut ends: Vec<u64> = calls.iter().map(|call| call.1).collect();
    ends.sort_unstable();
    let begins = calls.iter().skip(lanes).map(|call| call.0);
    let mut pauses: Vec<u64> = begins.zip(ends).map(|(begin, end)| begin.saturating_sub(end)).collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() / 2).copied().unwrap_or_default()
}
