//! Puts frames together: the backdrop in its pose, the avatar, the caption with its spoken word.

use crate::animation::{self, Stage};
use crate::avatar;
use crate::blend::Overlay;
use crate::captions::Layout;
use crate::card;
use crate::fonts::Fonts;
use crate::frame::{Frame, Size, planes, yuv};
use crate::highlight::{self, Shown};
use crate::lettering::Typesetter;
use crate::motion::Way;
use crate::picture;
use crate::warp::{Pose, Still, Workbench};
use bytes::Bytes;
use fearless_simd::{Level, Simd, dispatch};
use std::collections::BTreeMap;
use std::iter;
use story::ids::content_key;
use story::scene::{Avatar, Backdrop, Outgoing, Scene, Spoken, WordBox};
use story::script::{CaptionStyle, Motion};

/// Everything that a frame is made of, laid out and ready.
pub(crate) struct Compositor {
    size: Size,
    scene: Scene,
    frames: u64,
    ground: Ground,
    /// What the scene rises out of, and in how many frames.
    outgoing: Option<(Ground, u64)>,
    pages: Vec<Shown>,
    layouts: Vec<Layout>,
    /// First frame of each segment.
    starts: Vec<u64>,
    avatars: Vec<(Avatar, Overlay)>,
    caption: Option<(Caption, Option<Overlay>)>,
    bench: Workbench,
    /// What this machine's processor can do.
    level: Level,
}

/// A page, and which of its words is the spoken one.
type Caption = (usize, Option<usize>);

enum Ground {
    /// One picture for all frames.
    Fixed(Frame),
    Moving(Still, Way),
    /// A clip: it lies in the frame already that is drawn into.
    Playing,
    Animated(Box<Stage>),
}

/// What a frame shows: two frames of the same state are the same frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct State {
    pose: Option<Pose>,
    /// Which frame of the scene it is, where a clip is behind it; which moment of it, where an animation is.
    moment: Option<u64>,
    /// 256 is full light.
    light: u16,
    /// 256 where the scene stands alone, less where it still rises out of the one before.
    share: u16,
    page: Option<Caption>,
    avatar: Option<usize>,
}

/// The size of a scene's frames.
///
/// # Errors
/// A sentence if such a scene cannot be made.
pub(crate) fn frame_size(scene: &Scene) -> Result<Size, String> {
    let Scene { width, height, fps, .. } = *scene;
    if width < 16 || height < 16 || width % 2 + height % 2 > 0 || width.max(height) > 8_192 {
        return Err(format!("a frame of {width}x{height} cannot be made: both sides must be even"));
    }
    if scene.frames() == 0 || !story::time::FRAME_RATES.contains(&fps) {
        return Err("a scene needs a length and a frame rate of 24, 25, 30, 50 or 60".to_owned());
    }
    Ok(Size { width: width as usize, height: height as usize })
}

impl Compositor {
    /// Reads pictures, sets type; of a clip that is left, `left` is the last frame. Slow: a matter for a thread of its own.
    ///
    /// # Errors
    /// A sentence if a picture is missing or cannot be read.
    pub(crate) fn new(
        scene: &Scene,
        pictures: &BTreeMap<String, Bytes>,
        left: Option<Frame>,
        fonts: &Fonts,
    ) -> Result<Self, String> {
        let (size, frames) = (frame_size(scene)?, scene.frames());
        let read = |hash: &str| {
            let bytes = pictures.get(hash).ok_or_else(|| format!("the picture {hash} is missing"))?;
            picture::read(bytes)
        };
        let mut sample = String::new();
        for word in scene.spoken.iter().flat_map(|spoken| &spoken.pages).flat_map(|page| &page.words) {
            sample.push_str(&word.text);
        }
        let outgoing = scene.outgoing.as_ref();
        for backdrop in iter::once(&scene.backdrop).chain(outgoing.map(|outgoing| &outgoing.backdrop)) {
            match backdrop {
                Backdrop::Card(card) => sample.push_str(&card.text),
                Backdrop::Animation(staged) => sample.push_str(&animation::texts(&staged.animation)),
                Backdrop::Picture(_) | Backdrop::Clip(_) | Backdrop::Program(_) | Backdrop::Color(_) => {}
            }
        }
        let mut type_setter = Typesetter::new(fonts, scene.captions.font.as_deref(), &sample);
        let ground = Ground::new(scene, size, false, read, &mut type_setter)?;
        let outgoing = match outgoing {
            Some(outgoing) if let Some(left) = left => Some((Ground::Fixed(left), u64::from(outgoing.frames))),
            Some(outgoing) => {
                let before = Ground::new(&left_behind(scene, outgoing), size, true, read, &mut type_setter)?;
                Some((before, u64::from(outgoing.frames)))
            }
            None => None,
        };
        let pages = highlight::plan(scene);
        let layouts = pages
            .iter()
            .map(|shown| {
                let page = &scene.spoken[shown.spoken].pages[shown.page];
                Layout::new(page, &scene.captions, size, &mut type_setter)
            })
            .collect();
        let mut avatars: Vec<(Avatar, Overlay)> = Vec::new();
        for avatar in scene.spoken.iter().filter_map(|spoken| spoken.avatar.as_ref()) {
            if avatars.iter().all(|(known, _)| known != avatar) {
                let portrait = read(&avatar.picture)?;
                let overlay = avatar::draw(&portrait, &scene.captions, avatar.right, size).unwrap_or_default();
                avatars.push((avatar.clone(), overlay));
            }
        }
        let starts = scene.spoken.iter().scan(0, |next, spoken| {
            let start = *next;
            *next += spoken.frames;
            Some(start)
        });
        Ok(Self {
            size,
            frames,
            ground,
            outgoing,
            starts: starts.collect(),
            pages,
            layouts,
            avatars,
            caption: None,
            bench: Workbench::default(),
            level: Level::new(),
            scene: scene.clone(),
        })
    }

    /// What the part shows, in order, and for how many frames each.
    pub(crate) fn runs(&self) -> Vec<(State, u64)> {
        let mut runs: Vec<(State, u64)> = Vec::new();
        for state in (0..self.frames).map(|index| self.state(index)) {
            match runs.last_mut() {
                Some((last, frames)) if *last == state => *frames += 1,
                _ => runs.push((state, 1)),
            }
        }
        runs
    }

    /// A frame of the part's size.
    pub(crate) fn frame(&self) -> Frame {
        Frame::black(self.size)
    }

    /// Where each word stands, and when.
    pub(crate) fn boxes(&self) -> Vec<WordBox> {
        let mut boxes = Vec::new();
        for (shown, layout) in self.pages.iter().zip(&self.layouts) {
            let words = &self.scene.spoken[shown.spoken].pages[shown.page].words;
            for ((word, timed), area) in words.iter().zip(&shown.words).zip(layout.boxes()) {
                boxes.push(WordBox {
                    spoken: shown.spoken,
                    text: word.text.clone(),
                    area,
                    start: timed.start,
                    end: timed.end,
                });
            }
        }
        boxes
    }

    /// What frame `index` shows.
    fn state(&self, index: u64) -> State {
        // A draft draws every second frame and repeats it.
        let index = if self.scene.draft { index / 2 * 2 } else { index };
        let moment = match &self.ground {
            Ground::Playing => Some(index),
            Ground::Animated(stage) => Some(stage.moment(index)),
            Ground::Fixed(_) | Ground::Moving(..) => None,
        };
        let pose = match &self.ground {
            Ground::Fixed(_) | Ground::Playing | Ground::Animated(_) => None,
            Ground::Moving(_, way) if self.scene.holds_end_pose => Some(way.end()),
            Ground::Moving(_, way) => Some(way.pose(index, self.frames)),
        };
        let fade = u64::from(self.scene.fade_frames);
        let light = if index < fade { ((index + 1) * 256 / (fade + 1)) as u16 } else { 256 };
        let share = match &self.outgoing {
            Some((_, frames)) if index < *frames => ((index + 1) * 256 / (frames + 1)) as u16,
            _ => 256,
        };
        let has_spoken = self.scene.captions.style != CaptionStyle::Plain;
        let page = self.pages.iter().position(|page| (page.from..page.to).contains(&index)).map(|page| {
            let words: &[_] = if has_spoken { &self.pages[page].words } else { &[] };
            (page, words.iter().position(|word| (word.first..word.last).contains(&index)))
        });
        let spoken = self.starts.partition_point(|start| *start <= index) - 1;
        let avatar = self.scene.spoken[spoken].avatar.as_ref();
        let avatar = avatar.and_then(|avatar| self.avatars.iter().position(|(known, _)| known == avatar));
        State { pose, moment, light, share, page, avatar }
    }

    /// Draws frame `index`.
    pub(crate) fn draw_at(&mut self, index: u64, frame: &mut Frame) {
        self.draw(self.state(index), frame);
    }

    /// Draws a state into `frame`, or over it where a clip is behind the scene.
    pub(crate) fn draw(&mut self, state: State, frame: &mut Frame) {
        debug_assert_eq!(frame.size, self.size, "frames of one size");
        if let Some(caption) = state.page
            && self.caption.as_ref().is_none_or(|(drawn, _)| *drawn != caption)
        {
            self.caption = Some((caption, self.layouts[caption.0].draw(caption.1)));
        }
        if let (Ground::Animated(stage), Some(moment)) = (&mut self.ground, state.moment) {
            stage.prepare(moment);
        }
        // The one place: what is called from here is compiled once for each kind of processor, and inlined whole.
        dispatch!(self.level, simd => self.compose(simd, state, frame));
    }

    #[cfg(test)]
    pub(crate) fn left_frame(&self) -> Option<&Frame> {
        match self.outgoing.as_ref()? {
            (Ground::Fixed(frame), _) => Some(frame),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn use_plain_processor(&mut self) {
        self.level = Level::baseline();
    }

    #[inline(always)]
    fn compose<S: Simd>(&mut self, simd: S, state: State, frame: &mut Frame) {
        match (&self.ground, state.pose) {
            (Ground::Moving(still, _), Some(pose)) => still.draw(simd, pose, frame, &mut self.bench),
            (Ground::Fixed(ground), _) => frame.data.copy_from_slice(&ground.data),
            (Ground::Animated(stage), _) => stage.lay(state.moment.unwrap_or(0), frame),
            (Ground::Moving(..), None) | (Ground::Playing, _) => {}
        }
        // What is said stays readable while the picture rises.
        if state.light < 256 {
            frame.dim(state.light);
        }
        if let Some((Ground::Fixed(outgoing), _)) = self.outgoing.as_ref().filter(|_| state.share < 256) {
            frame.mix(outgoing, state.share);
        }
        if let Some((_, overlay)) = state.avatar.and_then(|avatar| self.avatars.get(avatar)) {
            overlay.lay(frame);
        }
        if let (Some(_), Some((_, Some(overlay)))) = (state.page, &self.caption) {
            overlay.lay(frame);
        }
    }
}

/// The scene before, as far as what is left of it depends on it: still, in its end pose.
fn left_behind(scene: &Scene, outgoing: &Outgoing) -> Scene {
    let spoken = |&right: &bool| Spoken {
        frames: 0,
        audio_sha256: String::new(),
        avatar: Some(Avatar { picture: String::new(), right }),
        pages: Vec::new(),
    };
    Scene {
        backdrop: outgoing.backdrop.clone(),
        spoken: outgoing.avatar_sides.iter().map(spoken).collect(),
        holds_end_pose: true,
        ..scene.clone()
    }
}

impl Ground {
    /// Where `is_left`, as it is when its scene is over.
    fn new(
        scene: &Scene,
        size: Size,
        is_left: bool,
        read: impl Fn(&str) -> Result<image::RgbImage, String>,
        type_setter: &mut Typesetter,
    ) -> Result<Self, String> {
        let (key, is_card) = match &scene.backdrop {
            Backdrop::Color(rgb) => {
                let mut frame = Frame::black(size);
                for (plane, value) in frame.planes_mut().into_iter().zip(yuv(*rgb)) {
                    plane.fill(value);
                }
                return Ok(Self::Fixed(frame));
            }
            Backdrop::Clip(_) | Backdrop::Program(_) => return Ok(Self::Playing),
            Backdrop::Animation(staged) => {
                let mut stage = Stage::new(staged, scene, size, is_left, read, type_setter)?;
                if !is_left {
                    return Ok(Self::Animated(Box::new(stage)));
                }
                let mut frame = Frame::black(size);
                stage.draw(0, &mut frame);
                return Ok(Self::Fixed(frame));
            }
            Backdrop::Picture(hash) => (hash.clone(), false),
            Backdrop::Card(card) => (content_key("card/1", card), true),
        };
        let way = Way::new(scene.motion, &key, is_card, size);
        let rgb = match &scene.backdrop {
            Backdrop::Picture(hash) => picture::cover(&read(hash)?, way.picture).into_raw(),
            Backdrop::Card(card) => card::draw(card, scene, way.picture, type_setter),
            Backdrop::Color(_) | Backdrop::Clip(_) | Backdrop::Program(_) | Backdrop::Animation(_) => Vec::new(),
        };
        let still = Still::new(&planes(way.picture.width, way.picture.height, &rgb));
        if scene.motion != Motion::None && way.moves() && !scene.holds_end_pose {
            return Ok(Self::Moving(still, way));
        }
        let mut frame = Frame::black(size);
        let mut bench = Workbench::default();
        dispatch!(Level::new(), simd => still.draw(simd, way.end(), &mut frame, &mut bench));
        Ok(Self::Fixed(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::captions::Page;
    use story::scene::Card;
    use story::script::Captions;
    use story::words::Word;

    fn scene(motion: Motion, speaker_index: usize, words: &[&str]) -> Scene {
        let word = |(index, text): (usize, &&str)| {
            let start = index as u64 * 8_000;
            Word { text: (*text).to_owned(), space_before: true, start, end: start + 8_000 }
        };
        let page = Page { words: words.iter().enumerate().map(word).collect() };
        let card = Card { speaker: "Ana".into(), text: "One line".into(), speaker_index };
        Scene {
            width: 120,
            height: 214,
            fps: 30,
            draft: false,
            backdrop: Backdrop::Card(card),
            motion,
            holds_end_pose: false,
            fade_frames: 0,
            outgoing: None,
            captions: Captions::default(),
            spoken: vec![Spoken { frames: 30, audio_sha256: String::new(), avatar: None, pages: vec![page] }],
        }
    }

    fn compositor(scene: &Scene) -> Compositor {
        let fonts = Fonts::find(&crate::font_folders()).expect("fonts are installed");
        Compositor::new(scene, &BTreeMap::new(), None, &fonts).expect("a scene")
    }

    fn drawn(compositor: &mut Compositor, index: u64) -> Frame {
        let mut frame = Frame::black(compositor.size);
        compositor.draw(compositor.state(index), &mut frame);
        frame
    }

    #[test]
    fn each_motion_ends_in_the_pose_that_later_parts_hold() {
        for motion in [Motion::Zoom, Motion::Pan, Motion::None] {
            for speaker in 0..4 {
                let moving = scene(motion, speaker, &[]);
                let held = Scene { holds_end_pose: true, ..moving.clone() };
                let (mut moving, mut held) = (compositor(&moving), compositor(&held));
                let (first, last) = (drawn(&mut moving, 0), drawn(&mut moving, 29));
                assert!(last == drawn(&mut held, 0) && last == drawn(&mut held, 17), "{motion:?} {speaker}");
                assert_eq!(first == last, motion == Motion::None, "{motion:?} {speaker}");
            }
        }
    }

    #[test]
    fn a_crossfade_rises_out_of_the_end_pose_of_the_scene_before_and_leaves_what_is_said_alone() {
        let before = Scene { motion: Motion::Pan, ..scene(Motion::Pan, 0, &[]) };
        let alone = scene(Motion::Pan, 1, &[]);
        let outgoing = Outgoing { backdrop: before.backdrop.clone(), frames: 10, avatar_sides: Vec::new() };
        let mut rising = compositor(&Scene { outgoing: Some(outgoing.clone()), ..alone.clone() });
        let (mut before, mut alone) = (compositor(&before), compositor(&alone));
        let last = drawn(&mut before, 29);
        let apart = |a: &Frame, b: &Frame| {
            let differ = a.data.iter().zip(&b.data).map(|(a, b)| u64::from(a.abs_diff(*b)));
            differ.sum::<u64>() as f64 / a.data.len() as f64
        };
        let way = apart(&last, &drawn(&mut alone, 0));
        let off: Vec<f64> = (0..10).map(|index| apart(&last, &drawn(&mut rising, index)) / way).collect();
        assert!(off[0] < 0.12 && off[9] > 0.88 && off.windows(2).all(|pair| pair[0] < pair[1]), "{off:?}");
        assert!((10..30).all(|index| drawn(&mut rising, index) == drawn(&mut alone, index)), "then it stands alone");

        // Opaque letters are as bright over the mix as they are later.
        let mut said = compositor(&Scene { outgoing: Some(outgoing), ..scene(Motion::None, 1, &["MMMM"]) });
        let brightest = |frame: Frame| frame.data[..120 * 214].iter().copied().max();
        let (mixed, later) = (said.state(1), State { share: 256, ..said.state(1) });
        let mut frame = Frame::black(said.size);
        let [mixed, later] = [mixed, later].map(|state| {
            said.draw(state, &mut frame);
            frame.clone()
        });
        assert!(mixed != later && brightest(mixed) == brightest(later));
    }

    #[test]
    fn every_processor_draws_the_same_bytes() {
        for motion in [Motion::Zoom, Motion::None] {
            let backdrop = scene(motion, 0, &[]).backdrop;
            let outgoing = Some(Outgoing { backdrop, frames: 7, avatar_sides: Vec::new() });
            let scene = Scene { fade_frames: 9, outgoing, ..scene(motion, 1, &["one", "two"]) };
            let mut plain = Compositor { level: Level::baseline(), ..compositor(&scene) };
            let mut best = compositor(&scene);
            assert!((0..12).all(|index| drawn(&mut plain, index) == drawn(&mut best, index)), "{motion:?}");
        }
    }

    #[test]
    fn no_letter_is_missing_in_the_scripts_that_are_promised() {
        let texts = [
            "Ærøskøbing",
            "naïve",
            "Zürich",
            "今日は",
            "世界",
            "カタカナ",
            "한국어",
            "简体",
            "مرحبا",
            "العربية",
            "שלום",
            "नमस्ते",
            "ไทย",
            "👍🏽",
            "Ελληνικά",
            "Русский",
        ];
        let compositor = compositor(&scene(Motion::None, 0, &texts));
        assert_eq!(compositor.layouts.iter().map(|layout| layout.missing).sum::<usize>(), 0);
        assert!(compositor.boxes().iter().all(|word| word.area[2] > 2), "{:?}", compositor.boxes());
    }

    #[test]
    fn a_draft_repeats_each_frame_and_a_fade_rises_from_black() {
        let draft = compositor(&Scene { draft: true, ..scene(Motion::Zoom, 0, &["a", "b"]) });
        assert!((0..15).all(|pair| draft.state(2 * pair) == draft.state(2 * pair + 1)));
        let mut fading = compositor(&Scene { fade_frames: 10, ..scene(Motion::None, 0, &[]) });
        let light = |frame: Frame| frame.data[..120 * 214].iter().map(|value| u64::from(*value)).sum::<u64>();
        let lights: Vec<u64> = (0..12).map(|index| light(drawn(&mut fading, index))).collect();
        assert!(lights.windows(2).take(10).all(|pair| pair[0] < pair[1]) && lights[10] == lights[11], "{lights:?}");
    }
}
