//! Pictures of a rehearsal: a landscape that follows from the prompt, with the prompt's first words in its sky. Nobody is asked, and
//! nothing is paid.

mod landscape;
mod numbers;

use crate::card::fitting::{bounds, shortened};
use crate::card::{PALETTES, Palette, draw_block};
use crate::cores::Cores;
use crate::fonts::Fonts;
use crate::frame::Size;
use crate::lettering::{Block, Piece, Style, Typesetter, plain};
use crate::shapes;
use async_trait::async_trait;
use bytes::Bytes;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use landscape::Landscape;
use numbers::Numbers;
use std::path::PathBuf;
use std::sync::Arc;
use story::Images;
use story::ids::sha256_hex;
use story::images::{Drawn, ImagesProfile, Prompt, drawn_size};
use story::maker::{MakerError, MayBegin};
use tiny_skia::{FillRule, Pixmap, Rect, Transform};

/// A side that is drawn, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 16..=4_096;

/// The rehearsal's painter.
#[derive(Clone)]
pub struct Cards {
    /// None where there are no fonts: cards then have no words.
    fonts: Option<Arc<Fonts>>,
    usd_per_megapixel: f64,
    cores: Cores,
}

impl Cards {
    /// With the fonts in these folders (see [`crate::Settings`]); `usd_per_megapixel` is what the provider that is rehearsed would take.
    #[must_use]
    pub fn open(fonts: &[PathBuf], usd_per_megapixel: f64) -> Self {
        let found = Fonts::find(fonts).ok().map(Arc::new);
        if found.is_none() && !fonts.is_empty() {
            tracing::warn!("no font is installed: pictures of the rehearsal have no words");
        }
        Self { fonts: found, usd_per_megapixel, cores: Cores::default() }
    }
}

#[async_trait]
impl Images for Cards {
    fn profile(&self) -> ImagesProfile {
        ImagesProfile {
            provider: "rehearsal".to_owned(),
            base_url: String::new(),
            account: "rehearsal".to_owned(),
            // Another number when cards come to look otherwise.
            model: "cards-1".to_owned(),
            most_characters: 4_000,
            rehearsed: true,
        }
    }

    fn size(&self, width: u32, height: u32) -> (u32, u32) {
        drawn_size(width, height)
    }

    fn usd(&self, width: u32, height: u32) -> f64 {
        f64::from(width) * f64::from(height) / 1e6 * self.usd_per_megapixel
    }

    async fn draw(&self, prompt: &Prompt, may_begin: MayBegin) -> Result<Drawn, MakerError> {
        if ![prompt.width, prompt.height].iter().all(|side| SIDES.contains(side)) {
            let sentence =
                format!("a picture of {}x{} is not drawn: sides have 16 to 4096 pixels", prompt.width, prompt.height);
            return Err(MakerError::Refused(sentence));
        }
        if !may_begin() {
            return Err(MakerError::TooLate);
        }
        let (fonts, prompt) = (self.fonts.clone(), prompt.clone());
        let drawing = self.cores.work(move || png(&prompt, fonts.as_deref()));
        let failed = || MakerError::Broken("the card could not be drawn".to_owned());
        let bytes = drawing.await.flatten().ok_or_else(failed)?;
        Ok(Drawn { bytes, request_id: None })
    }
}

fn png(prompt: &Prompt, fonts: Option<&Fonts>) -> Option<Bytes> {
    let size = Size { width: prompt.width as usize, height: prompt.height as usize };
    let seed = sha256_hex(format!("{} {}", prompt.seed.unwrap_or_default(), prompt.text).as_bytes());
    let (mut drawing, palette) = landscape(&seed, size)?;
    if let Some(fonts) = fonts {
        words(&mut drawing, &prompt.text, palette, size, fonts);
    }
    let rgb: Vec<u8> = drawing.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&rgb, prompt.width, prompt.height, ExtendedColorType::Rgb8)
        .ok()?;
    Some(file.into())
}

/// The landscape that follows from a hash, and its colours.
pub(crate) fn landscape(hash: &str, size: Size) -> Option<(Pixmap, &'static Palette)> {
    let mut numbers = Numbers::of(hash);
    let palette = &PALETTES[numbers.below(PALETTES.len())];
    Some((Landscape::of(palette, size, &mut numbers).draw()?, palette))
}

/// What stands over the prompt, so that nobody takes a card for a picture that was bought.
const LABEL: &str = "REHEARSAL";
const MOST_LINES: usize = 3;

/// In the sky: a bar and a label, and under them the prompt's first words.
pub(crate) fn words(drawing: &mut Pixmap, text: &str, palette: &Palette, size: Size, fonts: &Fonts) {
    let text = plain(text);
    let text = text.trim();
    let type_setter = &mut Typesetter::new(fonts, None, text);
    let (width, height, scale) = (size.width as f32, size.height as f32, size.scale());
    let margin = width * 0.09;
    let column = (width - 2.0 * margin).min(980.0 * scale);
    let letters = 46.0 * scale;
    let style = Style { size: letters, line_height: letters * 1.32, width: Some(column), tracking: 0.0, family: None };
    let block = shortened(text, |text| {
        let block = type_setter.set(&[Piece { text: text.to_owned(), tag: 0 }], style);
        let fits = block.lines.len() <= MOST_LINES && bounds(&block).is_none_or(|ink| ink.width() <= column * 1.02);
        (block, fits)
    });
    let small = 24.0 * scale;
    let style = Style { size: small, line_height: small * 1.2, width: None, tracking: 0.22, family: None };
    let label = type_setter.set(&[Piece { text: LABEL.to_owned(), tag: 0 }], style);
    let mut top = height * 0.075;
    top += self::label(drawing, &label, palette, (margin, top, block.is_rtl, width), small) + 30.0 * scale;
    if let Some(ink) = bounds(&block) {
        // Lines were broken, and set right where they run from the right, inside the column.
        let left = if block.is_rtl { width - margin - column } else { margin };
        // A shadow so soft that it is not seen, where a sky is bright.
        draw_block(drawing, &block, (left, top - ink.top() + 2.0 * scale), palette.dark, 0.55);
        draw_block(drawing, &block, (left, top - ink.top()), [255, 255, 255], 0.96);
    }
}

/// Draws bar and label; its height.
fn label(
    drawing: &mut Pixmap,
    label: &Block,
    palette: &Palette,
    (margin, top, is_rtl, width): (f32, f32, bool, f32),
    size: f32,
) -> f32 {
    let Some(ink) = bounds(label) else { return 0.0 };
    let (bar_width, bar_height, gap) = (size * 1.7, size * 0.14, size * 0.6);
    let middle = top + ink.height() / 2.0;
    let bar_left = if is_rtl { width - margin - bar_width } else { margin };
    let bar = Rect::from_xywh(bar_left, middle - bar_height / 2.0, bar_width, bar_height);
    if let Some(bar) = bar.and_then(|bar| shapes::rounded(bar, size)) {
        drawing.fill_path(&bar, &shapes::paint(palette.accent), FillRule::Winding, Transform::identity(), None);
    }
    let left = if is_rtl { bar_left - gap - ink.width() } else { bar_left + bar_width + gap };
    draw_block(drawing, label, (left - ink.left(), top - ink.top()), palette.accent, 1.0);
    ink.height()
}
