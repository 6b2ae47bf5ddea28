//! Scenes for tests, and what is asked of all of them.

mod frames;
mod laws;

use super::Stage;
use crate::fonts::Fonts;
use crate::frame::{Frame, Size};
use crate::lettering::Typesetter;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard};
use story::animation::{Animation, Cue, Staged};
use story::scene::{Backdrop, Scene, Spoken};
use story::script::{Captions, Motion};

/// One for all tests: reading the fonts takes longer than they do.
static TYPE_SETTER: LazyLock<Mutex<Typesetter>> = LazyLock::new(|| {
    let fonts = Fonts::find(&crate::font_folders()).expect("fonts are installed");
    Mutex::new(Typesetter::new(&fonts, None, "日本"))
});

fn type_setter() -> MutexGuard<'static, Typesetter> {
    TYPE_SETTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn animation(value: Value) -> Animation {
    serde_json::from_value(value).expect("an animation")
}

fn scene(staged: &Staged, (width, height): (u32, u32), captions: &str, frames: u64) -> Scene {
    Scene {
        width,
        height,
        fps: 30,
        draft: false,
        backdrop: Backdrop::Animation(Box::new(staged.clone())),
        motion: Motion::None,
        holds_end_pose: false,
        fade_frames: 0,
        outgoing: None,
        captions: Captions { position: captions.to_owned(), ..Captions::default() },
        spoken: vec![Spoken { frames, audio_sha256: String::new(), avatar: None, pages: Vec::new() }],
    }
}

fn staged(animation: Animation, cues: Vec<Cue>) -> Staged {
    Staged { animation, cues, pictures: BTreeMap::new(), palette: 1 }
}

fn stage(staged: &Staged, (width, height): (u32, u32), captions: &str, frames: u64) -> Stage {
    let scene = scene(staged, (width, height), captions, frames);
    let size = Size { width: width as usize, height: height as usize };
    let none = |_: &str| Err("no picture".to_owned());
    Stage::new(staged, &scene, size, false, none, &mut type_setter()).expect("a stage")
}

/// A stage whose steps are each `apart` frames after the one before.
fn stepped(value: Value, shape: (u32, u32), apart: u64) -> Stage {
    let animation = animation(value);
    let count = animation.steps.len() as u64;
    let cues = (0..count).map(|step| Cue::At(step * apart)).collect();
    stage(&staged(animation, cues), shape, "bottom", (count + 1) * apart)
}

fn drawn(stage: &mut Stage, index: u64) -> Frame {
    let mut frame = Frame::black(stage.frame_size());
    let moment = stage.moment(index);
    stage.draw(moment, &mut frame);
    frame
}

/// Two boxes, a place, and steps.
fn two(steps: Value) -> Value {
    json!({
        "things": [
            {"id": "a", "draw": {"box": "First"}},
            {"id": "b", "draw": {"box": "Second"}},
            {"id": "c", "draw": {"box": "Third, and longer"}, "color": "good"},
        ],
        "layout": {"column": [{"thing": "a"}, {"row": [{"thing": "b"}, {"place": "p"}]}, {"thing": "c"}]},
        "steps": steps,
    })
}
