//! Pictures of the user's: read within limits, turned upright, laid over black, cut to fill a frame.

use crate::frame::Size;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;

/// The longest side that is read.
const LONGEST_SIDE: u32 = 16_384;
/// The most pixels that are read.
const MOST_PIXELS: u64 = 100_000_000;
/// The most memory that a decoder may ask for.
const MOST_BYTES: u64 = 900 << 20;
/// Up to so many pixels a picture may be as empty as it likes.
const PLAIN_PIXELS: u64 = 32_000_000;
/// Beyond, a file must hold a byte for so many pixels. A coarse photograph has one for 60; flat colour, which is what bombs are
/// made of, one for 344 as PNG and one for thousands elsewhere.
const PIXELS_A_BYTE: u64 = 200;
/// The most passes that a JPEG is drawn in, each over every block: cameras and browsers' tools write up to a dozen.
const MOST_SCANS: usize = 64;

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
    if reader.format() == Some(ImageFormat::Jpeg) && scans(bytes) > MOST_SCANS {
        return Err(cannot("it is drawn in far too many passes".to_owned()));
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
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PLAIN_PIXELS && pixels > bytes.len() as u64 * PIXELS_A_BYTE {
        return Err(cannot("it says far more pixels than it has bytes for".to_owned()));
    }
    // A damaged orientation is no reason to refuse a picture.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(over_black(picture))
}

/// Whether bytes are a picture that can be shown. Read whole: a file that is cut short must be named now, not when its scene is
/// rendered.
///
/// # Errors
/// A sentence that says why not.
pub fn check_picture(picture: &[u8]) -> Result<(), String> {
    read(picture).map(|_| ())
}

/// How often a JPEG says that a scan begins. What is drawn never holds the marker; a preview inside the file adds some of its own.
fn scans(jpeg: &[u8]) -> usize {
    jpeg.windows(2).filter(|marker| *marker == [0xFF, 0xDA]).count()
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
    let (width, height) = (size.width as u32, size.height as u32);
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3);
    let mut target = Image::new(width, height, PixelType::U8x3);
    // Far larger pictures are made smaller by plain means first: the filter's cost grows with its input.
    let way = ResizeAlg::SuperSampling(FilterType::Lanczos3, 2);
    let options = ResizeOptions::new().resize_alg(way).fit_into_destination(None).use_alpha(false);
    let resized = source.map(|source| Resizer::new().resize(&source, &mut target, &options));
    debug_assert!(matches!(resized, Ok(Ok(()))), "both have three bytes a pixel");
    RgbImage::from_raw(width, height, target.into_vec()).expect("as many bytes as pixels")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).expect("room in memory");
        file.into_inner()
    }

    #[test]
    fn a_photograph_is_turned_as_its_camera_says() {
        let picture = DynamicImage::new_rgb8(40, 30);
        let mut jpeg = file(&picture, ImageFormat::Jpeg);
        // EXIF: little-endian TIFF with one entry, orientation 6.
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut segment = vec![0xff, 0xe1];
        segment.extend((exif.len() as u16 + 2).to_be_bytes());
        segment.extend(exif);
        jpeg.splice(2..2, segment);
        assert_eq!(read(&jpeg).map(|picture| picture.dimensions()), Ok((30, 40)));
    }

    #[test]
    fn what_is_transparent_lies_over_black_and_a_cut_keeps_the_middle() {
        let half = RgbaImage::from_fn(60, 20, |x, _| Rgba([200, 100, 50, if x < 20 { 0 } else { 128 }]));
        let picture = read(&file(&half.into(), ImageFormat::Png)).expect("a picture");
        assert_eq!((picture.get_pixel(0, 0).0, picture.get_pixel(40, 0).0), ([0, 0, 0], [100, 50, 25]));
        let middle = cover(&picture, Size { width: 20, height: 20 });
        assert_eq!((middle.dimensions(), middle.get_pixel(10, 10).0), ((20, 20), [100, 50, 25]));
    }

    #[test]
    fn a_picture_of_a_billion_pixels_is_refused_before_it_is_read() {
        // The header of a BMP says 40,000 x 30,000; no pixel follows.
        let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bmp.extend(40_000_u32.to_le_bytes());
        bmp.extend(30_000_u32.to_le_bytes());
        bmp.extend([1, 0, 24, 0]);
        bmp.extend([0; 24]);
        let sentence = read(&bmp).expect_err("far too large");
        assert!(sentence.contains("40000x30000 is too large"), "{sentence}");
    }
}
