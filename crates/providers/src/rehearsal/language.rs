//! Which of espeak-ng's languages reads a text: the one that was asked for if it is written so, else the one its letters belong to.

/// A language that espeak-ng reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Language(&'static str);

/// Languages and their letters. The first of each script reads texts that name no language.
const LANGUAGES: [(&str, Script); 47] = {
    use Script::*;
    [
        ("en", Latin),
        ("ja", Kana),
        ("zh", Han),
        ("ko", Hangul),
        ("ar", Arabic),
        ("he", Hebrew),
        ("ru", Cyrillic),
        ("el", Greek),
        ("hi", Devanagari),
        ("bn", Bengali),
        ("ta", Tamil),
        ("th", Thai),
        ("fa", Arabic),
        ("ur", Arabic),
        ("uk", Cyrillic),
        ("bg", Cyrillic),
        ("sr", Cyrillic),
        ("kk", Cyrillic),
        ("mr", Devanagari),
        ("ne", Devanagari),
        ("de", Latin),
        ("fr", Latin),
        ("es", Latin),
        ("it", Latin),
        ("pt", Latin),
        ("nl", Latin),
        ("pl", Latin),
        ("cs", Latin),
        ("sk", Latin),
        ("sv", Latin),
        ("da", Latin),
        ("nb", Latin),
        ("fi", Latin),
        ("hu", Latin),
        ("ro", Latin),
        ("tr", Latin),
        ("id", Latin),
        ("ms", Latin),
        ("vi", Latin),
        ("hr", Latin),
        ("ca", Latin),
        ("et", Latin),
        ("lt", Latin),
        ("lv", Latin),
        ("sl", Latin),
        ("sw", Latin),
        ("af", Latin),
    ]
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Kana,
    Han,
    Hangul,
    Arabic,
    Hebrew,
    Cyrillic,
    Greek,
    Devanagari,
    Bengali,
    Tamil,
    Thai,
}

/// The languages that may be asked for.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|(code, _)| *code)
}

/// The language that reads `text`, of which `asked` may name the language (`en`, `pt-BR`).
pub(super) fn of(asked: Option<&str>, text: &str) -> Language {
    let asked = asked.and_then(|asked| asked.split(['-', '_']).next()).map(str::to_ascii_lowercase);
    let script = script_of(text);
    let reads = |written: Script| written == script || (written == Script::Kana && script == Script::Han);
    let asked = asked.and_then(|asked| LANGUAGES.iter().find(|(code, written)| *code == asked && reads(*written)));
    Language(asked.or_else(|| LANGUAGES.iter().find(|(_, written)| *written == script)).map_or("en", |(code, _)| code))
}

/// Most of the letters decide; any kana make Han Japanese.
fn script_of(text: &str) -> Script {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(script) {
        match counts.iter_mut().find(|(counted, _)| *counted == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let has_kana = counts.iter().any(|(script, _)| *script == Script::Kana);
    match counts.into_iter().max_by_key(|(_, count)| *count) {
        Some((Script::Han, _)) if has_kana => Script::Kana,
        Some((script, _)) => script,
        None => Script::Latin,
    }
}

fn script(c: char) -> Option<Script> {
    Some(match c {
        'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{3041}'..='\u{30ff}' => Script::Kana,
        _ if is_han(c) => Script::Han,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{600}'..='\u{6ff}' => Script::Arabic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{400}'..='\u{4ff}' => Script::Cyrillic,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{980}'..='\u{9ff}' => Script::Bengali,
        '\u{b80}'..='\u{bff}' => Script::Tamil,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        _ => return None,
    })
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

impl Language {
    /// espeak-ng's name of it; `accent` is the voice's English.
    pub(super) fn espeak(self, accent: &'static str) -> &'static str {
        match self.0 {
            "en" => accent,
            "zh" => "cmn-latn-pinyin",
            "fr" => "fr-fr",
            code => code,
        }
    }

    /// The text as espeak-ng is to read it. Its dictionaries for Han are not installed with it, and it would say "Chinese letter" for
    /// each: a rehearsal puts a syllable of the right length and tone in the character's place.
    pub(super) fn pronounceable(self, text: &str) -> String {
        const MORAE: [&str; 12] =
            ["かん", "せい", "こう", "とき", "みず", "ひと", "しん", "やま", "ちゅう", "はな", "りつ", "もの"];
        const SYLLABLES: [&str; 12] =
            ["ma", "shi", "tian", "hao", "ren", "guo", "xing", "li", "jia", "wen", "dong", "bai"];
        let mut words = String::with_capacity(text.len());
        for c in text.chars() {
            let number = c as usize;
            match c {
                _ if is_han(c) && self.0 == "ja" => words.push_str(MORAE[number % MORAE.len()]),
                _ if is_han(c) => {
                    let tone = number / SYLLABLES.len() % 4 + 1;
                    words.push_str(&format!("{}{tone} ", SYLLABLES[number % SYLLABLES.len()]));
                }
                // Between double brackets it would read names of phonemes.
                '[' | ']' => words.push(' '),
                _ if c.is_control() => words.push(' '),
                _ => words.push(c),
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_decide_where_the_language_does_not() {
        for (asked, text, expected) in [
            (None, "Hello", "en"),
            (None, "12", "en"),
            (Some("de"), "Hallo", "de"),
            (Some("PT-br"), "Olá", "pt"),
            (Some("en"), "今日は良い天気", "ja"),
            (Some("ja"), "東京", "ja"),
            (None, "今天", "zh"),
            (None, "مرحبا", "ar"),
            (Some("ur"), "سلام", "ur"),
            (Some("uk"), "Привіт", "uk"),
            (Some("xx; rm"), "Привет", "ru"),
            (None, "שלום", "he"),
        ] {
            assert_eq!(of(asked, text), Language(expected), "{asked:?} {text}");
        }
    }

    #[test]
    fn brackets_and_control_characters_are_not_for_espeak() {
        assert_eq!(of(None, "a").pronounceable("[[a]]\u{1b}b"), "  a   b");
        assert!(!of(None, "今日は").pronounceable("今日は").chars().any(is_han));
    }
}
