//! Where things stand: one arrangement for the whole scene, in which each cell is as large as whatever will ever stand in it. Sizes of
//! type are the largest at which all of it fits; where even the least do not, rows and columns are broken differently.

use super::kinds::{Kind, Widths};
use super::look::Look;
use std::collections::BTreeMap;
use story::animation::{Grid, Layout, NextTo, Side};
use tiny_skia::Rect;

/// Sizes of type that are tried, largest first, as parts of the ordinary ones.
const SCALES: [f32; 14] = [1.6, 1.48, 1.36, 1.26, 1.17, 1.08, 1.0, 0.92, 0.85, 0.78, 0.72, 0.66, 0.6, 0.4];
/// Room between things, for a frame 1080 wide: at most and at least, without arrows and with them.
const GAPS: [[f32; 3]; 2] = [[54.0, 40.0, 24.0], [112.0, 84.0, 60.0]];
/// The same between two that stay close together.
const CLOSE: f32 = 0.62;
/// How much farther apart things stand where there is room.
const LOOSE: f32 = 1.8;

/// A cell of the layout: a thing's home, or a place that one moves to.
pub(super) struct Cell<'a> {
    pub(super) name: String,
    /// Everything that ever stands in it.
    pub(super) kinds: Vec<&'a dyn Kind>,
}

/// A cell's room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) area: Rect,
    /// The least size of boxes in it, so that neighbours are alike.
    pub(super) at_least: (f32, f32),
    /// Whether words stand where reading begins, under those above them.
    pub(super) starts: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(usize),
    Row(Vec<Node>, bool),
    Column(Vec<Node>, bool),
    Grid(usize, Vec<Node>),
}

/// The room of each cell, and the scale of type.
pub(super) fn place(
    layout: &Layout,
    cells: &[Cell<'_>],
    region: Rect,
    has_arrows: bool,
    look: &Look,
) -> (Vec<Placed>, f32) {
    let names: BTreeMap<&str, usize> = cells.iter().enumerate().map(|(index, cell)| (&*cell.name, index)).collect();
    let nothing = Placed { area: region, at_least: (0.0, 0.0), starts: false };
    let mut placed = vec![nothing; cells.len()];
    let Some(tree) = node(layout, &names) else { return (placed, 1.0) };
    let (tree, gap, scale) = best(&tree, cells, region, GAPS[usize::from(has_arrows)], look);
    let measure = Measure { cells, look: Look { scale, ..*look }, gap };
    measure.place(&tree, region, &mut placed);
    (placed, scale)
}

fn node(layout: &Layout, names: &BTreeMap<&str, usize>) -> Option<Node> {
    let all = |cells: &[Layout]| cells.iter().filter_map(|cell| node(cell, names)).collect::<Vec<Node>>();
    let some = |nodes: Vec<Node>, build: &dyn Fn(Vec<Node>) -> Node| match nodes.len() {
        0 => None,
        1 => nodes.into_iter().next(),
        _ => Some(build(nodes)),
    };
    match layout {
        Layout::Thing(name) | Layout::Place(name) => names.get(name.as_str()).map(|index| Node::Leaf(*index)),
        Layout::Row(cells) => some(all(cells), &|nodes| Node::Row(nodes, false)),
        Layout::Column(cells) => some(all(cells), &|nodes| Node::Column(nodes, false)),
        Layout::Grid(Grid { columns, cells }) => {
            some(all(cells), &|nodes| Node::Grid((*columns).clamp(1, 12) as usize, nodes))
        }
        Layout::NextTo(NextTo { of, put, side }) => {
            let (of, put) = match (node(of, names), node(put, names)) {
                (Some(of), Some(put)) => (of, put),
                (of, put) => return of.or(put),
            };
            Some(match side {
                Side::Left => Node::Row(vec![put, of], true),
                Side::Right => Node::Row(vec![of, put], true),
                Side::Above => Node::Column(vec![put, of], true),
                Side::Below => Node::Column(vec![of, put], true),
            })
        }
    }
}

/// The tree that is used, its gap and its scale.
fn best(tree: &Node, cells: &[Cell<'_>], region: Rect, gaps: [f32; 3], look: &Look) -> (Node, f32, f32) {
    let mut found: Option<(f32, Node, f32, f32)> = None;
    for (tree, liking) in variants(tree) {
        for (gap, roomy) in gaps.into_iter().zip([1.0, 0.93, 0.86]) {
            let fits = |scale: f32| {
                let measure = Measure { cells, look: Look { scale, ..*look }, gap: look.px(gap) };
                measure.least(&tree) <= region.width() && measure.height(&tree, region.width()) <= region.height()
            };
            let first = SCALES.partition_point(|scale| !fits(*scale));
            let Some(&scale) = SCALES.get(first) else { continue };
            let score = scale.min(1.3) * liking * roomy;
            if found.as_ref().is_none_or(|(best, ..)| score > *best) {
                found = Some((score, tree.clone(), look.px(gap), scale));
            }
        }
    }
    if let Some((_, tree, gap, scale)) = found {
        return (tree, gap, scale);
    }
    // Nothing fits whole: the grid in which the least is lost.
    let gap = look.px(gaps[2]);
    let scale = SCALES[SCALES.len() - 1];
    let measure = Measure { cells, look: Look { scale, ..*look }, gap };
    let leaves = leaves(tree);
    let kept = |columns: usize| {
        let rows = leaves.len().div_ceil(columns);
        let width = (region.width() - gap * (columns as f32 - 1.0)) / columns as f32;
        let height = (region.height() - gap * (rows as f32 - 1.0)) / rows as f32;
        let share = |leaf: &Node| {
            (width / measure.least(leaf).max(1.0)).min(1.0) * (height / measure.height(leaf, width).max(1.0)).min(1.0)
        };
        leaves.iter().map(share).fold(f32::MAX, f32::min) + leaves.iter().map(share).sum::<f32>() * 0.2
    };
    let columns = (1..=leaves.len()).max_by(|a, b| kept(*a).total_cmp(&kept(*b))).unwrap_or(1);
    (Node::Grid(columns, leaves), gap, scale)
}

fn leaves(tree: &Node) -> Vec<Node> {
    match tree {
        Node::Leaf(index) => vec![Node::Leaf(*index)],
        Node::Row(nodes, _) | Node::Column(nodes, _) | Node::Grid(_, nodes) => nodes.iter().flat_map(leaves).collect(),
    }
}

/// The tree as it is, and broken differently; and how much each is liked.
fn variants(tree: &Node) -> Vec<(Node, f32)> {
    let mut all = vec![(tree.clone(), 1.0)];
    for lines in 2..=4 {
        all.push((wrapped(tree, lines), 0.8 - 0.03 * lines as f32));
    }
    for columns in 2..=4 {
        all.push((split(tree, columns), 0.72 - 0.03 * columns as f32));
        all.push((split(&wrapped(tree, 2), columns), 0.66 - 0.03 * columns as f32));
    }
    all.push((turned(tree), 0.6));
    let leaves = leaves(tree);
    for columns in 1..=leaves.len().min(6) {
        all.push((Node::Grid(columns, leaves.clone()), 0.5));
    }
    all
}

/// Rows of many in several lines.
fn wrapped(tree: &Node, lines: usize) -> Node {
    match tree {
        Node::Leaf(index) => Node::Leaf(*index),
        Node::Row(nodes, close) if nodes.len() > 1 => {
            let each = nodes.len().div_ceil(lines);
            let rows = nodes.chunks(each).map(|row| match row {
                [node] => wrapped(node, lines),
                row => Node::Row(row.iter().map(|node| wrapped(node, lines)).collect(), *close),
            });
            Node::Column(rows.collect(), *close)
        }
        Node::Row(nodes, close) => Node::Row(nodes.iter().map(|node| wrapped(node, lines)).collect(), *close),
        Node::Column(nodes, close) => Node::Column(nodes.iter().map(|node| wrapped(node, lines)).collect(), *close),
        Node::Grid(columns, nodes) => {
            let nodes = nodes.iter().map(|node| wrapped(node, lines)).collect();
            Node::Grid(columns.div_ceil(lines).max(1), nodes)
        }
    }
}

/// Columns of many side by side.
fn split(tree: &Node, columns: usize) -> Node {
    match tree {
        Node::Leaf(index) => Node::Leaf(*index),
        Node::Column(nodes, close) if nodes.len() >= columns => {
            let each = nodes.len().div_ceil(columns);
            let columns = nodes.chunks(each).map(|column| match column {
                [node] => node.clone(),
                column => Node::Column(column.to_vec(), *close),
            });
            Node::Row(columns.collect(), *close)
        }
        Node::Column(nodes, close) => Node::Column(nodes.iter().map(|node| split(node, columns)).collect(), *close),
        Node::Row(nodes, close) => Node::Row(nodes.iter().map(|node| split(node, columns)).collect(), *close),
        Node::Grid(own, nodes) => Node::Grid((own * columns).min(nodes.len().max(1)), nodes.clone()),
    }
}

/// Rows become columns, and columns rows.
fn turned(tree: &Node) -> Node {
    let all = |nodes: &[Node]| nodes.iter().map(turned).collect::<Vec<Node>>();
    match tree {
        Node::Leaf(index) => Node::Leaf(*index),
        Node::Row(nodes, close) => Node::Column(all(nodes), *close),
        Node::Column(nodes, close) => Node::Row(all(nodes), *close),
        Node::Grid(columns, nodes) => Node::Grid(nodes.len().div_ceil(*columns).max(1), all(nodes)),
    }
}

struct Measure<'a> {
    cells: &'a [Cell<'a>],
    look: Look,
    gap: f32,
}

impl Measure<'_> {
    fn gap(&self, close: bool) -> f32 {
        // Arrows between two that are close still need their length.
        if close { (self.gap * CLOSE).max(self.look.px(24.0)).max(self.gap.min(self.look.px(60.0))) } else { self.gap }
    }

    fn least(&self, tree: &Node) -> f32 {
        self.wide(tree, |widths| widths.least)
    }

    fn natural(&self, tree: &Node) -> f32 {
        self.wide(tree, |widths| widths.natural)
    }

    /// How wide a tree is, if each thing in it is as wide as told.
    fn wide(&self, tree: &Node, of: fn(Widths) -> f32) -> f32 {
        match tree {
            Node::Leaf(index) => {
                let wide = |kind: &&dyn Kind| of(kind.widths(&self.look));
                self.cells[*index].kinds.iter().map(wide).fold(self.look.px(60.0), f32::max)
            }
            Node::Row(nodes, close) => {
                nodes.iter().map(|node| self.wide(node, of)).sum::<f32>()
                    + self.gap(*close) * nodes.len().saturating_sub(1) as f32
            }
            Node::Column(nodes, _) => nodes.iter().map(|node| self.wide(node, of)).fold(0.0, f32::max),
            Node::Grid(columns, nodes) => {
                self.columns(*columns, nodes, |node| self.wide(node, of)).iter().sum::<f32>()
                    + self.gap * columns.saturating_sub(1) as f32
            }
        }
    }

    /// The largest room that is made good use of.
    fn most(&self, tree: &Node) -> (f32, f32) {
        let all = |nodes: &[Node]| nodes.iter().map(|node| self.most(node)).collect::<Vec<_>>();
        let widest = |all: &[(f32, f32)]| all.iter().map(|most| most.0).fold(0.0, f32::max);
        let tallest = |all: &[(f32, f32)]| all.iter().map(|most| most.1).fold(0.0, f32::max);
        let gaps = |count: usize, close: bool| self.gap(close) * count.saturating_sub(1) as f32;
        match tree {
            Node::Leaf(index) => {
                let all: Vec<_> = self.cells[*index].kinds.iter().map(|kind| kind.most(&self.look)).collect();
                (widest(&all), tallest(&all))
            }
            Node::Row(nodes, close) => {
                let all = all(nodes);
                (all.iter().map(|most| most.0).sum::<f32>() + gaps(nodes.len(), *close), tallest(&all))
            }
            Node::Column(nodes, close) => {
                let all = all(nodes);
                (widest(&all), all.iter().map(|most| most.1).sum::<f32>() + gaps(nodes.len(), *close))
            }
            Node::Grid(columns, nodes) => {
                let all = all(nodes);
                let (columns, rows) = (*columns, nodes.len().div_ceil(*columns));
                (widest(&all) * columns as f32 + gaps(columns, false), tallest(&all) * rows as f32 + gaps(rows, false))
            }
        }
    }

    fn columns(&self, columns: usize, nodes: &[Node], width: impl Fn(&Node) -> f32) -> Vec<f32> {
        let mut widths = vec![0.0_f32; columns];
        for (index, node) in nodes.iter().enumerate() {
            widths[index % columns] = widths[index % columns].max(width(node));
        }
        widths
    }

    /// How a width is shared out: to each what it needs, then what suits it, then what it can use.
    fn shares(&self, least: &[f32], natural: &[f32], most: &[f32], width: f32) -> Vec<f32> {
        let mut shares: Vec<f32> = least.to_vec();
        let all: f32 = shares.iter().sum();
        if all > width {
            return fair(&shares, width);
        }
        for wanted in [natural, most] {
            let spare = width - shares.iter().sum::<f32>();
            let lacking: Vec<f32> =
                shares.iter().zip(wanted).map(|(share, wanted)| (wanted - share).max(0.0)).collect();
            let lack: f32 = lacking.iter().sum();
            if lack > 0.0 && spare > 0.0 {
                let part = (spare / lack).min(1.0);
                shares.iter_mut().zip(lacking).for_each(|(share, lacking)| *share += lacking * part);
            }
        }
        shares
    }

    fn row_widths(&self, nodes: &[Node], width: f32) -> Vec<f32> {
        let each = |of: &dyn Fn(&Node) -> f32| nodes.iter().map(of).collect::<Vec<f32>>();
        let (least, natural) = (each(&|node| self.least(node)), each(&|node| self.natural(node)));
        self.shares(&least, &natural, &each(&|node| self.most(node).0), width)
    }

    fn grid_widths(&self, columns: usize, nodes: &[Node], width: f32) -> Vec<f32> {
        let least = self.columns(columns, nodes, |node| self.least(node));
        let natural = self.columns(columns, nodes, |node| self.natural(node));
        let most = self.columns(columns, nodes, |node| self.most(node).0);
        self.shares(&least, &natural, &most, width - self.gap * columns.saturating_sub(1) as f32)
    }

    fn height(&self, tree: &Node, width: f32) -> f32 {
        match tree {
            Node::Leaf(index) => {
                let height = |kind: &&dyn Kind| kind.height(width, &self.look);
                self.cells[*index].kinds.iter().map(height).fold(self.look.px(50.0), f32::max)
            }
            Node::Row(nodes, close) => {
                let gaps = self.gap(*close) * nodes.len().saturating_sub(1) as f32;
                let widths = self.row_widths(nodes, width - gaps);
                nodes.iter().zip(widths).map(|(node, width)| self.height(node, width)).fold(0.0, f32::max)
            }
            Node::Column(nodes, close) => {
                let gaps = self.gap(*close) * nodes.len().saturating_sub(1) as f32;
                nodes.iter().map(|node| self.height(node, width)).sum::<f32>() + gaps
            }
            Node::Grid(columns, nodes) => {
                let heights = self.row_heights(*columns, nodes, &self.grid_widths(*columns, nodes, width));
                heights.iter().sum::<f32>() + self.gap * heights.len().saturating_sub(1) as f32
            }
        }
    }

    fn row_heights(&self, columns: usize, nodes: &[Node], widths: &[f32]) -> Vec<f32> {
        let tallest =
            |row: &[Node]| row.iter().zip(widths).map(|(node, width)| self.height(node, *width)).fold(0.0, f32::max);
        nodes.chunks(columns).map(tallest).collect()
    }

    /// Gives each cell its room; what is left over stands around all of it.
    fn place(&self, tree: &Node, area: Rect, placed: &mut [Placed]) {
        match tree {
            Node::Leaf(index) => placed[*index].area = area,
            Node::Row(nodes, close) => {
                let count = nodes.len().saturating_sub(1) as f32;
                let gap = self.gap(*close);
                let widths = self.row_widths(nodes, area.width() - gap * count);
                let (gap, mut x) = loosened(&widths, gap, area.left(), area.width(), *close);
                self.alike(nodes, &widths, Some(area.height()), placed);
                for (node, width) in nodes.iter().zip(widths) {
                    self.place(node, rect(x, area.top(), width, area.height()), placed);
                    x += width + gap;
                }
            }
            Node::Column(nodes, close) => {
                let count = nodes.len().saturating_sub(1) as f32;
                let gap = self.gap(*close);
                let least: Vec<f32> = nodes.iter().map(|node| self.height(node, area.width())).collect();
                let heights = self.column_heights(nodes, least, area.height() - gap * count);
                let (gap, mut y) = loosened(&heights, gap, area.top(), area.height(), *close);
                let widths = vec![area.width(); nodes.len()];
                self.alike(nodes, &widths, None, placed);
                if nodes.len() > 2 && nodes.iter().all(|node| self.is_words(node)) {
                    for node in nodes {
                        if let Node::Leaf(index) = node {
                            placed[*index].starts = true;
                        }
                    }
                }
                for (node, height) in nodes.iter().zip(heights) {
                    self.place(node, rect(area.left(), y, area.width(), height), placed);
                    y += height + gap;
                }
            }
            Node::Grid(columns, nodes) => {
                let widths = self.grid_widths(*columns, nodes, area.width());
                let rows: Vec<Node> = nodes.chunks(*columns).map(|row| Node::Row(row.to_vec(), false)).collect();
                let least = self.row_heights(*columns, nodes, &widths);
                let room = area.height() - self.gap * rows.len().saturating_sub(1) as f32;
                let heights = self.column_heights(&rows, least, room);
                let (gap_x, left) = loosened(&widths, self.gap, area.left(), area.width(), false);
                let (gap_y, mut y) = loosened(&heights, self.gap, area.top(), area.height(), false);
                for (row, height) in nodes.chunks(*columns).zip(heights) {
                    self.alike(row, &widths, Some(height), placed);
                    let mut x = left;
                    // A last row of fewer stands in the middle.
                    let used: f32 = widths.iter().take(row.len()).sum::<f32>() + gap_x * (row.len() as f32 - 1.0);
                    let whole: f32 = widths.iter().sum::<f32>() + gap_x * (widths.len() as f32 - 1.0);
                    x += (whole - used) / 2.0;
                    for (node, width) in row.iter().zip(&widths) {
                        self.place(node, rect(x, y, *width, height), placed);
                        x += width + gap_x;
                    }
                    y += height + gap_y;
                }
            }
        }
    }

    fn column_heights(&self, nodes: &[Node], least: Vec<f32>, height: f32) -> Vec<f32> {
        let all: f32 = least.iter().sum();
        if all > height {
            return fair(&least, height);
        }
        // What was only reckoned gets a little more than it should need.
        let easy: Vec<f32> = least.iter().map(|height| height * 1.05).collect();
        let most: Vec<f32> = nodes.iter().zip(&easy).map(|(node, easy)| self.most(node).1.max(*easy)).collect();
        self.shares(&least, &easy, &most, height)
    }

    fn is_words(&self, node: &Node) -> bool {
        let Node::Leaf(index) = node else { return false };
        let kinds = &self.cells[*index].kinds;
        !kinds.is_empty() && kinds.iter().all(|kind| kind.is_words())
    }

    /// Boxes beside each other are of one height, boxes under each other of one width, circles of one diameter.
    fn alike(&self, nodes: &[Node], widths: &[f32], height: Option<f32>, placed: &mut [Placed]) {
        let leaf = |node: &Node| match node {
            Node::Leaf(index) => Some(*index),
            _ => None,
        };
        let boxed = |round: bool| {
            nodes.iter().zip(widths).filter_map(move |(node, width)| Some((leaf(node)?, *width))).flat_map(
                move |(index, width)| {
                    let kinds = self.cells[index].kinds.iter();
                    kinds.filter(move |kind| kind.is_boxed() && kind.is_round() == round).map(move |kind| {
                        let own = kind.widths(&self.look).natural.min(width);
                        (own, kind.height(own, &self.look))
                    })
                },
            )
        };
        let widest = boxed(false).map(|(width, _)| width).fold(0.0, f32::max);
        let tallest = boxed(false).map(|(_, height)| height).fold(0.0, f32::max);
        let round = boxed(true).map(|(width, height)| width.min(height)).fold(0.0, f32::max);
        for index in nodes.iter().filter_map(leaf) {
            let is_round = self.cells[index].kinds.iter().any(|kind| kind.is_round());
            placed[index].at_least = match (is_round, height) {
                (true, _) => (round, round),
                (false, Some(height)) => (0.0, tallest.min(height)),
                (false, None) => (widest, 0.0),
            };
        }
    }
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect::from_xywh(x, y, width.max(1.0), height.max(1.0)).unwrap_or_else(one_pixel)
}

/// A rectangle where numbers make none.
fn one_pixel() -> Rect {
    Rect::from_xywh(0.0, 0.0, 1.0, 1.0).expect("a square of one pixel")
}

/// Too little for all: those that ask for little get it, the others share the rest.
fn fair(wanted: &[f32], all: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let (mut shares, mut left) = (vec![0.0; wanted.len()], all.max(0.0));
    for (done, &index) in order.iter().enumerate() {
        shares[index] = wanted[index].min(left / (order.len() - done) as f32);
        left -= shares[index];
    }
    shares
}

/// Gaps grow a little where there is room, and all of it stands in the middle.
fn loosened(sizes: &[f32], gap: f32, from: f32, room: f32, close: bool) -> (f32, f32) {
    let gaps = sizes.len().saturating_sub(1) as f32;
    let used: f32 = sizes.iter().sum();
    let most = if close { 1.0 } else { LOOSE };
    let own = if gaps > 0.0 { ((room - used) / (gaps + 1.2)).clamp(gap, gap * most) } else { 0.0 };
    (own, from + ((room - used - own * gaps) / 2.0).max(0.0))
}
