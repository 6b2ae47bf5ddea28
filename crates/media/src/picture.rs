//! Pictures of the user's: read within limits, turned upright, laid over black, cut to fill a frame.

use crate::frame::Size;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;

/// The longest side that is read.
const LONGEST_SIDE: u32 = 16_384;
/// The most pixels that are read.
const MOST_PIXELS: u64 = 100_000_000;
/// The most memory that a decoder may ask for.
const MOST_BYTES: u64 = 900 << 20;

/// Reads a picture.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn read(bytes: &[u8]) -> Result<RgbImage, String> {
    let cannot = |why: String| format!("not a picture that can be read: {why}");
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| cannot(error.to_string()))?;
    if reader.format().is_none() {
        return Err(cannot("it is neither PNG, JPEG, WebP, GIF nor BMP".to_owned()));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let damaged = |_| cannot("the file is damaged or cut short".to_owned());
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(cannot("it has no pixels".to_owned()));
    }
    if width.max(height) > LONGEST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(cannot(format!(
            "{width}x{height} is too large; at most {LONGEST_SIDE} pixels a side and 100 megapixels"
        )));
    }
    // A damaged orientation is no reason to refuse a picture.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(over_black(picture))
}

fn over_black(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (below, above) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = above.0.map(u32::from);
        *below = Rgb([red, green, blue].map(|channel| ((channel * alpha + 127) / 255) as u8));
    }
    flat
}

/// Cuts the middle of the picture in the shape of `size`, and brings it to that size.
pub(crate) fn cover(picture: &RgbImage, size: Size) -> RgbImage {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (wide, high) = (size.width as f64, size.height as f64);
    let scale = (width / wide).min(height / high);
    let (cut_width, cut_height) = ((wide * scale).min(width), (high * scale).min(height));
    let (left, top) = ((width - cut_width) / 2.0, (height - cut_height) / 2.0);
    let cut = imageops::crop_imm(
        picture,
        left.round() as u32,
        top.round() as u32,
        (cut_width.round() as u32).max(1),
        (cut_height.round() as u32).max(1),
    )
    .to_image();
    // Far larger pictures are halved by plain means first: the filter's cost grows with its input.
    let (target_width, target_height) = (size.width as u32, size.height as u32);
    let smaller = if scale > 4.0 { Some(imageops::thumbnail(&cut, target_width * 2, target_height * 2)) } else { None };
    imageops::resize(smaller.as_ref().unwrap_or(&cut), target_width, target_height, FilterType::Lanczos3)
}
