//! The sound of a take, for whoever plays it.

use crate::desk::Desk;
use crate::files::{Sent, send};
use crate::refused::{Answered, Refused};
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::routing::get;
use std::sync::Arc;
use story::records::Read;
use story::take::{Take, TakeState};
use story::{Object, Partition};

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/takes/{key}/audio", get(audio))
}

async fn audio(
    State(desk): State<Arc<Desk>>,
    path: Result<Path<String>, PathRejection>,
    method: Method,
    headers: HeaderMap,
) -> Answered {
    let Path(key) = path.map_err(|_| Refused::no_take())?;
    let is_key = key.len() == 64 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let found: Option<Read<Take>> = match is_key {
        true => desk.house.read(&Partition::Takes, &key).await?,
        false => None,
    };
    let take = found.ok_or_else(Refused::no_take)?.record;
    let attempt = match &take.state {
        TakeState::Ready(recording) => recording.attempt.clone(),
        TakeState::Wanted => return Err(Refused::take_not_ready("It waits for its turn to be spoken.")),
        TakeState::Speaking(_) => return Err(Refused::take_not_ready("It is being spoken.")),
        TakeState::Uncertain(_) => {
            return Err(Refused::take_not_ready("Its answer was lost; it is looked for in the provider's history."));
        }
        TakeState::Failed { reason, .. } => {
            return Err(Refused::take_not_ready(&format!("It could not be spoken: {reason}.")));
        }
        TakeState::Going { .. } => return Err(Refused::no_take()),
    };
    let (content_type, ending) = kind(&take.request.format);
    let object = Object::TakeAudio(take.key, attempt);
    let size = desk.house.artifacts.head(&object).await?.ok_or_else(Refused::no_take)?.size_bytes;
    let name = format!("{}.{ending}", &key[..12]);
    let sent = Sent { object: &object, name: &name, content_type, sha256: None, size };
    send(&desk.house, sent, &method, &headers).await?.ok_or_else(Refused::no_take)
}

/// The media type of a provider's format, and how names of such files end.
fn kind(format: &str) -> (&'static str, &'static str) {
    match format.split('_').next() {
        Some("mp3") => ("audio/mpeg", "mp3"),
        Some("wav") => ("audio/wav", "wav"),
        Some("opus") => ("audio/ogg", "opus"),
        Some("aac") => ("audio/aac", "aac"),
        Some("flac") => ("audio/flac", "flac"),
        // Samples without a head: no browser plays them.
        Some("pcm") => ("audio/pcm", "pcm"),
        Some("ulaw" | "alaw") => ("audio/basic", "au"),
        _ => ("application/octet-stream", "bin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_as_what_it_is() {
        for (format, content_type) in [
            ("mp3_44100_128", "audio/mpeg"),
            ("mp3", "audio/mpeg"),
            ("pcm_24000", "audio/pcm"),
            ("ulaw_8000", "audio/basic"),
            ("opus_48000_96", "audio/ogg"),
            ("wav_44100", "audio/wav"),
            ("text/html", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(kind(format).0, content_type, "{format}");
        }
    }
}
