//! H.264 as x264 writes it. A frame that shows what the one before showed is not encoded: it is put into the stream as a slice
//! of a few bytes whose macroblocks are all skipped, and the frames after it are numbered anew.

use std::io::{self, ErrorKind};
use std::ops::Range;

/// Number of the picture parameters that filled-in frames use. x264 codes by arithmetic; theirs is the plain code. The encoder's
/// own have the number of its sequence parameters, which is smaller.
const FILLED_PPS: u32 = 2;
/// A slice of a frame that later ones build on.
const SLICE: u8 = 0x41;
const START: [u8; 4] = [0, 0, 0, 1];

/// What a unit of a stream is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of a frame that stands for itself.
    Idr,
    /// Of a frame that builds on the one before.
    Slice,
    Sps,
    Pps,
    Other,
}

/// What must be known of the sequence to number its frames.
#[derive(Clone, Copy)]
struct Sequence {
    id: u32,
    number_bits: u32,
    macroblocks: u32,
}

/// Frames of a stream in Annex B, each shown as often as `shown` says, in the order of the film. The stream holds one frame for
/// each entry of `shown`, of which the first stands for itself and each other one builds on the one before.
///
/// # Errors
/// `InvalidData` with a sentence if the stream is another one; those of `frame`.
pub(crate) fn fill(stream: &[u8], shown: &[u64], mut frame: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let (mut sequence, mut head, mut number, mut coded) = (None, Vec::new(), 0, 0);
    for unit in units(stream) {
        let unit = &stream[unit];
        match kind(unit) {
            Kind::Sps => sequence = Some(Sequence::read(unit)?),
            Kind::Idr | Kind::Slice => {
                let sequence = sequence.ok_or_else(|| wrong("a frame stands before its sequence"))?;
                let count = *shown.get(coded).ok_or_else(|| wrong("the encoder made more frames than it was given"))?;
                if (coded == 0) != (kind(unit) == Kind::Idr) {
                    return Err(wrong("the encoder put a key frame where none was asked for"));
                }
                if coded == 0 {
                    put(&mut head, &sequence.filled_pps());
                }
                put(&mut head, &sequence.numbered(unit, number)?);
                frame(&head)?;
                for number in number + 1..number + count {
                    head.clear();
                    put(&mut head, &sequence.repeated(number));
                    frame(&head)?;
                }
                head.clear();
                (number, coded) = (number + count, coded + 1);
                continue;
            }
            Kind::Pps | Kind::Other => {}
        }
        put(&mut head, unit);
    }
    if coded == shown.len() { Ok(()) } else { Err(wrong("the encoder made fewer frames than it was given")) }
}

/// The parameter sets of a frame, each with its start code: those of sequences first, of which those that ask most of a player
/// come first.
pub(crate) fn parameter_sets(frame: &[u8]) -> Vec<Vec<u8>> {
    let mut sets: Vec<&[u8]> = units(frame).map(|unit| &frame[unit]).filter(|unit| is_set(unit)).collect();
    sets.sort_by_key(|set| order(set));
    sets.into_iter().map(|set| [&START, set].concat()).collect()
}

/// Puts parameter sets into a frame, behind the mark that begins it and in place of its own.
pub(crate) fn with_parameter_sets(frame: &[u8], sets: &[Vec<u8>]) -> Vec<u8> {
    let mut sets: Vec<&[u8]> = sets.iter().map(|set| &set[START.len()..]).collect();
    sets.sort_by_key(|set| order(set));
    let mut whole = Vec::with_capacity(frame.len() + 256);
    let (marks, rest): (Vec<&[u8]>, Vec<&[u8]>) = units(frame)
        .map(|unit| &frame[unit])
        .filter(|unit| !is_set(unit))
        .partition(|unit| unit.first().is_some_and(|first| first & 31 == 9));
    for unit in marks.into_iter().chain(sets).chain(rest) {
        put(&mut whole, unit);
    }
    whole
}

fn is_set(unit: &[u8]) -> bool {
    matches!(kind(unit), Kind::Sps | Kind::Pps)
}

/// Sequences before pictures; the highest level first, which a player reads as that of the film.
fn order(set: &[u8]) -> (bool, std::cmp::Reverse<u8>) {
    let is_sequence = kind(set) == Kind::Sps;
    (!is_sequence, std::cmp::Reverse(if is_sequence { set.get(3).copied().unwrap_or(0) } else { 0 }))
}

fn kind(unit: &[u8]) -> Kind {
    match unit.first().map_or(0, |first| first & 31) {
        1 => Kind::Slice,
        5 => Kind::Idr,
        7 => Kind::Sps,
        8 => Kind::Pps,
        _ => Kind::Other,
    }
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

fn put(stream: &mut Vec<u8>, unit: &[u8]) {
    stream.extend_from_slice(&START);
    stream.extend_from_slice(unit);
}

/// Where the units of a stream lie, without their start codes.
fn units(stream: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let start_from = move |from: usize| {
        let found = stream.get(from..)?.windows(3).position(|bytes| bytes == [0, 0, 1]);
        found.map(|at| from + at)
    };
    let mut next = start_from(0);
    std::iter::from_fn(move || {
        let begin = next? + 3;
        next = start_from(begin);
        let mut end = next.unwrap_or(stream.len());
        // A unit ends in a bit that is set: zeros after it belong to the next start code.
        while end > begin && stream[end - 1] == 0 {
            end -= 1;
        }
        Some(begin..end)
    })
}

impl Sequence {
    /// Reads what is needed of a sequence's parameters.
    fn read(unit: &[u8]) -> io::Result<Self> {
        let bytes = unescaped(unit);
        let mut bits = Bits { bytes: &bytes, at: 8 };
        let profile = bits.fixed(8);
        bits.fixed(16);
        let id = bits.exp();
        // High and its kin say more of their colours.
        if matches!(profile, 100 | 110 | 122 | 244) {
            let is_usual = bits.exp() == 1 && bits.exp() == 0 && bits.exp() == 0 && bits.fixed(2) == 0;
            if !is_usual {
                return Err(wrong("the encoder's film is not 4:2:0 in 8 bits"));
            }
        }
        let number_bits = bits.exp() + 4;
        // Type 2: frames are shown in the order in which they are coded, so none has to say its place.
        if bits.exp() != 2 {
            return Err(wrong("the encoder orders its frames anew"));
        }
        bits.exp();
        bits.fixed(1);
        let (columns, rows) = (bits.exp() + 1, bits.exp() + 1);
        if bits.fixed(1) != 1 || id >= FILLED_PPS || bits.at > bytes.len() * 8 {
            return Err(wrong("the encoder's sequence cannot be filled"));
        }
        Ok(Self { id, number_bits, macroblocks: columns * rows })
    }

    /// A slice with `number` in the place of its own.
    fn numbered(&self, unit: &[u8], number: u64) -> io::Result<Vec<u8>> {
        let mut bytes = unescaped(unit);
        let mut bits = Bits { bytes: &bytes, at: 8 };
        let first = bits.exp();
        bits.exp();
        bits.exp();
        let at = bits.at;
        if first != 0 || at + self.number_bits as usize > bytes.len() * 8 {
            return Err(wrong("the encoder cut a frame into slices"));
        }
        for bit in 0..self.number_bits as usize {
            let mask = 0x80 >> ((at + bit) % 8);
            let is_set = number >> (self.number_bits as usize - 1 - bit) & 1 == 1;
            let byte = &mut bytes[(at + bit) / 8];
            *byte = if is_set { *byte | mask } else { *byte & !mask };
        }
        Ok(escaped(&bytes))
    }

    /// A frame that shows what the one before it showed.
    fn repeated(&self, number: u64) -> Vec<u8> {
        let mut bits = Writer::of(SLICE);
        bits.exp(0); // its first macroblock is the first
        bits.exp(5); // predicted, as all slices of this frame
        bits.exp(FILLED_PPS);
        bits.fixed(number as u32 & ((1 << self.number_bits) - 1), self.number_bits);
        bits.fixed(0, 1); // as many frames to build on as ever
        bits.fixed(0, 1); // in their usual order
        bits.fixed(0, 1); // and the oldest makes room
        bits.exp(0); // no other quantiser
        bits.exp(1); // no deblocking
        bits.exp(self.macroblocks);
        bits.end()
    }

    /// The picture parameters of such frames.
    fn filled_pps(&self) -> Vec<u8> {
        let mut bits = Writer::of(0x68);
        bits.exp(FILLED_PPS);
        bits.exp(self.id);
        bits.fixed(0, 2); // plain code; no fields
        bits.exp(0); // one group of slices
        bits.exp(0); // one frame to build on,
        bits.exp(0); // either way
        bits.fixed(0, 3); // no weights
        bits.exp(0); // quantisers as usual,
        bits.exp(0);
        bits.exp(0);
        bits.fixed(0b100, 3); // slices say whether they are deblocked
        bits.end()
    }
}

/// Reads bits; past the end there are zeros.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn fixed(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| {
            let bit = self.bytes.get(self.at / 8).map_or(0, |byte| byte >> (7 - self.at % 8) & 1);
            self.at += 1;
            value << 1 | u32::from(bit)
        })
    }

    /// A number of Exp-Golomb's.
    fn exp(&mut self) -> u32 {
        let mut zeros = 0;
        while zeros < 16 && self.fixed(1) == 0 {
            zeros += 1;
        }
        (1 << zeros) - 1 + self.fixed(zeros)
    }
}

/// Writes bits into a unit.
struct Writer {
    bytes: Vec<u8>,
    /// Bits of the last byte that are not written yet.
    free: u32,
}

impl Writer {
    fn of(header: u8) -> Self {
        Self { bytes: vec![header], free: 0 }
    }

    fn fixed(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << self.free;
            }
        }
    }

    fn exp(&mut self, value: u32) {
        let zeros = (value + 1).ilog2();
        self.fixed(0, zeros);
        self.fixed(value + 1, zeros + 1);
    }

    fn end(mut self) -> Vec<u8> {
        self.fixed(1, 1);
        escaped(&self.bytes)
    }
}

/// Without the bytes that keep a unit from looking like a start code.
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let (mut bytes, mut zeros) = (Vec::with_capacity(unit.len()), 0);
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

/// And with them.
fn escaped(bytes: &[u8]) -> Vec<u8> {
    let (mut unit, mut zeros) = (Vec::with_capacity(bytes.len() + bytes.len() / 64), 0);
    for &byte in bytes {
        if zeros >= 2 && byte <= 3 {
            unit.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        unit.push(byte);
    }
    unit
}
