//! How long things take, and how they start and stop.

use story::animation::{Cue, Verb};

/// Seconds.
pub(super) const APPEAR: f32 = 0.5;
pub(super) const REMOVE: f32 = 0.35;
pub(super) const MOVE: f32 = 0.8;
pub(super) const PULSE: f32 = 0.7;
pub(super) const HIGHLIGHT: f32 = 0.3;
pub(super) const TRIM: f32 = 0.9;
const LETTER: f32 = 0.035;
const WRITE: [f32; 2] = [0.4, 2.0];
/// Between things that one step shows, and in all.
const STAGGER: f32 = 0.09;
const MOST_STAGGER: f32 = 0.4;

/// From one frame to another. What is over before the first frame is of no length, at −1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Span {
    pub(super) const PAST: Self = Self { from: -1, to: -1 };

    /// How far it is at a frame: 0 to 1.
    pub(super) fn at(self, frame: i64) -> f32 {
        if frame < self.from {
            0.0
        } else if frame >= self.to {
            1.0
        } else {
            (frame - self.from) as f32 / (self.to - self.from) as f32
        }
    }

    pub(super) fn has_begun(self, frame: i64) -> bool {
        frame >= self.from
    }

    /// A piece of it.
    pub(super) fn piece(self, from: f32, to: f32) -> Self {
        let at = |share: f32| self.from + ((self.to - self.from) as f32 * share).round() as i64;
        Self { from: at(from), to: at(to) }
    }
}

/// The clock of a part of a scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) fps: f32,
    /// The last frame that is drawn: everything is over then.
    pub(super) last: i64,
    /// Whether everything that begins in this part is over.
    pub(super) is_over: bool,
}

impl Clock {
    /// When something begins with a cue, and ends; `None` for what is later.
    pub(super) fn span(&self, cue: Cue, seconds: f32, delay: f32) -> Option<Span> {
        match cue {
            Cue::Later => None,
            Cue::Done => Some(Span::PAST),
            Cue::At(_) if self.is_over => Some(Span::PAST),
            Cue::At(frame) => {
                let begin = i64::try_from(frame).unwrap_or(i64::MAX).min(self.last);
                let from = begin.saturating_add((delay * self.fps).round() as i64).min(self.last);
                let to = from.saturating_add(((seconds * self.fps).round() as i64).max(1)).min(self.last);
                Some(Span { from, to })
            }
        }
    }
}

/// The delay of one of several things.
pub(super) fn stagger(index: usize, count: usize) -> f32 {
    if count < 2 { 0.0 } else { index as f32 * STAGGER.min(MOST_STAGGER / (count - 1) as f32) }
}

/// How long writing takes.
pub(super) fn writing(letters: usize) -> f32 {
    (letters as f32 * LETTER).clamp(WRITE[0], WRITE[1])
}

/// How long a verb takes, for what takes no time of its own.
pub(super) fn seconds(verb: &Verb) -> f32 {
    match verb {
        Verb::Appear(_) | Verb::Write(_) => APPEAR,
        Verb::Trim(_) | Verb::Connect(_) => TRIM,
        Verb::Move(_) | Verb::Morph(_) | Verb::Camera(_) => MOVE,
        Verb::Highlight(_) => HIGHLIGHT,
        Verb::Pulse(_) => PULSE,
        Verb::Remove(_) => REMOVE,
    }
}

/// Slow, fast, slow.
pub(super) fn in_out(t: f32) -> f32 {
    if t < 0.5 { 4.0 * t * t * t } else { 1.0 - (-2.0 * t + 2.0).powi(3) / 2.0 }
}

/// Fast, then slow.
pub(super) fn out(t: f32) -> f32 {
    1.0 - (1.0 - t).powi(3)
}

/// A little too far, then back.
pub(super) fn out_back(t: f32) -> f32 {
    const OVER: f32 = 1.1;
    let back = t - 1.0;
    1.0 + (OVER + 1.0) * back * back * back + OVER * back * back
}
