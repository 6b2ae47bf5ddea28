//! Turns of phrase for problems: quoted values, lists of names, the name that was probably meant.

/// At most `most` characters of a text, then an ellipsis; what could disturb a terminal is escaped.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let mut short = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == most {
            short.push('…');
            break;
        }
        // Control characters and what turns the direction of a line around.
        if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            short.extend(c.escape_unicode());
        } else {
            short.push(c);
        }
    }
    short
}

/// A value as it stood, in quotation marks.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text, 60))
}

/// Names with commas between them; beyond twenty only how many more there are.
pub(crate) fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const MOST: usize = 20;
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(MOST).map(|name| shortened(name, 60)).collect();
    let more = names.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// A number with commas between the thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// The known name that differs from `name` by at most a third of its letters.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let name: Vec<char> = name.chars().take(64).flat_map(char::to_lowercase).collect();
    known
        .map(|known| {
            let letters: Vec<char> = known.chars().take(64).flat_map(char::to_lowercase).collect();
            (edits(&name, &letters), letters.len().max(name.len()), known)
        })
        .filter(|(edits, length, _)| edits * 3 <= *length)
        .min_by_key(|(edits, ..)| *edits)
        .map(|(.., known)| known)
}

/// Letters to insert, remove, replace or swap with their neighbour to make `b` of `a`.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_another_word_is_not() {
        let known = ["pause_ms", "picture", "retake", "speaker", "text"];
        for (name, meant) in [
            ("pase_ms", Some("pause_ms")),
            ("Text", Some("text")),
            ("txet", Some("text")),
            ("pitcure", Some("picture")),
            ("volume", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), meant, "{name}");
        }
    }

    #[test]
    fn long_lists_say_how_many_more_there_are() {
        let names: Vec<String> = (0..23).map(|index| index.to_string()).collect();
        assert!(list(names.iter().map(String::as_str)).ends_with("18, 19 and 3 more"));
        assert_eq!(list(["a", "b"].into_iter()), "a, b");
        assert_eq!([0, 999, 1_000, 4_294_967_295].map(thousands), ["0", "999", "1,000", "4,294,967,295"]);
    }
}
