//! The formats in which speech can be asked for, each as a table of frames: one for every pitch, one of silence.

use super::{PITCHES, Span};
use bytes::Bytes;
use std::collections::HashMap;
use std::f32::consts::TAU;
use std::sync::{LazyLock, Mutex};

/// A format of the provider's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// MP3: samples a second and kilobits a second.
    Mp3(u32, u32),
    /// Signed 16-bit samples without a header.
    Pcm(u32),
    /// The same in a RIFF file.
    Wav(u32),
    /// µ-law at 8 kHz.
    Ulaw,
    /// A-law at 8 kHz.
    Alaw,
    /// Opus: known by name, not spoken.
    Opus,
}

impl Format {
    /// The format of this name, if the provider has it (PROVIDERS 1.3).
    pub fn named(name: &str) -> Option<Self> {
        const RATES: [u32; 7] = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
        let mut parts = name.split('_');
        let kind = parts.next()?;
        let numbers: Vec<u32> = parts.map(str::parse).collect::<Result<_, _>>().ok()?;
        match (kind, numbers.as_slice()) {
            ("mp3", [22_050, 32]) => Some(Format::Mp3(22_050, 32)),
            ("mp3", [24_000, 48]) => Some(Format::Mp3(24_000, 48)),
            ("mp3", [44_100, kilobits @ (32 | 64 | 96 | 128 | 192)]) => Some(Format::Mp3(44_100, *kilobits)),
            ("pcm", [rate]) if RATES.contains(rate) => Some(Format::Pcm(*rate)),
            ("wav", [rate]) if RATES.contains(rate) => Some(Format::Wav(*rate)),
            ("ulaw", [8_000]) => Some(Format::Ulaw),
            ("alaw", [8_000]) => Some(Format::Alaw),
            ("opus", [48_000, 32 | 64 | 96 | 128 | 192]) => Some(Format::Opus),
            _ => None,
        }
    }

    /// As HTTP names it.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Mp3(..) => "audio/mpeg",
            Format::Pcm(_) => "audio/pcm",
            Format::Wav(_) => "audio/wav",
            Format::Ulaw | Format::Alaw => "audio/basic",
            Format::Opus => "audio/ogg",
        }
    }

    /// Samples a second.
    pub fn rate(self) -> u32 {
        match self {
            Format::Mp3(rate, _) | Format::Pcm(rate) | Format::Wav(rate) => rate,
            Format::Ulaw | Format::Alaw => 8_000,
            Format::Opus => 48_000,
        }
    }

    /// What stands before the sound: only a RIFF file has something.
    pub fn header(self, length_ms: u64) -> Bytes {
        let Format::Wav(rate) = self else { return Bytes::new() };
        let size = (self.frames_until(length_ms) * u64::from(self.samples()) * 2) as u32;
        let mut header = Vec::with_capacity(44);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&(36 + size).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&16_u32.to_le_bytes());
        header.extend_from_slice(&[1, 0, 1, 0]);
        header.extend_from_slice(&rate.to_le_bytes());
        header.extend_from_slice(&(rate * 2).to_le_bytes());
        header.extend_from_slice(&[2, 0, 16, 0]);
        header.extend_from_slice(b"data");
        header.extend_from_slice(&size.to_le_bytes());
        header.into()
    }

    /// Samples in a frame.
    fn samples(self) -> u32 {
        match self {
            Format::Mp3(44_100, _) => 1_152,
            Format::Mp3(..) => 576,
            // 20 ms: a whole number of samples at every rate of the list.
            _ => self.rate() / 50,
        }
    }

    /// How many frames stand before this time.
    fn frames_until(self, at_ms: u64) -> u64 {
        (at_ms * u64::from(self.rate()) + u64::from(self.samples()) * 500) / (u64::from(self.samples()) * 1_000)
    }

    fn table(self) -> &'static [Bytes] {
        static TABLES: LazyLock<Mutex<HashMap<Format, &'static [Bytes]>>> = LazyLock::new(Mutex::default);
        let mut tables = TABLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Kept until the process ends: there are 28 formats at most.
        tables.entry(self).or_insert_with(|| Box::leak(self.frames().into_boxed_slice()))
    }

    /// A frame of each pitch, the last one silence.
    fn frames(self) -> Vec<Bytes> {
        let samples = self.samples() as f32;
        // A whole number of waves in each frame, all of them between 150 and 1,600 Hz.
        let waves = |pitch: usize| if matches!(self, Format::Mp3(..)) { pitch + 5 } else { pitch + 4 } as f32;
        let tone = |pitch: usize, at: usize| match pitch {
            PITCHES => 0.0,
            _ => 0.4 * (TAU * waves(pitch) * ((at as f32) % samples) / samples).sin(),
        };
        (0..=PITCHES)
            .map(|pitch| match self {
                Format::Mp3(rate, kilobits) => super::mp3::frame(rate, kilobits, |at| tone(pitch, at)),
                _ => (0..self.samples() as usize).flat_map(|at| self.sample(tone(pitch, at))).collect(),
            })
            .collect()
    }

    fn sample(self, value: f32) -> Vec<u8> {
        let value = (value * 32_767.0) as i16;
        match self {
            Format::Ulaw => vec![ulaw(value)],
            Format::Alaw => vec![alaw(value)],
            _ => value.to_le_bytes().to_vec(),
        }
    }
}

/// ITU-T G.711, µ-law.
fn ulaw(value: i16) -> u8 {
    let sign = if value < 0 { 0x80 } else { 0 };
    let magnitude = (i32::from(value).abs() + 132).min(32_767);
    let exponent = (0..8).rev().find(|exponent| magnitude >> (exponent + 7) != 0).unwrap_or(0);
    !(sign | (exponent << 4) as u8 | (magnitude >> (exponent + 3) & 15) as u8)
}

/// ITU-T G.711, A-law.
fn alaw(value: i16) -> u8 {
    let sign = if value < 0 { 0 } else { 0x80 };
    let magnitude = (i32::from(value).abs() >> 3).min(4_095);
    let exponent = (1..8).rev().find(|exponent| magnitude >> (exponent + 4) != 0).unwrap_or(0);
    let mantissa = if exponent == 0 { magnitude >> 1 } else { magnitude >> exponent } & 15;
    (sign | (exponent << 4) as u8 | mantissa as u8) ^ 0x55
}

/// The bytes of a speech, as they come: each span's frames, so that nothing long is ever held.
#[derive(Debug, Clone)]
pub struct Sound {
    format: Format,
    frames: u64,
}

impl Sound {
    /// From the beginning, after [`Format::header`].
    pub fn new(format: Format) -> Self {
        Self { format, frames: 0 }
    }

    /// All bytes at once.
    pub fn whole(format: Format, spans: &[Span]) -> Vec<u8> {
        let mut bytes = format.header(spans.last().map_or(0, |span| span.end_ms)).to_vec();
        let mut sound = Self::new(format);
        spans.iter().for_each(|span| sound.add(span, &mut bytes));
        bytes
    }

    /// The bytes from where the last span ended to this one's end, added to what is there.
    pub fn add(&mut self, span: &Span, into: &mut Vec<u8>) {
        let until = self.format.frames_until(span.end_ms);
        let frame = &self.format.table()[span.pitch.unwrap_or(PITCHES)];
        for _ in self.frames..until {
            into.extend_from_slice(frame);
        }
        self.frames = self.frames.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_values_of_g711_come_out() {
        assert_eq!([ulaw(0), ulaw(-1), ulaw(32_767), ulaw(-32_767)], [0xff, 0x7f, 0x80, 0x00]);
        assert_eq!([alaw(0), alaw(32_767), alaw(-32_767)], [0xd5, 0xaa, 0x2a]);
    }

    #[test]
    fn only_the_formats_of_the_list_have_a_name() {
        assert_eq!(Format::named("mp3_44100_128"), Some(Format::Mp3(44_100, 128)));
        assert_eq!(Format::named("pcm_24000"), Some(Format::Pcm(24_000)));
        for wrong in ["mp3_44100_129", "mp3", "wav", "pcm_24000_1", "flac_44100", ""] {
            assert_eq!(Format::named(wrong), None, "{wrong}");
        }
    }
}
