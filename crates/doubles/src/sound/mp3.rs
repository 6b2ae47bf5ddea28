//! One MP3 frame for each pitch: encoded once by LAME, made independent of its neighbours, and repeated for as long as the pitch lasts.
//! A pitch whose wave fits into a frame a whole number of times is the same in each frame, so the repetition is a steady tone.

use bytes::Bytes;
use mp3lame_encoder::{Bitrate, Builder, FlushGap, MonoPcm, Quality, max_required_buffer_size};

/// A frame that needs no other: its tone, or silence for an empty wave.
pub(super) fn frame(rate: u32, kilobits: u32, wave: impl Fn(usize) -> f32) -> Bytes {
    let samples: Vec<f32> = (0..rate as usize * 2).map(wave).collect();
    let stream = encode(rate, kilobits, &samples);
    independent(&stream).expect("among fifty frames of a steady tone one fits into itself")
}

fn encode(rate: u32, kilobits: u32, samples: &[f32]) -> Vec<u8> {
    let bitrate = match kilobits {
        32 => Bitrate::Kbps32,
        48 => Bitrate::Kbps48,
        64 => Bitrate::Kbps64,
        96 => Bitrate::Kbps96,
        128 => Bitrate::Kbps128,
        _ => Bitrate::Kbps192,
    };
    let encoder = Builder::new().ok_or(()).and_then(|builder| {
        let builder = builder.with_num_channels(1).map_err(drop)?;
        let builder = builder.with_sample_rate(rate).map_err(drop)?;
        let builder = builder.with_output_sample_rate(std::num::NonZeroU32::new(rate)).map_err(drop)?;
        let builder = builder.with_brate(bitrate).map_err(drop)?;
        let builder = builder.with_quality(Quality::Good).map_err(drop)?;
        builder.with_to_write_vbr_tag(false).and_then(Builder::build).map_err(drop)
    });
    let mut encoder = encoder.expect("LAME knows every rate of the table");
    let mut stream = Vec::with_capacity(max_required_buffer_size(samples.len()) * 2);
    encoder.encode_to_vec(MonoPcm(samples), &mut stream).expect("the buffer has room");
    stream.reserve(max_required_buffer_size(0));
    encoder.flush_to_vec::<FlushGap>(&mut stream).expect("the buffer has room");
    stream
}

/// Layer III lets a frame's data begin in the frames before it. Takes a frame from the middle whose data is small enough to
/// stand in the frame itself, and puts it there.
fn independent(stream: &[u8]) -> Option<Bytes> {
    // All data parts one after the other, and for each frame: its header and side information, and where its own part begins.
    let mut data: Vec<u8> = Vec::new();
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(head) = stream.get(at..at + 4).and_then(Head::read) {
        let Some(frame) = stream.get(at..at + head.size) else { break };
        frames.push((head, frame[..4 + head.side].to_vec(), data.len()));
        data.extend_from_slice(&frame[4 + head.side..]);
        at += head.size;
    }
    frames.into_iter().skip(10).find_map(|(head, mut start, place)| {
        let bits = |from: usize, count: usize| {
            (from..from + count)
                .fold(0_usize, |sum, bit| sum << 1 | usize::from(start[4 + bit / 8] >> (7 - bit % 8) & 1))
        };
        // The side information of one channel: where the data begins, private bits, what granules share, then the granules.
        let (back, granules) = if head.first {
            (bits(0, 9), vec![bits(18, 12), bits(18 + 59, 12)])
        } else {
            (bits(0, 8), vec![bits(9, 12)])
        };
        let need = granules.iter().sum::<usize>().div_ceil(8);
        let room = head.size - usize::from(head.padded) - 4 - head.side;
        let from = place.checked_sub(back)?;
        if need > room {
            return None;
        }
        // No padding; the data begins here.
        start[2] &= !0b10;
        start[4] = 0;
        if head.first {
            start[5] &= 0x7f;
        }
        let mut frame = start;
        frame.extend_from_slice(data.get(from..from + need)?);
        frame.resize(head.size - usize::from(head.padded), 0);
        Some(Bytes::from(frame))
    })
}

#[derive(Clone, Copy)]
struct Head {
    /// MPEG-1: two granules in a frame.
    first: bool,
    size: usize,
    side: usize,
    padded: bool,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes[0] != 0xff || bytes[1] & 0xe0 != 0xe0 {
            return None;
        }
        let first = bytes[1] & 0b1000 != 0;
        let kilobits = if first {
            [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0]
        } else {
            [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0]
        }[usize::from(bytes[2] >> 4)];
        let rate = [44_100, 48_000, 32_000, 1][usize::from(bytes[2] >> 2 & 3)] / if first { 1 } else { 2 };
        let padded = bytes[2] & 0b10 != 0;
        let size = if first { 144 } else { 72 } * kilobits * 1_000 / rate + usize::from(padded);
        Some(Self { first, size, side: if first { 17 } else { 9 }, padded })
    }
}
