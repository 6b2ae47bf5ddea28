//! A text in the pieces that one breath speaks. Where a clause begins and ends is then known, not guessed from the sound.

use story::pieces::is_abbreviation;

/// A piece of a text with the punctuation and the white space after it.
#[derive(Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) text: String,
    /// Silence after it.
    pub(super) pause_s: f64,
}

/// A clause without punctuation ends at the next space after this many characters, and in any case at twice as many.
const LONG: usize = 250;

/// The clauses of a text; together they are the text.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let characters: Vec<char> = text.chars().collect();
    let mut clauses: Vec<Clause> = Vec::new();
    let mut begin = 0;
    let mut spoken = false;
    let mut at = 0;
    while at < characters.len() {
        let c = characters[at];
        spoken |= c.is_alphanumeric();
        at += 1;
        let long = at - begin >= 2 * LONG || (at - begin >= LONG && c.is_whitespace());
        let Some(mut pause_s) = pause_after(&characters, at - 1).or(long.then_some(0.02)).filter(|_| spoken) else {
            continue;
        };
        // What only closes or separates belongs to the clause before it.
        while let Some(&next) = characters.get(at).filter(|c| !c.is_alphanumeric() && !opens(**c)) {
            pause_s = pause_s.max(pause_after(&characters, at).unwrap_or(0.0));
            debug_assert!(!next.is_alphanumeric(), "letters begin the next clause");
            at += 1;
        }
        clauses.push(Clause { text: characters[begin..at].iter().collect(), pause_s });
        (begin, spoken) = (at, false);
    }
    let rest: String = characters[begin..].iter().collect();
    match clauses.last_mut() {
        Some(last) if !spoken => last.text.push_str(&rest),
        _ => clauses.push(Clause { text: rest, pause_s: 0.0 }),
    }
    clauses
}

/// The silence that the character at `at` asks for; `None` if it ends no clause.
fn pause_after(characters: &[char], at: usize) -> Option<f64> {
    let next = characters.get(at + 1);
    // `3.5`, `10:30` and `e.g. this` go on.
    let apart = next.is_none_or(|c| c.is_whitespace() || "\"'”’»)]".contains(*c));
    match characters[at] {
        '\n' => Some(0.45),
        '。' | '！' | '？' | '।' | '۔' | '؟' => Some(0.36),
        '、' | '，' | '；' | '：' | '،' => Some(0.18),
        '.' if apart && !abbreviated(characters, at) => Some(0.36),
        '!' | '?' | '…' if apart => Some(0.36),
        ';' | ':' if apart => Some(0.24),
        ',' if apart => Some(0.16),
        '—' | '–' | '-' if at > 0 && characters[at - 1].is_whitespace() && apart => Some(0.2),
        '—' => Some(0.2),
        _ => None,
    }
}

fn abbreviated(characters: &[char], at: usize) -> bool {
    let next = characters[at + 1..].iter().copied().find(|c| !c.is_whitespace());
    let word: Vec<char> = characters[..at].iter().rev().take(5).take_while(|c| c.is_alphanumeric()).copied().collect();
    let word: String = word.into_iter().rev().collect();
    next.is_some_and(char::is_lowercase) || is_abbreviation(&word, next)
}

fn opens(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '“'
            | '‘'
            | '«'
            | '('
            | '['
            | '{'
            | '¿'
            | '¡'
            | '「'
            | '『'
            | '（'
            | '$'
            | '€'
            | '£'
            | '#'
            | '@'
            | '-'
            | '+'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = clauses(text);
        let shown: Vec<&str> = found.iter().map(|clause| clause.text.as_str()).collect();
        assert_eq!(shown.join("|"), expected);
        assert_eq!(shown.concat(), text);
        assert!(found.iter().all(|clause| clause.text.chars().count() < 2 * LONG + 50));
    }

    #[test]
    fn a_text_is_cut_where_one_breathes() {
        check("Hello, world! How are you?", "Hello, |world! |How are you?");
        check("It is 3.5 m at 10:30, e.g. here, says Dr. No.", "It is 3.5 m at 10:30, |e.g. here, |says Dr. No.");
        check("Capt. Ahab is J. R.’s No. 5. No. Really.", "Capt. Ahab is J. R.’s No. 5. |No. |Really.");
        check("“Stop.” He did… (Or not?)\nWell", "“Stop.” |He did… |(Or not?)\n|Well");
        check("「今日は、良い。」そう", "「今日は、|良い。」|そう");
        check("... ready - or not ...", "... ready - |or not ...");
        check("!!! ???", "!!! ???");
        check("No. 👍", "No. 👍");
        check("well-known, self-made", "well-known, |self-made");
    }

    #[test]
    fn a_text_without_punctuation_is_cut_too() {
        assert_eq!(clauses(&"word ".repeat(200)).len(), 4);
        let found = clauses(&"字".repeat(5_000));
        assert!(found.len() == 10 && found.iter().all(|clause| clause.text.chars().count() == 2 * LONG));
    }
}
