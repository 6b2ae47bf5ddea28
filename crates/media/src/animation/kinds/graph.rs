//! Nodes in rows, and arrows between them that go around other nodes. Where no arrow leads back, each node stands after all that
//! lead to it; else nodes stand in a ring.

use super::{Kind, Widths};
use crate::animation::look::{LABEL, LINE_HEIGHT, Look, mix};
use crate::animation::mark::Drawing;
use crate::animation::route::{End, Router, arrow};
use crate::animation::words::{Align, Metrics, Setting, words};
use crate::lettering::Typesetter;
use story::animation::{Graph, Role};
use tiny_skia::Rect;

pub(super) struct Drawn {
    nodes: Vec<(String, Metrics)>,
    edges: Vec<(usize, usize)>,
    /// Nodes, row by row.
    rows: Vec<Vec<usize>>,
    role: Role,
}

impl Drawn {
    pub(super) fn new(graph: &Graph, role: Role, type_setter: &mut Typesetter) -> Self {
        let node = |text: &String| (text.clone(), Metrics::new(text, None, type_setter));
        let nodes: Vec<_> = graph.nodes.iter().map(node).collect();
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for edge in &graph.edges {
            let edge = (edge.from as usize, edge.to as usize);
            if edge.0 < nodes.len() && edge.1 < nodes.len() && edge.0 != edge.1 && !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        let rows = layers(nodes.len(), &edges).unwrap_or_else(|| ring(nodes.len()));
        Self { nodes, edges, rows, role }
    }

    /// Rows one under the other, or columns side by side: whichever the room is made for.
    fn lies(&self, room: (f32, f32), look: &Look) -> bool {
        let (rows, widest) = (self.rows.len() as f32, self.widest() as f32);
        let (gap, size) = (Self::gap(look), look.least());
        let longest = self.nodes.iter().map(|(_, metrics)| metrics.longest).fold(0.0, f32::max) * 1.05 + 1.4;
        // No word is broken for the sake of the direction.
        let lying = (room.0 - gap * (rows + 0.5)) / rows >= longest * size
            && widest * self.node_height((room.0 - gap * (rows + 0.5)) / rows, size) + gap * widest * 0.7 <= room.1;
        let upright = (room.0 - gap * (widest + 0.5)) / widest >= longest * size
            && rows * self.node_height(((room.0 - gap * (widest + 0.5)) / widest).min(look.px(330.0)), size)
                + gap * rows * 0.7
                <= room.1;
        lying && (room.0 > room.1 * 1.25 || !upright)
    }

    fn size(look: &Look) -> f32 {
        look.type_size(LABEL + 2.0)
    }

    fn gap(look: &Look) -> f32 {
        look.px(84.0)
    }

    /// The most nodes of a row.
    fn widest(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(1).max(1)
    }

    /// How high nodes of a width are.
    fn node_height(&self, width: f32, size: f32) -> f32 {
        let inner = (width - size * 1.1).max(size) / size / 1.04;
        let lines = self.nodes.iter().map(|(_, metrics)| metrics.lines(inner)).max().unwrap_or(1);
        lines as f32 * size * LINE_HEIGHT * 1.01 + size * 0.8
    }
}

/// Rows in which each node stands below all that lead to it; `None` where arrows lead in a circle.
fn layers(count: usize, edges: &[(usize, usize)]) -> Option<Vec<Vec<usize>>> {
    let mut depth = vec![0; count];
    for _ in 0..count {
        for &(from, to) in edges {
            depth[to] = depth[to].max(depth[from] + 1);
        }
    }
    if depth.iter().any(|depth| *depth >= count.max(1)) {
        return None;
    }
    let mut rows = vec![Vec::new(); depth.iter().max().map_or(0, |most| most + 1)];
    for (node, depth) in depth.into_iter().enumerate() {
        rows[depth].push(node);
    }
    // Each row in the order of what leads to it, so that fewer arrows cross.
    let mut place = vec![0.0; count];
    for row in &mut rows {
        let wish = |node: usize, place: &[f32]| {
            let before: Vec<f32> = edges.iter().filter(|edge| edge.1 == node).map(|edge| place[edge.0]).collect();
            if before.is_empty() { 0.5 } else { before.iter().sum::<f32>() / before.len() as f32 }
        };
        row.sort_by(|&a, &b| wish(a, &place).total_cmp(&wish(b, &place)));
        let most = row.len() as f32;
        for (index, &node) in row.iter().enumerate() {
            place[node] = (index as f32 + 0.5) / most;
        }
    }
    // Rows of very many are broken.
    Some(rows.iter().flat_map(|row| row.chunks(4).map(<[usize]>::to_vec)).collect())
}

/// A ring of rows of two: down on the right, up on the left.
fn ring(count: usize) -> Vec<Vec<usize>> {
    if count < 3 {
        return (0..count).map(|node| vec![node]).collect();
    }
    let mut rows = vec![vec![0]];
    let (mut right, mut left) = (1, count - 1);
    while right < left {
        rows.push(vec![left, right]);
        right += 1;
        left -= 1;
    }
    if right == left {
        rows.push(vec![right]);
    }
    rows
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        let size = Self::size(look);
        let longest = self.nodes.iter().map(|(_, metrics)| metrics.longest).fold(0.0, f32::max);
        let node = (longest * 1.05 + 1.4) * size;
        let widest = self.widest() as f32;
        let least = node * widest + Self::gap(look) * (widest + 1.0);
        Widths { least, natural: least.max(look.px(700.0 * look.scale.min(1.2))) }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let widest = self.widest() as f32;
        let node = ((width - Self::gap(look) * (widest + 1.0)) / widest).min(look.px(330.0)).max(1.0);
        let rows = self.rows.len() as f32;
        let margins = if self.edges.is_empty() { 0.0 } else { look.px(92.0) };
        self.node_height(node, Self::size(look)) * rows + Self::gap(look) * 0.75 * (rows - 1.0) + margins
    }

    fn most(&self, look: &Look) -> (f32, f32) {
        let sides = self.widest().max(self.rows.len()) as f32;
        let width = (look.px(400.0) * sides).min(look.px(1_600.0));
        (width, (self.height(width, look) * 1.6).max(look.px(500.0)))
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let most = self.most(look);
        let room = (room.0.min(most.0), room.1.min(most.1));
        let lies = self.lies(room, look);
        let (rows, widest) = (self.rows.len().max(1) as f32, self.widest() as f32);
        let (across, down) = if lies { (rows, widest) } else { (widest, rows) };
        // Words come before long arrows.
        let tight = look.px(46.0);
        let wide = ((room.0 - tight * (across + 1.0)) / across).clamp(1.0, look.px(330.0));
        let tall = self.node_height(wide, look.least()) * down;
        let spare = ((room.1 - tall) / (down + 0.4)).max(tight);
        let gap = Self::gap(look).min(room.0 / (across * 2.0)).min(room.1 / (down * 1.7)).min(spare);
        // Ways run around the outermost nodes too.
        let margin = if self.edges.is_empty() { 0.0 } else { (gap * 0.6).min(look.px(46.0)) };
        let node_room = (
            ((room.0 - margin * 2.0 - gap * (across - 1.0)) / across).clamp(1.0, look.px(330.0)),
            ((room.1 - margin * 2.0 - gap * (down - 1.0)) / down).max(1.0),
        );
        let mut size = Self::size(look);
        while size > look.least() && self.node_height(node_room.0, size) > node_room.1 {
            size = (size * 0.95).max(look.least());
        }
        let setting = Setting::new(size, look.plain, Align::Centre);
        let inner = (node_room.0 - size * 0.7, node_room.1 - size * 0.4);
        let texts: Vec<Drawing> =
            self.nodes.iter().map(|(text, _)| words(text, inner, setting, look, type_setter)).collect();
        let widest_text = texts.iter().map(|text| text.width).fold(0.0, f32::max);
        let tallest = texts.iter().map(|text| text.height).fold(0.0, f32::max);
        let node_width = (widest_text + size * 1.2).max(look.px(120.0)).min(node_room.0);
        let node_height = (tallest + size * 0.9).max(look.px(64.0)).min(node_room.1);
        let spread = |own: f32, all: f32, count: f32| {
            let wide = if count > 1.0 { ((all - own) / (count - 1.0)).min(own + gap * 1.9) } else { 0.0 };
            (wide, own + wide * (count - 1.0))
        };
        let (step_x, width) = spread(node_width, room.0 - margin * 2.0, across);
        let (step_y, height) = spread(node_height, room.1 - margin * 2.0, down);
        let (width, height) = (width + margin * 2.0, height + margin * 2.0);
        let mut drawing = Drawing::new(width, height);
        let mut areas: Vec<Option<Rect>> = vec![None; self.nodes.len()];
        for (row, nodes) in self.rows.iter().enumerate() {
            for (index, &node) in nodes.iter().enumerate() {
                let along = index as f32 - (nodes.len() as f32 - 1.0) / 2.0;
                let (x, y) = if lies {
                    (margin + node_width / 2.0 + row as f32 * step_x, height / 2.0 + along * step_y)
                } else {
                    (width / 2.0 + along * step_x, margin + node_height / 2.0 + row as f32 * step_y)
                };
                areas[node] = Rect::from_xywh(x - node_width / 2.0, y - node_height / 2.0, node_width, node_height);
            }
        }
        let color = look.shape(self.role);
        let count = self.nodes.len().max(1) as f32;
        for (node, (area, text)) in areas.iter().zip(texts).enumerate() {
            let Some(area) = area else { continue };
            let from = node as f32 / count * 0.6;
            let mut own = Drawing::new(node_width, node_height);
            let half = look.line() / 2.0;
            let edge = Rect::from_ltrb(half, half, node_width - half, node_height - half);
            let radius = look.px(18.0).min(node_height * 0.3);
            super::boxed::outlined(&mut own, edge.and_then(|edge| crate::shapes::rounded(edge, radius)), color, look);
            let at = ((node_width - text.width) / 2.0, (node_height - text.height) / 2.0);
            own.put(text, at.0, at.1, [0.4, 1.0], None);
            drawing.put(own, area.left(), area.top(), [from, from + 0.3], Some(node));
        }
        let bounds = Rect::from_ltrb(look.line(), look.line(), width - look.line(), height - look.line());
        if let (Some(bounds), true) = (bounds, areas.iter().all(Option::is_some)) {
            let obstacles: Vec<Rect> = areas.into_iter().flatten().collect();
            let mut router = Router { obstacles: obstacles.clone(), bounds, unit: look.unit, taken: Vec::new() };
            let tint = mix(look.plain, color, 0.35);
            let edges = self.edges.len().max(1) as f32;
            for (index, &(from, to)) in self.edges.iter().enumerate() {
                let end = |node: usize| End { area: obstacles[node], own: node, is_round: false };
                if let Some(way) = router.way(end(from), end(to)) {
                    let begin = 0.4 + 0.45 * index as f32 / edges;
                    arrow(&mut drawing, &way, tint, look, [begin, begin + 0.15]);
                }
            }
        }
        drawing
    }
}
