//! Chapters as ffmpeg reads them: its `ffmetadata`, in which no title can pretend to be a line of its own.

use std::fmt::Write as _;

/// MP4 keeps at most 255 bytes of a chapter's name.
const MOST_BYTES: usize = 240;

/// The file, of titles and the frames that they begin at.
pub(crate) fn chapters(chapters: &[(String, u64)], frames: u64, fps: u32) -> String {
    let mut file = ";FFMETADATA1\n".to_owned();
    for (index, (title, start)) in chapters.iter().enumerate() {
        let end = chapters.get(index + 1).map_or(frames, |next| next.1).max(start + 1);
        let _ = write!(file, "[CHAPTER]\nTIMEBASE=1/{fps}\nSTART={start}\nEND={end}\ntitle={}\n", escaped(title));
    }
    file
}

fn escaped(title: &str) -> String {
    let mut escaped = String::new();
    let mut size_bytes = 0;
    for c in title.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        size_bytes += c.len_utf8();
        if size_bytes > MOST_BYTES {
            break;
        }
        if matches!(c, '=' | ';' | '#' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // ffmpeg takes a line that ends in a backslash, escaped or not, and the next one for one line.
    if escaped.ends_with('\\') {
        escaped.push(' ');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_at_the_end_swallows_no_chapter() {
        let file = chapters(&[("C:\\".to_owned(), 0), ("D".to_owned(), 30)], 60, 30);
        assert!(file.contains("title=C:\\\\ \n[CHAPTER]\n"), "{file}");
    }

    #[test]
    fn no_title_pretends_to_be_a_section() {
        let file = chapters(&[("a\n[CHAPTER]\ntitle=b;#\\".to_owned(), 0), ("c".to_owned(), 30)], 60, 30);
        assert_eq!(
            file,
            ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/30\nSTART=0\nEND=30\ntitle=a [CHAPTER] title\\=b\\;\\#\\\\ \n\
             [CHAPTER]\nTIMEBASE=1/30\nSTART=30\nEND=60\ntitle=c\n"
        );
    }
}
