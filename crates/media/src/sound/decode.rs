//! Sound files into mono samples at 48 kHz, block by block: a sound may be longer than memory.

use super::resample::Resampler;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Cursor};
use std::ops::{ControlFlow, RangeInclusive};
use std::path::PathBuf;
use story::failure::{Failure, StoreError};
use story::time::SAMPLE_RATE;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

/// What encoder and decoder of a headerless MP3 stream put in front, at any sample rate (LAME: 576 + 528 + 1).
const HEADERLESS_DELAY: usize = 1105;

/// The longest sound that is worked on, in seconds: a line is spoken for ten minutes at most, and what is longer than an hour is no
/// line but a loop.
const LONGEST_S: u64 = 60 * 60;
/// No MP3 holds more: that of 32 kbit/s at 48 kHz has 12.
const MOST_SAMPLES_A_BYTE: u64 = 16;
/// Sample rates that a voice is recorded at. A file of a few samples a second is small, and hours long.
const RATES: RangeInclusive<u32> = 4_000..=384_000;

/// Where a sound's bytes are.
pub(super) enum Source {
    /// In memory.
    Bytes(Bytes),
    /// In a scratch file.
    File(PathBuf),
}

impl Source {
    /// `None` if it holds not one byte.
    fn open(&self) -> io::Result<Option<Box<dyn MediaSource>>> {
        Ok(match self {
            Self::Bytes(bytes) if bytes.is_empty() => None,
            Self::Bytes(bytes) => Some(Box::new(Cursor::new(bytes.clone()))),
            Self::File(path) => {
                let file = File::open(path)?;
                let is_empty = file.metadata()?.len() == 0;
                if is_empty { None } else { Some(Box::new(file)) }
            }
        })
    }
}

/// Decodes an MP3 or WAV file, mixes it down to one channel, brings it to 48 kHz and hands it on, until `sink` has enough.
///
/// # Errors
/// [`Failure::GiveUp`] with a sentence that says why the sound cannot be used; [`Failure::Retry`] if its file cannot be read.
pub(super) fn decode(source: &Source, mut sink: impl FnMut(&[f32]) -> ControlFlow<()>) -> Result<(), Failure> {
    let cannot = |why: &str| Failure::GiveUp(format!("the sound cannot be decoded: {why}"));
    let meaning = |error: Error| match error {
        Error::IoError(error) if error.raw_os_error().is_some() => {
            Failure::Retry(StoreError::of_io("reading a scratch file", &error))
        }
        other => {
            tracing::warn!(error = %other, "a sound cannot be decoded");
            cannot("its data is damaged, or of a kind that is not read here")
        }
    };
    let opened = source.open().map_err(|error| Failure::Retry(StoreError::of_io("reading a scratch file", &error)))?;
    let opened = opened.ok_or_else(|| cannot("it is empty"))?;
    let size_bytes = opened.byte_len().unwrap_or(u64::MAX);
    let stream = MediaSourceStream::new(opened, Default::default());
    let (options, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let format = symphonia::default::get_probe().probe(&Hint::new(), stream, options, metadata);
    let mut format = format.map_err(|error| match meaning(error) {
        Failure::GiveUp(_) => cannot("it is neither MP3 nor WAV"),
        retry => retry,
    })?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| cannot("it holds no sound"))?;
    let (id, delay_known) = (track.id, track.delay.is_some());
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or_else(|| cannot("it holds no sound"))?;
    let is_mp3 = parameters.codec == symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
    let too_long = || cannot("it is longer than an hour");
    let too_slow = || cannot("its sample rate is none of a voice");
    if let Some(rate) = parameters.sample_rate {
        if !RATES.contains(&rate) {
            return Err(too_slow());
        }
        // What it says of itself, or its bytes amount to, is enough to refuse it: nothing is decoded. A streamed WAV says that it
        // is endless, and is as long as its bytes are.
        let channels = parameters.channels.as_ref().map_or(1, Channels::count) as u64;
        let sample_bytes = u64::from(parameters.bits_per_sample.unwrap_or(8)) / 8;
        let amount_to = match is_mp3 {
            true => size_bytes.saturating_mul(MOST_SAMPLES_A_BYTE),
            false => size_bytes / (channels * sample_bytes).max(1),
        };
        let says = track.num_frames.unwrap_or(if is_mp3 { 0 } else { u64::MAX });
        if says.min(amount_to) >= LONGEST_S * u64::from(rate) {
            return Err(too_long());
        }
    }
    // With a Xing or Info header, both ends are trimmed here.
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default().gapless(true))
        .map_err(meaning)?;
    let mut padding = if is_mp3 && !delay_known { HEADERLESS_DELAY } else { 0 };
    let (mut interleaved, mut mono, mut block) = (Vec::<f32>::new(), Vec::new(), Vec::new());
    let (mut heard, mut rate, mut samples) = (false, 0, 0);
    let mut resampler = None;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // A stream that was cut ends here: what came before it counts.
            Err(Error::IoError(error)) if heard && error.raw_os_error().is_none() => break,
            Err(Error::DecodeError(_)) if heard => break,
            Err(error) => return Err(meaning(error)),
        };
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(decoded) => {
                let spec = decoded.spec();
                let channels = spec.channels().count().max(1);
                if rate != 0 && rate != spec.rate() {
                    return Err(cannot("its sample rate changes"));
                }
                rate = spec.rate();
                if !RATES.contains(&rate) {
                    return Err(too_slow());
                }
                decoded.copy_to_vec_interleaved(&mut interleaved);
                let share = 1.0 / channels as f32;
                mono.clear();
                mono.extend(interleaved.chunks_exact(channels).map(|all| all.iter().sum::<f32>() * share));
            }
            Err(Error::DecodeError(_)) => continue,
            Err(error) => return Err(meaning(error)),
        }
        heard |= !mono.is_empty();
        samples += mono.len() as u64;
        if samples > LONGEST_S * u64::from(rate) {
            return Err(too_long());
        }
        let dropped = padding.min(mono.len());
        padding -= dropped;
        if mono.len() == dropped {
            continue;
        }
        let resampler = resampler.get_or_insert_with(|| Resampler::new(rate, SAMPLE_RATE as u32));
        block.clear();
        resampler.push(&mono[dropped..], &mut block);
        if sink(&block).is_break() {
            return Ok(());
        }
    }
    let Some(resampler) = resampler else { return Err(cannot("it holds no sound")) };
    block.clear();
    resampler.finish(&mut block);
    let _it_was_the_last = sink(&block);
    Ok(())
}
