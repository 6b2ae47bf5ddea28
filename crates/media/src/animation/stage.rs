//! The stage of one scene part: everything on it laid out, and each of its frames known before the first is drawn.

use super::kinds::{self, Kind};
use super::layout::{self, Cell, Placed};
use super::look::{LINE_HEIGHT, Look, TITLE};
use super::mark::{Drawing, Mark};
use super::paint;
use super::plan::{self, Actor, Ground, Is, Plan, Show, Standing};
use super::pose::{Pose, Viewer};
use super::timing::Clock;
use super::words::{Align, Setting, words};
use crate::blend::Overlay;
use crate::card::{self, Room};
use crate::frame::{Frame, Size, planes};
use crate::lettering::Typesetter;
use crate::shapes::rounded;
use image::RgbImage;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use story::animation::{Animation, Primitive, Staged};
use story::scene::Scene;
use tiny_skia::Rect;

/// Room left and right of everything, in parts of the frame's width.
const MARGIN: f32 = 0.07;
/// Nearest that anything comes to the frame's edge, for a frame 1080 wide.
const SAFE: f32 = 26.0;
/// How much of the light of a card's ground is left: what is drawn on it is read.
pub(super) const LIGHT: f32 = 0.28;

/// A scene part's animation, ready to be drawn.
pub(crate) struct Stage {
    size: Size,
    look: Look,
    ground: Frame,
    actors: Vec<Actor>,
    /// Each frame's moment.
    moments: Vec<usize>,
    /// What is seen in each moment, those below first.
    seen: Vec<Vec<Pose>>,
    /// What was drawn for the last moment.
    drawn: HashMap<Pose, Option<Overlay>>,
    /// The room that things stand in.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests look that nothing leaves it"))]
    pub(super) region: Rect,
}

/// Everything in an animation that is set in type.
pub(crate) fn texts(animation: &Animation) -> String {
    let mut all = animation.title.clone().unwrap_or_default();
    for thing in &animation.things {
        let mut add = |text: &str| {
            all.push(' ');
            all.push_str(text);
        };
        match &thing.draw {
            Primitive::Text(words) => add(&words.text),
            Primitive::Box(text) | Primitive::Circle(text) | Primitive::Code(text) => add(text),
            Primitive::Network(network) => network.labels.iter().for_each(|label| add(label)),
            Primitive::Graph(graph) => graph.nodes.iter().for_each(|node| add(node)),
            Primitive::Axes(axes) => {
                let labels =
                    [&axes.x.label, &axes.y.label].into_iter().chain(axes.plots.iter().map(|plot| &plot.label));
                labels.flatten().for_each(|label| add(label));
            }
            Primitive::Bars(bars) => bars.bars.iter().for_each(|bar| add(&bar.label)),
            Primitive::Timeline(timeline) => timeline.events.iter().for_each(|event| {
                add(&event.when);
                add(&event.what);
            }),
            Primitive::Formula(_) | Primitive::Arrow(_) | Primitive::Picture(_) => {}
        }
    }
    all
}

impl Stage {
    /// Lays everything out. Where `is_left`, the one moment is that in which the scene ends: all is over but what is later.
    ///
    /// # Errors
    /// A sentence if a picture is missing or cannot be read.
    pub(crate) fn new(
        staged: &Staged,
        scene: &Scene,
        size: Size,
        is_left: bool,
        read: impl Fn(&str) -> Result<RgbImage, String>,
        type_setter: &mut Typesetter,
    ) -> Result<Self, String> {
        let animation = &staged.animation;
        let mut pictures = BTreeMap::new();
        for (id, hash) in &staged.pictures {
            pictures.insert(id.as_str(), Arc::new(read(hash)?));
        }
        kinds::embed(type_setter);
        let mut look = Look::new(staged.palette, size);
        let mut region = region(scene, size);
        let title = animation.title.as_deref().and_then(|title| set_title(title, region, &look, type_setter));
        if let Some((drawing, _)) = &title {
            let below = region.top() + drawing.height + look.px(40.0);
            region = Rect::from_ltrb(region.left(), below.min(region.bottom() - 2.0), region.right(), region.bottom())
                .unwrap_or(region);
        }
        let kinds: Vec<Option<Box<dyn Kind>>> = animation
            .things
            .iter()
            .map(|thing| kinds::kind(thing, pictures.get(thing.id.as_str()).cloned(), &look, type_setter))
            .collect();
        let arrangement = animation.arrangement();
        let homes = plan::homes(animation);
        let names: Vec<String> = arrangement.names().into_iter().map(str::to_owned).collect();
        let inside = |name: &String| {
            let things = kinds.iter().zip(&homes).filter(|(_, homes)| homes.contains(name));
            things.filter_map(|(kind, _)| kind.as_deref()).collect::<Vec<&dyn Kind>>()
        };
        let cells: Vec<Cell<'_>> = names.iter().map(|name| Cell { name: name.clone(), kinds: inside(name) }).collect();
        let has_arrows = has_arrows(animation);
        // Ways around the outermost things need room above and below, too.
        let inner = if has_arrows { shrunk(region, 0.0, look.px(44.0).min(region.height() * 0.08)) } else { region };
        let (placed, scale) = layout::place(&arrangement, &cells, inner, has_arrows, &look);
        look.scale = scale;
        let standing = stand(&kinds, &homes, &names, &placed, &look, type_setter);
        let (width, safe) = (size.width as f32, look.px(SAFE));
        let bounds = Rect::from_ltrb(
            region.left().min(safe.max(region.left() - look.px(60.0))),
            region.top(),
            region.right().max((width - safe).min(region.right() + look.px(60.0))),
            region.bottom(),
        );
        let ground = Ground { animation, cells: names, standing, region, bounds: bounds.unwrap_or(region), look };
        let frames = i64::try_from(scene.frames()).unwrap_or(i64::MAX).max(1);
        // A draft draws every second frame: the last of those must be complete.
        let last = if scene.draft { (frames - 1) / 2 * 2 } else { frames - 1 };
        let clock = Clock { fps: scene.fps as f32, last, is_over: is_left };
        let mut plan = Plan::new(&ground, &staged.cues, clock);
        if let Some((drawing, home)) = title {
            let home = (home.0, home.1 + lowered(&ground, home.1, drawing.height));
            plan.actors.push(Actor {
                drawing: Arc::new(drawing),
                home,
                shows: vec![Show::There],
                moves: Vec::new(),
                pulses: Vec::new(),
                thing: None,
                is: Is::Title,
                ends: None,
            });
        }
        let viewer = Viewer { plan: &plan, region, look };
        let (mut known, mut seen, mut moments) = (HashMap::new(), Vec::new(), Vec::new());
        for frame in 0..if is_left { 1 } else { frames } {
            let poses = viewer.poses(frame);
            let next = seen.len();
            let moment = *known.entry(poses).or_insert_with_key(|poses: &Vec<Pose>| {
                seen.push(poses.clone());
                next
            });
            moments.push(moment);
        }
        let backdrop = backdrop(staged.palette, size);
        let actors = plan.actors;
        Ok(Self { size, look, ground: backdrop, actors, moments, seen, drawn: HashMap::new(), region })
    }

    /// What a frame shows: equal moments are equal frames.
    pub(crate) fn moment(&self, frame: u64) -> u64 {
        let last = self.moments.len().saturating_sub(1);
        self.moments.get((frame as usize).min(last)).copied().unwrap_or(0) as u64
    }

    /// Draws what a moment needs and the one before did not.
    pub(crate) fn prepare(&mut self, moment: u64) {
        let Some(poses) = self.seen.get(moment as usize) else { return };
        let mut before = std::mem::take(&mut self.drawn);
        for pose in poses {
            let drawn = before.remove(pose).unwrap_or_else(|| paint::paint(&self.actors, pose, &self.look, self.size));
            self.drawn.insert(pose.clone(), drawn);
        }
    }

    /// Lays a moment that is prepared into a frame.
    #[inline(always)]
    pub(crate) fn lay(&self, moment: u64, frame: &mut Frame) {
        frame.data.copy_from_slice(&self.ground.data);
        for pose in self.seen.get(moment as usize).into_iter().flatten() {
            if let Some(Some(overlay)) = self.drawn.get(pose) {
                overlay.lay(frame);
            }
        }
    }

    /// Draws a moment, whatever was before.
    pub(crate) fn draw(&mut self, moment: u64, frame: &mut Frame) {
        self.prepare(moment);
        self.lay(moment, frame);
    }
}

#[cfg(test)]
impl Stage {
    /// Who is seen in a moment: each with the box that it fills, and the least of its type, in pixels of the frame.
    pub(super) fn boxes(&self, moment: u64) -> Vec<(Is, Option<usize>, Rect, Option<f32>)> {
        let found = self.seen[moment as usize].iter().filter_map(|pose| {
            let actor = &self.actors[pose.actor];
            let (x, y) = pose.middle();
            let (width, height) = (actor.drawing.width * pose.zoom(), actor.drawing.height * pose.zoom());
            let area = Rect::from_xywh(x - width / 2.0, y - height / 2.0, width.max(0.1), height.max(0.1))?;
            Some((actor.is, actor.thing, area, actor.drawing.least_type))
        });
        found.collect()
    }

    /// What is drawn of everyone, in their own places.
    pub(super) fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// Which actors are seen in a moment.
    pub(super) fn present(&self, moment: u64) -> Vec<usize> {
        self.seen[moment as usize].iter().map(|pose| pose.actor).collect()
    }

    pub(super) fn look(&self) -> &Look {
        &self.look
    }

    pub(super) fn frame_size(&self) -> Size {
        self.size
    }

    pub(super) fn frame_count(&self) -> u64 {
        self.moments.len() as u64
    }
}

/// What captions and avatars leave.
fn region(scene: &Scene, size: Size) -> Rect {
    let room = Room::within(scene, size, (size.width as f32 * MARGIN).max(64.0 * size.scale()));
    Rect::from_ltrb(room.left, room.top, room.right, room.bottom)
        .or_else(|| Rect::from_xywh(0.0, 0.0, size.width as f32, size.height as f32))
        .expect("a frame has a size")
}

fn shrunk(area: Rect, x: f32, y: f32) -> Rect {
    Rect::from_ltrb(area.left() + x, area.top() + y, area.right() - x, area.bottom() - y).unwrap_or(area)
}

fn has_arrows(animation: &Animation) -> bool {
    use story::animation::Verb;
    animation.things.iter().any(|thing| matches!(thing.draw, Primitive::Arrow(_)))
        || animation.steps.iter().any(|step| matches!(step.verb, Verb::Connect(_)))
}

/// The title over a short line; and its middle, at the top of the region.
fn set_title(title: &str, region: Rect, look: &Look, type_setter: &mut Typesetter) -> Option<(Drawing, (f32, f32))> {
    let size = look.px(TITLE);
    let room = (region.width(), (region.height() * 0.24).max(look.least() * LINE_HEIGHT * 1.02));
    let setting = Setting::new(size, look.plain, Align::Centre).lines(2);
    let even = words(title, room, setting, look, type_setter);
    // Two lines are about as long as each other.
    let even = if even.height > look.px(TITLE) * LINE_HEIGHT * 1.5 {
        let narrower = words(title, (room.0 * 0.72, room.1), setting, look, type_setter);
        if narrower.least_type >= even.least_type { narrower } else { even }
    } else {
        even
    };
    even.least_type?;
    let bar = (look.px(96.0), look.px(9.0));
    let gap = look.px(14.0);
    let mut drawing = Drawing::new(even.width.max(bar.0), even.height + gap + bar.1);
    let (text_height, left) = (even.height, (drawing.width - even.width) / 2.0);
    drawing.put(even, left, 0.0, [0.0, 1.0], None);
    let area = Rect::from_xywh((drawing.width - bar.0) / 2.0, text_height + gap, bar.0, bar.1);
    drawing.push(Mark::fill(area.and_then(|area| rounded(area, bar.1)), look.accent));
    let home = (crate::shapes::middle(region).0, region.top() + drawing.height / 2.0);
    Some((drawing, home))
}

/// How far the title comes down to what it stands over.
fn lowered(ground: &Ground<'_>, middle: f32, height: f32) -> f32 {
    let tops = ground.obstacles().into_iter().filter(|area| area.top() > 0.0).map(|area| area.top());
    let top = tops.fold(f32::MAX, f32::min);
    let spare = top - (middle + height / 2.0) - ground.look.px(76.0);
    if top == f32::MAX { 0.0 } else { (spare * 0.5).clamp(0.0, ground.look.px(170.0)) }
}

/// Draws each thing for the smallest of the cells that it ever stands in, and says where it stands in each.
fn stand(
    kinds: &[Option<Box<dyn Kind>>],
    homes: &[std::collections::BTreeSet<String>],
    names: &[String],
    placed: &[Placed],
    look: &Look,
    type_setter: &mut Typesetter,
) -> Vec<Option<Standing>> {
    let mut standing: Vec<Option<Standing>> = Vec::new();
    for (kind, homes) in kinds.iter().zip(homes) {
        let cells: Vec<usize> = (0..names.len()).filter(|cell| homes.contains(&names[*cell])).collect();
        let (Some(kind), false) = (kind, cells.is_empty()) else {
            standing.push(None);
            continue;
        };
        let least = |of: &dyn Fn(&Placed) -> f32| cells.iter().map(|cell| of(&placed[*cell])).fold(f32::MAX, f32::min);
        let room = (least(&|cell| cell.area.width()), least(&|cell| cell.area.height()));
        let at_least = (least(&|cell| cell.at_least.0), least(&|cell| cell.at_least.1));
        let drawing = within(kind.draw(room, at_least, look, type_setter), room, look);
        let middles = cells.iter().map(|cell| (*cell, crate::shapes::middle(placed[*cell].area))).collect();
        standing.push(Some(Standing { drawing: Arc::new(drawing), is_round: kind.is_round(), middles }));
    }
    // Words under words begin together: the widest of them stands in the middle.
    let mut columns: BTreeMap<(i32, i32), f32> = BTreeMap::new();
    let column = |cell: usize| {
        let area = placed[cell].area;
        (area.left().round() as i32, area.right().round() as i32)
    };
    for standing in standing.iter().flatten() {
        for cell in standing.middles.keys().filter(|cell| placed[**cell].starts) {
            let widest = columns.entry(column(*cell)).or_insert(0.0);
            *widest = widest.max(standing.drawing.width);
        }
    }
    for standing in standing.iter_mut().flatten() {
        let (width, is_rtl) = (standing.drawing.width, standing.drawing.is_rtl);
        for (cell, middle) in &mut standing.middles {
            if placed[*cell].starts
                && let Some(widest) = columns.get(&column(*cell))
            {
                let aside = (widest - width) / 2.0;
                middle.0 += if is_rtl { aside } else { -aside };
            }
        }
    }
    standing
}

/// A drawing, as far as it keeps to its room: rather less is drawn than over something else.
fn within(mut drawing: Drawing, room: (f32, f32), look: &Look) -> Drawing {
    drawing.width = drawing.width.min(room.0);
    drawing.height = drawing.height.min(room.1);
    let slack = look.line();
    let (width, height) = (drawing.width + slack, drawing.height + slack);
    drawing.marks.retain(|mark| {
        mark.bounds().is_some_and(|ink| {
            ink.left() >= -slack && ink.top() >= -slack && ink.right() <= width && ink.bottom() <= height
        })
    });
    drawing
}

fn backdrop(palette: usize, size: Size) -> Frame {
    let mut frame = Frame::black(size);
    let index = palette % card::PALETTES.len();
    if let Some(ground) = card::ground(&card::PALETTES[index], index, size, LIGHT) {
        let rgb: Vec<u8> = ground.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        for (plane, drawn) in frame.planes_mut().into_iter().zip(planes(size.width, size.height, &rgb)) {
            plane.copy_from_slice(&drawn.data);
        }
    }
    frame
}
