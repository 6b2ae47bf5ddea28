//! Whether bytes are a whole picture of a kind that is shown, by its own marks: a cut one must be known before it is kept.

/// # Errors
/// What is wrong, as the rest of a sentence: `the answer <what>`.
pub(crate) fn check_whole(bytes: &[u8]) -> Result<(), &'static str> {
    const CUT: &str = "holds a picture that is cut short";
    let is_whole = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', chunks @ ..] => has_end(chunks),
        // What follows its end is no harm; a picture inside it, for cameras, stands at its beginning.
        [0xff, 0xd8, 0xff, ..] => {
            bytes.len() > 64 && bytes[bytes.len() / 2..].windows(2).any(|two| two == [0xff, 0xd9])
        }
        [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P', ..] => {
            bytes.len() as u64 >= u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8
        }
        [] => return Err("holds no picture"),
        _ => return Err("holds something that is neither PNG, JPEG nor WebP"),
    };
    if is_whole { Ok(()) } else { Err(CUT) }
}

/// Whether PNG's chunks come to their last.
fn has_end(mut chunks: &[u8]) -> bool {
    while let [a, b, c, d, kind @ ..] = chunks {
        let rest = u32::from_be_bytes([*a, *b, *c, *d]) as usize + 8;
        if kind.len() < rest {
            return false;
        }
        if kind.starts_with(b"IEND") {
            return true;
        }
        chunks = &kind[rest..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(chunks: &[(&[u8; 4], usize)]) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, length) in chunks {
            png.extend((*length as u32).to_be_bytes());
            png.extend(*kind);
            png.extend(vec![7; length + 4]);
        }
        png
    }

    #[test]
    fn a_picture_that_is_cut_anywhere_is_known() {
        let whole = png(&[(b"IHDR", 13), (b"IDAT", 40), (b"IEND", 0)]);
        assert_eq!(check_whole(&whole), Ok(()));
        for end in 8..whole.len() {
            assert!(check_whole(&whole[..end]).is_err(), "{end}");
        }
        let mut webp = b"RIFF\x14\0\0\0WEBP".to_vec();
        webp.extend([0; 16]);
        assert_eq!(check_whole(&webp), Ok(()));
        assert!(check_whole(&webp[..27]).is_err());
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0];
        jpeg.extend([1; 100]);
        assert!(check_whole(&jpeg).is_err());
        jpeg.extend([0xff, 0xd9, b'\n']);
        assert_eq!(check_whole(&jpeg), Ok(()));
        for nothing in [&b""[..], b"GIF89a", b"<svg/>", b"{}", b"\xff", b"RIFF\xff\xff\xff\xffWEBP"] {
            assert!(check_whole(nothing).is_err(), "{nothing:?}");
        }
        // A length that no file has.
        assert!(check_whole(&[b"\x89PNG\r\n\x1a\n".as_slice(), &[0xff; 12]].concat()).is_err());
    }
}
