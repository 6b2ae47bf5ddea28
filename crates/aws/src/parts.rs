//! A body cut into parts as S3 takes them, one in memory at a time.

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Fuse, StreamExt};
use story::artifacts::Body;
use story::failure::StoreError;

/// As much as one part carries, above S3's least of 5 MiB: 10,000 of them are 78 GiB.
pub(crate) const PART_BYTES: usize = 8 << 20;

/// What is left of a body.
pub(crate) struct Parts {
    /// It may not be asked again after its end.
    body: Fuse<Body>,
    /// What of the last piece did not go into its part.
    left: Bytes,
}

impl Parts {
    pub(crate) fn new(body: Body) -> Self {
        Self { body: body.fuse(), left: Bytes::new() }
    }

    /// The next part: a full one, unless it is the last. `None` after that.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let mut part = BytesMut::new();
        while part.len() < PART_BYTES {
            let mut piece = std::mem::take(&mut self.left);
            if piece.is_empty() {
                match self.body.next().await {
                    Some(next) => piece = next?,
                    None => break,
                }
            }
            self.left = piece.split_off(piece.len().min(PART_BYTES - part.len()));
            part.extend_from_slice(&piece);
        }
        Ok((!part.is_empty()).then(|| part.freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn check(pieces: &[usize], parts: &[usize]) {
        let body = pieces.iter().map(|length| Ok(Bytes::from(vec![7; *length])));
        let mut cut = Parts::new(stream::iter(body.collect::<Vec<_>>()).boxed());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut lengths = Vec::new();
        while let Some(part) = runtime.block_on(cut.next()).unwrap() {
            lengths.push(part.len());
        }
        assert_eq!(lengths, parts, "{pieces:?}");
    }

    #[test]
    fn every_part_but_the_last_is_full_however_the_pieces_come() {
        check(&[], &[]);
        check(&[0, 0], &[]);
        check(&[5, 0, 6], &[11]);
        check(&[PART_BYTES], &[PART_BYTES]);
        check(&[PART_BYTES - 1, 2], &[PART_BYTES, 1]);
        check(&[3 * PART_BYTES + 9], &[PART_BYTES, PART_BYTES, PART_BYTES, 9]);
        check(&[PART_BYTES, PART_BYTES], &[PART_BYTES, PART_BYTES]);
    }
}
