//! Which language a text is in, as far as it matters for how long it takes to read.

use crate::time::estimated_speech_s;
use serde::{Deserialize, Serialize};

/// A way to read letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "languages by their names")]
pub enum Tongue {
    /// Latin letters that do not show their language, and every language that is not told apart.
    Latin,
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Japanese,
    Chinese,
    Korean,
    /// Letters that are neither Latin nor those of East Asia.
    Other,
}

/// Words that are in nearly every text of a language and in few of another.
const COMMON: [(Tongue, &[&str]); 7] = [
    (
        Tongue::English,
        &[
            "the", "and", "of", "is", "you", "it", "that", "with", "this", "are", "was", "for", "have", "not", "what",
            "we",
        ],
    ),
    (
        Tongue::German,
        &[
            "der", "die", "das", "und", "ist", "nicht", "ein", "eine", "ich", "sie", "wir", "mit", "auf", "den", "dem",
            "zu", "für", "auch",
        ],
    ),
    (
        Tongue::French,
        &["le", "les", "des", "est", "et", "une", "pas", "vous", "je", "dans", "qui", "sur", "nous", "du", "pour"],
    ),
    (
        Tongue::Spanish,
        &["el", "los", "las", "y", "es", "una", "por", "con", "pero", "muy", "del", "está", "para", "usted"],
    ),
    (
        Tongue::Italian,
        &["il", "gli", "che", "è", "di", "non", "sono", "della", "questo", "perché", "anche", "per", "nel"],
    ),
    (Tongue::Portuguese, &["não", "os", "um", "uma", "é", "em", "do", "da", "você", "com", "mas", "isso", "são"]),
    (Tongue::Dutch, &["het", "een", "niet", "van", "ik", "zijn", "voor", "maar", "ook", "naar", "deze", "wij", "dat"]),
];

/// What a text is read as: as it was asked for, if it is written so, else as its letters and words show.
#[must_use]
pub fn tongue(language: Option<&str>, text: &str) -> Tongue {
    match (by_letters(text), language) {
        (Tongue::Latin, Some(language)) => match Tongue::named(language, text) {
            Tongue::Latin => by_words(text),
            named => named,
        },
        (Tongue::Latin, None) => by_words(text),
        (shown, _) => shown,
    }
}

fn by_letters(text: &str) -> Tongue {
    let (mut kana, mut han, mut hangul, mut latin, mut other) = (0, 0, 0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match c {
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{2fa1f}' => han += 1,
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => hangul += 1,
            '\u{0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => latin += 1,
            _ => other += 1,
        }
    }
    let most = [(kana + han, 0), (hangul, 1), (other, 2), (latin, 3)].into_iter().max_by_key(|(count, _)| *count);
    match most.map(|(_, place)| place) {
        Some(0) if kana > 0 => Tongue::Japanese,
        Some(0) => Tongue::Chinese,
        Some(1) => Tongue::Korean,
        Some(2) => Tongue::Other,
        _ => Tongue::Latin,
    }
}

fn by_words(text: &str) -> Tongue {
    let text = text.to_lowercase();
    let mut found = COMMON.map(|(tongue, common)| {
        let words = text.split(|c: char| !c.is_alphabetic());
        (words.filter(|word| common.contains(word)).count(), tongue)
    });
    if text.contains('ß') {
        found[1].0 += 1;
    }
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    if found[0].0 > found[1].0 { found[0].1 } else { Tongue::Latin }
}

impl Tongue {
    /// Of a language's code, if a text is written in its letters.
    #[must_use]
    pub fn named(code: &str, text: &str) -> Self {
        let primary = code.split('-').next().unwrap_or(code).to_ascii_lowercase();
        match (by_letters(text), primary.as_str()) {
            (Self::Latin, "en") => Self::English,
            (Self::Latin, "de") => Self::German,
            (Self::Latin, "fr") => Self::French,
            (Self::Latin, "es") => Self::Spanish,
            (Self::Latin, "it") => Self::Italian,
            (Self::Latin, "pt") => Self::Portuguese,
            (Self::Latin, "nl") => Self::Dutch,
            (shown, _) => shown,
        }
    }

    /// Whether it is written in Latin letters.
    #[must_use]
    pub fn is_latin(self) -> bool {
        !matches!(self, Self::Japanese | Self::Chinese | Self::Korean | Self::Other)
    }

    /// Characters a second, marks included, as narrators read: English at 15 ([`estimated_speech_s`]). German words are longer than
    /// the sounds they stand for; a Japanese character is counted as three, of which Japanese is fluent in the shortest.
    pub(super) fn characters_per_s(self) -> f64 {
        match self {
            Self::German | Self::Dutch | Self::Other => 14.0,
            Self::French | Self::Spanish | Self::Italian => 15.5,
            Self::Japanese => 18.0,
            Self::Korean => 17.0,
            Self::Latin | Self::English | Self::Portuguese | Self::Chinese => 15.0,
        }
    }

    /// Seconds of a text in it, by a voice that nobody has heard.
    pub(super) fn usual_s(self, text: &str) -> f64 {
        estimated_speech_s(text) * Self::English.characters_per_s() / self.characters_per_s()
    }
}

/// How many letters of an alphabet a character takes as long as.
pub(super) fn weight(c: char) -> f64 {
    match c {
        // What only changes the character before it takes no time.
        '\u{200d}' | '\u{fe0f}' | '\u{300}'..='\u{36f}' => 0.0,
        _ if (c as u32) >= 0x2e80 => 3.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_its_language() {
        for (language, text, shown) in [
            (None, "The sea is calm and the boats are out.", Tongue::English),
            (None, "Das Meer ist ruhig, und die Boote sind draußen.", Tongue::German),
            (None, "Straße", Tongue::German),
            (None, "La mer est calme et les bateaux sont dans la baie.", Tongue::French),
            (None, "El mar es muy tranquilo.", Tongue::Spanish),
            (None, "海はとても静かです。", Tongue::Japanese),
            (None, "大海很平静。", Tongue::Chinese),
            (None, "바다는 조용하다.", Tongue::Korean),
            (None, "Море спокойно.", Tongue::Other),
            (None, "Onetake", Tongue::Latin),
            (None, "", Tongue::Latin),
            (None, "42!", Tongue::Latin),
            (Some("de-CH"), "Onetake", Tongue::German),
            (Some("DE"), "The sea is calm.", Tongue::German),
            (Some("de"), "海はとても静かです。", Tongue::Japanese),
            (Some("xx"), "The sea is calm.", Tongue::English),
            (Some("ja"), "The sea is calm.", Tongue::English),
        ] {
            assert_eq!(tongue(language, text), shown, "{language:?} {text}");
        }
    }

    #[test]
    fn english_is_read_as_everything_else_believes() {
        let text = "Hello, world.";
        assert!((Tongue::English.usual_s(text) - estimated_speech_s(text)).abs() < 1e-9);
        assert!((Tongue::Latin.usual_s(text) - estimated_speech_s(text)).abs() < 1e-9);
    }
}
