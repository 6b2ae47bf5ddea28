//! Which letters a text is written in: the cheap half of knowing its language.

/// The letters of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a script's own name")]
pub enum Letters {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Georgian,
    Hebrew,
    Arabic,
    Devanagari,
    Bengali,
    Gurmukhi,
    Gujarati,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Thai,
    Lao,
    Burmese,
    Khmer,
    Ethiopic,
    Hangul,
    /// Chinese characters and nothing else.
    Chinese,
    /// Kana, and the Chinese characters between them.
    Japanese,
}

/// Languages by the letters they are written in; those that are written in several are not here.
const LANGUAGES: [(Letters, &str); 24] = [
    (
        Letters::Latin,
        "en de fr es it pt nl pl cs sk sv da nb no fi hu ro tr id ms vi hr ca et lt lv sl sw af is ga cy eu gl sq tl fil la",
    ),
    (Letters::Greek, "el"),
    (Letters::Cyrillic, "ru uk bg be mk"),
    (Letters::Armenian, "hy"),
    (Letters::Georgian, "ka"),
    (Letters::Hebrew, "he yi"),
    (Letters::Arabic, "ar fa ur ps"),
    (Letters::Devanagari, "hi mr ne"),
    (Letters::Bengali, "bn as"),
    (Letters::Gurmukhi, ""),
    (Letters::Gujarati, "gu"),
    (Letters::Tamil, "ta"),
    (Letters::Telugu, "te"),
    (Letters::Kannada, "kn"),
    (Letters::Malayalam, "ml"),
    (Letters::Sinhala, "si"),
    (Letters::Thai, "th"),
    (Letters::Lao, "lo"),
    (Letters::Burmese, "my"),
    (Letters::Khmer, "km"),
    (Letters::Ethiopic, "am ti"),
    (Letters::Hangul, "ko"),
    (Letters::Chinese, "zh yue"),
    (Letters::Japanese, "ja"),
];

/// Fewer Chinese characters may be Japanese as well.
const FEW: usize = 20;

impl Letters {
    /// Of one character; of Chinese ones [`Letters::Chinese`], of kana [`Letters::Japanese`]. `None` if it is no letter, or of a
    /// script that is not known here.
    #[must_use]
    pub fn of(c: char) -> Option<Self> {
        if !c.is_alphabetic() {
            return None;
        }
        Some(match c {
            'A'..='Z' | 'a'..='z' | '\u{aa}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' => Self::Latin,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{400}'..='\u{52f}' => Self::Cyrillic,
            '\u{530}'..='\u{58f}' => Self::Armenian,
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
                Self::Arabic
            }
            '\u{900}'..='\u{97f}' => Self::Devanagari,
            '\u{980}'..='\u{9ff}' => Self::Bengali,
            '\u{a00}'..='\u{a7f}' => Self::Gurmukhi,
            '\u{a80}'..='\u{aff}' => Self::Gujarati,
            '\u{b80}'..='\u{bff}' => Self::Tamil,
            '\u{c00}'..='\u{c7f}' => Self::Telugu,
            '\u{c80}'..='\u{cff}' => Self::Kannada,
            '\u{d00}'..='\u{d7f}' => Self::Malayalam,
            '\u{d80}'..='\u{dff}' => Self::Sinhala,
            '\u{e00}'..='\u{e7f}' => Self::Thai,
            '\u{e80}'..='\u{eff}' => Self::Lao,
            '\u{1000}'..='\u{109f}' => Self::Burmese,
            '\u{10a0}'..='\u{10ff}' => Self::Georgian,
            '\u{1200}'..='\u{139f}' => Self::Ethiopic,
            '\u{1780}'..='\u{17ff}' => Self::Khmer,
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}' => Self::Hangul,
            '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => Self::Japanese,
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' => Self::Chinese,
            _ => return None,
        })
    }

    /// Of a text: most of its letters decide, and kana among Chinese characters make it Japanese.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let mut counts = [0_usize; LANGUAGES.len()];
        text.chars().filter_map(Self::of).for_each(|letters| counts[letters as usize] += 1);
        let (kana, chinese) = (counts[Self::Japanese as usize], counts[Self::Chinese as usize]);
        if kana * 20 >= chinese {
            counts[Self::Japanese as usize] += std::mem::take(&mut counts[Self::Chinese as usize]);
        }
        let (at, most) = counts.iter().copied().enumerate().rev().max_by_key(|(_, count)| *count)?;
        let (letters, _) = LANGUAGES[at];
        // None of the two is certain of `東京`.
        let is_certain = letters != Self::Chinese || most >= FEW;
        (most > 0 && is_certain).then_some(letters)
    }

    /// Of a language (`en`, `pt-BR`); `None` if it is not known, or names its letters itself (`sr-Latn`).
    #[must_use]
    pub fn of_language(language: &str) -> Option<Self> {
        let mut parts = language.split(['-', '_']);
        let code = parts.next()?.to_ascii_lowercase();
        if parts.any(|part| part.len() == 4 && part.chars().all(|c| c.is_ascii_alphabetic())) {
            return None;
        }
        let is_listed = |codes: &&str| codes.split_whitespace().any(|listed| listed == code);
        LANGUAGES.iter().find(|(_, codes)| is_listed(codes)).map(|(letters, _)| *letters)
    }

    /// Whether a text may be written in these: one without letters may.
    #[must_use]
    pub fn suit(self, text: &str) -> bool {
        Self::of_text(text).is_none_or(|found| found == self)
    }

    /// For people.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Chinese => "Chinese characters".to_owned(),
            Self::Japanese => "Japanese characters".to_owned(),
            other => format!("{other:?} letters"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_known_of_texts_and_languages() {
        for (text, expected) in [
            ("Hello, world", Some(Letters::Latin)),
            ("Ça va où? ẞ", Some(Letters::Latin)),
            ("Привет", Some(Letters::Cyrillic)),
            ("今日は良い天気ですね", Some(Letters::Japanese)),
            ("东京", None),
            ("今天天气很好我们去公园吧你说呢今天天气很好", Some(Letters::Chinese)),
            ("مرحبا بالعالم", Some(Letters::Arabic)),
            ("123 … 👍", None),
            ("", None),
            ("안녕하세요", Some(Letters::Hangul)),
            ("สวัสดี", Some(Letters::Thai)),
            ("Hello мир", Some(Letters::Latin)),
        ] {
            assert_eq!(Letters::of_text(text), expected, "{text}");
        }
        for (language, expected) in [
            ("en", Some(Letters::Latin)),
            ("PT-br", Some(Letters::Latin)),
            ("ja", Some(Letters::Japanese)),
            ("sr", None),
            ("zh-Latn", None),
            ("tlh", None),
        ] {
            assert_eq!(Letters::of_language(language), expected, "{language}");
        }
        assert!(Letters::Latin.suit("7") && !Letters::Latin.suit("привет"));
    }

    #[test]
    fn the_table_is_in_the_order_of_the_letters() {
        for (at, (letters, _)) in LANGUAGES.iter().enumerate() {
            assert_eq!(*letters as usize, at);
        }
    }
}
