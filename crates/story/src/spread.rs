//! Times for the characters of a text whose sound came without any: spread over the stretches in which a voice is heard.

use crate::pieces::{closes, is_stop};
use crate::time::seconds;
use crate::words::Alignment;
use std::collections::HashMap;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// How far a stretch of speech strays from its expected length, as a share of it: one standard deviation.
const STRAY: f64 = 0.25;
/// The same in seconds, for the shortest.
const STRAY_S: f64 = 0.2;
/// Seconds by which a pause and the punctuation it is matched with may stand apart at an even pace, at least.
const NEAR_S: f64 = 4.0;
/// The same as a share of all speech.
const NEAR_SHARE: f64 = 0.05;
/// A pause of this length speaks for the end of a sentence; one of twice this length or more, twice as much.
const FULL_PAUSE_S: f64 = 0.4;
/// How many pauses may lie unmatched between two that are matched, and how much punctuation.
const SKIPPED: (usize, usize) = (6, 12);
/// Seconds by which a pause may pull a word that it would cut.
const PULL_S: f64 = 0.5;

/// A place where a pause may be heard: in front of a character.
struct Place {
    character: usize,
    /// Weight of everything before it.
    weight: f64,
    /// How much a pause is expected here: 0 between words.
    strength: f64,
}

/// A pause between two spans, in seconds of speech before it, and its own length.
struct Pause {
    at_s: f64,
    length_s: f64,
}

/// A pause and the place of the punctuation that it is matched with, by their indices.
type Pair = (usize, usize);

/// Spreads the characters of a text, one `char` each, over spans of samples at 48 kHz in which a voice is heard.
///
/// Each gets time by its weight; pauses are matched with punctuation, so that what is said after a pause begins after it. No time lies
/// outside the spans' hull, starts and ends never go back. Without spans all times are 0.
#[must_use]
pub fn spread(text: &str, spans: &[Range<u64>]) -> Alignment {
    let characters: Vec<char> = text.chars().collect();
    let spans = in_order(spans);
    let mut alignment = Alignment {
        characters: characters.iter().map(char::to_string).collect(),
        starts_s: vec![0.0; characters.len()],
        ends_s: vec![0.0; characters.len()],
    };
    if spans.is_empty() || characters.is_empty() {
        return alignment;
    }
    // before[i]: weight of the characters before i.
    let mut before = vec![0.0];
    let mut sum = 0.0;
    before.extend(characters.iter().map(|&c| {
        sum += weight(c);
        sum
    }));
    if sum <= 0.0 {
        before = (0..=characters.len()).map(|index| index as f64).collect();
        sum = characters.len() as f64;
    }
    let voiced: Vec<f64> = spans
        .iter()
        .scan(0, |voiced, span| {
            *voiced += span.end - span.start;
            Some(seconds(*voiced))
        })
        .collect();
    let total = voiced[voiced.len() - 1];
    let pauses: Vec<Pause> = spans
        .windows(2)
        .zip(&voiced)
        .map(|(pair, &at_s)| Pause { at_s, length_s: seconds(pair[1].start - pair[0].end) })
        .collect();
    let mut anchors = vec![(0, 0.0)];
    anchors.extend(matched(&places(&characters, &before), &pauses, sum, total));
    anchors.push((characters.len(), total));
    let anchors = pulled(anchors, &words(text, &before), &pauses, &before);
    for pair in anchors.windows(2) {
        let [(from, from_s), (to, to_s)] = [pair[0], pair[1]];
        let share = before[to] - before[from];
        let speech_s = |index: usize| match index {
            _ if index == from => from_s,
            _ if index == to || share <= 0.0 => to_s,
            _ => (from_s + (to_s - from_s) * (before[index] - before[from]) / share).min(to_s),
        };
        for index in from..to {
            let start = clock_s(&spans, &voiced, speech_s(index), true);
            let end = clock_s(&spans, &voiced, speech_s(index + 1), false);
            alignment.starts_s[index] = start;
            alignment.ends_s[index] = end.max(start);
        }
    }
    // A character of no weight may stand exactly on a pause: its neighbours say which side it is on.
    let mut earliest = 0.0_f64;
    for (start, end) in alignment.starts_s.iter_mut().zip(&mut alignment.ends_s) {
        *start = start.max(earliest);
        *end = end.max(*start);
        earliest = *start;
    }
    let mut latest = f64::MAX;
    for (start, end) in alignment.starts_s.iter().zip(&mut alignment.ends_s).rev() {
        *end = end.min(latest).max(*start);
        latest = *end;
    }
    alignment
}

/// Spans sorted, without empty ones, those that touch made one.
fn in_order(spans: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = spans.iter().filter(|span| span.start < span.end).cloned().collect();
    sorted.sort_by_key(|span| span.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for span in sorted {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// How long a character takes to say, beside others.
fn weight(c: char) -> f64 {
    // Marks that change the letter before them: they count as alphabetic, and take no time.
    let is_mark = matches!(c as u32, 0x300..=0x36f | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x670 | 0x200b..=0x200f | 0xfe00..=0xfe0f);
    match c {
        _ if is_mark => 0.0,
        // A syllable or two, where a Latin letter is a third of one.
        _ if c.is_alphanumeric() && (c as u32) >= 0x2e80 => 3.0,
        _ if c.is_alphanumeric() => 1.0,
        '%' | '&' | '+' | '=' | '$' | '£' | '¥' | '§' | '°' | '@' | '\u{20a0}'..='\u{20cf}' => 3.0,
        _ if c.is_whitespace() => 0.3,
        _ => 0.1,
    }
}

/// How long a pause a mark asks for, beside others.
fn strength(c: char) -> f64 {
    match c {
        _ if is_stop(c) => 3.0,
        '\n' => 3.0,
        ',' | ';' | ':' | '—' | '–' | '、' | '，' | '；' | '：' | '،' | '؛' => 1.5,
        _ => 0.0,
    }
}

/// Places behind punctuation: in front of the first character that is said after it.
fn places(characters: &[char], before: &[f64]) -> Vec<Place> {
    let mut places = Vec::new();
    let (mut asked, mut spaced) = (0.0_f64, false);
    let mut said = false;
    for (index, &c) in characters.iter().enumerate() {
        if c.is_alphanumeric() {
            // `3.5`, `e.g`, `10:30`: a mark inside a word is no pause. Chinese and Japanese set no space behind theirs.
            if said && asked > 0.0 && (spaced || index.checked_sub(1).is_some_and(|at| characters[at] as u32 >= 0x2e80))
            {
                places.push(Place { character: opened(characters, index), weight: 0.0, strength: asked });
            }
            (asked, spaced, said) = (0.0, false, true);
        } else {
            asked = asked.max(strength(c));
            spaced |= c.is_whitespace() || c == '—' || closes(c) && c as u32 >= 0x2e80;
        }
    }
    for place in &mut places {
        place.weight = before[place.character];
    }
    places
}

/// Where what opens the word at `index` stands: quotation marks and brackets belong to the word behind them.
fn opened(characters: &[char], index: usize) -> usize {
    let before = &characters[..index];
    let opens = |c: &&char| !c.is_whitespace() && !closes(**c) && strength(**c) == 0.0 && !c.is_alphanumeric();
    index - before.iter().rev().take_while(opens).count()
}

/// Places between words.
fn words(text: &str, before: &[f64]) -> Vec<Place> {
    let mut at = 0;
    let mut places = Vec::new();
    for piece in text.split_word_bounds() {
        if piece.chars().any(char::is_alphanumeric) {
            places.push(Place { character: at, weight: before[at], strength: 0.0 });
        }
        at += piece.chars().count();
    }
    places
}

/// The dearest chain of pairs of punctuation and pause: long pauses at strong marks, an even pace between them.
/// As character and second of speech, ascending in both.
fn matched(places: &[Place], pauses: &[Pause], weight: f64, total_s: f64) -> Vec<(usize, f64)> {
    let pace = total_s / weight;
    let near = NEAR_S.max(NEAR_SHARE * total_s);
    let strays = |weight: f64, speech_s: f64| {
        let expected = weight * pace;
        (speech_s - expected).powi(2) / (STRAY * STRAY * expected + STRAY_S * STRAY_S)
    };
    // Best value of a chain that ends with a pair, and the pair before it.
    let mut chains: HashMap<Pair, (f64, Option<Pair>)> = HashMap::new();
    let mut best: (f64, Option<Pair>) = (-strays(weight, total_s), None);
    for (p, pause) in pauses.iter().enumerate() {
        let first = places.partition_point(|place| place.weight * pace < pause.at_s - near);
        for (m, place) in places.iter().enumerate().skip(first) {
            if place.weight * pace > pause.at_s + near {
                break;
            }
            if place.weight <= 0.0 || place.weight >= weight {
                continue;
            }
            let gain = place.strength * (pause.length_s / FULL_PAUSE_S).min(2.0);
            let mut chain = (-strays(place.weight, pause.at_s), None);
            for earlier in (p.saturating_sub(SKIPPED.0)..p).rev() {
                for mark in (m.saturating_sub(SKIPPED.1)..m).rev() {
                    if let Some((value, _)) = chains.get(&(earlier, mark)) {
                        let value =
                            value - strays(place.weight - places[mark].weight, pause.at_s - pauses[earlier].at_s);
                        if value > chain.0 {
                            chain = (value, Some((earlier, mark)));
                        }
                    }
                }
            }
            chain.0 += gain;
            let ended = chain.0 - strays(weight - place.weight, total_s - pause.at_s);
            if ended > best.0 {
                best = (ended, Some((p, m)));
            }
            chains.insert((p, m), chain);
        }
    }
    let mut pairs = Vec::new();
    let mut pair = best.1;
    while let Some((p, m)) = pair {
        pairs.push((places[m].character, pauses[p].at_s));
        pair = chains.get(&(p, m)).and_then(|chain| chain.1);
    }
    pairs.reverse();
    pairs
}

/// Anchors, and one more for each pause between them that would cut a word: the nearest place between words.
fn pulled(anchors: Vec<(usize, f64)>, words: &[Place], pauses: &[Pause], before: &[f64]) -> Vec<(usize, f64)> {
    let mut all = vec![(0, 0.0)];
    for pair in anchors.windows(2) {
        let [(from, from_s), (to, to_s)] = [pair[0], pair[1]];
        let share = before[to] - before[from];
        for pause in pauses.iter().filter(|pause| pause.at_s > from_s && pause.at_s < to_s && share > 0.0) {
            let speech_s = |place: &Place| from_s + (to_s - from_s) * (place.weight - before[from]) / share;
            let earliest = all.last().map_or(from, |last| last.0.max(from));
            let first = words.partition_point(|place| place.character <= earliest);
            let nearest = words[first..]
                .iter()
                .take_while(|place| place.character < to)
                .min_by(|a, b| (speech_s(a) - pause.at_s).abs().total_cmp(&(speech_s(b) - pause.at_s).abs()));
            if let Some(place) = nearest.filter(|place| (speech_s(place) - pause.at_s).abs() <= PULL_S) {
                all.push((place.character, pause.at_s));
            }
        }
        all.push((to, to_s));
    }
    all
}

/// The time at which so much has been said: `after` the pause that begins there, or before it.
fn clock_s(spans: &[Range<u64>], voiced: &[f64], speech_s: f64, after: bool) -> f64 {
    let index = voiced.partition_point(|&end| if after { end <= speech_s } else { end < speech_s });
    let index = index.min(spans.len() - 1);
    let (start, end) = (seconds(spans[index].start), seconds(spans[index].end));
    (end - (voiced[index] - speech_s)).clamp(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SAMPLE_RATE;
    use proptest::prelude::*;

    fn spans(spans_s: &[(f64, f64)]) -> Vec<Range<u64>> {
        let sample = |s: f64| (s * SAMPLE_RATE as f64) as u64;
        spans_s.iter().map(|&(from, to)| sample(from)..sample(to)).collect()
    }

    /// Each word of `expected` begins at its second, to 50 ms.
    #[track_caller]
    fn check(text: &str, spans_s: &[(f64, f64)], expected: &[(&str, f64)]) {
        let alignment = spread(text, &spans(spans_s));
        for (word, second) in expected {
            let at = text[..text.find(word).expect("it is there")].chars().count();
            let start = alignment.starts_s[at];
            assert!((start - second).abs() <= 0.05, "{word} begins at {start}, not {second}: {:?}", alignment.starts_s);
        }
    }

    #[test]
    fn what_is_said_after_a_pause_begins_after_it() {
        check("Good morning. The sun is up.", &[(0.2, 1.1), (1.7, 2.6)], &[("Good", 0.2), ("The", 1.7)]);
        // The pace differs: punctuation decides.
        check("A long first sentence it is. Short.", &[(0.0, 1.2), (2.0, 2.8)], &[("Short", 2.0)]);
        check(
            "Well, I did not know that, Ana.",
            &[(0.1, 0.5), (0.8, 1.9), (2.1, 2.5)],
            &[("I did", 0.8), ("Ana", 2.1)],
        );
        check("今天天气很好。我们去公园吧！", &[(0.0, 1.4), (2.0, 3.4)], &[("我们", 2.0)]);
        check("He said: “Go.” She left.", &[(0.0, 0.5), (0.8, 1.1), (1.6, 2.1)], &[("“Go", 0.8), ("She", 1.6)]);
    }

    #[test]
    fn a_mark_without_a_pause_takes_none_from_the_next() {
        check("Yes, yes, yes, we know. But why?", &[(0.0, 1.5), (2.2, 2.8)], &[("But", 2.2)]);
        check("It is 3.5 metres, e.g. here. Then on.", &[(0.0, 2.0), (2.5, 3.1)], &[("Then", 2.5)]);
    }

    #[test]
    fn a_pause_without_a_mark_falls_between_words() {
        check("seven little words without any mark here", &[(0.0, 1.35), (1.9, 3.0)], &[("without", 1.9)]);
    }

    #[test]
    fn without_a_voice_all_times_are_nothing() {
        let alignment = spread("Hello.", &[]);
        assert_eq!((alignment.starts_s, alignment.ends_s), (vec![0.0; 6], vec![0.0; 6]));
        assert_eq!(spread("", &spans(&[(0.0, 1.0)])), Alignment::default());
    }

    #[test]
    fn an_hour_of_sentences_keeps_to_its_pauses() {
        let sentence = |index: usize| format!("{}then came the end of it. ", "word ".repeat(index * 7 % 11));
        let (mut text, mut spans_s, mut starts) = (String::new(), Vec::new(), Vec::new());
        let mut clock = 0.0;
        for index in 0..900 {
            starts.push((text.chars().count(), clock));
            // Each is spoken at a pace of its own.
            let length = sentence(index).len() as f64 / 16.0 * (1.0 + 0.15 * (index as f64).sin());
            spans_s.push((clock, clock + length));
            clock += length + 0.5;
            text += &sentence(index);
        }
        let alignment = spread(&text, &spans(&spans_s));
        let missed = starts.iter().filter(|(at, second)| (alignment.starts_s[*at] - second).abs() > 0.05).count();
        assert!(missed < 9, "{missed} of 900 sentences begin elsewhere");
    }

    proptest! {
        #[test]
        fn times_go_forward_and_stay_inside(
            text in prop_oneof!["\\PC{0,80}", "[a-z ,.!一二三。、\n]{0,120}", "[\u{300}-\u{310}]{0,5}"],
            edges in proptest::collection::vec(0_u64..2_000_000, 0..24),
        ) {
            let spans: Vec<Range<u64>> = edges.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            let alignment = spread(&text, &spans);
            let heard: Vec<_> = spans.iter().filter(|span| span.start < span.end).collect();
            let first = seconds(heard.iter().map(|span| span.start).min().unwrap_or(0));
            let last = seconds(heard.iter().map(|span| span.end).max().unwrap_or(0));
            let (starts, ends) = (&alignment.starts_s, &alignment.ends_s);
            prop_assert_eq!(alignment.characters.concat(), text.clone());
            prop_assert_eq!((starts.len(), ends.len()), (text.chars().count(), text.chars().count()));
            prop_assert!(starts.iter().chain(ends).all(|&second| second >= first && second <= last));
            prop_assert!(starts.is_sorted() && ends.is_sorted());
            prop_assert!(starts.iter().zip(ends).all(|(start, end)| start <= end));
            if let (Some(start), Some(end)) = (starts.first(), ends.last()) {
                prop_assert!((start - first).abs() < 1e-6 && (end - last).abs() < 1e-6, "covers {} to {}", first, last);
            }
        }
    }
}
