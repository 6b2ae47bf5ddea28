//! A file's name in a header, whatever it holds (RFC 6266, RFC 8187).

use std::fmt::Write;

/// `Content-Disposition` for a file that a browser may show, and keeps under this name.
pub(crate) fn disposition(name: &str) -> String {
    // Old readers see the plain one; `%` too is left out of it, for some take it apart.
    let plain: String = name.chars().map(|c| if is_plain(c) || c == ' ' { c } else { '_' }).collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if is_plain(char::from(byte)) {
            exact.push(char::from(byte));
        } else {
            let _ = write!(exact, "%{byte:02X}");
        }
    }
    format!("inline; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_place_in_the_header() {
        for (name, header) in [
            ("film.mp4", "inline; filename=\"film.mp4\"; filename*=UTF-8''film.mp4"),
            ("a b.mp4", "inline; filename=\"a b.mp4\"; filename*=UTF-8''a%20b.mp4"),
            ("é\".mp4", "inline; filename=\"__.mp4\"; filename*=UTF-8''%C3%A9%22.mp4"),
            ("x\r\nSet-Cookie: a", "inline; filename=\"x__Set-Cookie_ a\"; filename*=UTF-8''x%0D%0ASet-Cookie%3A%20a"),
            ("a';%", "inline; filename=\"a___\"; filename*=UTF-8''a%27%3B%25"),
        ] {
            assert_eq!(disposition(name), header, "{name:?}");
        }
    }
}
