//! Names of things: jobs sort newest first, attempts are random, takes are named by what they sound like.

use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $type(pub String);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A job: reversed time and chance, so that newer jobs sort first.
    JobId
}
name! {
    /// The SHA-256 of everything that changes a take's sound, in hexadecimal.
    TakeKey
}
name! {
    /// The SHA-256 of everything that changes a picture, in hexadecimal.
    PictureKey
}
name! {
    /// One call for a take, or for a picture.
    AttemptId
}

impl JobId {
    /// A new name for a job that begins at `now`; `chance` keeps two jobs of one millisecond apart.
    #[must_use]
    pub fn new(now: Timestamp, chance: u64) -> Self {
        const END_OF_TIME_MS: u64 = (1 << 44) - 1;
        Self(format!("{:011x}{:08x}", END_OF_TIME_MS.saturating_sub(now.0), chance as u32))
    }

    /// Whether a text from outside can be a job's name at all; nothing else is ever looked up or put into a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = text.len() == 19 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        plausible.then(|| Self(text.to_owned()))
    }
}

impl AttemptId {
    /// A new name for an attempt.
    #[must_use]
    pub fn new(chance: u64) -> Self {
        Self(format!("{chance:016x}"))
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The name of a thing that is known by its content: SHA-256 over a kind and the thing's JSON, whose field order is the struct's.
#[must_use]
pub fn content_key<T: Serialize>(kind: &str, thing: &T) -> String {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update(b"\n");
    hash.update(serde_json::to_vec(thing).expect("plain structs always serialise"));
    hex(&hash.finalize())
}

/// Bytes in hexadecimal, lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_jobs_sort_first_and_their_names_are_recognised() {
        let (old, new) = (JobId::new(Timestamp(1_000), 1), JobId::new(Timestamp(2_000), 0));
        assert!(new < old);
        assert_eq!(JobId::parse(&new.0), Some(new));
        for hostile in ["", "../../etc/passwd", "0123456789abcdef01A", "0123456789abcdef0123"] {
            assert_eq!(JobId::parse(hostile), None, "{hostile}");
        }
    }
}
