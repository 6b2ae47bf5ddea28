//! How everyone stands at a frame, in whole numbers: equal poses are equal pictures.

use super::look::Look;
use super::plan::{Actor, Is, Plan, Show, View};
use super::timing::{in_out, out, out_back};
use tiny_skia::Rect;

/// Parts of a pixel in which places are counted.
const PLACE: f32 = 16.0;
/// Parts in which sizes are counted.
const ZOOM: f32 = 4096.0;
/// Parts in which progress is counted.
const SHARE: f32 = 1024.0;
/// How much larger something is at the height of its pulse, and the most pixels (of a frame 1080 wide) that this may be on a side.
const PULSE: f32 = 0.06;
const MOST_PULSE: f32 = 11.0;
/// How far other things step back, as a part of how far other parts of a thing do.
const OTHERS: f32 = 0.75;

/// How an actor is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pose {
    pub(super) actor: usize,
    x: i32,
    y: i32,
    zoom: i32,
    alpha: u8,
    drawn: u16,
    becomes: Option<(usize, u16)>,
    lit: [(Option<u16>, u8); 2],
    dim: u8,
}

impl Pose {
    /// The middle.
    pub(super) fn middle(&self) -> (f32, f32) {
        (self.x as f32 / PLACE, self.y as f32 / PLACE)
    }

    pub(super) fn zoom(&self) -> f32 {
        self.zoom as f32 / ZOOM
    }

    pub(super) fn alpha(&self) -> u8 {
        self.alpha
    }

    /// How much of it is written.
    pub(super) fn drawn(&self) -> f32 {
        f32::from(self.drawn) / SHARE
    }

    /// The actor out of which it comes, and how far that is.
    pub(super) fn becomes(&self) -> Option<(usize, f32)> {
        self.becomes.map(|(from, share)| (from, f32::from(share) / SHARE))
    }

    /// How much a part stands out, and how much it steps back.
    pub(super) fn light(&self, part: Option<u16>) -> (f32, f32) {
        let (mut lit, mut back) = (0.0, f32::from(self.dim) / 255.0);
        for (wanted, amount) in self.lit {
            let amount = f32::from(amount) / 255.0;
            match wanted {
                None => lit += amount,
                Some(_) if wanted == part => lit += amount,
                // What belongs to no part belongs to the lit one, too.
                Some(_) if part.is_none() => back += amount * 0.55,
                Some(_) => back += amount,
            }
        }
        (lit.min(1.0), back.min(1.0))
    }
}

/// What a pose is reckoned from.
pub(super) struct Viewer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) region: Rect,
    pub(super) look: Look,
}

impl Viewer<'_> {
    /// How everyone stands at a frame, those below first.
    pub(super) fn poses(&self, frame: i64) -> Vec<Pose> {
        let mut poses: Vec<((u8, bool), Pose)> = Vec::new();
        for (index, actor) in self.plan.actors.iter().enumerate() {
            if let Some(pose) = self.pose(index, actor, frame) {
                let layer = match actor.is {
                    Is::Arrow => 0,
                    Is::Thing => 1,
                    Is::Title => 2,
                };
                let moves = actor.moves.iter().any(|(span, _)| (0.001..1.0).contains(&span.at(frame)));
                poses.push(((layer, moves || pose.becomes.is_some()), pose));
            }
        }
        poses.sort_by_key(|(layer, pose)| (*layer, pose.actor));
        poses.into_iter().map(|(_, pose)| pose).collect()
    }

    fn pose(&self, index: usize, actor: &Actor, frame: i64) -> Option<Pose> {
        let show = actor.shows.iter().rev().find(|show| show.has_begun(frame))?;
        let (mut alpha, mut drawn, mut rise, mut zoom, mut becomes) = (1.0, 1.0, 0.0, 1.0, None);
        match show {
            Show::There => {}
            Show::Appears(span) => {
                let t = span.at(frame);
                alpha = out((t * 1.25).min(1.0));
                rise = (1.0 - out_back(t)) * self.look.px(34.0);
                zoom = 0.94 + 0.06 * out_back(t);
            }
            Show::Drawn(span) => {
                let t = span.at(frame);
                drawn = if actor.is == Is::Arrow { in_out(t) } else { t };
            }
            Show::Becomes(span, from) => {
                let t = span.at(frame);
                becomes = (t < 1.0).then_some((*from, in_out(t)));
            }
            Show::Goes(span) => {
                let t = span.at(frame);
                alpha = 1.0 - out(t);
                zoom = 1.0 - 0.04 * t;
                if t >= 1.0 {
                    return None;
                }
            }
            Show::Became(_) => return None,
        }
        for span in &actor.pulses {
            let largest = actor.drawing.width.max(actor.drawing.height).max(1.0);
            let grow = PULSE.min(self.look.px(MOST_PULSE) * 2.0 / largest);
            zoom *= 1.0 + grow * (span.at(frame) * std::f32::consts::PI).sin().max(0.0);
        }
        let place = place(actor, frame);
        let (view, shares) = self.view(frame);
        if actor.is != Is::Title {
            // An arrow is seen with both its ends.
            let ends = actor.ends.into_iter().flatten().filter_map(|end| self.plan.actors.get(end));
            let seen = ends.map(|end| self.seen(end, self::place(end, frame), &shares)).fold(1.0, f32::min);
            alpha *= self.seen(actor, place, &shares).min(seen);
        }
        let (mut x, mut y) = (place.0, place.1 + rise);
        if actor.is != Is::Title {
            let (centre_x, centre_y) = crate::shapes::middle(self.region);
            x = centre_x + (x - view.middle.0) * view.zoom;
            y = centre_y + (y - view.middle.1) * view.zoom;
            zoom *= view.zoom;
        }
        let alpha = (alpha * 255.0).round().clamp(0.0, 255.0) as u8;
        if alpha == 0 || drawn <= 0.0 {
            return None;
        }
        let (lit, dim) = self.light(actor, frame);
        Some(Pose {
            actor: index,
            x: (x * PLACE).round() as i32,
            y: (y * PLACE).round() as i32,
            zoom: (zoom * ZOOM).round() as i32,
            alpha,
            drawn: (drawn * SHARE).round() as u16,
            becomes: becomes.map(|(from, t)| (from, (t * SHARE).round() as u16)),
            lit,
            dim,
        })
    }

    /// The view at a frame, and how much each view has of it.
    fn view(&self, frame: i64) -> (View, Vec<(View, f32)>) {
        let whole = View { span: super::timing::Span::PAST, middle: crate::shapes::middle(self.region), zoom: 1.0 };
        let mut shares = vec![(whole, 1.0)];
        let mut now = whole;
        for view in &self.plan.views {
            let t = in_out(view.span.at(frame));
            if !view.span.has_begun(frame) {
                break;
            }
            let mix = |from: f32, to: f32| from + (to - from) * t;
            now.middle = (mix(now.middle.0, view.middle.0), mix(now.middle.1, view.middle.1));
            now.zoom = mix(now.zoom.ln(), view.zoom.ln()).exp();
            shares.iter_mut().for_each(|(_, share)| *share *= 1.0 - t);
            shares.push((*view, t));
            if t >= 1.0 {
                now = *view;
                shares = vec![(*view, 1.0)];
            }
        }
        (now, shares)
    }

    /// What a view would cut in two, or show under captions, is not seen in it.
    fn seen(&self, actor: &Actor, (x, y): (f32, f32), shares: &[(View, f32)]) -> f32 {
        let (centre_x, centre_y) = crate::shapes::middle(self.region);
        let (half_x, half_y) = (actor.drawing.width / 2.0, actor.drawing.height / 2.0);
        let slack = self.look.px(if actor.is == Is::Arrow { 30.0 } else { 4.0 });
        let whole = View { span: super::timing::Span::PAST, middle: (centre_x, centre_y), zoom: 1.0 };
        let inside = |view: &View| {
            let whole = View { span: view.span, ..whole };
            let at = (centre_x + (x - view.middle.0) * view.zoom, centre_y + (y - view.middle.1) * view.zoom);
            let half = (half_x * view.zoom - slack, half_y * view.zoom - slack);
            *view == whole
                || (at.0 - half.0 >= self.region.left()
                    && at.0 + half.0 <= self.region.right()
                    && at.1 - half.1 >= self.region.top()
                    && at.1 + half.1 <= self.region.bottom())
        };
        shares.iter().filter(|(view, _)| inside(view)).map(|(_, share)| share).sum::<f32>().min(1.0)
    }

    /// How much an actor's parts stand out, and how much all of it steps back.
    fn light(&self, actor: &Actor, frame: i64) -> ([(Option<u16>, u8); 2], u8) {
        let mut lit = [(None, 0); 2];
        let mut dim = 0.0_f32;
        let mut next = 0;
        for light in self.plan.lights.iter().filter(|light| light.rises.has_begun(frame)) {
            let falls = light.falls.filter(|span| span.has_begun(frame)).map_or(0.0, |span| span.at(frame));
            let share = in_out(light.rises.at(frame)) * (1.0 - in_out(falls));
            if share <= 0.0 || actor.is == Is::Title {
                continue;
            }
            // What comes while something stands out is looked at itself.
            let came_later = actor.shows.iter().rev().find(|show| show.has_begun(frame)).is_some_and(|show| {
                matches!(show, Show::Appears(span) | Show::Drawn(span) | Show::Becomes(span, _) if span.from > light.rises.from)
            });
            if actor.thing == Some(light.thing) {
                lit[next % 2] = (light.part, (share * 255.0).round() as u8);
                next += 1;
            } else if !came_later {
                dim += share * OTHERS;
            }
        }
        (lit, (dim.min(1.0) * 255.0).round() as u8)
    }
}

impl Show {
    fn has_begun(&self, frame: i64) -> bool {
        match self {
            Self::There => true,
            Self::Appears(span)
            | Self::Drawn(span)
            | Self::Becomes(span, _)
            | Self::Goes(span)
            | Self::Became(span) => span.has_begun(frame),
        }
    }
}

/// Where an actor's middle is, before any view.
pub(super) fn place(actor: &Actor, frame: i64) -> (f32, f32) {
    let mut place = actor.home;
    for (span, to) in &actor.moves {
        if span.has_begun(frame) {
            let t = in_out(span.at(frame));
            place = (place.0 + (to.0 - place.0) * t, place.1 + (to.1 - place.1) * t);
        }
    }
    place
}
