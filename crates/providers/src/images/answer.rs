//! The answer to a request for a picture: in it, or where it points to.

use super::{MOST_PICTURE_BYTES, check_whole};
use crate::http::{Incoming, Wire, shown};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use bytes::Bytes;
use serde::Deserialize;
use story::images::Drawn;
use story::maker::MakerError;

/// A picture in base64, and what else an answer says.
const MOST_ANSWER_BYTES: usize = MOST_PICTURE_BYTES / 3 * 4 + (1 << 20);

/// With or without what fills its end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
struct Answered {
    id: Option<String>,
    data: Option<Vec<Picture>>,
}

#[derive(Deserialize)]
struct Picture {
    b64_json: Option<String>,
    url: Option<String>,
}

/// The picture. Whatever goes wrong is [`MakerError::Unknown`]: it was drawn, and paid.
pub(super) async fn read(wire: &Wire, mut incoming: Incoming) -> Result<Drawn, MakerError> {
    let request_id = incoming.header("x-request-id").or_else(|| incoming.header("x-together-request-id"));
    let json = incoming.whole(MOST_ANSWER_BYTES).await?;
    let Answered { id, data } =
        serde_json::from_slice(&json).map_err(|_| incoming.unknown("is nothing that can be read"))?;
    drop(json);
    let picture = data.into_iter().flatten().next();
    let picture = picture.ok_or_else(|| incoming.unknown("holds no picture"))?;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let bytes = match (some(picture.b64_json), some(picture.url)) {
        (Some(data), _) => decoded(&incoming, &data)?,
        (None, Some(url)) if url.starts_with("data:") => decoded(&incoming, &url)?,
        (None, Some(url)) => wire.fetch(&url).await?.whole(MOST_PICTURE_BYTES).await?.into(),
        (None, None) => return Err(incoming.unknown("holds no picture")),
    };
    check_whole(&bytes).map_err(|what| incoming.unknown(what))?;
    // It is kept and shown: what a server calls its answer is not believed to be short, or on one line.
    let request_id = request_id.or(id).map(|id| shown(&id)).filter(|id| !id.is_empty());
    Ok(Drawn { bytes, request_id })
}

/// What an answer holds in base64, be it in a `data:` address.
pub(crate) fn decoded(incoming: &Incoming, data: &str) -> Result<Bytes, MakerError> {
    let data = match data.strip_prefix("data:") {
        Some(rest) => rest.split_once(',').map_or("", |(_, data)| data),
        None => data,
    };
    BASE64.decode(data).map(Bytes::from).map_err(|_| incoming.unknown("holds something in base64 that cannot be read"))
}
