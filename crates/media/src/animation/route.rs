//! The way of an arrow: straight where nothing is between its ends, else around, through what lies between things.

use super::look::{Look, Rgb};
use super::mark::{Drawing, Mark, arrow_head, rounded_line};
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};
use tiny_skia::Rect;

/// A place.
pub(super) type Spot = (f32, f32);

/// What a bend costs, for a frame 1080 wide.
const BEND: f32 = 90.0;
/// How much farther is what runs along another arrow.
const SHARED: f32 = 6.0;

/// Where an arrow may begin or end.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) area: Rect,
    /// Which of the obstacles is around it.
    pub(super) own: usize,
    pub(super) is_round: bool,
}

/// Finds ways between things.
pub(super) struct Router {
    /// What no arrow crosses, but at its own ends.
    pub(super) obstacles: Vec<Rect>,
    /// What no arrow leaves.
    pub(super) bounds: Rect,
    pub(super) unit: f32,
    /// Ways that are taken already.
    pub(super) taken: Vec<(Spot, Spot)>,
}

/// Room between an arrow and what it touches, and the least length of its last piece.
const TOUCH: f32 = 7.0;
const STUB: f32 = 36.0;
/// How near an arrow comes to what it passes.
const CLEAR: f32 = 8.0;

impl Router {
    /// The corners of a way, its ends included; `None` where there is none.
    pub(super) fn way(&mut self, from: End, to: End) -> Option<Vec<Spot>> {
        let way = self.straight(from, to).or_else(|| self.around(from, to))?;
        // Where things stand too close for an arrow's first and last piece, none is drawn.
        let is_clear = |pair: &[Spot]| {
            let others = self.obstacles.iter().enumerate().filter(|(index, _)| ![from.own, to.own].contains(index));
            others.into_iter().all(|(_, area)| !crosses(pair[0], pair[1], *area, 1.0))
        };
        if !way.windows(2).all(is_clear) {
            return None;
        }
        self.taken.extend(way.windows(2).map(|pair| (pair[0], pair[1])));
        Some(way)
    }

    fn straight(&self, from: End, to: End) -> Option<Vec<Spot>> {
        let (a, b) = (from.area, to.area);
        let touch = TOUCH * self.unit;
        let least = 34.0 * self.unit;
        let inset = 18.0 * self.unit;
        let overlap = |low: f32, high: f32| (high - low > inset * 2.0).then_some((low + high) / 2.0);
        let shifts = [0.0, 24.0, -24.0, 48.0, -48.0].map(|shift| shift * self.unit);
        let mut ways = Vec::new();
        if let Some(x) = overlap(a.left().max(b.left()), a.right().min(b.right())) {
            let inside = |x: f32| x > a.left().max(b.left()) + inset && x < a.right().min(b.right()) - inset;
            for x in shifts.map(|shift| x + shift) {
                let bulge = |end: &End| end.round_inset(x, true);
                let (below, above) = (a.top() > b.bottom(), b.top() > a.bottom());
                if inside(x) && above {
                    ways.push([(x, a.bottom() - bulge(&from) + touch), (x, b.top() + bulge(&to) - touch)]);
                } else if inside(x) && below {
                    ways.push([(x, a.top() + bulge(&from) - touch), (x, b.bottom() - bulge(&to) + touch)]);
                }
            }
        }
        if let Some(y) = overlap(a.top().max(b.top()), a.bottom().min(b.bottom())) {
            let inside = |y: f32| y > a.top().max(b.top()) + inset && y < a.bottom().min(b.bottom()) - inset;
            for y in shifts.map(|shift| y + shift) {
                let bulge = |end: &End| end.round_inset(y, false);
                if inside(y) && b.left() > a.right() {
                    ways.push([(a.right() - bulge(&from) + touch, y), (b.left() + bulge(&to) - touch, y)]);
                } else if inside(y) && a.left() > b.right() {
                    ways.push([(a.left() + bulge(&from) - touch, y), (b.right() - bulge(&to) + touch, y)]);
                }
            }
        }
        if ways.is_empty() {
            let (one, other) = (centre(a), centre(b));
            ways.extend(from.leaves(other, touch).zip(to.leaves(one, touch)).map(|(start, end)| [start, end]));
        }
        ways.into_iter()
            .find(|[start, end]| {
                let long = (end.0 - start.0).hypot(end.1 - start.1);
                let (one, other) = (centre(a), centre(b));
                let forward = (end.0 - start.0) * (other.0 - one.0) + (end.1 - start.1) * (other.1 - one.1);
                long >= least
                    && forward > 0.0
                    && self.is_free(*start, *end, &[from.own, to.own])
                    && !self.shares(*start, *end)
            })
            .map(Vec::from)
    }

    fn is_free(&self, start: Spot, end: Spot, but: &[usize]) -> bool {
        let near = CLEAR * self.unit;
        self.obstacles.iter().enumerate().all(|(index, area)| but.contains(&index) || !crosses(start, end, *area, near))
    }

    /// Whether a line runs along one that is taken.
    fn shares(&self, start: Spot, end: Spot) -> bool {
        let near = 14.0 * self.unit;
        self.taken.iter().any(|(from, to)| {
            let apart = |spot: Spot| line_distance(spot, *from, *to);
            let middle = ((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0);
            let back = |spot: Spot| line_distance(spot, start, end);
            apart(middle) < near
                && (apart(start) < near || apart(end) < near || back(*from) < near || back(*to) < near)
                && parallel((start, end), (*from, *to))
        })
    }

    /// Along the lines between things, with as few bends as can be (Dijkstra).
    fn around(&self, from: End, to: End) -> Option<Vec<Spot>> {
        let unit = self.unit;
        let (starts, ends) = (from.ports(unit), to.ports(unit));
        let mut xs: Vec<f32> = Vec::new();
        let mut ys: Vec<f32> = Vec::new();
        let sides = |low: &dyn Fn(&Rect) -> [f32; 2], edge: [f32; 2]| {
            let mut all: Vec<f32> = self.obstacles.iter().flat_map(low).chain(edge).collect();
            all.sort_by(f32::total_cmp);
            let mut lines = Vec::new();
            for pair in all.windows(2) {
                let gap = pair[1] - pair[0];
                if gap > 1.0 {
                    lines.push((pair[0] + pair[1]) / 2.0);
                }
                // Wide gutters hold arrows beside each other.
                if gap > 64.0 * unit {
                    lines.extend([pair[0] + 22.0 * unit, pair[1] - 22.0 * unit]);
                }
            }
            lines
        };
        let bounds = self.bounds;
        xs.extend(sides(&|area| [area.left(), area.right()], [bounds.left(), bounds.right()]));
        ys.extend(sides(&|area| [area.top(), area.bottom()], [bounds.top(), bounds.bottom()]));
        for port in starts.iter().chain(&ends) {
            xs.push(port.out.0);
            ys.push(port.out.1);
        }
        for line in [&mut xs, &mut ys] {
            line.sort_by(f32::total_cmp);
            line.dedup_by(|a, b| (*a - *b).abs() < 0.01);
        }
        let index = |line: &[f32], value: f32| line.iter().position(|at| (*at - value).abs() < 0.02);
        let node = |port: &Port| Some((index(&xs, port.out.0)?, index(&ys, port.out.1)?));
        let spot = |(x, y): (usize, usize)| (xs[x], ys[y]);
        // What may not be crossed; around the ends it is the thing itself, not the room that is kept for it.
        let mut walls = self.obstacles.clone();
        for end in [from, to] {
            if let Some(wall) = walls.get_mut(end.own) {
                *wall = end.area;
            }
        }
        let near = CLEAR * unit;
        let is_free = |start: Spot, end: Spot| {
            walls.iter().all(|wall| !crosses(start, end, *wall, near)) && self.within(start) && self.within(end)
        };
        let mut best: HashMap<(usize, usize, u8), f32> = HashMap::new();
        let mut before: HashMap<(usize, usize, u8), (usize, usize, u8)> = HashMap::new();
        let mut queue = BinaryHeap::new();
        for port in &starts {
            let Some((x, y)) = node(port).filter(|_| is_free(port.out, port.out)) else { continue };
            let own = STUB * unit + port.extra * unit;
            best.insert((x, y, port.way), own);
            queue.push(Reached { cost: own, at: (x, y, port.way) });
        }
        let mut found: Option<(f32, (usize, usize, u8), Port)> = None;
        while let Some(Reached { cost, at }) = queue.pop() {
            if found.as_ref().is_some_and(|(least, ..)| *least <= cost) {
                break;
            }
            if best.get(&at).is_some_and(|least| *least < cost - 0.001) {
                continue;
            }
            let (x, y, way) = at;
            for port in &ends {
                // One arrives against the direction in which one would leave.
                let arrives = (port.way + 2) % 4;
                if node(port) == Some((x, y)) && is_free(port.out, port.out) && (way + 2) % 4 != arrives {
                    let bend = if way == arrives { 0.0 } else { BEND * unit };
                    let all = cost + bend + port.extra * unit;
                    if found.as_ref().is_none_or(|(least, ..)| all < *least) {
                        found = Some((all, at, *port));
                    }
                }
            }
            for next_way in [0_u8, 1, 2, 3].into_iter().filter(|next| *next != (way + 2) % 4) {
                let next = match next_way {
                    0 if x + 1 < xs.len() => (x + 1, y),
                    1 if y + 1 < ys.len() => (x, y + 1),
                    2 if x > 0 => (x - 1, y),
                    3 if y > 0 => (x, y - 1),
                    _ => continue,
                };
                let (here, there) = (spot((x, y)), spot(next));
                if !is_free(here, there) {
                    continue;
                }
                let long = (there.0 - here.0).abs() + (there.1 - here.1).abs();
                let long = if self.shares(here, there) { long * SHARED } else { long };
                let bend = if way == next_way { 0.0 } else { BEND * unit };
                let cost = cost + long + bend;
                let key = (next.0, next.1, next_way);
                if best.get(&key).is_none_or(|least| cost < *least) {
                    best.insert(key, cost);
                    before.insert(key, at);
                    queue.push(Reached { cost, at: key });
                }
            }
        }
        let (_, mut at, last) = found?;
        let mut corners = vec![last.edge, last.out];
        loop {
            corners.push(spot((at.0, at.1)));
            let Some(previous) = before.get(&at) else { break };
            at = *previous;
        }
        let first = starts.iter().find(|port| port.way == at.2 && node(port) == Some((at.0, at.1)))?;
        corners.push(first.edge);
        corners.reverse();
        Some(simplified(corners))
    }

    fn within(&self, (x, y): Spot) -> bool {
        let bounds = self.bounds;
        x >= bounds.left() && x <= bounds.right() && y >= bounds.top() && y <= bounds.bottom()
    }
}

/// A door of a thing: the spot at its edge, and the one from which a way goes on.
#[derive(Clone, Copy, Debug)]
struct Port {
    edge: Spot,
    out: Spot,
    /// Right, down, left, up.
    way: u8,
    extra: f32,
}

impl End {
    /// How far a circle's edge lies behind its box's, beside the middle.
    fn round_inset(&self, at: f32, is_upright: bool) -> f32 {
        if !self.is_round {
            return 0.0;
        }
        let (x, y) = centre(self.area);
        let radius = self.area.width().min(self.area.height()) / 2.0;
        let off = at - if is_upright { x } else { y };
        radius - (radius * radius - off * off).max(0.0).sqrt()
    }

    /// Where the line to `other` leaves it.
    fn leaves(&self, other: Spot, touch: f32) -> Option<Spot> {
        let (x, y) = centre(self.area);
        let (dx, dy) = (other.0 - x, other.1 - y);
        let far = dx.hypot(dy);
        if far < 1.0 {
            return None;
        }
        let (ux, uy) = (dx / far, dy / far);
        let reach = if self.is_round {
            self.area.width().min(self.area.height()) / 2.0
        } else {
            (self.area.width() / 2.0 / ux.abs().max(1e-4)).min(self.area.height() / 2.0 / uy.abs().max(1e-4))
        };
        Some((x + ux * (reach + touch), y + uy * (reach + touch)))
    }

    fn ports(&self, unit: f32) -> Vec<Port> {
        let area = self.area;
        let (touch, stub) = (TOUCH * unit, STUB * unit);
        let mut ports = Vec::new();
        for (share, extra) in [(0.5, 0.0), (0.25, 30.0), (0.75, 30.0)] {
            let x = area.left() + area.width() * share;
            let y = area.top() + area.height() * share;
            let (in_x, in_y) = (self.round_inset(x, true), self.round_inset(y, false));
            let mut port = |edge: Spot, out: Spot, way: u8| ports.push(Port { edge, out, way, extra });
            port((area.right() + touch - in_y, y), (area.right() + stub, y), 0);
            port((x, area.bottom() + touch - in_x), (x, area.bottom() + stub), 1);
            port((area.left() - touch + in_y, y), (area.left() - stub, y), 2);
            port((x, area.top() - touch + in_x), (x, area.top() - stub), 3);
        }
        ports
    }
}

#[derive(PartialEq)]
struct Reached {
    cost: f32,
    at: (usize, usize, u8),
}

impl Eq for Reached {}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        // The cheapest first; equal ones in one order, so that a way is the same each time.
        other.cost.total_cmp(&self.cost).then(other.at.cmp(&self.at))
    }
}

fn centre(area: Rect) -> Spot {
    ((area.left() + area.right()) / 2.0, (area.top() + area.bottom()) / 2.0)
}

fn parallel(one: (Spot, Spot), other: (Spot, Spot)) -> bool {
    let side = |(from, to): (Spot, Spot)| {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let far = dx.hypot(dy).max(0.001);
        (dx / far, dy / far)
    };
    let (one, other) = (side(one), side(other));
    (one.0 * other.1 - one.1 * other.0).abs() < 0.15
}

fn line_distance(spot: Spot, from: Spot, to: Spot) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let far = (dx * dx + dy * dy).max(0.001);
    let share = (((spot.0 - from.0) * dx + (spot.1 - from.1) * dy) / far).clamp(0.0, 1.0);
    (spot.0 - from.0 - dx * share).hypot(spot.1 - from.1 - dy * share)
}

/// Whether a line comes nearer than `near` to an area (Liang and Barsky's clipping).
pub(super) fn crosses(start: Spot, end: Spot, area: Rect, near: f32) -> bool {
    let (mut low, mut high) = (0.0_f32, 1.0_f32);
    let (dx, dy) = (end.0 - start.0, end.1 - start.1);
    for (step, room) in [
        (-dx, start.0 - (area.left() - near)),
        (dx, area.right() + near - start.0),
        (-dy, start.1 - (area.top() - near)),
        (dy, area.bottom() + near - start.1),
    ] {
        if step.abs() < 1e-6 {
            if room <= 0.0 {
                return false;
            }
        } else {
            let at = room / step;
            if step < 0.0 { low = low.max(at) } else { high = high.min(at) }
        }
    }
    low < high
}

/// Without corners that lie on a straight line.
fn simplified(corners: Vec<Spot>) -> Vec<Spot> {
    let mut simple: Vec<Spot> = Vec::new();
    for corner in corners {
        if simple.last().is_some_and(|last| (last.0 - corner.0).hypot(last.1 - corner.1) < 0.5) {
            continue;
        }
        if let [.., before, last] = simple.as_slice() {
            let bend = (last.0 - before.0) * (corner.1 - last.1) - (last.1 - before.1) * (corner.0 - last.0);
            if bend.abs() < 0.5 {
                simple.pop();
            }
        }
        simple.push(corner);
    }
    simple
}

/// An arrow along a way, in the way's own places.
pub(super) fn arrow(drawing: &mut Drawing, way: &[Spot], color: Rgb, look: &Look, when: [f32; 2]) {
    let [.., before, tip] = way else { return };
    let head = look.px(22.0);
    let far = (tip.0 - before.0).hypot(tip.1 - before.1).max(0.001);
    let share = ((far - head * 0.75) / far).max(0.0);
    let mut line = way.to_vec();
    if let Some(end) = line.last_mut() {
        *end = (before.0 + (tip.0 - before.0) * share, before.1 + (tip.1 - before.1) * share);
    }
    let span = when[1] - when[0];
    let path = rounded_line(&line, look.px(22.0));
    let body = Mark::line(path, look.line(), color);
    drawing.push(body.map(|mark| mark.when(when[0], when[0] + span * 0.85)));
    let tip = Mark::fill(arrow_head(*before, *tip, head), color);
    drawing.push(tip.map(|mark| mark.when(when[0] + span * 0.75, when[1])));
}
