//! What no order of the work could do faster.

/// How much there is to do, and how much of it at once. `None` is no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) scenes: usize,
    /// Calls for speech at once.
    pub(crate) lanes: Option<u32>,
    /// Pictures begun in a minute.
    pub(crate) window: Option<usize>,
    /// Scenes rendered at once.
    pub(crate) cores: Option<usize>,
}

/// How long each piece of work takes, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latencies {
    pub(crate) image_ms: u64,
    pub(crate) speech_ms: u64,
    pub(crate) scene_ms: u64,
    pub(crate) lay_ms: u64,
    pub(crate) join_ms: u64,
}

/// A minute of the provider's clock in ours (DESIGN §5.3).
const SPAN_MS: u64 = 66_000;

impl Shape {
    /// The shortest time in which a film of `n` scenes can be made, one line and one picture each.
    ///
    /// The `i`-th take (from 0) is there at `S(i) = (i / lanes + 1) · speech` at the earliest: a lane has one call at a time. The `i`-th
    /// picture is there at `P(i) = i / window · 66 s + image` at the earliest: no span of 66 s has more starts than the window. The
    /// first `i + 1` scenes that can be rendered need `i + 1` takes and as many pictures, so in any order the `i`-th of them can be
    /// begun at `R(i) = max(S(i), P(i))` at the earliest; speaking and drawing in the order of the script reaches that for all `i` at
    /// once. Scenes take equally long, so rendering whichever can be begun first, on `cores`, is the fastest (an exchange of two
    /// gains nothing): the `i`-th ends at `E(i) = max(R(i), E(i − cores)) + scene`. The track needs all takes, the join all scenes and
    /// the track: `max(E(n − 1), S(n − 1) + lay) + join`.
    pub(crate) fn lower_bound_ms(&self, latencies: &Latencies) -> u64 {
        let Latencies { image_ms, speech_ms, scene_ms, lay_ms, join_ms } = *latencies;
        let turn = |index: usize, at_once: Option<usize>| at_once.map_or(0, |most| (index / most) as u64);
        let lanes = self.lanes.map(|lanes| lanes as usize);
        let spoken_ms = |index| (turn(index, lanes) + 1) * speech_ms;
        let drawn_ms = |index| turn(index, self.window) * SPAN_MS + image_ms;
        let mut ends_ms: Vec<u64> = Vec::with_capacity(self.scenes);
        for index in 0..self.scenes {
            let is_free_ms = self.cores.and_then(|cores| index.checked_sub(cores)).map_or(0, |before| ends_ms[before]);
            ends_ms.push(drawn_ms(index).max(spoken_ms(index)).max(is_free_ms) + scene_ms);
        }
        let last_ms = self.scenes.saturating_sub(1);
        ends_ms.last().copied().unwrap_or_default().max(spoken_ms(last_ms) + lay_ms) + join_ms
    }
}

impl Latencies {
    /// What the systems that this replaces took: all one after the other; each picture while the line before it was spoken; each picture
    /// beside its own line, the longer of both. 144, 114 and 99 s for three scenes.
    pub(crate) fn old_ways_ms(&self, scenes: usize) -> [u64; 3] {
        let Self { image_ms, speech_ms, scene_ms, join_ms, .. } = *self;
        let each_ms = [image_ms + speech_ms, image_ms, image_ms.max(speech_ms)];
        let once_ms = [0, speech_ms, 0];
        [0, 1, 2].map(|way| (each_ms[way] + scene_ms) * scenes as u64 + once_ms[way] + join_ms)
    }
}
