//! Declarative animations: what is drawn behind a scene, and what happens to it at which word. An animation says nothing of seconds
//! or pixels: it can be written before its scene is spoken, and is laid out by `media`.

mod anchors;
mod check;
mod function;
mod points;

pub use anchors::{Cue, Staged, anchors};
pub use check::problems;
pub use function::Function;
pub use points::{Point, key_points};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Things that an animation has at most.
pub const MOST_THINGS: usize = 12;
/// Steps that it has at most.
pub const MOST_STEPS: usize = 40;

/// An animation: things in a layout, and steps at words of what is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Animation {
    /// Stands over everything from the first frame on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80))]
    pub title: Option<String>,
    /// What is drawn: 1 to 12 things.
    pub things: Vec<Thing>,
    /// Where things stand; one under the other, in their order, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// What happens, in the order of the words: at most 40 steps. A thing that no step shows is there from the first frame on.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Something that is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// Its name in layout and steps.
    #[schemars(length(min = 1, max = 40))]
    pub id: String,
    /// What it is.
    pub draw: Primitive,
    /// What its colour means.
    #[serde(default, skip_serializing_if = "Role::is_plain")]
    pub color: Role,
}

/// What a colour means; which it is follows from the film's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What is neither more nor less than others.
    #[default]
    Plain,
    /// What it is about.
    Accent,
    /// What stands against it.
    Second,
    /// What is good, right, or grows.
    Good,
    /// What is bad, wrong, or shrinks.
    Bad,
    /// What steps back.
    Muted,
}

impl Role {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// What a thing can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Primitive {
    /// Words.
    Text(Words),
    /// Mathematics, as Typst writes it: `x^2 + sqrt(y)`, without dollars.
    Formula(#[schemars(length(min = 1, max = 300))] String),
    /// A box with words in it.
    Box(#[schemars(length(max = 120))] String),
    /// A circle with words in it.
    Circle(#[schemars(length(max = 60))] String),
    /// An arrow from one thing to another; it stands in no layout.
    Arrow(Link),
    /// Neurons in layers, each joined to all of the next.
    Network(Network),
    /// Nodes and edges.
    Graph(Graph),
    /// Axes with functions.
    Axes(Axes),
    /// Bars.
    Bars(Bars),
    /// Lines of a program.
    Code(#[schemars(length(min = 1, max = 800))] String),
    /// Events one after the other.
    Timeline(Timeline),
    /// A picture.
    Picture(Photo),
}

/// Words in a size that follows from what they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What they say.
    #[schemars(length(min = 1, max = 240))]
    pub text: String,
    /// How large they are.
    #[serde(default, skip_serializing_if = "Scale::is_body")]
    pub scale: Scale,
}

/// A step of the type scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// A few words that are seen first.
    Heading,
    /// What is read.
    #[default]
    Body,
    /// What explains something else.
    Note,
}

impl Scale {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_body(&self) -> bool {
        *self == Self::Body
    }
}

/// From one thing to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The thing that it leaves.
    pub from: String,
    /// The thing that it points at.
    pub to: String,
}

/// Neurons in layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// How many stand in each layer: 2 to 6 layers of 1 to 8.
    #[schemars(inner(range(min = 1, max = 8)))]
    pub layers: Vec<u32>,
    /// A word under each layer, where there is any: one for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// Nodes and edges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// What stands in each node: 1 to 10.
    pub nodes: Vec<String>,
    /// Arrows between nodes, each by its place among them, from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
}

/// An arrow between nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The node that it leaves.
    #[schemars(range(max = 9))]
    pub from: u32,
    /// The node that it points at.
    #[schemars(range(max = 9))]
    pub to: u32,
}

/// Axes with functions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axes {
    /// From left to right.
    pub x: Range,
    /// From bottom to top.
    pub y: Range,
    /// What is plotted: 0 to 4 functions.
    pub plots: Vec<Plot>,
}

/// What an axis shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// What it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 30))]
    pub label: Option<String>,
}

/// A function on axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plot {
    /// Of x: numbers, + - * / ^, brackets, pi, e, and sin cos tan tanh exp ln log sqrt abs floor ceil min max.
    #[schemars(length(min = 1, max = 120))]
    pub function: String,
    /// What stands at its curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 30))]
    pub label: Option<String>,
    /// What its colour means.
    #[serde(default, skip_serializing_if = "Role::is_plain")]
    pub color: Role,
}

/// Bars, from a common zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bars {
    /// One beside the other: 1 to 8.
    pub bars: Vec<Bar>,
    /// What stands behind each number: `%`, ` $`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 12))]
    pub unit: String,
}

/// A bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// What stands under it.
    #[schemars(length(min = 1, max = 30))]
    pub label: String,
    /// How long it is.
    pub value: f64,
    /// What its colour means.
    #[serde(default, skip_serializing_if = "Role::is_plain")]
    pub color: Role,
}

/// Events one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// 1 to 7 of them.
    pub events: Vec<Event>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When it is.
    #[schemars(length(min = 1, max = 24))]
    pub when: String,
    /// What it is.
    #[schemars(length(min = 1, max = 80))]
    pub what: String,
}

/// Where the picture of a thing comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Photo {
    /// A file beside the script (command line only).
    File(String),
    /// An address it is fetched from.
    Url(#[schemars(length(min = 1, max = 2_048))] String),
    /// Words it is generated from.
    Prompt(#[schemars(length(min = 1, max = 2_000))] String),
}

/// Where things stand. None overlaps another, and none leaves the frame, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A thing, by its id.
    Thing(String),
    /// Room for a thing that moves there, by a name of its own.
    Place(#[schemars(length(min = 1, max = 40))] String),
    /// Side by side.
    Row(Vec<Layout>),
    /// One under the other.
    Column(Vec<Layout>),
    /// In rows of the same columns.
    Grid(Grid),
    /// Two that stay close together.
    NextTo(NextTo),
}

/// Rows of the same columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// How many columns.
    #[schemars(range(min = 1, max = 4))]
    pub columns: u32,
    /// Its cells, row by row.
    pub cells: Vec<Layout>,
}

/// Two that stay close together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextTo {
    /// The one that the other stands at.
    pub of: std::boxed::Box<Layout>,
    /// The other one.
    pub put: std::boxed::Box<Layout>,
    /// On which side of it.
    pub side: Side,
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says itself")]
pub enum Side {
    Left,
    Right,
    Above,
    Below,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The words of what is said at which it begins, as they are said; with the step before where it is absent. Words are looked for
    /// from the step before on, so that a word that is said twice can be named twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub at: Option<String>,
    /// What happens.
    #[serde(rename = "do")]
    pub verb: Verb,
}

/// What can happen to things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// They come up, by their ids.
    Appear(Vec<String>),
    /// It is written: letter by letter, line by line.
    Write(String),
    /// It is drawn from its beginning to its end: an arrow, a curve, an outline; bars grow.
    Trim(String),
    /// It goes to another place.
    Move(Move),
    /// It becomes another thing, which takes its place.
    Morph(Morph),
    /// It, or a part of it, stands out until something else does.
    Highlight(Highlight),
    /// It grows for a moment, and is as before.
    Pulse(String),
    /// An arrow grows from one thing to another.
    Connect(Link),
    /// They go, by their ids.
    Remove(Vec<String>),
    /// The view goes to these things; back to all where there are none.
    Camera(Vec<String>),
}

/// A thing goes to another place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The thing.
    pub thing: String,
    /// A place of the layout where nothing else is then.
    pub to: String,
}

/// A thing becomes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Morph {
    /// The thing that is there.
    pub thing: String,
    /// The thing that it becomes; it stands in no layout.
    pub into: String,
}

/// A thing, or a part of it, stands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Highlight {
    /// The thing.
    pub thing: String,
    /// Which part of it, from 0: a layer, a node, a plot, a bar, a line, an event; all of it where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub part: Option<u32>,
}

impl Animation {
    /// A thing by its id.
    #[must_use]
    pub fn thing(&self, id: &str) -> Option<&Thing> {
        self.things.iter().find(|thing| thing.id == id)
    }

    /// The pictures in it, with the ids of their things.
    pub fn photos(&self) -> impl Iterator<Item = (&str, &Photo)> {
        self.things.iter().filter_map(|thing| match &thing.draw {
            Primitive::Picture(photo) => Some((thing.id.as_str(), photo)),
            _ => None,
        })
    }

    /// Where things stand: as it says, or one under the other. Arrows stand between others, and what something becomes where that was.
    #[must_use]
    pub fn arrangement(&self) -> Layout {
        self.layout.clone().unwrap_or_else(|| {
            let later: BTreeSet<&str> = self.morphs().map(|morph| morph.into.as_str()).collect();
            let stands = |thing: &&Thing| !matches!(thing.draw, Primitive::Arrow(_)) && !later.contains(&*thing.id);
            Layout::Column(self.things.iter().filter(stands).map(|thing| Layout::Thing(thing.id.clone())).collect())
        })
    }

    /// What becomes something else, in order.
    pub fn morphs(&self) -> impl Iterator<Item = &Morph> {
        self.steps.iter().filter_map(|step| match &step.verb {
            Verb::Morph(morph) => Some(morph),
            _ => None,
        })
    }
}

impl Verb {
    /// The things that it names, in order.
    #[must_use]
    pub fn things(&self) -> Vec<&str> {
        match self {
            Self::Appear(things) | Self::Remove(things) | Self::Camera(things) => {
                things.iter().map(String::as_str).collect()
            }
            Self::Write(thing) | Self::Trim(thing) | Self::Pulse(thing) => vec![thing],
            Self::Move(Move { thing, .. }) | Self::Highlight(Highlight { thing, .. }) => vec![thing],
            Self::Morph(Morph { thing, into }) => vec![thing, into],
            Self::Connect(Link { from, to }) => vec![from, to],
        }
    }
}

impl Layout {
    /// The names in it: things' ids, and places'.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Thing(name) | Self::Place(name) => vec![name],
            Self::Row(cells) | Self::Column(cells) | Self::Grid(Grid { cells, .. }) => {
                cells.iter().flat_map(Self::names).collect()
            }
            Self::NextTo(NextTo { of, put, .. }) => [of.names(), put.names()].concat(),
        }
    }
}
