//! The clip behind a scene: its frames at the film's rate, cut to the film's shape, each decoded when it is needed and held until it
//! is shown.

use crate::clip;
use crate::disk;
use crate::ffmpeg::Ffmpeg;
use crate::frame::{Frame, Size};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, mpsc as pool};
use story::failure::Failure;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// How decoded frames leave ffmpeg: as they are, and the same bits on every processor.
const RAW: &str = "-fps_mode passthrough -threads 1 -c:v rawvideo -pix_fmt yuv420p -f rawvideo";
/// Seconds from the end in which the last frame is looked for first.
const LATE: u32 = 2;

/// A clip that is shown.
pub(crate) struct Playback {
    folder: Arc<TempDir>,
    size: Size,
    fps: u32,
}

impl Playback {
    /// The clip of a hash, for frames of a size and a rate.
    ///
    /// # Errors
    /// [`Failure::GiveUp`] if it is missing or no clip.
    pub(crate) async fn open(
        scratch: &Path,
        pictures: &BTreeMap<String, Bytes>,
        hash: &str,
        (size, fps): (Size, u32),
    ) -> Result<Self, Failure> {
        let clip = pictures.get(hash).ok_or_else(|| Failure::GiveUp(format!("the clip {hash} is missing")))?;
        let folder = disk::scratch(scratch)?;
        clip::store(folder.path(), clip.clone()).await?;
        Ok(Self::of(folder, (size, fps)))
    }

    /// The clip that stands in a folder already.
    pub(crate) fn of(folder: Arc<TempDir>, (size, fps): (Size, u32)) -> Self {
        Self { folder, size, fps }
    }

    /// The middle of a frame in the shape of the film's, at its size.
    fn view(&self) -> String {
        let Size { width, height } = self.size;
        // Cut first: far fewer pixels are made larger then.
        format!(
            "crop='min(iw,ih*{width}/{height})':'min(ih,iw*{height}/{width})',\
             scale={width}:{height}:in_color_matrix=auto:out_color_matrix=bt709:out_range=tv\
             :flags=bicubic+accurate_rnd+bitexact,format=yuv420p"
        )
    }

    /// Sends so many of its frames, and begins again where it has fewer. Memory comes from `used` where there is some. Ends early
    /// where nobody takes them any more.
    pub(crate) async fn play(
        self,
        ffmpeg: &Ffmpeg,
        mut frames: u64,
        send: mpsc::Sender<Frame>,
        used: pool::Receiver<Frame>,
    ) -> Result<(), Failure> {
        while frames > 0 {
            // Each time from the file's beginning, by another start: a loop inside ffmpeg would not fall on whole frames.
            let shown = format!("-vf fps={}:start_time=0,{} -frames:v {frames}", self.fps, self.view());
            let arguments = clip::input(self.folder.path(), "").words(&shown).words(RAW).output("pipe:1");
            let mut decoder = ffmpeg.start_reading(arguments)?;
            let before = frames;
            while frames > 0 {
                let mut frame = used.try_recv().unwrap_or_else(|_| Frame::black(self.size));
                if !decoder.read(&mut frame.data).await {
                    break;
                }
                if send.send(frame).await.is_err() {
                    return Ok(());
                }
                frames -= 1;
            }
            decoder.end().await.map_err(clip::refused)?;
            if frames == before {
                return Err(nothing());
            }
        }
        Ok(())
    }

    /// The file's last frame.
    pub(crate) async fn last(self, ffmpeg: &Ffmpeg) -> Result<Frame, Failure> {
        // Sound may be longer than the picture: then it is looked for from the beginning.
        for from in [format!("-sseof -{LATE}"), String::new()] {
            let shown = format!("-vf {}", self.view());
            let arguments = clip::input(self.folder.path(), &from).words(&shown).words(RAW).output("pipe:1");
            let mut decoder = ffmpeg.start_reading(arguments)?;
            let (mut last, mut next) = (None, Frame::black(self.size));
            while decoder.read(&mut next.data).await {
                let before = last.replace(next);
                next = before.unwrap_or_else(|| Frame::black(self.size));
            }
            decoder.end().await.map_err(clip::refused)?;
            if let Some(last) = last {
                return Ok(last);
            }
        }
        Err(nothing())
    }
}

fn nothing() -> Failure {
    Failure::GiveUp("not a clip that can be shown: it shows nothing".to_owned())
}
