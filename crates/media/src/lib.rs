//! Samples and pixels: decodes, levels and lays sound; draws captions, cards and frames; joins films. The one door to ffmpeg.
//! Imports `story` only.
//! **Invariant:** no job, no record, no network, no environment. What is made depends on the arguments, the fonts and ffmpeg alone.

mod animation;
mod avatar;
mod blend;
mod captions;
mod card;
mod cards;
mod chapters;
mod clip;
mod compositor;
mod cores;
mod disk;
mod ear;
mod eye;
mod ffmpeg;
mod fonts;
mod frame;
mod h264;
mod highlight;
mod join;
mod lettering;
mod motion;
mod mp4;
mod picture;
mod playback;
mod program;
mod scene;
mod scenery;
mod shapes;
mod shot;
mod sound;
mod stills;
mod transport;
mod warp;
mod workshop;

pub use cards::Cards;
pub use ear::Ear;
pub use eye::Eye;
pub use fonts::font_folders;
pub use picture::check_picture;
pub use scenery::Scenery;
pub use shot::shot;
pub use stills::Stills;
pub use workshop::{Settings, Workshop};
