//! When each character of a clause is heard, where the sound says only when the clause begins and ends.

use story::words::Alignment;

/// The times of a clause's characters: its sound lies between `start_s` and `end_s`; what closes it takes the silence after it.
pub(super) fn spread(clause: &str, start_s: f64, end_s: f64, silent_until_s: f64) -> Alignment {
    let characters: Vec<char> = clause.chars().collect();
    let weights: Vec<f64> = characters.iter().map(|c| weight(*c)).collect();
    let spoken = weights.iter().zip(&characters).rposition(|(weight, c)| *weight > 0.0 && !c.is_whitespace());
    let spoken = spoken.map_or(characters.len(), |last| last + 1);
    let total: f64 = weights[..spoken].iter().sum();
    let closing = (characters.len() - spoken) as f64;
    let mut alignment = Alignment::default();
    let (mut passed, mut at_s) = (0.0, start_s);
    for (index, (c, weight)) in characters.iter().zip(&weights).enumerate() {
        let until_s = if index < spoken {
            passed += weight;
            start_s + (end_s - start_s) * if total > 0.0 { passed / total } else { (index + 1) as f64 / spoken as f64 }
        } else {
            end_s + (silent_until_s - end_s) * (index + 1 - spoken) as f64 / closing
        };
        alignment.characters.push(c.to_string());
        alignment.starts_s.push(at_s);
        alignment.ends_s.push(until_s.max(at_s));
        at_s = until_s.max(at_s);
    }
    alignment
}

/// The sum of [`weight`] over a text.
pub(super) fn weight_of(text: &str) -> f64 {
    text.chars().map(weight).sum()
}

/// How long a character is heard, in letters: a digit is a word of its own, a Chinese character a syllable.
fn weight(c: char) -> f64 {
    match c {
        'a' | 'e' | 'i' | 'o' | 'u' | 'A' | 'E' | 'I' | 'O' | 'U' => 1.15,
        '0'..='9' => 3.5,
        ' ' => 0.6,
        '&' | '+' | '=' | '%' | '$' | '€' | '£' | '@' => 5.0,
        _ if c.is_whitespace() => 0.6,
        _ if !c.is_alphanumeric() && !matches!(c as u32, 0x2600..=0x27bf | 0x1f000..=0x1faff) => 0.0,
        _ if c.is_uppercase() => 1.2,
        '\u{590}'..='\u{6ff}' => 1.6,
        '\u{3041}'..='\u{30ff}' => 2.0,
        '\u{ac00}'..='\u{d7a3}' => 2.6,
        '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{2fa1f}' => 3.4,
        '\u{1f3fb}'..='\u{1f3ff}' => 0.0,
        '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' => 8.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clause: &str, expected: &str) {
        let found = spread(clause, 1.0, 2.0, 2.5);
        assert_eq!(found.characters.concat(), clause);
        assert!(found.starts_s.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(found.starts_s.iter().zip(&found.ends_s).all(|(start, end)| start <= end));
        assert!(found.starts_s[0] == 1.0 && found.ends_s.iter().all(|end| *end <= 2.5));
        let ends: Vec<String> = found.ends_s.iter().map(|end| format!("{end:.2}")).collect();
        assert_eq!(ends.join(" "), expected);
    }

    #[test]
    fn characters_share_the_sound_and_closing_marks_the_silence() {
        check("bb", "1.50 2.00");
        check("bb. ", "1.50 2.00 2.25 2.50");
        check("“b", "1.00 2.00");
        check("7b", "1.78 2.00");
        check("?!", "1.50 2.00");
    }
}
