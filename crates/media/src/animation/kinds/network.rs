//! Neurons in layers, with fine lines between them.

use super::{Kind, Widths};
use crate::animation::look::{LABEL, LINE_HEIGHT, Look, mix};
use crate::animation::mark::{Drawing, Mark, circle};
use crate::animation::words::{Align, Metrics, Setting, words};
use crate::lettering::Typesetter;
use story::animation::{Network, Role};
use tiny_skia::PathBuilder;

/// The widest neuron, for a frame 1080 wide, and the room for each in parts of it.
const NEURON: f32 = 50.0;
const APART: f32 = 1.5;

pub(super) struct Drawn {
    layers: Vec<usize>,
    labels: Vec<(String, Metrics)>,
    role: Role,
}

impl Drawn {
    pub(super) fn new(network: &Network, role: Role, type_setter: &mut Typesetter) -> Self {
        let label = |text: &String| (text.clone(), Metrics::new(text, None, type_setter));
        let layers: Vec<usize> = network.layers.iter().map(|neurons| (*neurons).clamp(1, 8) as usize).collect();
        let labels = network.labels.iter().take(layers.len()).map(label).collect();
        Self { layers, labels, role }
    }

    fn tallest(&self) -> f32 {
        self.layers.iter().copied().max().unwrap_or(1) as f32
    }

    /// In how many rows labels stand by turns, so that each has room for its longest word; and how high a row is.
    fn rows(&self, slot: f32, size: f32, look: &Look) -> (usize, f32) {
        let longest = self.labels.iter().map(|(_, metrics)| metrics.longest).fold(0.0, f32::max);
        let rows = (1..=3).find(|rows| (longest * 1.05 + 0.3) * size <= slot * *rows as f32).unwrap_or(3);
        let width = slot * rows as f32 - look.px(14.0);
        let lines = self.labels.iter().map(|(_, metrics)| metrics.lines(width / size / 1.04)).max().unwrap_or(0).min(3);
        (rows, lines as f32 * size * LINE_HEIGHT * 1.02)
    }

    fn labels_height(&self, slot: f32, size: f32, look: &Look) -> f32 {
        if self.labels.is_empty() {
            return 0.0;
        }
        let (rows, height) = self.rows(slot, size, look);
        height * rows as f32 + look.px(14.0)
    }
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        let layers = self.layers.len() as f32;
        Widths {
            least: look.px(layers * 40.0 + 60.0).max(look.px(220.0)),
            natural: look.px((layers * 170.0).min(880.0) * look.scale.clamp(0.5, 1.2)),
        }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let neurons = self.tallest() * look.px(NEURON * look.scale.clamp(0.4, 1.0)) * APART;
        neurons + self.labels_height(width / self.layers.len().max(1) as f32, look.type_size(LABEL), look)
    }

    fn most(&self, look: &Look) -> (f32, f32) {
        let width = look.px(self.layers.len() as f32 * 230.0).min(look.px(1_240.0));
        let labels = self.labels_height(width / self.layers.len().max(1) as f32, look.type_size(LABEL), look);
        (width, self.tallest() * look.px(92.0) * 1.35 + labels)
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let count = self.layers.len().max(1);
        let most = self.most(look);
        let width = room.0.min(most.0);
        let slot = width / count as f32;
        let mut size = look.type_size(LABEL);
        let mut labels = self.labels_height(slot, size, look);
        while size > look.least() && labels > room.1 * 0.4 {
            size = (size * 0.94).max(look.least());
            labels = self.labels_height(slot, size, look);
        }
        // Neurons come first; labels have what is left.
        if labels > room.1 * 0.6 {
            labels = if room.1 * 0.6 > size * LINE_HEIGHT * 1.1 + look.px(14.0) { room.1 * 0.6 } else { 0.0 };
        }
        let above = (room.1.min(most.1) - labels).max(1.0);
        let apart = above / self.tallest();
        let diameter = (apart / 1.3).min(slot * 0.62).min(look.px(86.0)).max(1.0);
        let apart = apart.min(diameter * 2.0);
        let above = apart * self.tallest();
        let mut drawing = Drawing::new(width, above + labels);
        let color = look.shape(self.role);
        let x = |layer: usize| (layer as f32 + 0.5) * slot;
        let y = |layer: usize, neuron: usize| {
            above / 2.0 + (neuron as f32 - (self.layers[layer] as f32 - 1.0) / 2.0) * apart
        };
        let radius = diameter / 2.0 - look.line() / 2.0;
        let time = |layer: usize| layer as f32 / count as f32;
        let span = 1.0 / count as f32;
        for layer in 1..self.layers.len() {
            let mut path = PathBuilder::new();
            for from in 0..self.layers[layer - 1] {
                for to in 0..self.layers[layer] {
                    let (one, other) = ((x(layer - 1), y(layer - 1, from)), (x(layer), y(layer, to)));
                    let far = (other.0 - one.0).hypot(other.1 - one.1).max(0.1);
                    let (dx, dy) = ((other.0 - one.0) / far * radius, (other.1 - one.1) / far * radius);
                    path.move_to(one.0 + dx, one.1 + dy);
                    path.line_to(other.0 - dx, other.1 - dy);
                }
            }
            let line = Mark::line(path.finish(), look.line() * 0.45, mix(look.plain, color, 0.5));
            let from = time(layer) - span * 0.45;
            drawing.push(line.map(|mark| mark.alpha(0.42).when(from, from + span * 0.8)));
        }
        for layer in 0..self.layers.len() {
            for neuron in 0..self.layers[layer] {
                let from = time(layer) + span * 0.3 * neuron as f32 / self.tallest();
                let ring = circle(x(layer), y(layer, neuron), radius);
                let area = Mark::fill(ring.clone(), mix(look.dark, color, 0.4));
                drawing.push(area.map(|mark| mark.part(layer).when(from, from + span * 0.6)));
                let line = Mark::line(ring, look.line() * 0.85, color);
                drawing.push(line.map(|mark| mark.part(layer).when(from, from + span * 0.7)));
            }
        }
        if labels > 0.0 {
            let (rows, height) = self.rows(slot, size, look);
            let height = height.min((labels - look.px(14.0)) / rows as f32);
            for (layer, (label, _)) in self.labels.iter().enumerate() {
                // What stands in one row keeps apart; at the sides it keeps inside.
                let half = (slot * rows as f32 / 2.0 - look.px(6.0)).min(x(layer)).min(width - x(layer));
                let setting = Setting::new(size, mix(look.plain, look.muted, 0.45), Align::Centre);
                let text = words(label, (half * 2.0, height), setting, look, type_setter);
                let at = (x(layer) - text.width / 2.0, above + look.px(14.0) + (layer % rows) as f32 * height);
                drawing.put(text, at.0, at.1, [time(layer), time(layer) + span], Some(layer));
            }
        }
        drawing
    }
}
