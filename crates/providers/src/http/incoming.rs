//! An answer while it comes: piece by piece, never slower than it may, and whole only if its end was sent.

use super::free;
use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use std::time::Duration;
use story::maker::MakerError;
use story::speech::{Answer, Heard, Receipt};
use tokio::time::{Instant, timeout_at};

/// Headers that belong to a connection, or to what stands at its other end, and not to an answer.
const OF_THE_CONNECTION: [&str; 12] = [
    "alt-svc",
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "set-cookie",
    "strict-transport-security",
    "trailer",
    "transfer-encoding",
    "via",
];

/// The headers that belong to an answer.
pub(crate) fn headers(of: &HeaderMap) -> Vec<(String, String)> {
    of.iter()
        .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// An answer's body.
#[derive(Debug)]
pub(crate) struct Incoming {
    vendor: &'static str,
    response: Response,
    idle: Duration,
    until: Instant,
}

impl Incoming {
    pub(super) fn new(vendor: &'static str, response: Response, idle: Duration, until: Instant) -> Self {
        Self { vendor, response, idle, until }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header, where it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.response.headers().get(name)?.to_str().ok()?.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The next piece, or `None` at the end. Every error is [`MakerError::Unknown`]: what came before it may have been charged.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, MakerError> {
        let within = (Instant::now() + self.idle).min(self.until);
        match timeout_at(within, self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => Ok(Some(bytes)),
            Ok(Ok(None)) if self.is_framed() => Ok(None),
            Ok(Ok(None)) => {
                Err(self.unknown("has neither a length nor chunks, so that a whole one looks like a cut one"))
            }
            Ok(Err(_)) => Err(self.unknown("was cut")),
            Err(_) if within == self.until => Err(self.unknown("took too long and was given up")),
            Err(_) => Err(self.unknown("stood still and was given up")),
        }
    }

    /// An error about this answer: `vendor's answer <what>`.
    pub(crate) fn unknown(&self, what: &str) -> MakerError {
        MakerError::Unknown(format!("{}'s answer {what}", self.vendor))
    }

    /// Whether the answer says where it ends; if not, its end is the connection's, whatever closed it.
    fn is_framed(&self) -> bool {
        let headers = self.response.headers();
        headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
    }

    /// All of it.
    pub(crate) async fn whole(&mut self, most_bytes: usize) -> Result<Vec<u8>, MakerError> {
        self.within(most_bytes).await?.ok_or_else(|| self.unknown("is too large to be read"))
    }

    /// All of it. `None` if it is larger: the rest of it is not read.
    pub(crate) async fn within(&mut self, most_bytes: usize) -> Result<Option<Vec<u8>>, MakerError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            if whole.len() + bytes.len() > most_bytes {
                return Ok(None);
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(Some(whole))
    }
}

/// An answer that is sound and nothing else.
pub(crate) struct Plain {
    incoming: Incoming,
    receipt: Receipt,
    /// Whether it costs nothing.
    is_free: bool,
    has_sound: bool,
}

impl Plain {
    /// Refuses what calls itself text: some servers say with 200 that something went wrong.
    pub(crate) fn open(incoming: Incoming, receipt: Receipt, is_free: bool) -> Result<Self, MakerError> {
        let kind = incoming.header(CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
        let plain = Self { incoming, receipt, is_free, has_sound: false };
        if kind.starts_with("text/") || kind.starts_with("application/json") {
            return Err(plain.meant(plain.incoming.unknown("is text and no sound")));
        }
        Ok(plain)
    }

    fn meant(&self, error: MakerError) -> MakerError {
        if self.is_free { free(error) } else { error }
    }
}

#[async_trait]
impl Answer for Plain {
    async fn next(&mut self) -> Result<Heard, MakerError> {
        match self.incoming.next().await {
            Ok(Some(bytes)) => {
                self.has_sound |= !bytes.is_empty();
                Ok(Heard::Sound(bytes.into()))
            }
            Ok(None) if self.has_sound => Ok(Heard::End(self.receipt.clone())),
            Ok(None) => Err(self.meant(self.incoming.unknown("holds no sound"))),
            Err(error) => Err(self.meant(error)),
        }
    }
}
