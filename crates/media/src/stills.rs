//! Single frames of a scene part, without an encoder: to look at, and to measure what drawing costs.

use crate::compositor::{Compositor, frame_size};
use crate::fonts::Fonts;
use crate::frame::Frame;
use bytes::Bytes;
use image::{Rgb, RgbImage};
use std::collections::BTreeMap;
use std::path::PathBuf;
use story::scene::Scene;

/// The frames of one scene part.
pub struct Stills {
    compositor: Compositor,
    frame: Frame,
}

impl Stills {
    /// Lays a scene part out.
    ///
    /// # Errors
    /// A sentence if no font is there, or a picture is missing or cannot be read.
    pub fn new(scene: &Scene, pictures: &BTreeMap<String, Bytes>, fonts: &[PathBuf]) -> Result<Self, String> {
        let fonts = Fonts::find(fonts).map_err(|failure| failure.to_string())?;
        let frame = Frame::black(frame_size(scene)?);
        Ok(Self { compositor: Compositor::new(scene, pictures, None, &fonts)?, frame })
    }

    /// A frame as red, green and blue.
    pub fn frame(&mut self, index: u64) -> RgbImage {
        self.compositor.draw_at(index, &mut self.frame);
        let size = self.frame.size;
        let (luma, chroma) = self.frame.data.split_at(size.width * size.height);
        let (u, v) = chroma.split_at(chroma.len() / 2);
        RgbImage::from_fn(size.width as u32, size.height as u32, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let half = y / 2 * (size.width / 2) + x / 2;
            let light = (f32::from(luma[y * size.width + x]) - 16.0) * 1.164_4;
            let (u, v) = (f32::from(u[half]) - 128.0, f32::from(v[half]) - 128.0);
            let byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
            Rgb([byte(light + 1.792_7 * v), byte(light - 0.213_2 * u - 0.532_9 * v), byte(light + 2.112_4 * u)])
        })
    }

    /// Draws every frame that differs from the one before, as rendering does; how many those are.
    pub fn all(&mut self) -> usize {
        let runs = self.compositor.runs();
        for (state, _) in &runs {
            self.compositor.draw(*state, &mut self.frame);
        }
        runs.len()
    }
}
