//! What bytes are, by their looks: what a server calls them is not believed.

/// As much of the begin is looked at.
pub(super) const LOOKED_AT_BYTES: usize = 1_024;

/// Whether bytes begin as a picture that can be shown does.
///
/// # Errors
/// What they are instead: the end of a sentence that begins with `it is`.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    if is_picture(bytes) { Ok(()) } else { Err(what(bytes)) }
}

/// PNG, JPEG, WebP, GIF and BMP, which `media` reads. A BMP's two letters alone could begin any text.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"\xff\xd8\xff")
        || is_riff(bytes, b"WEBP")
        || bytes.starts_with(b"GIF87a")
        || bytes.starts_with(b"GIF89a")
        || (bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]))
}

fn is_riff(bytes: &[u8], of: &[u8; 4]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(of)
}

fn what(bytes: &[u8]) -> &'static str {
    let brand = bytes.get(4..8).filter(|kind| *kind == b"ftyp").and_then(|_| bytes.get(8..12));
    match (bytes, brand) {
        ([], _) => "empty",
        (_, Some(b"avif" | b"avis")) => "an AVIF picture",
        (_, Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1")) => "a HEIC picture",
        (_, Some(b"M4A " | b"M4B ")) => "a sound",
        (_, Some(_)) | ([0x1a, 0x45, 0xdf, 0xa3, ..] | [0, 0, 1, 0xba | 0xb3, ..] | [b'F', b'L', b'V', 1, ..], _) => {
            "a video"
        }
        _ if is_riff(bytes, b"AVI ") => "a video",
        _ if is_riff(bytes, b"WAVE") => "a sound",
        ([b'I', b'D', b'3', ..] | [0xff, 0xf1 | 0xf2 | 0xf3 | 0xf9 | 0xfa | 0xfb, ..], _) => "a sound",
        _ if bytes.starts_with(b"OggS") || bytes.starts_with(b"fLaC") => "a sound",
        ([b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..], _) => "a TIFF picture",
        ([0, 0, 1, 0, ..], _) => "an icon",
        _ if bytes.starts_with(b"8BPS") => "a Photoshop picture",
        ([0xff, 0x0a, ..], _) | ([0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..], _) => "a JPEG XL picture",
        ([0, 0, 0, 0x0c, b'j', b'P', ..], _) => "a JPEG 2000 picture",
        _ if bytes.starts_with(b"%PDF") => "a PDF document",
        ([0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..], _) => "a packed file",
        ([0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', ..], _) => "a program",
        _ => what_text(bytes),
    }
}

fn what_text(bytes: &[u8]) -> &'static str {
    let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT_BYTES)]).to_ascii_lowercase();
    let begin = begin.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let is_html = ["<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta"];
    if begin.contains("<svg") {
        "an SVG drawing"
    } else if is_html.iter().any(|tag| begin.starts_with(tag)) || (begin.starts_with("<!--") && begin.contains("<html"))
    {
        "an HTML page"
    } else if begin.starts_with('<') {
        "an XML document"
    } else if begin.starts_with(['{', '[']) {
        "JSON"
    } else if !begin.contains(|c: char| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace())) {
        "text"
    } else {
        "of a kind that is not known here"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_picture_and_what_is_not_is_seen_by_the_bytes() {
        for (bytes, is) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Ok(())),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Ok(())),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Ok(())),
            (b"GIF89a\x01\0\x01\0", Ok(())),
            (b"GIF87a\x01\0\x01\0", Ok(())),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0", Ok(())),
            (b"", Err("empty")),
            (b"BMW is a maker of cars", Err("text")),
            (b"\x89PN", Err("of a kind that is not known here")),
            (b"GIF90a\x01", Err("of a kind that is not known here")),
            (b"\0\0\0\x1cftypavif\0\0\0\0", Err("an AVIF picture")),
            (b"\0\0\0\x18ftypheic", Err("a HEIC picture")),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", Err("a video")),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", Err("a sound")),
            (b"\x1a\x45\xdf\xa3\x01", Err("a video")),
            (b"RIFF\x24\0\0\0AVI LIST", Err("a video")),
            (b"RIFF\x24\0\0\0WAVEfmt ", Err("a sound")),
            (b"ID3\x04\0", Err("a sound")),
            (b"\xff\xfb\x90\0", Err("a sound")),
            (b"OggS\0", Err("a sound")),
            (b"II*\0\x08", Err("a TIFF picture")),
            (b"\0\0\x01\0\x01\0", Err("an icon")),
            (b"8BPS\0\x01", Err("a Photoshop picture")),
            (b"\xff\x0a\xfa", Err("a JPEG XL picture")),
            (b"\0\0\0\x0cjP  \r\n", Err("a JPEG 2000 picture")),
            (b"%PDF-1.7", Err("a PDF document")),
            (b"\x1f\x8b\x08\0", Err("a packed file")),
            (b"PK\x03\x04", Err("a packed file")),
            (b"\x7fELF\x02", Err("a program")),
            (b"  \n<!DOCTYPE html><title>x", Err("an HTML page")),
            (b"\xef\xbb\xbf<HTML>", Err("an HTML page")),
            (b"<!-- hello --><html>", Err("an HTML page")),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Err("an SVG drawing")),
            (b"<?xml version='1.0'?>\n<!-- made by hand -->\n<svg>", Err("an SVG drawing")),
            (b"<?xml version='1.0'?><Error><Code>AccessDenied", Err("an XML document")),
            (b"{\"error\": 1}", Err("JSON")),
            (b"#EXTM3U\nfile:///etc/passwd", Err("text")),
            (b"root:x:0:0:root:/root:/bin/bash", Err("text")),
            (b"\0\0\0\0\0\0", Err("of a kind that is not known here")),
        ] {
            assert_eq!(check(bytes), is, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
