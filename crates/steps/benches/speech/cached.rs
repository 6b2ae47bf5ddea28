//! The same script once more: how fast lines that were spoken before are found.

use crate::speech::double::Double;
use crate::speech::place::{Place, text};
use crate::speech::slow::Slowness;
use std::sync::Arc;
use tokio::time::Instant;

/// Lines a second, from the order until the job knows all of them.
pub(crate) async fn resolved_per_second(is_slow: bool, lines: usize) -> f64 {
    let double = Double::start(0).await;
    let mut place = Place::new(5, &double.base_url);
    let first = place.order(lines).await;
    place.makes(&place.house, &first).await;
    if is_slow {
        place.house = Slowness::new(Arc::clone(&place.house.clock), 5, 60).house(&place.house);
    }
    let began = Instant::now();
    place.order(lines).await;
    let per_second = lines as f64 / began.elapsed().as_secs_f64();
    let log = double.end().await;
    assert!((0..lines).all(|line| log.calls_for(&text(line)) == 1), "each line is spoken once");
    per_second
}
