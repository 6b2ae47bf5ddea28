//! A take that is there, said again in whichever form: byte for byte what the provider said.

use super::asked::Form;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::io;
use story::artifacts::{Body, Object};
use story::failure::StoreError;
use story::speech::Piece;
use story::take::{Original, Recording, Sidecar, Take};
use story::{House, TakeKey};

/// Bytes of an answer's body.
pub(super) type Bytestream = BoxStream<'static, io::Result<Bytes>>;

/// A take that is there.
pub(super) struct Recorded {
    house: House,
    key: TakeKey,
    recording: Recording,
    pub(super) original: Original,
}

impl Recorded {
    /// Reads what came with the sound. `None` if it is not there any more.
    pub(super) async fn read(house: &House, take: &Take) -> Result<Option<Self>, StoreError> {
        let Some(recording) = take.recording().cloned() else { return Ok(None) };
        let Some(sidecar) = steps::sidecar::read(house, &take.key, &recording.attempt).await? else { return Ok(None) };
        let original = original(sidecar, take, &recording);
        Ok(Some(Self { house: house.clone(), key: take.key.clone(), recording, original }))
    }

    /// The body in this form, and its length where that is told.
    pub(super) async fn body(self, form: Form) -> Result<(Bytestream, Option<u64>), StoreError> {
        match form {
            Form::Whole => {
                let size_bytes = self.recording.size_bytes;
                Ok((self.sound().await?.boxed(), Some(size_bytes)))
            }
            Form::Stream => Ok((self.sound().await?.boxed(), None)),
            Form::StreamTimed => {
                let sound = self.sound().await?;
                Ok((pieces(self.original.lines, sound), None))
            }
            Form::WholeTimed => {
                let sound = self.sound().await?;
                let (before, after) = one_object(&self.original.lines);
                let length = before.len() as u64 + self.recording.size_bytes.div_ceil(3) * 4 + after.len() as u64;
                Ok((pieces(vec![(before, self.recording.size_bytes, after)], sound), Some(length)))
            }
        }
    }

    async fn sound(&self) -> Result<impl StreamExt<Item = io::Result<Bytes>> + Send + Unpin + 'static, StoreError> {
        let object = Object::TakeAudio(self.key.clone(), self.recording.attempt.clone());
        let gone = || StoreError::Unavailable("a take's sound is not there any more".into());
        let body: Body = self.house.artifacts.get(&object, None).await?.ok_or_else(gone)?;
        Ok(body.map(|part| part.map_err(io::Error::other)))
    }
}

/// What the provider said, or would have: of sound that was found in its history, and of takes older than the gateway, only the
/// times are known.
fn original(sidecar: Sidecar, take: &Take, recording: &Recording) -> Original {
    sidecar.original.unwrap_or_else(|| {
        let receipt = sidecar.receipt;
        let headers = [
            ("request-id", receipt.request_id),
            ("character-cost", Some(receipt.characters.to_string())),
            ("history-item-id", receipt.item),
            ("content-type", Some("application/json".to_owned())),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let spans = recording.activity.as_deref().unwrap_or_default();
        let alignment = sidecar.alignment.unwrap_or_else(|| story::spread::spread(&take.request.text, spans));
        let (before, after) = Piece { alignment: Some(alignment), ..Piece::default() }.around();
        Original { headers, lines: vec![(before, recording.size_bytes, after)] }
    })
}

/// How much sound is written as text at once: whole groups of three bytes.
const AT_ONCE: usize = 3 << 14;

/// Text with sound in base64 between, as it comes out of the store.
pub(super) fn pieces(
    lines: Vec<(String, u64, String)>,
    sound: impl StreamExt<Item = io::Result<Bytes>> + Send + Unpin + 'static,
) -> Bytestream {
    struct Telling<S> {
        lines: std::vec::IntoIter<(String, u64, String)>,
        /// Sound of the current line that is not told yet, and what stands behind it.
        left: Option<(u64, String)>,
        sound: S,
        waiting: BytesMut,
    }
    let telling = Telling { lines: lines.into_iter(), left: None, sound, waiting: BytesMut::new() };
    stream::try_unfold(telling, async |mut telling| {
        let mut text = String::new();
        while text.is_empty() {
            let Some((left, after)) = telling.left.take() else {
                let Some((before, sound_bytes, after)) = telling.lines.next() else { return Ok(None) };
                text.push_str(&before);
                telling.left = Some((sound_bytes, after));
                continue;
            };
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(AT_ONCE);
            while telling.waiting.len() < size {
                let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "a take's sound is shorter than it was");
                telling.waiting.extend_from_slice(&telling.sound.next().await.ok_or_else(cut)??);
            }
            STANDARD.encode_string(telling.waiting.split_to(size), &mut text);
            match left - size as u64 {
                0 => text.push_str(&after),
                left => telling.left = Some((left, after)),
            }
        }
        Ok(Some((Bytes::from(text), telling)))
    })
    .boxed()
}

/// A stream without its first bytes.
pub(super) fn skip(body: Bytestream, bytes: u64) -> Bytestream {
    let mut left = bytes;
    body.filter_map(move |part| {
        let rest = part.map(|mut part| {
            let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(part.len());
            left -= skipped as u64;
            part.split_off(skipped)
        });
        std::future::ready(Some(rest).filter(|rest| rest.as_ref().map_or(true, |part| !part.is_empty())))
    })
    .boxed()
}

/// The lines of a stream as one object, in two halves between which all sound stands: fields in the order in which the provider
/// writes them, numbers as it writes them, lists joined.
fn one_object(lines: &[(String, u64, String)]) -> (String, String) {
    let mut merged: Vec<(String, Merged)> = Vec::new();
    let text: String = lines.iter().flat_map(|(before, _, after)| [before.as_str(), after.as_str()]).collect();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // Each was read before it was written down.
        let Ok(Fields(fields)) = serde_json::from_str::<Fields>(line) else { continue };
        for (name, value) in fields {
            match merged.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.add(&value),
                None => merged.push((name, Merged::of(&value))),
            }
        }
    }
    let (mut halves, mut half) = ([String::from("{"), String::new()], 0);
    for (index, (name, value)) in merged.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let name_json = serde_json::Value::from(name.as_str());
        if name == "audio_base64" {
            halves[half].push_str(&format!("{comma}{name_json}:\""));
            half = 1;
            halves[half].push('"');
        } else {
            halves[half].push_str(&format!("{comma}{name_json}:{value}"));
        }
    }
    halves[half].push('}');
    let [before, after] = halves;
    (before, after)
}

/// The fields of an object, in their order and as they were written.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A field of several lines as one: lists are joined, objects field by field; of anything else the last that is not null counts.
enum Merged {
    Object(Vec<(String, Vec<Box<RawValue>>)>),
    Plain(String),
}

impl Merged {
    fn of(value: &RawValue) -> Self {
        let mut merged = Self::Plain("null".to_owned());
        merged.add(value);
        merged
    }

    fn add(&mut self, value: &RawValue) {
        let text = value.get();
        let lists = serde_json::from_str::<Fields>(text).ok().and_then(|Fields(fields)| {
            let list = |(name, value): (String, Box<RawValue>)| Some((name, serde_json::from_str(value.get()).ok()?));
            fields.into_iter().map(list).collect::<Option<Vec<(String, Vec<Box<RawValue>>)>>>()
        });
        match (lists, &mut *self) {
            (Some(lists), Self::Object(known)) => {
                for (name, list) in lists {
                    match known.iter_mut().find(|(other, _)| *other == name) {
                        Some((_, whole)) => whole.extend(list),
                        None => known.push((name, list)),
                    }
                }
            }
            (Some(lists), Self::Plain(_)) => *self = Self::Object(lists),
            (None, Self::Plain(known)) if text != "null" => text.clone_into(known),
            (None, _) => {}
        }
    }
}

impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Object(lists) => {
                let list = |list: &Vec<Box<RawValue>>| list.iter().map(|it| it.get()).collect::<Vec<_>>().join(",");
                let field = |(name, values): &(String, Vec<Box<RawValue>>)| {
                    format!("{}:[{}]", serde_json::Value::from(name.as_str()), list(values))
                };
                write!(f, "{{{}}}", lists.iter().map(field).collect::<Vec<_>>().join(","))
            }
        }
    }
}
