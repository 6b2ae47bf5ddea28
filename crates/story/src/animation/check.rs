//! What a schema cannot say of an animation: everything that is wrong with it, at once, by pointers into it.

use super::{Animation, Axes, Bars, Function, Graph, Layout, Move, Network, Primitive, Timeline, Verb, anchors};
use super::{Highlight, Link, MOST_STEPS, MOST_THINGS, Morph};
use crate::check::{Findings, say::list, say::quoted};
use crate::invalid::Problem;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// Boxes in boxes that a layout has at most.
const DEEPEST_LAYOUT: usize = 6;
/// Things and places that stand in it at most.
const MOST_CELLS: usize = 24;
/// Lines of a program, and characters of one.
const MOST_CODE_LINES: usize = 14;
const LONGEST_CODE_LINE: usize = 48;

/// Everything that is wrong with an animation that has the right shape; `said` are the words of its scene, where they are known.
#[must_use]
pub fn problems(animation: &Animation, said: Option<&[&str]>) -> Vec<Problem> {
    let mut look = Look { animation, findings: Findings::default() };
    look.things();
    // Beyond what can be shown nothing more is looked at: a hostile text may hold any number.
    let names = animation.arrangement().names().len();
    if names > MOST_CELLS {
        look.findings.add("/layout", format!("{names} things and places are too many: at most {MOST_CELLS}"));
    }
    if animation.things.len() > MOST_THINGS || animation.steps.len() > MOST_STEPS || names > MOST_CELLS {
        return look.findings.into_problems();
    }
    look.layout();
    look.steps();
    if let Some(said) = said {
        look.words(said);
    }
    look.findings.into_problems()
}

struct Look<'a> {
    animation: &'a Animation,
    findings: Findings,
}

/// How a thing stands between two steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    NotYet,
    There,
    Gone,
}

impl Look<'_> {
    fn counted(&mut self, pointer: &str, what: &str, count: usize, allowed: RangeInclusive<usize>) {
        if !allowed.contains(&count) {
            let (least, most) = allowed.into_inner();
            self.findings.add(pointer, format!("{count} {what}: from {least} to {most} can be shown"));
        }
    }

    fn worded(&mut self, pointer: &str, text: &str) {
        if text.trim().is_empty() {
            self.findings.add(pointer, "empty; write something here");
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            self.findings.add(pointer, "holds a control character; take it out");
        }
    }

    fn things(&mut self) {
        let animation = self.animation;
        self.counted("/things", "things", animation.things.len(), 1..=MOST_THINGS);
        self.counted("/steps", "steps", animation.steps.len(), 0..=MOST_STEPS);
        if let Some(title) = &animation.title {
            self.worded("/title", title);
        }
        let mut ids = BTreeSet::new();
        for (index, thing) in animation.things.iter().enumerate() {
            let pointer = format!("/things/{index}");
            self.worded(&format!("{pointer}/id"), &thing.id);
            if !ids.insert(&thing.id) {
                self.findings
                    .add(format!("{pointer}/id"), format!("another thing is called {} too", quoted(&thing.id)));
            }
            self.primitive(&format!("{pointer}/draw"), &thing.draw);
        }
    }

    fn primitive(&mut self, pointer: &str, primitive: &Primitive) {
        match primitive {
            Primitive::Text(words) => self.worded(&format!("{pointer}/text/text"), &words.text),
            Primitive::Formula(formula) => self.formula(&format!("{pointer}/formula"), formula),
            // A box may be empty.
            Primitive::Box(_) | Primitive::Circle(_) | Primitive::Picture(_) => {}
            Primitive::Arrow(link) => self.link(&format!("{pointer}/arrow"), link),
            Primitive::Network(network) => self.network(&format!("{pointer}/network"), network),
            Primitive::Graph(graph) => self.graph(&format!("{pointer}/graph"), graph),
            Primitive::Axes(axes) => self.axes(&format!("{pointer}/axes"), axes),
            Primitive::Bars(bars) => self.bars(&format!("{pointer}/bars"), bars),
            Primitive::Code(code) => self.code(&format!("{pointer}/code"), code),
            Primitive::Timeline(Timeline { events }) => {
                self.counted(&format!("{pointer}/timeline/events"), "events", events.len(), 1..=7);
            }
        }
    }

    fn formula(&mut self, pointer: &str, formula: &str) {
        self.worded(pointer, formula);
        // What follows a number sign would be a program, and a dollar would end the formula.
        if words_of(formula).any(|word| word == "std") {
            self.findings.add(
                pointer,
                "\"std\" is no mathematics; leave it out, or put it into quotation marks with another word",
            );
        }
        for sign in ['#', '$'] {
            if formula.contains(sign) {
                self.findings.add(pointer, format!("\"{sign}\" cannot stand in a formula; leave it out"));
            }
        }
    }

    fn link(&mut self, pointer: &str, link: &Link) {
        for (field, id) in [("from", &link.from), ("to", &link.to)] {
            let pointer = format!("{pointer}/{field}");
            match self.animation.thing(id).map(|thing| &thing.draw) {
                None => self.unknown(&pointer, id),
                Some(Primitive::Arrow(_)) => {
                    self.findings.add(pointer, "an arrow; it must be a thing that stands somewhere")
                }
                Some(_) => {}
            }
        }
        if link.from == link.to {
            self.findings.add(pointer, "from a thing to itself; name two things");
        }
    }

    fn unknown(&mut self, pointer: &str, id: &str) {
        let ids = list(self.animation.things.iter().map(|thing| thing.id.as_str()));
        self.findings.add(pointer, format!("no thing is called {}; there are {ids}", quoted(id)));
    }

    fn network(&mut self, pointer: &str, Network { layers, labels }: &Network) {
        self.counted(&format!("{pointer}/layers"), "layers", layers.len(), 2..=6);
        for (index, neurons) in layers.iter().enumerate() {
            self.counted(&format!("{pointer}/layers/{index}"), "neurons", *neurons as usize, 1..=8);
        }
        if !labels.is_empty() && labels.len() != layers.len() {
            let detail = format!("{} labels for {} layers: give one for each, or none", labels.len(), layers.len());
            self.findings.add(format!("{pointer}/labels"), detail);
        }
        for (index, label) in labels.iter().enumerate() {
            self.short(&format!("{pointer}/labels/{index}"), label, 24);
        }
    }

    fn short(&mut self, pointer: &str, text: &str, most: usize) {
        self.worded(pointer, text);
        let count = text.chars().count();
        if count > most {
            self.findings.add(pointer, format!("{count} characters are too many: at most {most}"));
        }
    }

    fn graph(&mut self, pointer: &str, Graph { nodes, edges }: &Graph) {
        self.counted(&format!("{pointer}/nodes"), "nodes", nodes.len(), 1..=10);
        self.counted(&format!("{pointer}/edges"), "edges", edges.len(), 0..=30);
        for (index, node) in nodes.iter().enumerate() {
            self.short(&format!("{pointer}/nodes/{index}"), node, 30);
        }
        for (index, edge) in edges.iter().enumerate() {
            let pointer = format!("{pointer}/edges/{index}");
            for (field, node) in [("from", edge.from), ("to", edge.to)] {
                if node as usize >= nodes.len() {
                    let detail = format!(
                        "there is no node {node}: they are counted from 0 to {}",
                        nodes.len().saturating_sub(1)
                    );
                    self.findings.add(format!("{pointer}/{field}"), detail);
                }
            }
            if edge.from == edge.to {
                self.findings.add(pointer, "from a node to itself; name two nodes");
            }
        }
    }

    fn axes(&mut self, pointer: &str, Axes { x, y, plots }: &Axes) {
        for (name, range) in [("x", x), ("y", y)] {
            let length = range.to - range.from;
            if length > 1e12 {
                self.findings.add(format!("{pointer}/{name}"), "too long to be shown: at most 1e12");
            } else if !length.is_finite() || length <= 0.0 {
                self.findings.add(
                    format!("{pointer}/{name}"),
                    "ends where it begins, or before; \"from\" must be less than \"to\"",
                );
            }
        }
        self.counted(&format!("{pointer}/plots"), "plots", plots.len(), 0..=4);
        for (index, plot) in plots.iter().enumerate() {
            if let Err(sentence) = Function::read(&plot.function) {
                self.findings.add(format!("{pointer}/plots/{index}/function"), sentence);
            }
        }
    }

    fn bars(&mut self, pointer: &str, Bars { bars, .. }: &Bars) {
        self.counted(&format!("{pointer}/bars"), "bars", bars.len(), 1..=8);
        for (index, bar) in bars.iter().enumerate() {
            if !bar.value.is_finite() || bar.value.abs() > 1e15 {
                self.findings.add(format!("{pointer}/bars/{index}/value"), "too large a number to be shown");
            }
        }
    }

    fn code(&mut self, pointer: &str, code: &str) {
        let lines: Vec<&str> = code.lines().collect();
        self.counted(pointer, "lines", lines.len(), 1..=MOST_CODE_LINES);
        if let Some(index) = lines.iter().position(|line| line.chars().count() > LONGEST_CODE_LINE) {
            self.findings
                .add(pointer, format!("line {} is too long: at most {LONGEST_CODE_LINE} characters", index + 1));
        }
    }

    fn layout(&mut self) {
        let animation = self.animation;
        let becomes: BTreeSet<&str> = animation.morphs().map(|morph| morph.into.as_str()).collect();
        if let Some(layout) = &animation.layout {
            let mut seen = BTreeSet::new();
            self.cell("/layout", layout, 0, &becomes, &mut seen);
            for (index, thing) in animation.things.iter().enumerate() {
                let stands = !matches!(thing.draw, Primitive::Arrow(_)) && !becomes.contains(thing.id.as_str());
                if stands && !seen.contains(thing.id.as_str()) {
                    let detail = format!("{} stands nowhere in the layout; put it there", quoted(&thing.id));
                    self.findings.add(format!("/things/{index}/id"), detail);
                }
            }
        } else if !animation.things.iter().any(|thing| !matches!(thing.draw, Primitive::Arrow(_))) {
            self.findings.add("/things", "only arrows; give them things to point at");
        }
    }

    fn cell<'l>(
        &mut self,
        pointer: &str,
        layout: &'l Layout,
        depth: usize,
        becomes: &BTreeSet<&str>,
        seen: &mut BTreeSet<&'l str>,
    ) {
        if depth > DEEPEST_LAYOUT {
            return self.findings.add(pointer, format!("nested too deeply: at most {DEEPEST_LAYOUT} times"));
        }
        match layout {
            Layout::Thing(id) => {
                let pointer = format!("{pointer}/thing");
                match self.animation.thing(id).map(|thing| &thing.draw) {
                    None => self.unknown(&pointer, id),
                    Some(Primitive::Arrow(_)) => {
                        self.findings.add(pointer, "an arrow; it runs between things, and stands in no layout");
                    }
                    Some(_) if becomes.contains(id.as_str()) => {
                        let detail = "something becomes it, so it takes that one's place; take it out of the layout";
                        self.findings.add(pointer, detail);
                    }
                    Some(_) if !seen.insert(id) => {
                        self.findings.add(pointer, format!("{} stands in the layout twice", quoted(id)));
                    }
                    Some(_) => {}
                }
            }
            Layout::Place(name) => {
                let pointer = format!("{pointer}/place");
                if self.animation.thing(name).is_some() {
                    self.findings
                        .add(pointer, format!("a thing is called {}; give the place another name", quoted(name)));
                } else if !seen.insert(name) {
                    self.findings.add(pointer, format!("another place is called {} too", quoted(name)));
                }
            }
            Layout::Row(cells) => self.cells(&format!("{pointer}/row"), cells, depth, becomes, seen),
            Layout::Column(cells) => self.cells(&format!("{pointer}/column"), cells, depth, becomes, seen),
            Layout::Grid(grid) => self.cells(&format!("{pointer}/grid/cells"), &grid.cells, depth, becomes, seen),
            Layout::NextTo(next) => {
                self.cell(&format!("{pointer}/next_to/of"), &next.of, depth + 1, becomes, seen);
                self.cell(&format!("{pointer}/next_to/put"), &next.put, depth + 1, becomes, seen);
            }
        }
    }

    fn cells<'l>(
        &mut self,
        pointer: &str,
        cells: &'l [Layout],
        depth: usize,
        becomes: &BTreeSet<&str>,
        seen: &mut BTreeSet<&'l str>,
    ) {
        self.counted(pointer, "cells", cells.len(), 1..=MOST_THINGS);
        for (index, cell) in cells.iter().enumerate() {
            self.cell(&format!("{pointer}/{index}"), cell, depth + 1, becomes, seen);
        }
    }

    /// Lives through the steps: what is not there cannot be moved, and no two things stand in one place.
    fn steps(&mut self) {
        let animation = self.animation;
        let shown_later: BTreeSet<&str> = animation.steps.iter().flat_map(|step| shows(&step.verb)).collect();
        let mut stands: BTreeMap<&str, Stand> = BTreeMap::new();
        for thing in &animation.things {
            let stand = if shown_later.contains(thing.id.as_str()) { Stand::NotYet } else { Stand::There };
            stands.insert(&thing.id, stand);
        }
        let arrangement = animation.arrangement();
        let names: BTreeSet<&str> = arrangement.names().into_iter().collect();
        // Where each thing stands, by the name of its place; what becomes another takes its place along.
        let mut homes: BTreeMap<&str, &str> =
            animation.things.iter().map(|thing| (thing.id.as_str(), thing.id.as_str())).collect();
        for (index, step) in animation.steps.iter().enumerate() {
            let pointer = format!("/steps/{index}/do/{}", name(&step.verb));
            if step.verb.things().len() > MOST_THINGS {
                self.findings.add(&pointer, format!("names more than {MOST_THINGS} things"));
                continue;
            }
            let unknown: Vec<&str> =
                step.verb.things().into_iter().filter(|id| animation.thing(id).is_none()).collect();
            if let Some(id) = unknown.first() {
                self.unknown(&pointer, id);
                continue;
            }
            if let Verb::Move(_) | Verb::Morph(_) | Verb::Pulse(_) = &step.verb
                && let Some(arrow) = step.verb.things().into_iter().find(|id| self.is_arrow(id))
            {
                self.findings.add(&pointer, format!("{} is an arrow; it goes where its ends go", quoted(arrow)));
                continue;
            }
            if let Verb::Connect(link) = &step.verb {
                self.link(&pointer, link);
            }
            if let Verb::Highlight(highlight) = &step.verb {
                self.part(&pointer, highlight);
            }
            let (comes, stays) = match &step.verb {
                Verb::Morph(Morph { thing, into }) => (vec![into.as_str()], vec![thing.as_str()]),
                verb if !shows(verb).is_empty() => (shows(verb), Vec::new()),
                verb => (Vec::new(), verb.things()),
            };
            for id in stays {
                match stands[id] {
                    Stand::There => {}
                    Stand::NotYet => {
                        self.findings.add(&pointer, format!("{} is not there yet; show it first", quoted(id)))
                    }
                    Stand::Gone => self.findings.add(&pointer, format!("{} is not there any more", quoted(id))),
                }
            }
            for id in comes {
                let becomes = matches!(step.verb, Verb::Morph(_));
                if becomes && stands[id] == Stand::Gone {
                    self.findings.add(&pointer, format!("{} was there before; take another thing", quoted(id)));
                }
                if stands[id] == Stand::There {
                    self.findings.add(&pointer, format!("{} is there already", quoted(id)));
                }
                if let Some(other) =
                    taken(&homes, &stands, homes[id], id).filter(|_| !matches!(step.verb, Verb::Morph(_)))
                {
                    self.findings
                        .add(&pointer, format!("{} stands in its place; remove or move that first", quoted(other)));
                }
                stands.insert(id, Stand::There);
            }
            match &step.verb {
                Verb::Remove(things) => {
                    for id in things {
                        stands.insert(id, Stand::Gone);
                    }
                }
                Verb::Morph(Morph { thing, into }) => {
                    stands.insert(thing, Stand::Gone);
                    let home = homes[thing.as_str()];
                    homes.insert(into, home);
                }
                Verb::Move(Move { thing, to }) => {
                    if !names.contains(to.as_str()) {
                        let there = list(names.iter().copied());
                        self.findings.add(
                            format!("{pointer}/to"),
                            format!("the layout has no {}; there are {there}", quoted(to)),
                        );
                    } else if let Some(other) = taken(&homes, &stands, to, thing) {
                        self.findings.add(
                            format!("{pointer}/to"),
                            format!("{} stands there; remove or move it first", quoted(other)),
                        );
                    }
                    homes.insert(thing, to);
                }
                _ => {}
            }
        }
    }

    fn is_arrow(&self, id: &str) -> bool {
        self.animation.thing(id).is_some_and(|thing| matches!(thing.draw, Primitive::Arrow(_)))
    }

    fn part(&mut self, pointer: &str, Highlight { thing, part }: &Highlight) {
        let (Some(part), Some(thing)) = (part, self.animation.thing(thing)) else { return };
        let parts = match &thing.draw {
            Primitive::Network(network) => network.layers.len(),
            Primitive::Graph(graph) => graph.nodes.len(),
            Primitive::Axes(axes) => axes.plots.len(),
            Primitive::Bars(bars) => bars.bars.len(),
            Primitive::Code(code) => code.lines().count(),
            Primitive::Timeline(timeline) => timeline.events.len(),
            _ => return self.findings.add(format!("{pointer}/part"), "this thing has no parts; leave it out"),
        };
        if *part as usize >= parts {
            let last = parts.saturating_sub(1);
            self.findings
                .add(format!("{pointer}/part"), format!("there is no part {part}: they are counted from 0 to {last}"));
        }
    }

    fn words(&mut self, said: &[&str]) {
        for (index, (step, anchor)) in self.animation.steps.iter().zip(anchors(self.animation, said)).enumerate() {
            if let (None, Some(at)) = (anchor, &step.at) {
                let detail = format!(
                    "{} is not said from the step before on; name words of the narration, in its order and as they are said",
                    quoted(at)
                );
                self.findings.add(format!("/steps/{index}/at"), detail);
            }
        }
    }
}

/// The words of a formula.
fn words_of(formula: &str) -> impl Iterator<Item = &str> {
    formula.split(|c: char| !c.is_alphanumeric())
}

/// Who stands in a place, if another does.
fn taken<'a>(
    homes: &BTreeMap<&'a str, &str>,
    stands: &BTreeMap<&str, Stand>,
    place: &str,
    but: &str,
) -> Option<&'a str> {
    homes.iter().find(|(id, home)| **home == place && **id != but && stands[**id] == Stand::There).map(|(id, _)| *id)
}

/// The things that a step shows.
fn shows(verb: &Verb) -> Vec<&str> {
    match verb {
        Verb::Appear(things) => things.iter().map(String::as_str).collect(),
        Verb::Write(thing) | Verb::Trim(thing) => vec![thing],
        Verb::Morph(Morph { into, .. }) => vec![into],
        _ => Vec::new(),
    }
}

/// A verb's name in JSON.
fn name(verb: &Verb) -> &'static str {
    match verb {
        Verb::Appear(_) => "appear",
        Verb::Write(_) => "write",
        Verb::Trim(_) => "trim",
        Verb::Move(_) => "move",
        Verb::Morph(_) => "morph",
        Verb::Highlight(_) => "highlight",
        Verb::Pulse(_) => "pulse",
        Verb::Connect(_) => "connect",
        Verb::Remove(_) => "remove",
        Verb::Camera(_) => "camera",
    }
}

#[cfg(test)]
mod tests;
