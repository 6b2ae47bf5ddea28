//! Sound files into mono samples at 48 kHz.

use super::resample::resample;
use bytes::Bytes;
use std::io::Cursor;
use story::time::SAMPLE_RATE;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// What encoder and decoder of a headerless MP3 stream put in front, at any sample rate (LAME: 576 + 528 + 1).
const HEADERLESS_DELAY: usize = 1105;

/// Decodes an MP3 or WAV file, mixes it down to one channel and brings it to 48 kHz.
///
/// # Errors
/// A sentence that says why the sound cannot be used.
pub(super) fn decode(audio: &Bytes) -> Result<Vec<f32>, String> {
    let (samples, rate) = samples(audio).map_err(|why| format!("the sound cannot be decoded: {why}"))?;
    Ok(resample(&samples, rate, SAMPLE_RATE as u32))
}

fn samples(audio: &Bytes) -> Result<(Vec<f32>, u32), String> {
    if audio.is_empty() {
        return Err("it is empty".to_owned());
    }
    let source = MediaSourceStream::new(Box::new(Cursor::new(audio.clone())), Default::default());
    let (formats, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), source, formats, metadata)
        .map_err(|_| "it is neither MP3 nor WAV".to_owned())?;
    let track = format.default_track(TrackType::Audio).ok_or("it holds no sound")?;
    let (id, delay_known) = (track.id, track.delay.is_some());
    let parameters =
        track.codec_params.as_ref().and_then(|parameters| parameters.audio()).ok_or("it holds no sound")?;
    let is_mp3 = parameters.codec == symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
    // With a Xing or Info header, both ends are trimmed here.
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default().gapless(true))
        .map_err(|error| error.to_string())?;
    let (mut mono, mut interleaved, mut rate) = (Vec::new(), Vec::<f32>::new(), 0);
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // A stream that was cut ends here: what came before it counts.
            Err(Error::IoError(_) | Error::DecodeError(_)) if !mono.is_empty() => break,
            Err(error) => return Err(error.to_string()),
        };
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(decoded) => {
                let spec = decoded.spec();
                let channels = spec.channels().count().max(1);
                if rate != 0 && rate != spec.rate() {
                    return Err("its sample rate changes".to_owned());
                }
                rate = spec.rate();
                decoded.copy_to_vec_interleaved(&mut interleaved);
                let share = 1.0 / channels as f32;
                mono.extend(interleaved.chunks_exact(channels).map(|all| all.iter().sum::<f32>() * share));
            }
            Err(Error::DecodeError(_)) => (),
            Err(error) => return Err(error.to_string()),
        }
    }
    if is_mp3 && !delay_known {
        mono.drain(..HEADERLESS_DELAY.min(mono.len()));
    }
    match (mono.is_empty(), rate) {
        (false, 1..=768_000) => Ok((mono, rate)),
        _ => Err("it holds no sound".to_owned()),
    }
}
