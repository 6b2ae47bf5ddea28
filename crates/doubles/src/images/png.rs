//! A small real PNG of any size: two colours that follow from a text, one above the other.

/// Of a few kilobytes, however large.
pub(super) fn png(width: u32, height: u32, text: &str) -> Vec<u8> {
    let (width, height) = (width.clamp(1, 4_096), height.clamp(1, 4_096));
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // Eight bits a pixel, a palette.
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &header);
    let [a, b, c, d, e, f, ..] = hash.to_be_bytes();
    chunk(&mut png, b"PLTE", &[a, b, c, d, e, f]);
    let row = width as usize + 1;
    let mut rows = Vec::with_capacity(row * height as usize);
    for y in 0..height {
        rows.push(0);
        rows.resize(rows.len() + width as usize, u8::from(y >= height / 8 * 7));
    }
    chunk(&mut png, b"IDAT", &zlib(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let check = crc(&png[from..]);
    png.extend(check.to_be_bytes());
}

/// ISO 3309.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// Deflate (RFC 1951) with its fixed codes, where only repeats of one byte are found again; in a zlib stream (RFC 1950).
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, of fixed codes.
    bits.push(0b011, 3);
    let mut at = 0;
    while at < bytes.len() {
        let again = bytes[at + 1..].iter().take(258).take_while(|byte| **byte == bytes[at]).count();
        bits.literal(bytes[at]);
        at += 1;
        // Lengths 3 to 10 are codes 257 to 264, of seven bits; 258 is code 285, of eight; distance 1 is code 0, of five.
        let found = match again {
            258 => Some((258, 0b1100_0101, 8)),
            3.. => Some((again.min(10), again.min(10) as u32 - 2, 7)),
            _ => None,
        };
        if let Some((length, code, count)) = found {
            bits.code(code, count);
            bits.code(0, 5);
            at += length;
        }
    }
    // The end of the block.
    bits.code(0, 7);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut stream = vec![0x78, 0x01];
    stream.extend(bits.bytes);
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    free: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for at in 0..count {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let bit = (value >> at & 1) as u8;
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (8 - self.free);
            }
            self.free -= 1;
        }
    }

    /// Codes go out with their highest bit first.
    fn code(&mut self, code: u32, count: u32) {
        self.push(code.reverse_bits() >> (32 - count), count);
    }

    fn literal(&mut self, byte: u8) {
        match u32::from(byte) {
            byte @ 0..=143 => self.code(0x30 + byte, 8),
            byte => self.code(0x190 + byte - 144, 9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_sums_are_those_of_the_standards() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(zlib(b"a"), [0x78, 0x01, 0x4b, 0x04, 0x00, 0x00, 0x62, 0x00, 0x62]);
    }

    #[test]
    fn it_is_small_and_different_by_text() {
        let (one, other) = (png(1_008, 1_792, "a boat"), png(1_008, 1_792, "a goat"));
        assert!(one.len() < 40_000 && one != other, "{}", one.len());
        assert_eq!((&one[16..20], &one[20..24]), (&1_008_u32.to_be_bytes()[..], &1_792_u32.to_be_bytes()[..]));
    }
}
