//! Lives through the steps: who is drawn, where each stands, and what happens to it when.

use super::look::{Look, mix};
use super::mark::Drawing;
use super::route::{self, End, Router};
use super::timing::{self, Clock, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use story::animation::{Animation, Cue, Highlight, Link, Morph, Move, Primitive, Role, Verb};
use tiny_skia::Rect;

/// Someone on the stage: a thing, an arrow on one of its ways, or the title.
pub(super) struct Actor {
    pub(super) drawing: Arc<Drawing>,
    /// Where its middle stands at first.
    pub(super) home: (f32, f32),
    pub(super) shows: Vec<Show>,
    pub(super) moves: Vec<(Span, (f32, f32))>,
    pub(super) pulses: Vec<Span>,
    /// Its place among the things, where it is one, or an arrow that is one.
    pub(super) thing: Option<usize>,
    /// What it is; arrows lie under things.
    pub(super) is: Is,
    /// An arrow's: the actors at its ends.
    pub(super) ends: Option<[usize; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Title,
    Thing,
    Arrow,
}

/// How someone comes and goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Show {
    /// From before the first frame.
    There,
    Appears(Span),
    /// Written, or drawn along its lines.
    Drawn(Span),
    /// Out of another actor.
    Becomes(Span, usize),
    Goes(Span),
    /// Into another, which shows it from then on.
    Became(Span),
}

/// A thing, or a part of it, stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Light {
    pub(super) thing: usize,
    pub(super) part: Option<u16>,
    pub(super) rises: Span,
    pub(super) falls: Option<Span>,
}

/// The view goes somewhere: its middle, and how much larger things are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    pub(super) span: Span,
    pub(super) middle: (f32, f32),
    pub(super) zoom: f32,
}

/// Everything that happens.
pub(super) struct Plan {
    pub(super) actors: Vec<Actor>,
    pub(super) lights: Vec<Light>,
    pub(super) views: Vec<View>,
}

/// A thing as the layout has it.
pub(super) struct Standing {
    pub(super) drawing: Arc<Drawing>,
    pub(super) is_round: bool,
    /// Its middle in each cell that it ever stands in.
    pub(super) middles: BTreeMap<usize, (f32, f32)>,
}

/// The place where all is laid out.
pub(super) struct Ground<'a> {
    pub(super) animation: &'a Animation,
    /// The names of the cells.
    pub(super) cells: Vec<String>,
    /// Each thing's; none for arrows.
    pub(super) standing: Vec<Option<Standing>>,
    pub(super) region: Rect,
    /// What arrows stay inside of.
    pub(super) bounds: Rect,
    pub(super) look: Look,
}

/// An arrow: a thing, or one that a step draws.
struct Tie {
    thing: Option<usize>,
    from: usize,
    to: usize,
    is_wanted: bool,
    color: Role,
    /// The actor that shows it now, with the cells of its ends, and its way.
    shown: Option<Shown>,
}

/// The actor that shows an arrow, the things at its ends with their cells, and its way.
type Shown = (usize, [(usize, usize); 2], Vec<(f32, f32)>);

/// Where a thing stands now.
#[derive(Clone, Copy, PartialEq)]
struct Now {
    cell: Option<usize>,
    is_there: bool,
}

struct Living<'a> {
    ground: &'a Ground<'a>,
    ids: BTreeMap<&'a str, usize>,
    now: Vec<Now>,
    actor_of: Vec<Option<usize>>,
    ties: Vec<Tie>,
    plan: Plan,
}

/// The cells that each thing ever stands in.
pub(super) fn homes(animation: &Animation) -> Vec<BTreeSet<String>> {
    let things = &animation.things;
    let index = |id: &str| things.iter().position(|thing| thing.id == id);
    let names: BTreeSet<String> = animation.arrangement().names().into_iter().map(str::to_owned).collect();
    let mut now: Vec<Option<String>> = things.iter().map(|thing| names.get(&thing.id).cloned()).collect();
    let mut all: Vec<BTreeSet<String>> = now.iter().map(|home| home.iter().cloned().collect()).collect();
    for step in &animation.steps {
        match &step.verb {
            Verb::Move(Move { thing, to }) if names.contains(to) => {
                if let Some(thing) = index(thing) {
                    now[thing] = Some(to.clone());
                    all[thing].insert(to.clone());
                }
            }
            Verb::Morph(Morph { thing, into }) => {
                if let (Some(thing), Some(into)) = (index(thing), index(into)) {
                    now[into] = now[thing].clone();
                    let home = now[into].clone();
                    all[into].extend(home);
                }
            }
            _ => {}
        }
    }
    all
}

/// The things that some step shows: they are not there before.
fn shown_later(animation: &Animation) -> BTreeSet<&str> {
    let shown = |verb: &Verb| -> Vec<String> {
        match verb {
            Verb::Appear(things) => things.clone(),
            Verb::Write(thing) | Verb::Trim(thing) => vec![thing.clone()],
            Verb::Morph(Morph { into, .. }) => vec![into.clone()],
            _ => Vec::new(),
        }
    };
    let names: BTreeSet<String> = animation.steps.iter().flat_map(|step| shown(&step.verb)).collect();
    animation.things.iter().map(|thing| thing.id.as_str()).filter(|id| names.contains(*id)).collect()
}

impl Plan {
    pub(super) fn new(ground: &Ground<'_>, cues: &[Cue], clock: Clock) -> Self {
        let animation = ground.animation;
        let ids: BTreeMap<&str, usize> =
            animation.things.iter().enumerate().map(|(index, thing)| (thing.id.as_str(), index)).collect();
        let plan = Self { actors: Vec::new(), lights: Vec::new(), views: Vec::new() };
        let count = animation.things.len();
        let nobody = Now { cell: None, is_there: false };
        let mut living =
            Living { ground, ids, now: vec![nobody; count], actor_of: vec![None; count], ties: Vec::new(), plan };
        living.enter();
        for (index, step) in animation.steps.iter().enumerate() {
            let cue = cues.get(index).copied().unwrap_or(Cue::Later);
            if let Some(span) = clock.span(cue, timing::seconds(&step.verb), 0.0) {
                living.step(&step.verb, cue, span, &clock);
                living.tie_up(Some(span));
            }
        }
        living.plan
    }
}

impl Living<'_> {
    /// Those who are there from the beginning.
    fn enter(&mut self) {
        let animation = self.ground.animation;
        let later = shown_later(animation);
        let cells: BTreeMap<&str, usize> =
            self.ground.cells.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
        for (index, thing) in animation.things.iter().enumerate() {
            let is_there = !later.contains(thing.id.as_str());
            if let Primitive::Arrow(Link { from, to }) = &thing.draw {
                if let (Some(&from), Some(&to)) = (self.ids.get(from.as_str()), self.ids.get(to.as_str())) {
                    let (thing, color) = (Some(index), thing.color);
                    self.ties.push(Tie { thing, from, to, is_wanted: is_there, color, shown: None });
                }
                continue;
            }
            let Some(standing) = &self.ground.standing[index] else { continue };
            let cell = cells.get(thing.id.as_str()).copied();
            let home = cell.and_then(|cell| standing.middles.get(&cell)).copied();
            let home = home.or_else(|| standing.middles.values().next().copied());
            let Some(home) = home else { continue };
            self.now[index] = Now { cell, is_there };
            self.actor_of[index] = Some(self.plan.actors.len());
            self.plan.actors.push(Actor {
                drawing: Arc::clone(&standing.drawing),
                home,
                shows: if is_there { vec![Show::There] } else { Vec::new() },
                moves: Vec::new(),
                pulses: Vec::new(),
                thing: Some(index),
                is: Is::Thing,
                ends: None,
            });
        }
        self.tie_up(None);
    }

    fn actor(&mut self, thing: usize) -> Option<&mut Actor> {
        let actor = self.actor_of[thing]?;
        self.plan.actors.get_mut(actor)
    }

    fn index(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    fn step(&mut self, verb: &Verb, cue: Cue, span: Span, clock: &Clock) {
        match verb {
            Verb::Appear(things) => {
                for (place, id) in things.iter().enumerate() {
                    let delay = timing::stagger(place, things.len());
                    let own = clock.span(cue, timing::APPEAR, delay).unwrap_or(span);
                    self.show(id, Show::Appears(own));
                }
            }
            Verb::Write(id) => {
                let letters = self.index(id).and_then(|thing| self.ground.standing[thing].as_ref());
                let seconds = letters.map_or(timing::TRIM, |standing| timing::writing(standing.drawing.letters));
                self.show(id, Show::Drawn(clock.span(cue, seconds, 0.0).unwrap_or(span)));
            }
            Verb::Trim(id) => self.show(id, Show::Drawn(span)),
            Verb::Move(Move { thing, to }) => self.moves(thing, to, span),
            Verb::Morph(Morph { thing, into }) => self.morph(thing, into, span),
            Verb::Highlight(Highlight { thing, part }) => {
                let Some(thing) = self.index(thing) else { return };
                if let Some(last) = self.plan.lights.last_mut() {
                    last.falls = Some(last.falls.unwrap_or(span));
                }
                let part = part.and_then(|part| u16::try_from(part).ok());
                self.plan.lights.push(Light { thing, part, rises: span, falls: None });
            }
            Verb::Pulse(id) => {
                if let Some(actor) = self.index(id).and_then(|thing| self.actor(thing)) {
                    actor.pulses.push(span);
                }
            }
            Verb::Connect(Link { from, to }) => {
                if let (Some(from), Some(to)) = (self.index(from), self.index(to)) {
                    self.ties.push(Tie { thing: None, from, to, is_wanted: true, color: Role::Plain, shown: None });
                }
            }
            Verb::Remove(things) => {
                for id in things {
                    self.remove(id, span);
                }
            }
            Verb::Camera(things) => self.camera(things, span),
        }
    }

    fn show(&mut self, id: &str, show: Show) {
        let Some(thing) = self.index(id) else { return };
        if let Some(tie) = self.ties.iter_mut().find(|tie| tie.thing == Some(thing)) {
            tie.is_wanted = true;
            return;
        }
        self.now[thing].is_there = true;
        if let Some(actor) = self.actor(thing) {
            actor.shows.push(show);
        }
    }

    fn moves(&mut self, id: &str, to: &str, span: Span) {
        let Some(thing) = self.index(id) else { return };
        let Some(cell) = self.ground.cells.iter().position(|name| name == to) else { return };
        let middle = self.ground.standing[thing].as_ref().and_then(|standing| standing.middles.get(&cell).copied());
        let Some(middle) = middle else { return };
        self.now[thing].cell = Some(cell);
        if let Some(actor) = self.actor(thing) {
            actor.moves.push((span, middle));
        }
    }

    fn morph(&mut self, id: &str, into: &str, span: Span) {
        let (Some(thing), Some(next)) = (self.index(id), self.index(into)) else { return };
        let Some(from) = self.actor_of[thing] else { return };
        let cell = self.now[thing].cell;
        self.douse(thing, span);
        if let Some(actor) = self.actor(thing) {
            actor.shows.push(Show::Became(span));
        }
        self.now[thing].is_there = false;
        self.now[next] = Now { cell, is_there: true };
        let standing = self.ground.standing[next].as_ref();
        let middle = standing.and_then(|standing| standing.middles.get(&cell?).copied());
        if let Some(actor) = self.actor(next) {
            let at = Span { from: span.from, to: span.from };
            actor.moves.extend(middle.map(|middle| (at, middle)));
            actor.shows.push(Show::Becomes(span, from));
        }
        for tie in &mut self.ties {
            for end in [&mut tie.from, &mut tie.to] {
                if *end == thing {
                    *end = next;
                }
            }
        }
    }

    fn remove(&mut self, id: &str, span: Span) {
        let Some(thing) = self.index(id) else { return };
        self.douse(thing, span);
        for tie in &mut self.ties {
            if tie.thing == Some(thing) || tie.from == thing || tie.to == thing {
                tie.is_wanted = false;
            }
        }
        self.now[thing].is_there = false;
        if let Some(actor) = self.actor(thing) {
            actor.shows.push(Show::Goes(span));
        }
    }

    /// The light goes with its thing.
    fn douse(&mut self, thing: usize, span: Span) {
        if let Some(last) = self.plan.lights.last_mut()
            && last.thing == thing
            && last.falls.is_none()
        {
            last.falls = Some(span);
        }
    }

    fn camera(&mut self, things: &[String], span: Span) {
        let region = self.ground.region;
        let areas: Vec<Rect> = things.iter().filter_map(|id| self.area(self.index(id)?)).collect();
        let whole = View { span, middle: middle(region), zoom: 1.0 };
        let view = crate::shapes::union(areas.into_iter()).map_or(whole, |all| {
            let margin = self.ground.look.px(36.0);
            let zoom = (region.width() / (all.width() + margin * 2.0))
                .min(region.height() / (all.height() + margin * 2.0))
                .clamp(1.0, 2.6);
            // What fills the room already is not shown better by pushing the rest aside.
            if zoom < 1.04 { whole } else { View { span, middle: middle(all), zoom } }
        });
        self.plan.views.push(view);
    }

    /// Where a thing stands now; where its arrow runs, if it is one.
    fn area(&self, thing: usize) -> Option<Rect> {
        if let Some(tie) = self.ties.iter().find(|tie| tie.thing == Some(thing)) {
            return crate::shapes::union([self.area(tie.from)?, self.area(tie.to)?].into_iter());
        }
        let standing = self.ground.standing[thing].as_ref()?;
        let (x, y) = *standing.middles.get(&self.now[thing].cell?)?;
        let (width, height) = (standing.drawing.width.max(1.0), standing.drawing.height.max(1.0));
        Rect::from_xywh(x - width / 2.0, y - height / 2.0, width, height)
    }

    /// Arrows come when both their ends are there, go when one is not, and find a new way when one stands elsewhere.
    fn tie_up(&mut self, span: Option<Span>) {
        for index in 0..self.ties.len() {
            let tie = &self.ties[index];
            let ends = [tie.from, tie.to].map(|thing| (thing, self.now[thing]));
            let is_there = tie.is_wanted && ends.iter().all(|(_, now)| now.is_there && now.cell.is_some());
            let at = ends.map(|(thing, now)| (thing, now.cell.unwrap_or(usize::MAX)));
            let moved = tie.shown.as_ref().is_some_and(|(_, before, _)| *before != at);
            if let Some((actor, ..)) = tie.shown
                && (!is_there || moved)
            {
                let goes = span.map_or(Span::PAST, |span| if is_there { span.piece(0.0, 0.3) } else { span });
                self.plan.actors[actor].shows.push(Show::Goes(goes));
                if let Some(thing) = tie.thing.filter(|_| !is_there) {
                    self.douse(thing, goes);
                }
                self.ties[index].shown = None;
            }
            if is_there && self.ties[index].shown.is_none() {
                let comes = span.map(|span| if moved { span.piece(0.62, 1.0) } else { span });
                self.draw_tie(index, at, comes);
            }
        }
    }

    fn draw_tie(&mut self, index: usize, at: [(usize, usize); 2], comes: Option<Span>) {
        let tie = &self.ties[index];
        let ground = self.ground;
        let end = |(thing, cell): (usize, usize)| {
            let is_round = ground.standing[thing].as_ref().is_some_and(|standing| standing.is_round);
            Some(End { area: self.area(thing)?, own: cell, is_round })
        };
        let (Some(from), Some(to)) = (end(at[0]), end(at[1])) else { return };
        let others = self.ties.iter().filter_map(|tie| tie.shown.as_ref());
        let taken = others.flat_map(|(_, _, way)| way.windows(2).map(|pair| (pair[0], pair[1]))).collect();
        let mut router = Router { obstacles: ground.obstacles(), bounds: ground.bounds, unit: ground.look.unit, taken };
        let Some(way) = router.way(from, to) else { return };
        let color = match tie.color {
            Role::Plain => mix(ground.look.plain, ground.look.muted, 0.35),
            role => ground.look.of(role),
        };
        let mut drawing = Drawing::default();
        let (left, top) =
            (way.iter().map(|at| at.0).fold(f32::MAX, f32::min), way.iter().map(|at| at.1).fold(f32::MAX, f32::min));
        let (right, bottom) =
            (way.iter().map(|at| at.0).fold(f32::MIN, f32::max), way.iter().map(|at| at.1).fold(f32::MIN, f32::max));
        let own: Vec<(f32, f32)> = way.iter().map(|(x, y)| (x - left, y - top)).collect();
        route::arrow(&mut drawing, &own, color, &ground.look, [0.0, 1.0]);
        (drawing.width, drawing.height) = (right - left, bottom - top);
        let actor = Actor {
            drawing: Arc::new(drawing),
            home: ((left + right) / 2.0, (top + bottom) / 2.0),
            shows: vec![comes.map_or(Show::There, Show::Drawn)],
            moves: Vec::new(),
            pulses: Vec::new(),
            thing: tie.thing,
            is: Is::Arrow,
            ends: self.actor_of[at[0].0].zip(self.actor_of[at[1].0]).map(|(from, to)| [from, to]),
        };
        self.plan.actors.push(actor);
        self.ties[index].shown = Some((self.plan.actors.len() - 1, at, way));
    }
}

impl Ground<'_> {
    /// For each cell, what whatever stands in it ever takes.
    pub(super) fn obstacles(&self) -> Vec<Rect> {
        let area = |cell: usize| {
            let boxes = self.standing.iter().flatten().filter_map(|standing| {
                let (x, y) = *standing.middles.get(&cell)?;
                let (width, height) = (standing.drawing.width.max(1.0), standing.drawing.height.max(1.0));
                Rect::from_xywh(x - width / 2.0, y - height / 2.0, width, height)
            });
            crate::shapes::union(boxes)
        };
        // Empty places are in nobody's way.
        let nowhere = Rect::from_xywh(-20.0, -20.0, 1.0, 1.0);
        (0..self.cells.len()).filter_map(|cell| area(cell).or(nowhere)).collect()
    }
}

pub(super) fn middle(area: Rect) -> (f32, f32) {
    crate::shapes::middle(area)
}
