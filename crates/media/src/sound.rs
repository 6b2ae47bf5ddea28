//! Sound: what a provider sent becomes samples, is levelled, and is laid into one track.

mod decode;
mod level;
mod limiter;
mod resample;
mod track;

pub(crate) use level::level;
pub(crate) use track::lay;
