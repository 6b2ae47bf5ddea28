//! Frames as the encoder takes them: planes of Y, U and V, 4:2:0, BT.709 in limited range.

/// Luma of black.
pub(crate) const BLACK: u8 = 16;
/// Chroma of grey.
pub(crate) const GREY: u8 = 128;

/// One plane of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<u8>,
}

impl Plane {
    /// A plane of one value.
    pub(crate) fn filled(width: usize, height: usize, value: u8) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// One row.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..][..self.width]
    }

    /// Rows become columns.
    pub(crate) fn transposed(&self) -> Self {
        let mut data = vec![0; self.data.len()];
        for (y, row) in self.data.chunks_exact(self.width).enumerate() {
            for (x, &value) in row.iter().enumerate() {
                data[x * self.height + y] = value;
            }
        }
        Self { width: self.height, height: self.width, data }
    }
}

/// Size of a frame; both sides even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Size {
    /// The shorter side.
    pub(crate) fn short(self) -> usize {
        self.width.min(self.height)
    }

    /// What sizes given for a frame 1080 wide are multiplied with.
    pub(crate) fn scale(self) -> f32 {
        self.short() as f32 / 1080.0
    }

    fn luma(self) -> usize {
        self.width * self.height
    }

    /// Bytes of a whole frame.
    pub(crate) fn bytes(self) -> usize {
        self.luma() * 3 / 2
    }
}

/// One whole frame: Y, then U, then V in one piece, as it goes down the pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) size: Size,
    pub(crate) data: Vec<u8>,
}

impl Frame {
    /// A black one.
    pub(crate) fn black(size: Size) -> Self {
        let mut data = vec![BLACK; size.bytes()];
        data[size.luma()..].fill(GREY);
        Self { size, data }
    }

    /// Y, U and V, to be written.
    pub(crate) fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let luma = self.size.luma();
        let (y, chroma) = self.data.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        [y, u, v]
    }

    /// Fills it with pixels of red, green, blue and alpha, of which the last is not looked at. Chroma stands where [`planes`] has it.
    pub(crate) fn fill_rgba(&mut self, pixels: &[u8]) {
        let (width, half) = (self.size.width, self.size.width / 2);
        let [y, u, v] = self.planes_mut();
        // Of two lines together, each channel in a row of its own, which begins with its first value twice.
        let [mut red, mut green, mut blue] = [const { Vec::<i32>::new() }; 3].map(|mut row| {
            row.resize(width + 1, 0);
            row
        });
        let lines = pixels.chunks_exact(width * 8).zip(y.chunks_exact_mut(width * 2));
        for ((lines, y), (u, v)) in lines.zip(u.chunks_exact_mut(half).zip(v.chunks_exact_mut(half))) {
            for (value, pixel) in y.iter_mut().zip(lines.chunks_exact(4)) {
                *value = ((luma(channels(pixel)) + (16 << 16) + (1 << 15)) >> 16) as u8;
            }
            let (upper, lower) = lines.split_at(width * 4);
            let sums = red[1..].iter_mut().zip(&mut green[1..]).zip(&mut blue[1..]);
            for (((red, green), blue), (one, other)) in sums.zip(upper.chunks_exact(4).zip(lower.chunks_exact(4))) {
                let (one, other) = (channels(one), channels(other));
                (*red, *green, *blue) = (one[0] + other[0], one[1] + other[1], one[2] + other[2]);
            }
            for row in [&mut red, &mut green, &mut blue] {
                row[0] = row[1];
            }
            for (column, (u, v)) in u.iter_mut().zip(v).enumerate() {
                let near = |row: &[i32]| row[2 * column] + 2 * row[2 * column + 1] + row[2 * column + 2];
                let [first, second] = chroma([near(&red), near(&green), near(&blue)]);
                *u = ((first + (128 << 19) + (1 << 18)) >> 19) as u8;
                *v = ((second + (128 << 19) + (1 << 18)) >> 19) as u8;
            }
        }
    }

    /// Lets another frame shine through: `share` of 256 is this one's.
    #[inline(always)]
    pub(crate) fn mix(&mut self, below: &Self, share: u16) {
        for (value, below) in self.data.iter_mut().zip(&below.data) {
            let sum = u16::from(*value) * share + u16::from(*below) * (256 - share);
            *value = ((sum + 128) >> 8) as u8;
        }
    }

    /// Darkens the whole frame: `light` of 256 is the frame as it is, 0 is black.
    #[inline(always)]
    pub(crate) fn dim(&mut self, light: u16) {
        let [y, u, v] = self.planes_mut();
        for (plane, rest) in [(y, i32::from(BLACK)), (u, i32::from(GREY)), (v, i32::from(GREY))] {
            for value in plane {
                *value = (rest + (((i32::from(*value) - rest) * i32::from(light)) >> 8)) as u8;
            }
        }
    }
}

/// Red, green and blue of a pixel that has alpha too.
#[inline(always)]
fn channels(pixel: &[u8]) -> [i32; 3] {
    let all = u32::from_le_bytes([pixel[0], pixel[1], pixel[2], pixel[3]]).cast_signed();
    [all & 0xFF, (all >> 8) & 0xFF, (all >> 16) & 0xFF]
}

/// BT.709, limited range, in 16 binary places.
pub(crate) fn luma(rgb: [i32; 3]) -> i32 {
    11_966 * rgb[0] + 40_254 * rgb[1] + 4_064 * rgb[2]
}

/// U and V around 0, in 16 binary places.
pub(crate) fn chroma(rgb: [i32; 3]) -> [i32; 2] {
    [-6_596 * rgb[0] - 22_189 * rgb[1] + 28_785 * rgb[2], 28_785 * rgb[0] - 26_145 * rgb[1] - 2_640 * rgb[2]]
}

/// One colour in Y, U and V.
pub(crate) fn yuv(rgb: [u8; 3]) -> [u8; 3] {
    let rgb = rgb.map(i32::from);
    let [u, v] = chroma(rgb);
    let round = |value: i32| (value + (1 << 15)) >> 16;
    [(16 + round(luma(rgb))) as u8, (128 + round(u)) as u8, (128 + round(v)) as u8]
}

/// A picture of red, green, blue bytes as planes. Chroma stands at the left of its pair of pixels, where H.264 expects it.
pub(crate) fn planes(width: usize, height: usize, rgb: &[u8]) -> [Plane; 3] {
    debug_assert!(
        width.is_multiple_of(2) && height.is_multiple_of(2) && rgb.len() == width * height * 3,
        "whole chroma"
    );
    let mut y = Plane::filled(width, height, BLACK);
    for (value, pixel) in y.data.iter_mut().zip(rgb.chunks_exact(3)) {
        *value = yuv([pixel[0], pixel[1], pixel[2]])[0];
    }
    let (half_width, half_height) = (width / 2, height / 2);
    let mut u = Plane::filled(half_width, half_height, GREY);
    let mut v = u.clone();
    let pixel = |x: usize, y: usize| {
        let at = (y * width + x) * 3;
        [i32::from(rgb[at]), i32::from(rgb[at + 1]), i32::from(rgb[at + 2])]
    };
    for row in 0..half_height {
        for column in 0..half_width {
            let mut sum = [0_i32; 3];
            for line in [2 * row, 2 * row + 1] {
                for (x, weight) in [((2 * column).saturating_sub(1), 1), (2 * column, 2), (2 * column + 1, 1)] {
                    let near = pixel(x, line);
                    (0..3).for_each(|channel| sum[channel] += weight * near[channel]);
                }
            }
            let [blue, red] = chroma(sum);
            u.data[row * half_width + column] = (128 + ((blue + (1 << 18)) >> 19)) as u8;
            v.data[row * half_width + column] = (128 + ((red + (1 << 18)) >> 19)) as u8;
        }
    }
    [y, u, v]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_with_alpha_become_what_those_without_do() {
        let (width, height) = (6, 4);
        let rgb: Vec<u8> = (0..width * height * 3).map(|index| (index * 37 % 251) as u8).collect();
        let rgba: Vec<u8> = rgb.chunks(3).flat_map(|pixel| [pixel, &[9]].concat()).collect();
        let mut frame = Frame::black(Size { width, height });
        frame.fill_rgba(&rgba);
        let planes = planes(width, height, &rgb);
        assert_eq!(frame.data, planes.map(|plane| plane.data).concat());
    }

    #[test]
    fn colours_are_those_of_bt_709() {
        for (rgb, expected) in [
            ([0, 0, 0], [16, 128, 128]),
            ([255, 255, 255], [235, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
        ] {
            assert_eq!(yuv(rgb), expected, "{rgb:?}");
        }
    }
}
