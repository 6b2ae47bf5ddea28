//! What a thing needs and how it is drawn, kind by kind.

mod axes;
mod bars;
mod boxed;
mod code;
mod graph;
mod network;
mod picture;
mod timeline;

use super::formula;
use super::look::Look;
use super::mark::Drawing;
use crate::lettering::Typesetter;
use image::RgbImage;
use std::sync::Arc;
use story::animation::{Primitive, Thing};

/// How wide a thing is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Widths {
    /// The least at which nothing of it is lost.
    pub(super) least: f32,
    /// The width that suits it.
    pub(super) natural: f32,
}

/// A thing, measured and ready to be drawn in a room.
pub(super) trait Kind: Send + Sync {
    /// How wide it is at the look's scale.
    fn widths(&self, look: &Look) -> Widths;
    /// How high it is then.
    fn height(&self, width: f32, look: &Look) -> f32;
    /// The largest room that it makes good use of.
    fn most(&self, look: &Look) -> (f32, f32) {
        let width = self.widths(look).natural;
        (width, self.height(width, look))
    }
    /// Draws it into a room: it is never larger. Boxes are at least as large as `at_least`, where the room is.
    fn draw(&self, room: (f32, f32), at_least: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing;
    /// Whether things of this kind, side by side, take each other's size.
    fn is_boxed(&self) -> bool {
        false
    }
    /// Whether it is words alone.
    fn is_words(&self) -> bool {
        false
    }
    /// Whether it is round.
    fn is_round(&self) -> bool {
        false
    }
}

/// What a thing is drawn by; `None` for arrows, which run between others.
pub(super) fn kind(
    thing: &Thing,
    picture: Option<Arc<RgbImage>>,
    look: &Look,
    type_setter: &mut Typesetter,
) -> Option<Box<dyn Kind>> {
    let role = thing.color;
    Some(match &thing.draw {
        Primitive::Text(words) => Box::new(boxed::Text::new(words, role, type_setter)),
        Primitive::Box(text) => Box::new(boxed::Boxed::new(text, role, type_setter)),
        Primitive::Circle(text) => Box::new(boxed::Circled::new(text, role, type_setter)),
        Primitive::Formula(source) => Box::new(formula::Formula::new(source, role, look)),
        Primitive::Network(network) => Box::new(network::Drawn::new(network, role, type_setter)),
        Primitive::Graph(graph) => Box::new(graph::Drawn::new(graph, role, type_setter)),
        Primitive::Axes(axes) => Box::new(axes::Drawn::new(axes, role)),
        Primitive::Bars(bars) => Box::new(bars::Drawn::new(bars, role, type_setter)),
        Primitive::Code(code) => Box::new(code::Drawn::new(code, role)),
        Primitive::Timeline(timeline) => Box::new(timeline::Drawn::new(timeline, role, type_setter)),
        Primitive::Picture(_) => Box::new(picture::Drawn::new(picture, role)),
        Primitive::Arrow(_) => return None,
    })
}

/// Adds the embedded letters of one width, for programs.
pub(super) fn embed(type_setter: &mut Typesetter) {
    if let Some(data) = formulas::face(code::FAMILY, "Book") {
        type_setter.add(data);
    }
}
