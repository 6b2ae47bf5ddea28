//! Silence, in every format that speech comes in: what stands in for a line that nobody could say.

use super::replay::Bytestream;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;

/// Silence of a certain length.
pub(super) struct Silence {
    /// What stands before it.
    head: Vec<u8>,
    /// The same again and again, as a rule.
    part: Vec<u8>,
    parts: u64,
    /// In Ogg each part has a number.
    is_ogg: bool,
}

impl Silence {
    /// At least so long. A format that nobody knows is answered with the usual one.
    pub(super) fn new(format: &str, length_ms: u64) -> Self {
        let mut words = format.split('_');
        let kind = words.next().unwrap_or_default();
        let mut numbers = words.map(|word| word.parse::<u32>().unwrap_or(0));
        let (rate, kilobits) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let twentieths = length_ms.div_ceil(20);
        let samples = |rate: u32| vec![0; rate as usize / 50 * 2];
        match kind {
            "pcm" => Self::plain(samples(rate), twentieths),
            "wav" => {
                let part = samples(rate);
                let size = u32::try_from(part.len() as u64 * twentieths).unwrap_or(u32::MAX - 36);
                Self { head: riff(rate, size), ..Self::plain(part, twentieths) }
            }
            "ulaw" => Self::plain(vec![0xff; 160], twentieths),
            "alaw" => Self::plain(vec![0xd5; 160], twentieths),
            "opus" => Self { is_ogg: true, head: ogg_head(), ..Self::plain(Vec::new(), length_ms.div_ceil(1_000)) },
            _ => {
                let (frame, frame_samples, rate) = mp3_frame(rate, kilobits);
                Self::plain(frame, (length_ms * u64::from(rate)).div_ceil(u64::from(frame_samples) * 1_000))
            }
        }
    }

    fn plain(part: Vec<u8>, parts: u64) -> Self {
        Self { head: Vec::new(), part, parts: parts.max(1), is_ogg: false }
    }

    /// Its length in bytes.
    pub(super) fn size_bytes(&self) -> u64 {
        let part = if self.is_ogg { ogg_page(0, false).len() } else { self.part.len() };
        (self.head.len() + part * usize::try_from(self.parts).unwrap_or(usize::MAX)) as u64
    }

    /// Its bytes: never more than a second of them at once.
    pub(super) fn body(self) -> Bytestream {
        let Self { head, part, parts, is_ogg } = self;
        let part = Bytes::from(part);
        let rest = stream::iter(0..parts)
            .map(move |index| Ok(if is_ogg { ogg_page(index, index + 1 == parts).into() } else { part.clone() }));
        stream::once(async { Ok(Bytes::from(head)) }).chain(rest).boxed()
    }
}

/// The head of a RIFF file of 16-bit samples.
fn riff(rate: u32, size: u32) -> Vec<u8> {
    let mut head = b"RIFF".to_vec();
    head.extend_from_slice(&(36 + size).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt ");
    for number in [16, 1 | 1 << 16, rate, rate * 2, 2 | 16 << 16] {
        head.extend_from_slice(&u32::to_le_bytes(number));
    }
    head.extend_from_slice(b"data");
    head.extend_from_slice(&size.to_le_bytes());
    head
}

/// A frame of MPEG audio, layer 3, mono, in which nothing is heard: all its side information is 0. Says its samples and its rate.
fn mp3_frame(rate: u32, kilobits: u32) -> (Vec<u8>, u32, u32) {
    let (version, rate_bits, bitrates, samples): (u8, u8, &[u32], u32) = match rate {
        22_050 => (0xf3, 0, &[0, 8, 16, 24, 32, 40, 48], 576),
        24_000 => (0xf3, 1, &[0, 8, 16, 24, 32, 40, 48], 576),
        _ => (0xfb, 0, &[0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192], 1_152),
    };
    let rate = if samples == 576 { rate } else { 44_100 };
    let index = bitrates.iter().position(|known| *known == kilobits && kilobits > 0).unwrap_or(bitrates.len() - 3);
    let size = samples / 8 * bitrates[index] * 1_000 / rate;
    let mut frame = vec![0; size as usize];
    frame[..4].copy_from_slice(&[0xff, version, (index as u8) << 4 | rate_bits << 2, 0xc0]);
    (frame, samples, rate)
}

/// Packets of 20 ms in a page of a second.
const PACKETS: usize = 50;

fn ogg_head() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01\0\0".to_vec();
    head.extend_from_slice(&48_000_u32.to_le_bytes());
    head.extend_from_slice(&[0, 0, 0]);
    let mut pages = page(2, 0, 0, &[&head]);
    pages.extend(page(0, 0, 1, &[b"OpusTags\x07\0\0\0onetake\0\0\0\0"]));
    pages
}

/// A second of silence.
fn ogg_page(index: u64, is_last: bool) -> Vec<u8> {
    // A frame of 20 ms with nothing in it.
    let packets: [&[u8]; PACKETS] = [&[0xf8, 0xff, 0xfe]; PACKETS];
    page(if is_last { 4 } else { 0 }, (index + 1) * 48_000, u32::try_from(index + 2).unwrap_or(u32::MAX), &packets)
}

/// A page of an Ogg stream (RFC 3533); packets are shorter than 255 bytes.
fn page(kind: u8, granule: u64, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(kind);
    page.extend_from_slice(&granule.to_le_bytes());
    page.extend_from_slice(&1_u32.to_le_bytes());
    page.extend_from_slice(&number.to_le_bytes());
    let sum_at = page.len();
    page.extend_from_slice(&[0; 4]);
    page.push(packets.len() as u8);
    page.extend(packets.iter().map(|packet| packet.len() as u8));
    page.extend(packets.iter().copied().flatten());
    let sum = page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    });
    page[sum_at..sum_at + 4].copy_from_slice(&sum.to_le_bytes());
    page
}
