//! The answer of `/stream/with-timestamps`: JSON objects, one a line, each with a piece of sound. Never more than a line is held.

use super::concurrency::concurrency;
use crate::http::Incoming;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use std::borrow::Cow;
use story::speech::{Answer, Concurrency, Heard, Receipt, SpeechError};
use story::words::Alignment;

/// Lines hold a second or so of sound; a line without end must not fill the memory.
const MOST_LINE_BYTES: usize = 8 << 20;

/// A line of the answer.
#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(borrow)]
    audio_base64: Option<Cow<'a, str>>,
    /// Of the text as it was sent; absent in some pieces.
    alignment: Option<Alignment>,
}

/// An answer while it arrives.
pub(super) struct Spoken {
    incoming: Incoming,
    receipt: Receipt,
    lines: Lines,
    has_sound: bool,
}

impl Spoken {
    /// `characters` are the text's: what is charged where no header tells.
    pub(super) fn of(incoming: Incoming, characters: u64) -> Self {
        let charged = ["character-cost", "x-character-count"].iter().find_map(|name| count(&incoming.header(name)?));
        let receipt = Receipt {
            request_id: incoming.header("request-id"),
            item: incoming.header("history-item-id"),
            characters: charged.unwrap_or(characters),
        };
        Self { incoming, receipt, lines: Lines::default(), has_sound: false }
    }
}

#[async_trait]
impl Answer for Spoken {
    async fn next(&mut self) -> Result<Heard, SpeechError> {
        loop {
            while let Some(line) = self.lines.next() {
                if let Some((sound, alignment)) = piece(&line).map_err(|what| self.incoming.unknown(what))? {
                    self.has_sound |= !sound.is_empty();
                    return Ok(Heard::Sound(sound, alignment));
                }
            }
            if self.lines.buffer.len() > MOST_LINE_BYTES {
                return Err(self.incoming.unknown("holds a line that does not end"));
            }
            match self.incoming.next().await? {
                Some(bytes) => self.lines.buffer.extend_from_slice(&bytes),
                None if !self.lines.buffer.is_empty() => self.lines.end(),
                None if self.has_sound => return Ok(Heard::End(self.receipt.clone())),
                None => return Err(self.incoming.unknown("holds no sound")),
            }
        }
    }

    fn concurrency(&self) -> Option<Concurrency> {
        concurrency(self.incoming.headers())
    }
}

/// Characters charged: a whole number, or the next one above.
fn count(header: &str) -> Option<u64> {
    let count: f64 = header.parse().ok()?;
    (count.is_finite() && count >= 0.0).then_some(count.ceil() as u64)
}

/// What a line holds; nothing if it is blank. The sentence says what is wrong with it.
fn piece(line: &[u8]) -> Result<Option<(Bytes, Option<Alignment>)>, &'static str> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let Ok(Piece { audio_base64, alignment }) = serde_json::from_slice(line) else {
        return Err("holds a line that cannot be read");
    };
    if audio_base64.is_none() && alignment.is_none() {
        return Err("holds a line with neither sound nor times");
    }
    let sound = STANDARD.decode(audio_base64.as_deref().unwrap_or_default().as_bytes());
    let sound = sound.map_err(|_| "holds sound that cannot be read")?;
    if alignment.as_ref().is_some_and(|alignment| !is_whole(alignment)) {
        return Err("holds characters without times");
    }
    let alignment = alignment.filter(|alignment| !alignment.characters.is_empty());
    Ok((!sound.is_empty() || alignment.is_some()).then(|| (sound.into(), alignment)))
}

/// Whether each character has its times.
pub(super) fn is_whole(alignment: &Alignment) -> bool {
    let characters = alignment.characters.len();
    alignment.starts_s.len() == characters && alignment.ends_s.len() == characters
}

/// Lines out of pieces that begin and end anywhere.
#[derive(Default)]
struct Lines {
    buffer: BytesMut,
    /// In so much of the buffer no line ends.
    searched: usize,
}

impl Lines {
    /// The next line that has its end, without it.
    fn next(&mut self) -> Option<BytesMut> {
        let Some(found) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let mut line = self.buffer.split_to(self.searched + found + 1);
        self.searched = 0;
        line.truncate(line.len() - 1);
        Some(line)
    }

    /// The answer has ended: what stands there is the last line, be it with an end or without.
    fn end(&mut self) {
        self.buffer.extend_from_slice(b"\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_wherever_the_pieces_are_cut() {
        let text = b"one\n\ntwo\r\nthree\nfour";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut found: Vec<Vec<u8>> = Vec::new();
            for piece in text.chunks(size) {
                lines.buffer.extend_from_slice(piece);
                found.extend(std::iter::from_fn(|| lines.next()).map(|line| line.to_vec()));
            }
            lines.end();
            found.extend(std::iter::from_fn(|| lines.next()).map(|line| line.to_vec()));
            assert_eq!(found, [&b"one"[..], b"", b"two\r", b"three", b"four"], "{size}");
        }
    }

    fn check(line: &str, expected: Result<Option<(&[u8], usize)>, &str>) {
        let found = piece(line.as_bytes());
        let found = found.as_ref().map(|found| {
            let characters = |alignment: &Option<Alignment>| alignment.as_ref().map_or(0, |it| it.characters.len());
            found.as_ref().map(|(sound, alignment)| (&sound[..], characters(alignment)))
        });
        assert_eq!(found.map_err(|what| *what), expected, "{line}");
    }

    #[test]
    fn a_line_is_sound_with_times_or_an_error() {
        let times = r#"{"characters":["H","i"],"character_start_times_seconds":[0,0.1],"character_end_times_seconds":[0.1,0.2]}"#;
        check(&format!(r#"{{"audio_base64":"AAEC","alignment":{times},"new":1}}"#), Ok(Some((&[0, 1, 2], 2))));
        check(r#"{"audio_base64":"AAEC","alignment":null,"normalized_alignment":null}"#, Ok(Some((&[0, 1, 2], 0))));
        check(r#"{"audio_base64":"AA\/\u0041"}"#, Ok(Some((&[0, 15, 192], 0))));
        check(&format!(r#"{{"audio_base64":"","alignment":{times}}}"#), Ok(Some((&[], 2))));
        check(&format!(r#"{{"audio_base64":null,"alignment":{times}}}"#), Ok(Some((&[], 2))));
        check(r#"{"audio_base64":""}"#, Ok(None));
        check(" \r\t", Ok(None));
        check("", Ok(None));
        check("{}", Err("holds a line with neither sound nor times"));
        check(r#"{"detail":{"status":"internal_error"}}"#, Err("holds a line with neither sound nor times"));
        check(r#"{"audio_base64":"AAE"}"#, Err("holds sound that cannot be read"));
        check(r#"{"audio_base64":"AAEC""#, Err("holds a line that cannot be read"));
        check("<html>", Err("holds a line that cannot be read"));
        for times in [
            r#"{"characters":["H"],"character_start_times_seconds":[],"character_end_times_seconds":[0.1]}"#,
            r#"{"characters":["H"],"character_start_times_seconds":[0.1],"character_end_times_seconds":[0.1,0.2]}"#,
        ] {
            check(&format!(r#"{{"audio_base64":"AAEC","alignment":{times}}}"#), Err("holds characters without times"));
        }
    }

    #[test]
    fn charged_characters_are_whole() {
        for (header, expected) in [
            ("112", Some(112)),
            ("0", Some(0)),
            ("55.5", Some(56)),
            ("-1", None),
            ("", None),
            ("NaN", None),
            ("many", None),
        ] {
            assert_eq!(count(header), expected, "{header}");
        }
    }
}
