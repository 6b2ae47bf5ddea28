//! Runs programs for Manim: code of a model's, in a function that may do nothing, and in an environment that serves no other program.

use story::animator::{Animator, Performance, Show};

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let (manim, settings) = functions::stage()?;
    let film = async |show: &Show| match manim.play(show).await? {
        Performance::Frames(frames) => media::shot(&settings, show, frames).await,
        Performance::Film(film) => Ok(film),
    };
    aws::serve_programs(async |show: &Show| manim.check(show).await, film).await
}
