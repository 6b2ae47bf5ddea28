//! MP3 as a provider streams it: 44.1 kHz, one channel, 128 kbit/s, and no header frame that says how long it is.

use mp3lame_encoder::{Bitrate, Builder, FlushGap, MonoPcm, Quality, max_required_buffer_size};
use story::maker::MakerError;

pub(super) struct Encoder(mp3lame_encoder::Encoder);

impl Encoder {
    pub(super) fn new() -> Result<Self, MakerError> {
        let builder = Builder::new().ok_or_else(|| broken("no memory"))?;
        let encoder = builder
            .with_num_channels(1)
            .and_then(|builder| builder.with_sample_rate(super::RATE as u32))
            .and_then(|builder| builder.with_brate(Bitrate::Kbps128))
            .and_then(|builder| builder.with_quality(Quality::Good))
            .and_then(|builder| builder.with_to_write_vbr_tag(false))
            .and_then(Builder::build);
        encoder.map(Self).map_err(broken)
    }

    pub(super) fn encode(&mut self, samples: &[f32], into: &mut Vec<u8>) -> Result<(), MakerError> {
        for part in samples.chunks(super::RATE) {
            into.reserve(max_required_buffer_size(part.len()));
            self.0.encode_to_vec(MonoPcm(part), into).map_err(broken)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self, into: &mut Vec<u8>) -> Result<(), MakerError> {
        into.reserve(max_required_buffer_size(0));
        self.0.flush_to_vec::<FlushGap>(into).map(|_| ()).map_err(broken)
    }
}

fn broken(error: impl std::fmt::Display) -> MakerError {
    MakerError::Broken(format!("the sound could not be encoded: {error}"))
}
