//! What the functions open: for now the local house of `ONETAKE_DATA`, rehearsed speech, and a workshop on this machine's ffmpeg.
//! Imports every room: mains are where they meet.
//! **Invariant:** nothing here decides anything; a function that needs a thought has it in `steps`.

use aws::Error;
use media::Workshop;
use providers::Rehearsal;
use std::sync::Arc;
use story::House;
use story::house::Settings;
use web::{Desk, Hosts};

/// The house.
///
/// # Errors
/// Where its folder cannot be opened.
pub async fn house() -> Result<House, Error> {
    Ok(local::house(&aws::data_folder(), Settings::default()).await?.house)
}

/// Who speaks.
pub async fn speech() -> Rehearsal {
    let espeak = match aws::espeak() {
        Some(program) => providers::find_espeak_at(&program).await,
        None => None,
    };
    Rehearsal::open(providers::Settings { espeak, ..providers::Settings::default() })
}

/// Who levels, draws and joins.
///
/// # Errors
/// Where ffmpeg or fonts are missing.
pub fn studio() -> Result<Workshop, Error> {
    let fonts = aws::font_folders().unwrap_or_else(media::font_folders);
    let scratch = aws::data_folder().join("scratch");
    Ok(Workshop::open(media::Settings { ffmpeg: aws::ffmpeg(), fonts, scratch })?)
}

/// Who takes requests. API Gateway answers to its own names only, so `Host` needs no second look.
///
/// # Errors
/// Those of [`house`].
pub async fn desk() -> Result<Desk, Error> {
    let settings = web::Settings { tokens: aws::tokens(), hosts: Hosts::Gateway, ..web::Settings::default() };
    Ok(Desk { house: house().await?, speech: Ok(Arc::new(speech().await)), settings })
}
