//! What is seen in frames.

use super::*;
use crate::compositor::Compositor;

const SHAPE: (u32, u32) = (270, 480);

/// Each verb changes frames while it lasts, and none after.
fn check(steps: Value, lasts: u64) {
    let mut stage = stepped(two(steps.clone()), SHAPE, 60);
    let last = stage.frame_count() - 1;
    let begin = (steps.as_array().map_or(1, Vec::len) as u64 - 1) * 60;
    let moments: Vec<u64> = (0..=last).map(|frame| stage.moment(frame)).collect();
    let before = moments[begin.saturating_sub(1) as usize];
    assert!((begin + 1..begin + lasts).any(|frame| moments[frame as usize] != before), "{steps}: nothing happens");
    assert!(
        (begin + lasts..=last).all(|frame| moments[frame as usize] == moments[last as usize]),
        "{steps}: goes on for too long"
    );
    // Equal moments are equal frames, and others are not.
    let (first, middle, end) =
        (drawn(&mut stage, begin), drawn(&mut stage, begin + lasts / 2), drawn(&mut stage, last));
    assert!(middle != end || lasts < 2, "{steps}");
    assert!(drawn(&mut stage, begin) == first && drawn(&mut stage, last) == end, "{steps}: another picture later");
}

#[test]
fn each_verb_changes_the_frames_that_it_should_and_none_after_its_end() {
    check(json!([{"do": {"appear": ["a"]}}]), 15);
    check(json!([{"do": {"write": "a"}}]), 12);
    check(json!([{"do": {"trim": "a"}}]), 27);
    check(json!([{"do": {"move": {"thing": "b", "to": "p"}}}]), 24);
    check(json!([{"do": {"highlight": {"thing": "b"}}}]), 9);
    check(json!([{"do": {"pulse": "b"}}]), 21);
    check(json!([{"do": {"connect": {"from": "a", "to": "c"}}}]), 27);
    check(json!([{"do": {"remove": ["a", "b"]}}]), 11);
    check(json!([{"do": {"camera": ["a"]}}]), 24);
    let morph = json!({
        "things": [{"id": "a", "draw": {"box": "First"}}, {"id": "b", "draw": {"text": {"text": "First of all"}}}],
        "steps": [{"do": {"morph": {"thing": "a", "into": "b"}}}],
    });
    let stage = stepped(morph, SHAPE, 60);
    assert!(stage.moment(0) != stage.moment(12) && stage.moment(12) != stage.moment(24));
    assert_eq!(stage.moment(24), stage.moment(59));
}

#[test]
fn a_pulse_ends_where_it_began() {
    let stage = stepped(two(json!([{"do": {"pulse": "b"}}])), SHAPE, 60);
    assert_eq!(stage.moment(0), stage.moment(30));
    assert_ne!(stage.moment(0), stage.moment(10));
}

#[test]
fn another_cue_is_another_film() {
    let animation = animation(two(json!([{"do": {"appear": ["a"]}}])));
    let moments = |cue: Cue| {
        let stage = stage(&staged(animation.clone(), vec![cue]), SHAPE, "bottom", 60);
        (0..60).map(|frame| stage.present(stage.moment(frame)).len()).collect::<Vec<usize>>()
    };
    assert_ne!(moments(Cue::At(3)), moments(Cue::At(20)));
    assert_ne!(moments(Cue::Done), moments(Cue::Later));
    assert!(moments(Cue::Later).iter().all(|count| *count == 2));
    // What begins with the last frame is complete in it.
    assert_eq!(moments(Cue::At(59))[59], 3);
}

#[test]
fn what_is_left_of_a_scene_is_its_last_frame_and_every_processor_draws_it() {
    let steps =
        json!([{"do": {"appear": ["a"]}}, {"do": {"connect": {"from": "a", "to": "b"}}}, {"do": {"remove": ["c"]}}]);
    let staged = staged(animation(two(steps)), vec![Cue::At(5), Cue::At(50), Cue::Later]);
    let scene = scene(&staged, SHAPE, "bottom", 70);
    let mut later = scene.clone();
    later.backdrop = Backdrop::Color([0; 3]);
    later.outgoing =
        Some(story::scene::Outgoing { backdrop: scene.backdrop.clone(), frames: 30, avatar_sides: Vec::new() });
    let fonts = Fonts::find(&crate::font_folders()).expect("fonts are installed");
    let new = |scene: &Scene| Compositor::new(scene, &BTreeMap::new(), None, &fonts).expect("a scene");
    let (mut before, after) = (new(&scene), new(&later));
    let mut last = before.frame();
    before.draw_at(69, &mut last);
    assert!(after.left_frame() == Some(&last), "the crossfade rises out of the last frame");
    let mut plain = new(&scene);
    plain.use_plain_processor();
    let mut other = plain.frame();
    for index in [0, 8, 12, 55, 69] {
        before.draw_at(index, &mut last);
        plain.draw_at(index, &mut other);
        assert!(last == other, "frame {index}");
    }
}

#[test]
fn hostile_words_do_no_harm() {
    for text in ["a", "\u{202e}abc\u{2066}", "👨‍👩‍👧‍👦👍🏽🇯🇵", "ﷺ", "\u{200d}", "a\u{301}\u{301}\u{301}\u{301}", "W", "."]
    {
        for text in [text.to_owned(), text.repeat(240 / text.chars().count())] {
            let short: String = text.chars().take(24).collect();
            let value = json!({
                "title": short,
                "things": [
                    {"id": "a", "draw": {"text": {"text": text}}},
                    {"id": "b", "draw": {"box": text.chars().take(120).collect::<String>()}},
                    {"id": "c", "draw": {"circle": text.chars().take(60).collect::<String>()}},
                    {"id": "d", "draw": {"code": text.chars().take(48).collect::<String>()}},
                    {"id": "e", "draw": {"timeline": {"events": [{"when": short, "what": short}]}}},
                    {"id": "f", "draw": {"network": {"layers": [1, 8], "labels": [short, short]}}},
                    {"id": "g", "draw": {"bars": {"bars": [{"label": short, "value": -1e15}], "unit": short.chars().take(12).collect::<String>()}}},
                    {"id": "h", "draw": {"graph": {"nodes": [short, short], "edges": [{"from": 0, "to": 1}]}}},
                ],
                "steps": [{"do": {"write": "a"}}, {"do": {"write": "d"}}],
            });
            let mut stage = stepped(value, SHAPE, 30);
            let _frame = drawn(&mut stage, 40);
        }
    }
}
