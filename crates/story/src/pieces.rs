//! A text longer than a speech model takes becomes a row of pieces, cut where a reader would breathe.

use unicode_segmentation::UnicodeSegmentation;

/// How good a place is to cut, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Scalar,
    Grapheme,
    Space,
    Clause,
    Sentence,
}

/// Cuts a text into pieces of at most `max_characters` Unicode scalar values (0 counts as 1), trimmed and never empty.
///
/// At sentence ends, else at clause ends, else at white space, else between grapheme clusters; only a cluster that is longer than
/// the limit is cut inside. Filled from the front: what changes near the end moves the last two pieces at most. A text that
/// fits is one piece, byte for byte; blank text is none.
#[must_use]
pub fn pieces(text: &str, max_characters: u64) -> Vec<String> {
    let most = usize::try_from(max_characters).unwrap_or(usize::MAX).max(1);
    let characters: Vec<char> = text.chars().collect();
    if text.trim().is_empty() {
        return Vec::new();
    }
    if characters.len() <= most {
        return vec![text.to_owned()];
    }
    let cuts = cuts(text, &characters);
    let end = characters.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(skipped) = characters[start..end].iter().position(|c| !c.is_whitespace()) {
        start += skipped;
        let cut = if end - start <= most { end } else { best(&cuts, start, end, most) };
        let piece: String = characters[start..cut].iter().collect();
        pieces.push(piece.trim_end().to_owned());
        start = cut;
    }
    pieces
}

/// The sentences of a text, trimmed and never empty; an empty line ends one too. White space between them is lost.
#[must_use]
pub fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let paragraphs = text.split("\n\n").flat_map(|part| part.split("\r\n\r\n"));
    for paragraph in paragraphs.filter(|paragraph| !paragraph.trim().is_empty()) {
        let characters: Vec<char> = paragraph.chars().collect();
        let mut start = 0;
        let cuts = cuts(paragraph, &characters);
        for (at, _) in cuts.iter().enumerate().skip(1).filter(|(_, cut)| **cut == Cut::Sentence) {
            let sentence: String = characters[start..at].iter().collect();
            if !sentence.trim().is_empty() {
                sentences.push(sentence.trim().to_owned());
            }
            start = at;
        }
    }
    sentences
}

/// Where the piece that begins at `start` ends, if the rest does not fit.
fn best(cuts: &[Cut], start: usize, end: usize, most: usize) -> usize {
    let last = |at_least: Cut, from: usize, to: usize| {
        (from.max(start) + 1..=to.min(end)).rev().find(|&at| cuts[at] >= at_least).map(|at| (at_least, at))
    };
    let limit = start + most;
    // A piece of a few words is worse than one that ends at a weaker place.
    let enough = start + most / 4;
    let levels = [Cut::Sentence, Cut::Clause, Cut::Space];
    let filled = levels.iter().find_map(|&level| last(level, enough, limit));
    let any = || levels.iter().chain([&Cut::Grapheme]).find_map(|&level| last(level, start, limit));
    let Some((level, cut)) = filled.or_else(any) else { return limit };
    // What is left after this cut must not be a word or two, if the cut can as well lie nearer to the middle.
    if end - cut < most / 6 {
        let middle = start + (end - start) / 2;
        let earliest = (end.saturating_sub(most)).max(enough);
        let nearest =
            |at_least: Cut| (earliest..=limit).filter(|&at| cuts[at] >= at_least).min_by_key(|&at| at.abs_diff(middle));
        let better = |at: &usize| end - at >= most / 6;
        // A short sentence of its own is fine.
        let weaker = || (level < Cut::Sentence).then(|| nearest(Cut::Space)).flatten().filter(better);
        return nearest(level).filter(better).or_else(weaker).unwrap_or(cut);
    }
    cut
}

/// For each place between two characters, how good it is. White space belongs to neither side: a cut lies in front of it.
fn cuts(text: &str, characters: &[char]) -> Vec<Cut> {
    let mut cuts = vec![Cut::Scalar; characters.len() + 1];
    let mut at = 0;
    for cluster in text.graphemes(true) {
        cuts[at] = Cut::Grapheme;
        at += cluster.chars().count();
    }
    for at in 1..characters.len() {
        let (before, after) = (characters[at - 1], characters[at]);
        let closed = || characters[..at].iter().rev().find(|&&c| !closes(c)).copied().unwrap_or(' ');
        if after.is_whitespace() && !before.is_whitespace() {
            let space = characters[at..].iter().take_while(|c| c.is_whitespace());
            let ends_line = space.clone().any(|&c| c == '\n');
            // Unicode ends no sentence before `[whispers] no`.
            let begins_tag = characters[at..].iter().find(|c| !c.is_whitespace()) == Some(&'[');
            if begins_tag && is_stop(closed()) {
                cuts[at] = Cut::Sentence;
            }
            let clause = ends_line || matches!(closed(), ',' | ';' | ':' | '،' | '؛' | '–');
            cuts[at] = cuts[at].max(if clause { Cut::Clause } else { Cut::Space });
        }
        if !closes(after) && matches!(closed(), '—' | '、' | '，' | '；' | '：') {
            cuts[at] = cuts[at].max(Cut::Clause);
        }
        if !closes(after) && !is_stop(after) && matches!(closed(), '。' | '．' | '！' | '？' | '｡' | '।') {
            cuts[at] = cuts[at].max(Cut::Sentence);
        }
    }
    at = 0;
    for (byte, sentence) in text.split_sentence_bound_indices() {
        let said = sentence.trim_end();
        let after = text[byte + sentence.len()..].chars().next();
        if ends_sentence(said, &sentence[said.len()..], after) {
            cuts[at + said.chars().count()] = Cut::Sentence;
        }
        at += sentence.chars().count();
    }
    keep_tags(&mut cuts, characters);
    cuts[characters.len()] = Cut::Sentence;
    cuts
}

/// A direction to the model, `[whispers softly]`, is no direction any more when it is cut.
fn keep_tags(cuts: &mut [Cut], characters: &[char]) {
    for open in (0..characters.len()).filter(|&at| characters[at] == '[') {
        let rest = &characters[open..characters.len().min(open + LONGEST_TAG)];
        if let Some(length) = rest.iter().position(|&c| c == ']') {
            cuts[open + 1..=open + length].fill(Cut::Scalar);
        }
    }
}

/// Longer brackets are text.
const LONGEST_TAG: usize = 80;

/// Whether a sentence ends where Unicode's rules say so: not at `Dr.`, nor at an initial, nor where a line is only wrapped.
fn ends_sentence(said: &str, space: &str, after: Option<char>) -> bool {
    let bare = said.trim_end_matches(closes);
    if said.is_empty() || !bare.ends_with(is_stop) {
        return space.matches('\n').count() > 1;
    }
    // “Fine!” he said.
    if after.is_some_and(char::is_lowercase) {
        return false;
    }
    let Some(words) = bare.strip_suffix('.') else { return true };
    let word = words.rsplit(|c: char| !c.is_alphanumeric() && c != '.').next().unwrap_or(words);
    !is_abbreviation(word, after)
}

/// Whether the full stop after a word ends no sentence: an initial, `Dr.`, or `No.` before a number.
#[must_use]
pub fn is_abbreviation(word: &str, after: Option<char>) -> bool {
    let mut letters = word.chars();
    let initial = matches!((letters.next(), letters.next()), (Some(letter), None) if letter.is_uppercase());
    let number = matches!(word, "No" | "Nr" | "Nos") && after.is_some_and(char::is_numeric);
    initial || number || ABBREVIATIONS.contains(&word)
}

/// Words with a full stop that names and numbers follow.
const ABBREVIATIONS: [&str; 32] = [
    "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "St", "Sr", "Jr", "Mt", "Ft", "Rev", "Hon", "Gen", "Col", "Maj", "Capt",
    "Lt", "Sgt", "Gov", "Sen", "Rep", "Pres", "vs", "Fig", "Vol", "Mme", "Mlle", "Hr", "Fr", "Sra", "Dra",
];

/// What ends a sentence.
pub(crate) fn is_stop(c: char) -> bool {
    matches!(
        c,
        '.' | '!'
            | '?'
            | '…'
            | '。'
            | '．'
            | '！'
            | '？'
            | '｡'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '‼'
            | '⁇'
            | '⁈'
            | '⁉'
    )
}

/// What may stand between the end of a sentence or clause and the space after it.
pub(crate) fn closes(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '›' | '」' | '』' | '）' | '】' | '〉' | '》')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, max_characters: u64, expected: &[&str]) {
        assert_eq!(pieces(text, max_characters), expected, "{text}");
    }

    #[test]
    fn a_direction_to_the_model_is_not_cut() {
        check("Yes, I am. [whispers softly] no, not I.", 24, &["Yes, I am.", "[whispers softly] no,", "not I."]);
        check("Yes yes [very very softly] no no", 12, &["Yes yes", "[very very s", "oftly] no no"]);
    }

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        check("  Two spaces, kept. ", 20, &["  Two spaces, kept. "]);
        check(" \n ", 20, &[]);
        check("", 20, &[]);
    }

    #[test]
    fn english_is_cut_at_sentence_ends_and_not_at_abbreviations() {
        let text =
            "Dr. Smith met J. R. Tolkien at No. 5 today. They spoke of 3.5 dragons, e.g. green ones. “Fine!” he said.";
        check(
            text,
            56,
            &[
                "Dr. Smith met J. R. Tolkien at No. 5 today.",
                "They spoke of 3.5 dragons, e.g. green ones.",
                "“Fine!” he said.",
            ],
        );
        check("Mr. Brown and Mrs. Brown are here. Yes.", 36, &["Mr. Brown and Mrs. Brown are here.", "Yes."]);
    }

    #[test]
    fn sentences_that_are_too_long_are_cut_at_clauses_then_at_words() {
        check(
            "When the sun rose, all of the birds of the wood began to sing: one after another",
            40,
            &["When the sun rose,", "all of the birds of the wood began to", "sing: one after another"],
        );
        check("It costs 1,000,000 of them and no more", 20, &["It costs 1,000,000", "of them and no more"]);
        check("One line\nthat is wrapped\n\nA new one", 26, &["One line\nthat is wrapped", "A new one"]);
    }

    #[test]
    fn text_without_spaces_is_cut_too() {
        check("今天天气很好。我们去公园吧！你说呢？", 8, &["今天天气很好。", "我们去公园吧！", "你说呢？"]);
        check("今天天气很好，我们去公园", 8, &["今天天气很好，", "我们去公园"]);
        check("「行こう。」と彼は言った。雨が、降る。", 14, &["「行こう。」と彼は言った。", "雨が、降る。"]);
        check("مرحبا بالعالم، هذا يوم جميل. كيف حالك؟ نعم.", 29, &["مرحبا بالعالم، هذا يوم جميل.", "كيف حالك؟ نعم."]);
        check("aaaaaaaaaa", 4, &["aaaa", "aaaa", "aa"]);
    }

    #[test]
    fn an_emoji_is_whole_unless_it_is_longer_than_the_limit() {
        check("👍🏽👍🏽👍🏽", 3, &["👍🏽", "👍🏽", "👍🏽"]);
        check("👨‍👩‍👧‍👦", 3, &["👨‍👩", "‍👧‍", "👦"]);
    }

    #[test]
    fn the_last_piece_is_not_one_word_left_over() {
        check(
            "One two three four five six seven eight nine.",
            42,
            &["One two three four five", "six seven eight nine."],
        );
    }

    #[test]
    fn sentences_are_known_in_every_script() {
        for (text, expected) in [
            ("Dr. Fox woke. He saw “the sea!” Then", &["Dr. Fox woke.", "He saw “the sea!”", "Then"][..]),
            ("今天天气很好。我们去公园吧！", &["今天天气很好。", "我们去公园吧！"]),
            ("كيف حالك؟ نعم.", &["كيف حالك؟", "نعم."]),
            ("A title\n\nA text", &["A title", "A text"]),
            ("a", &["a"]),
            (" \n", &[]),
            ("", &[]),
        ] {
            assert_eq!(sentences(text), expected, "{text}");
        }
    }

    fn dense(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,200}",
            "[a-zA-Z ,.!?\n]{0,400}",
            "[一-九、。！a「」]{0,200}",
            proptest::collection::vec(
                prop_oneof![Just("👨‍👩‍👧"), Just("e\u{301}"), Just(" "), Just("ok. "), Just("\r\n")],
                0..60
            )
            .prop_map(|parts| parts.concat()),
        ]
    }

    proptest! {
        #[test]
        fn sentences_lose_nothing(text in texts()) {
            prop_assert_eq!(dense(&sentences(&text).concat()), dense(&text));
        }

        #[test]
        fn nothing_is_lost_and_nothing_is_too_long(text in texts(), most in 1_u64..60) {
            let cut = pieces(&text, most);
            prop_assert_eq!(dense(&cut.concat()), dense(&text));
            if text.chars().count() as u64 <= most {
                prop_assert!(cut.len() <= 1 && cut.iter().all(|piece| *piece == text));
            } else {
                for piece in &cut {
                    prop_assert!(piece.chars().count() as u64 <= most && !piece.is_empty() && piece.trim() == piece);
                    prop_assert_eq!(pieces(piece, most), vec![piece.clone()]);
                }
            }
        }

        #[test]
        fn a_change_near_the_end_leaves_the_first_pieces_alone(
            text in "([A-Za-z]{1,9}[,.]? ){40,120}", one in "([A-Za-z]{1,9}[,.]? ){0,12}", other in "([A-Za-z]{1,9}[,.]? ){0,12}",
        ) {
            let most = 60;
            let cut = |tail: &str| pieces(&format!("{text}{tail}"), most);
            // Whole pieces that lie two limits before the change.
            let mut room = text.chars().count() as i64 - 2 * most as i64;
            for (a, b) in cut(&one).iter().zip(&cut(&other)) {
                room -= a.chars().count() as i64 + 1;
                if room < 0 {
                    break;
                }
                prop_assert_eq!(a, b);
            }
        }
    }
}
