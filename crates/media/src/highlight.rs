//! When captions stand and which word is the spoken one: frames from samples. Pure arithmetic.

use story::scene::{Scene, Spoken};
use story::time::Grid;

/// Frames by which the last highlight of a page ends before the next page's first word: it must not shine where that word will stand.
const CLEAR_FRAMES: u64 = 2;
/// How much earlier than its first word the first page of a slot may be seen, in seconds.
const EARLY_S: f64 = 0.3;

/// A word on its page; times in samples from the start of the part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// First frame in which it is the spoken one, and the first after.
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// A page of a slot, in the frames in which it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Index of the segment in the part, and of the page in it.
    pub(crate) spoken: usize,
    pub(crate) page: usize,
    /// First frame, and the first after.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) words: Vec<Timed>,
}

/// All pages of a part, in order.
pub(crate) fn plan(scene: &Scene) -> Vec<Shown> {
    let grid = Grid { fps: scene.fps };
    let mut pages = Vec::new();
    let mut slot_frame = 0;
    for (spoken, segment) in scene.spoken.iter().enumerate() {
        pages_of_slot(spoken, segment, slot_frame, grid, &mut pages);
        slot_frame += segment.frames;
    }
    settle(&mut pages, grid, slot_frame);
    pages
}

fn pages_of_slot(spoken: usize, segment: &Spoken, slot_frame: u64, grid: Grid, pages: &mut Vec<Shown>) {
    let (slot_start, slot_end) = (grid.sample_of(slot_frame), grid.sample_of(slot_frame + segment.frames));
    if segment.frames == 0 {
        return;
    }
    let begin = pages.len();
    for (page, shown) in segment.pages.iter().enumerate().filter(|(_, page)| !page.words.is_empty()) {
        let words: Vec<Timed> = shown
            .words
            .iter()
            .map(|word| {
                let start = slot_start.saturating_add(word.start).min(slot_end - 1);
                let end = slot_start.saturating_add(word.end).clamp(start + 1, slot_end);
                Timed { start, end, first: grid.frame_of(start), last: grid.frame_of(end - 1) + 1 }
            })
            .collect();
        let first = words[0].first;
        let from = if pages.len() == begin {
            first.saturating_sub((EARLY_S * f64::from(grid.fps)) as u64).max(slot_frame)
        } else {
            first
        };
        pages.push(Shown { spoken, page, from, to: slot_frame + segment.frames, words });
    }
    for index in begin..pages.len().saturating_sub(1) {
        pages[index].to = pages[index + 1].from.max(pages[index].from);
    }
}

/// Gives each frame to one word at most: a word ends where the next begins, and never before its middle was seen.
fn settle(pages: &mut [Shown], grid: Grid, frames: u64) {
    let mut busy_until = 0;
    for index in 0..pages.len() {
        // Where the highlight must be gone: before the next page's first word, or the part's end.
        let clear = pages.get(index + 1).map_or(frames, |next| next.words[0].first).saturating_sub(CLEAR_FRAMES);
        let words = &mut pages[index].words;
        for at in 0..words.len() {
            let end = words.get(at + 1).map_or(clear, |next| next.first);
            let word = &mut words[at];
            let middle = grid.frame_of((word.start + word.end) / 2);
            word.first = word.first.max(busy_until);
            word.last = word.last.min(end).max(middle + 1).max(word.first);
            busy_until = word.last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::captions::pages;
    use story::scene::Backdrop;
    use story::script::{Captions, Motion};
    use story::words::Word;

    fn scene(slots: &[(u64, &[(u64, u64)])], per_page: u32) -> Scene {
        let slot = |&(frames, times): &(u64, &[(u64, u64)])| {
            let words: Vec<Word> =
                times.iter().map(|&(start, end)| Word { text: "a".into(), space_before: true, start, end }).collect();
            Spoken { frames, audio_sha256: String::new(), avatar: None, pages: pages(&words, per_page) }
        };
        Scene {
            width: 240,
            height: 426,
            fps: 30,
            draft: false,
            backdrop: Backdrop::Color([0; 3]),
            motion: Motion::None,
            holds_end_pose: false,
            fade_frames: 0,
            outgoing: None,
            captions: Captions::default(),
            spoken: slots.iter().map(slot).collect(),
        }
    }

    fn check(slots: &[(u64, &[(u64, u64)])], per_page: u32) {
        let pages = plan(&scene(slots, per_page));
        let words: Vec<&Timed> = pages.iter().flat_map(|page| &page.words).collect();
        for pair in words.windows(2) {
            assert!(pair[0].last <= pair[1].first.max(pair[0].last), "{pages:?}");
            assert!(pair[0].last <= pair[1].first, "one word at most: {pages:?}");
        }
        for word in &words {
            let middle = (word.start + word.end) / 2 / 1600;
            assert!((word.first..word.last).contains(&middle), "{word:?}");
        }
        for pair in pages.windows(2) {
            assert!(pair[0].to <= pair[1].from, "{pages:?}");
            let (last, next) = (pair[0].words.last().expect("words"), &pair[1].words[0]);
            let middle = (last.start + last.end) / 2 / 1600;
            assert!(last.last + 2 <= next.first || last.last == middle + 1, "{pages:?}");
        }
    }

    #[test]
    fn one_word_at_a_time_and_each_is_seen_at_its_middle() {
        check(&[(60, &[(0, 9_000), (9_000, 20_000), (24_000, 60_000)])], 4);
        check(&[(60, &[(0, 9_000), (9_000, 20_000), (20_000, 60_000)])], 1);
        check(&[(30, &[(0, 20_000)]), (30, &[(0, 3_000), (3_200, 48_000)])], 1);
        check(&[(30, &[(100, 1_500), (1_700, 3_100), (3_300, 4_500)])], 4);
    }

    #[test]
    fn the_last_highlight_ends_before_the_part_does() {
        let pages = plan(&scene(&[(30, &[(0, 48_000)])], 4));
        assert_eq!((pages[0].words[0].last, pages[0].to), (28, 30));
    }
}
