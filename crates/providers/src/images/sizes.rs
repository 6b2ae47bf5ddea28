//! How a picture's size is said, and which sizes can be.

use serde::Serialize;
use story::images::drawn_size;

/// How the size is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeStyle {
    /// `width` and `height`.
    WidthAndHeight,
    /// `size`, as `1024x1536`.
    Size,
    /// The same, of the three that `gpt-image-1` and its kin know.
    ThreeSizes,
    /// `aspect_ratio`, as `9:16`.
    AspectRatio,
}

/// The three.
const SIZES: [(u32, u32); 3] = [(1_024, 1_024), (1_024, 1_536), (1_536, 1_024)];

/// Shapes that FLUX and Gemini both know, and about what they draw then.
const RATIOS: [((u32, u32), &str); 8] = [
    ((1_024, 1_024), "1:1"),
    ((832, 1_248), "2:3"),
    ((1_248, 832), "3:2"),
    ((864, 1_184), "3:4"),
    ((1_184, 864), "4:3"),
    ((768, 1_344), "9:16"),
    ((1_344, 768), "16:9"),
    ((1_536, 672), "21:9"),
];

/// The fields of a request that say a size.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aspect_ratio: Option<&'static str>,
}

impl SizeStyle {
    /// The style of a name that an owner gives.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "pixels" => Some(Self::WidthAndHeight),
            "size" => Some(Self::Size),
            "three" => Some(Self::ThreeSizes),
            "ratio" => Some(Self::AspectRatio),
            _ => None,
        }
    }

    /// The size to ask for, so that a frame is filled.
    pub(super) fn nearest(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::WidthAndHeight | Self::Size => drawn_size(width, height),
            Self::ThreeSizes => of_shape(&SIZES, width, height, |size| *size),
            Self::AspectRatio => nearest_ratio(width, height).0,
        }
    }

    pub(super) fn said(self, width: u32, height: u32) -> Said {
        match self {
            Self::WidthAndHeight => Said { width: Some(width), height: Some(height), ..Said::default() },
            Self::Size | Self::ThreeSizes => Said { size: Some(format!("{width}x{height}")), ..Said::default() },
            Self::AspectRatio => Said { aspect_ratio: Some(nearest_ratio(width, height).1), ..Said::default() },
        }
    }
}

/// The shape nearest to a frame's: about what is drawn then, and its name.
pub(crate) fn nearest_ratio(width: u32, height: u32) -> ((u32, u32), &'static str) {
    of_shape(&RATIOS, width, height, |ratio| ratio.0)
}

fn of_shape<T: Copy>(all: &[T], width: u32, height: u32, size: impl Fn(&T) -> (u32, u32)) -> T {
    let shape = |width: u32, height: u32| (f64::from(width.max(1)) / f64::from(height.max(1))).ln();
    let wanted = shape(width, height);
    let far = |one: &T| (shape(size(one).0, size(one).1) - wanted).abs();
    all.iter().copied().min_by(|a, b| far(a).total_cmp(&far(b))).expect("there are some")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(style: SizeStyle, frame: (u32, u32), size: (u32, u32), said: &str) {
        let nearest = style.nearest(frame.0, frame.1);
        let sent = serde_json::to_string(&style.said(nearest.0, nearest.1)).unwrap();
        assert_eq!((nearest, sent.as_str()), (size, said), "{style:?} {frame:?}");
    }

    #[test]
    fn a_frame_is_asked_for_in_the_words_of_the_server() {
        check(SizeStyle::WidthAndHeight, (1_080, 1_920), (1_008, 1_792), r#"{"width":1008,"height":1792}"#);
        check(SizeStyle::Size, (1_920, 1_080), (1_792, 1_008), r#"{"size":"1792x1008"}"#);
        check(SizeStyle::ThreeSizes, (1_080, 1_920), (1_024, 1_536), r#"{"size":"1024x1536"}"#);
        check(SizeStyle::ThreeSizes, (1_080, 1_080), (1_024, 1_024), r#"{"size":"1024x1024"}"#);
        check(SizeStyle::AspectRatio, (1_080, 1_920), (768, 1_344), r#"{"aspect_ratio":"9:16"}"#);
        check(SizeStyle::AspectRatio, (2_400, 1_000), (1_536, 672), r#"{"aspect_ratio":"21:9"}"#);
        check(SizeStyle::AspectRatio, (1_000, 1_250), (864, 1_184), r#"{"aspect_ratio":"3:4"}"#);
        check(SizeStyle::AspectRatio, (0, 0), (1_024, 1_024), r#"{"aspect_ratio":"1:1"}"#);
    }
}
