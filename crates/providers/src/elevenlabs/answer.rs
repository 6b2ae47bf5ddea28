//! The answer of `/stream/with-timestamps`: JSON objects, one a line, each with a piece of sound. Never more than a line is held.

use super::concurrency::concurrency;
use crate::http::{Incoming, headers};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use story::maker::{Concurrency, MakerError};
use story::speech::{Answer, Heard, Piece, Receipt, TakeRequest};
use story::words::Alignment;

/// Lines hold a second or so of sound; a line without end must not fill the memory.
const MOST_LINE_BYTES: usize = 8 << 20;
/// The same where all sound comes in one line: 20 minutes.
const MOST_WHOLE_BYTES: usize = 160 << 20;

/// A line of the answer.
#[derive(Deserialize)]
struct Line<'a> {
    /// As it is written.
    #[serde(borrow)]
    audio_base64: Option<&'a RawValue>,
    /// Of the text as it was sent; absent in some pieces.
    alignment: Option<Alignment>,
}

/// An answer while it arrives.
pub(super) struct Spoken {
    incoming: Incoming,
    receipt: Receipt,
    lines: Lines,
    most_line_bytes: usize,
    /// Blank lines before the next one.
    blank: String,
    has_sound: bool,
}

impl Spoken {
    /// The answer to this request; where no header tells what was charged, it is the text's characters.
    pub(super) fn of(incoming: Incoming, request: &TakeRequest) -> Self {
        let charged = ["character-cost", "x-character-count"].iter().find_map(|name| count(&incoming.header(name)?));
        let receipt = Receipt {
            request_id: incoming.header("request-id"),
            item: incoming.header("history-item-id"),
            characters: charged.unwrap_or(request.characters()),
        };
        let most_line_bytes = if is_whole_only(&request.format) { MOST_WHOLE_BYTES } else { MOST_LINE_BYTES };
        let (lines, blank) = (Lines::default(), String::new());
        Self { incoming, receipt, lines, most_line_bytes, blank, has_sound: false }
    }
}

#[async_trait]
impl Answer for Spoken {
    async fn next(&mut self) -> Result<Heard, MakerError> {
        loop {
            while let Some(line) = self.lines.next() {
                match piece(&line).map_err(|what| self.incoming.unknown(what))? {
                    Some(mut piece) => {
                        self.has_sound |= !piece.sound.is_empty();
                        let blank = std::mem::take(&mut self.blank);
                        piece.around = piece.around.map(|(before, after)| (blank + &before, after + "\n"));
                        return Ok(Heard::Sound(piece));
                    }
                    None => self.blank.extend(String::from_utf8(line.to_vec()).into_iter().chain(["\n".to_owned()])),
                }
            }
            if self.lines.buffer.len() > self.most_line_bytes {
                return Err(self.incoming.unknown("holds a line that does not end"));
            }
            match self.incoming.next().await? {
                Some(bytes) => self.lines.buffer.extend_from_slice(&bytes),
                None if !self.lines.buffer.is_empty() => self.lines.end(),
                None if self.has_sound && !self.blank.is_empty() => {
                    let around = Some((std::mem::take(&mut self.blank), String::new()));
                    return Ok(Heard::Sound(Piece { around, ..Piece::default() }));
                }
                None if self.has_sound => return Ok(Heard::End(self.receipt.clone())),
                None => return Err(self.incoming.unknown("holds no sound")),
            }
        }
    }

    fn concurrency(&self) -> Option<Concurrency> {
        concurrency(self.incoming.headers())
    }

    fn headers(&self) -> Vec<(String, String)> {
        headers(self.incoming.headers())
    }
}

/// Whether sound in this format begins with its length, so that it is not streamed.
pub(super) fn is_whole_only(format: &str) -> bool {
    format.starts_with("wav_")
}

/// Characters charged: a whole number, or the next one above.
fn count(header: &str) -> Option<u64> {
    let count: f64 = header.parse().ok()?;
    (count.is_finite() && count >= 0.0).then_some(count.ceil() as u64)
}

/// What a line holds; nothing if it is blank. The sentence says what is wrong with it.
fn piece(line: &[u8]) -> Result<Option<Piece>, &'static str> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let cannot_be_read = "holds a line that cannot be read";
    let line = std::str::from_utf8(line).map_err(|_| cannot_be_read)?;
    let Line { audio_base64, alignment } = serde_json::from_str(line).map_err(|_| cannot_be_read)?;
    if audio_base64.is_none() && alignment.is_none() {
        return Err("holds a line with neither sound nor times");
    }
    let written = audio_base64.map_or("\"\"", RawValue::get);
    let audio: Cow<'_, str> = match written.strip_prefix('"').and_then(|audio| audio.strip_suffix('"')) {
        Some(audio) if !audio.contains('\\') => Cow::Borrowed(audio),
        _ => serde_json::from_str(written).map(Cow::Owned).map_err(|_| cannot_be_read)?,
    };
    let sound = STANDARD.decode(audio.as_bytes()).map_err(|_| "holds sound that cannot be read")?;
    if alignment.as_ref().is_some_and(|alignment| !is_whole(alignment)) {
        return Err("holds characters without times");
    }
    let around = match &audio {
        _ if audio_base64.is_none() => Some((line.to_owned(), String::new())),
        Cow::Borrowed(audio) => {
            let begins = audio.as_ptr() as usize - line.as_ptr() as usize;
            Some((line[..begins].to_owned(), line[begins + audio.len()..].to_owned()))
        }
        // Written with escapes, as no encoder does.
        Cow::Owned(_) => None,
    };
    let alignment = alignment.filter(|alignment| !alignment.characters.is_empty());
    Ok(Some(Piece { sound: sound.into(), alignment, around }))
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
            found.as_ref().map(|found| (&found.sound[..], characters(&found.alignment)))
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
        check(r#"{"audio_base64":""}"#, Ok(Some((&[], 0))));
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
    fn what_stands_around_the_sound_is_kept_as_it_was_written() {
        let around = |line: &str| piece(line.as_bytes()).unwrap().unwrap().around;
        let kept = |before: &str, after: &str| Some((before.to_owned(), after.to_owned()));
        assert_eq!(
            around(r#"{"a": 1.50,"audio_base64" : "AAEC", "x":"AAEC"}"#),
            kept(r#"{"a": 1.50,"audio_base64" : ""#, r#"", "x":"AAEC"}"#)
        );
        let times = r#"{"audio_base64":null,"alignment":{"characters":[],"character_start_times_seconds":[],"character_end_times_seconds":[]}}"#;
        assert_eq!(around(times), kept(times, ""));
        assert_eq!(around(r#"{"audio_base64":"AA\/\u0041"}"#), None);
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
