//! Clips of a rehearsal: the camera goes slowly over the landscape of a card, while the prompt's first words stand in its sky. Nobody
//! is asked, and nothing is paid.

use crate::blend::Overlay;
use crate::cards::{landscape, words};
use crate::cores::Cores;
use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg};
use crate::fonts::Fonts;
use crate::frame::{Frame, Size, planes};
use crate::motion::Way;
use crate::scene::{COLOURS, ENCODER, MOVING};
use crate::warp::{Still, Workbench};
use crate::workshop::Settings;
use async_trait::async_trait;
use bytes::Bytes;
use fearless_simd::{Level, dispatch};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story::clips::{Aspect, ClipMaterial, ClipModel, ClipRequest, ClipTask, Clips, ClipsProfile, Delivery, Generating};
use story::failure::Failure;
use story::ids::content_key;
use story::maker::{MakerError, MayBegin};
use story::script::Motion;
use tiny_skia::Pixmap;

/// Frames per second, as those providers deliver that are rehearsed.
const FPS: u32 = 24;
/// How far the camera goes: farther than over a still, as nothing else moves.
const ZOOM: f64 = 1.16;
/// The clip's file.
const FILE: &str = "clip.mp4";

/// The rehearsal's camera. What is ordered is kept nowhere: a request holds all that its clip is drawn from, so a clip can be asked
/// for in any process, any number of times, and is the same bytes each time. It follows from the words, and from the names (not the
/// pixels) of the picture or clip that a request refers to: those come with the order only.
#[derive(Clone)]
pub struct Scenery {
    /// Or what is missing.
    ffmpeg: Result<Ffmpeg, String>,
    /// None where there are no fonts: clips then have no words.
    fonts: Option<Arc<Fonts>>,
    scratch: PathBuf,
    cores: Cores,
}

impl Scenery {
    /// With what a workshop stands on. Where there is no ffmpeg, an order says so.
    #[must_use]
    pub fn open(settings: &Settings) -> Self {
        Self {
            ffmpeg: Ffmpeg::find(&settings.ffmpeg).map_err(|why| why.to_string()),
            fonts: Fonts::find(&settings.fonts).ok().map(Arc::new),
            scratch: settings.scratch.clone(),
            cores: Cores::default(),
        }
    }

    pub(crate) fn of(ffmpeg: Ffmpeg, fonts: Arc<Fonts>, scratch: PathBuf) -> Self {
        Self { ffmpeg: Ok(ffmpeg), fonts: Some(fonts), scratch, cores: Cores::default() }
    }

    async fn film(&self, clip: &ClipRequest) -> Result<Bytes, Failure> {
        let ffmpeg = self.ffmpeg.as_ref().map_err(|why| Failure::GiveUp(why.clone()))?;
        let interrupted = || Failure::GiveUp("the clip could not be drawn".to_owned());
        let _core = self.cores.core().await;
        let size = size(clip);
        let (request, fonts) = (clip.clone(), self.fonts.clone());
        let drawing = tokio::task::spawn_blocking(move || View::of(&request, size, fonts.as_deref()));
        let mut view = drawing.await.ok().flatten().ok_or_else(interrupted)?;
        let folder = disk::scratch(&self.scratch)?;
        let mut encoder = ffmpeg.start(encoder(folder.path(), size))?;
        let (frames, mut frame) = (u64::from(clip.seconds * FPS), Frame::black(size));
        for index in 0..frames {
            let drawing = tokio::task::spawn_blocking(move || {
                view.draw(index, frames, &mut frame);
                (view, frame)
            });
            (view, frame) = drawing.await.map_err(|_| interrupted())?;
            if !encoder.feed(&frame.data).await {
                break;
            }
        }
        encoder.finish().await?;
        story::artifacts::collect(disk::read(folder.path().join(FILE), folder).await?).await.map_err(Failure::from)
    }
}

#[async_trait]
impl Clips for Scenery {
    fn profile(&self) -> ClipsProfile {
        ClipsProfile {
            provider: "rehearsal".to_owned(),
            base_url: String::new(),
            account: "rehearsal".to_owned(),
            models: vec![model()],
            rehearsed: true,
        }
    }

    async fn order(
        &self,
        clip: &ClipRequest,
        _material: ClipMaterial,
        may_begin: MayBegin,
    ) -> Result<String, MakerError> {
        possible(clip)?;
        if let Err(missing) = &self.ffmpeg {
            return Err(MakerError::Spent(missing.clone()));
        }
        if may_begin() { Ok(operation(clip)) } else { Err(MakerError::TooLate) }
    }

    async fn ask(&self, clip: &ClipRequest, operation: &str) -> Result<Generating, MakerError> {
        possible(clip)?;
        if operation != self::operation(clip) {
            return Err(MakerError::Refused("no such clip was ordered".to_owned()));
        }
        match self.film(clip).await {
            Ok(bytes) => Ok(Generating::Done(Delivery::Bytes(bytes))),
            Err(why) => Err(MakerError::Broken(why.to_string())),
        }
    }

    async fn fetch(&self, _address: &str) -> Result<Bytes, MakerError> {
        Err(MakerError::Refused("a clip of the rehearsal has no address".to_owned()))
    }
}

/// What is rehearsed: Gemini Omni 1.2 Flash, with its prices. Another number when clips come to look otherwise.
fn model() -> ClipModel {
    ClipModel {
        name: "clips-1".to_owned(),
        seconds: (2..=15).collect(),
        usd_per_s: vec![(360, 0.023), (720, 0.07), (1_080, 0.105)],
        takes_images: true,
        tasks: vec![ClipTask::Extend, ClipTask::Edit],
        most_characters: 8_000,
    }
}

fn possible(clip: &ClipRequest) -> Result<(), MakerError> {
    let ClipRequest { seconds, lines, .. } = *clip;
    let model = model();
    if model.seconds.contains(&seconds) && model.usd(seconds, lines).is_some() {
        return Ok(());
    }
    let sentence =
        format!("a clip of {seconds} s and {lines} lines is not drawn: 2 to 15 s, of 360, 720 or 1080 lines");
    Err(MakerError::Refused(sentence))
}

/// The name of an order.
fn operation(clip: &ClipRequest) -> String {
    format!("rehearsal/{}", content_key("clip", clip))
}

fn size(clip: &ClipRequest) -> Size {
    let short = clip.lines as usize;
    let long = short * 16 / 9;
    match clip.aspect {
        Aspect::Tall => Size { width: short, height: long },
        Aspect::Wide => Size { width: long, height: short },
    }
}

fn encoder(folder: &Path, size: Size) -> Arguments {
    let frames = format!("-f rawvideo -pix_fmt yuv420p -s {}x{} -r {FPS}", size.width, size.height);
    Arguments::new(folder)
        .input(&frames, "pipe:0")
        .words(ENCODER)
        .words(MOVING)
        .words(COLOURS)
        .words("-map_metadata -1 -movflags +faststart -f mp4")
        .output(FILE)
}

/// A landscape, the way over it, and the words before it.
struct View {
    still: Still,
    way: Way,
    words: Option<Overlay>,
    bench: Workbench,
    level: Level,
}

impl View {
    fn of(clip: &ClipRequest, size: Size, fonts: Option<&Fonts>) -> Option<Self> {
        let seed = content_key("clip-seed", &(&clip.text, &clip.image, &clip.from));
        let motion = if seed.bytes().map(u32::from).sum::<u32>() % 3 == 0 { Motion::Pan } else { Motion::Zoom };
        let way = Way::as_far_as(ZOOM, motion, &seed, size);
        let (picture, palette) = landscape(&seed, way.picture)?;
        let rgb: Vec<u8> = picture.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let still = Still::new(&planes(way.picture.width, way.picture.height, &rgb));
        let words = fonts.and_then(|fonts| {
            // Words end in the upper half.
            let mut sky = Pixmap::new(size.width as u32, (size.height / 4 * 2) as u32)?;
            words(&mut sky, &clip.text, palette, size, fonts);
            Some(Overlay::new(&sky, 0, 0))
        });
        Some(Self { still, way, words, bench: Workbench::default(), level: Level::new() })
    }

    fn draw(&mut self, index: u64, frames: u64, frame: &mut Frame) {
        let pose = self.way.pose(index, frames);
        let Self { still, words, bench, level, .. } = self;
        dispatch!(*level, simd => {
            still.draw(simd, pose, frame, bench);
            if let Some(words) = words {
                words.lay(frame);
            }
        });
    }
}
