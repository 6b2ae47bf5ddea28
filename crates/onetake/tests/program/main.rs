//! The program as a user starts it: a process of its own, a folder, real ffmpeg; results measured on decoded samples and frames.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod bad_input;
mod counts;
mod disk;
mod explain;
mod film;
mod full_disk;
mod keep;
mod measure;
mod room;
mod sound;
mod stops;
mod timeline;
