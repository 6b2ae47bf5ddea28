//! A request's body as bytes, refused in our own words.

use crate::desk::Desk;
use crate::refused::Refused;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use std::sync::Arc;

/// As much of a body that is too large is listened to: whoever sends it reads our answer only when it has sent all.
const MOST_DISCARDED_BYTES: usize = 256 << 20;

/// The whole body, within the house's limit.
pub(crate) struct Whole(pub(crate) Vec<u8>);

impl FromRequest<Arc<Desk>> for Whole {
    type Rejection = Refused;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        read_whole(&parts.headers, body, desk.settings.max_body_bytes).await.map(Self)
    }
}

/// All of a body, if it is not larger than `most` bytes.
pub(crate) async fn read_whole(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Refused> {
    let announced = number(headers);
    if announced.is_some_and(|size| size > most) && headers.contains_key(header::EXPECT) {
        // It waits for leave to send.
        return Err(Refused::too_large(most));
    }
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default().min(most));
    let mut received = 0;
    while let Some(data) = stream.next().await {
        let data = data.map_err(|_| Refused::cut_short())?;
        received += data.len();
        if received <= most {
            bytes.extend_from_slice(&data);
        } else if received > MOST_DISCARDED_BYTES {
            break;
        }
    }
    if received > most { Err(Refused::too_large(most)) } else { Ok(bytes) }
}

fn number(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
