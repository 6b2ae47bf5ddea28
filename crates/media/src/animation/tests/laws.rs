//! What holds for every scene: nothing overlaps, nothing leaves its room, no letter is too small, no arrow crosses a thing.

use super::*;
use crate::animation::mark::Shape;
use crate::animation::plan::Is;
use crate::animation::route::crosses;
use proptest::prelude::*;
use story::animation::problems;
use tiny_skia::{PathSegment, Rect};

/// Words of several languages, short and long.
const WORDS: [&[&str]; 5] = [
    &["gradient", "the loss falls", "weights", "A network turns pixels into a digit, layer by layer", "ok", "🎉 done"],
    &[
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
        "Zinsen",
        "Donaudampfschifffahrt",
        "Übung macht den Meister",
        "Kraftfahrzeughaftpflichtversicherung",
    ],
    &["誤差は小さくなる", "深層学習", "今日はとても良い天気ですね。散歩に行きましょう", "層", "コンピュータ 🎌"],
    &["مرحبا بالعالم", "الشمس تسخن البحر ثم يتبخر الماء", "خطأ", "التعلم العميق 🌧️"],
    &["गुरुत्वाकर्षण", "सीखना", "त्रुटि कम होती है हर बार जब हम सीखते हैं", "достопримечательности", "Ошибка 📉"],
];
const SHAPES: [(u32, u32); 4] = [(540, 960), (960, 540), (540, 540), (540, 676)];
const FORMULAS: [&str; 4] = [
    "x^2",
    "sum_(i=1)^n i = (n(n+1))/2",
    "mat(1, 2, 3; 4, 5, 6; 7, 8, 9)",
    "a + b + c + d + e + f + g = h + i + j + k + l + m + n + o + p",
];

/// Numbers one after the other, each from the one before (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }

    fn words(&mut self, language: usize, most: usize) -> String {
        let words = WORDS[language % WORDS.len()];
        let count = 1 + self.next(3);
        let text: Vec<&str> = (0..count).map(|_| words[self.next(words.len())]).collect();
        text.join(" ").chars().take(most).collect::<String>().trim().to_owned()
    }

    fn thing(&mut self, language: usize) -> Value {
        match self.next(14) {
            0..=2 => {
                let scale = ["heading", "body", "note"][self.next(3)];
                json!({"text": {"text": self.words(language, 240), "scale": scale}})
            }
            3..=5 => json!({"box": self.words(language, 120)}),
            6 => json!({"circle": self.words(language, 60)}),
            7 => json!({"formula": FORMULAS[self.next(FORMULAS.len())]}),
            8 => {
                let count = 2 + self.next(5);
                let layers: Vec<usize> = (0..count).map(|_| 1 + self.next(8)).collect();
                let labels: Vec<String> = (0..count).map(|_| self.words(language, 24)).collect();
                json!({"network": {"layers": layers, "labels": labels}})
            }
            9 => {
                let count = 1 + self.next(10);
                let nodes: Vec<String> = (0..count).map(|_| self.words(language, 30)).collect();
                let edges: Vec<Value> = (0..self.next(14))
                    .map(|_| (self.next(count), self.next(count)))
                    .filter(|(from, to)| from != to)
                    .map(|(from, to)| json!({"from": from, "to": to}))
                    .collect();
                json!({"graph": {"nodes": nodes, "edges": edges}})
            }
            10 => {
                json!({"axes": {"x": {"from": -3, "to": 3, "label": self.words(language, 30)}, "y": {"from": -1, "to": 2},
                "plots": [{"function": "sin(x)", "label": self.words(language, 30)}, {"function": "1/x"}]}})
            }
            11 => {
                let bars: Vec<Value> = (0..1 + self.next(8))
                    .map(|_| json!({"label": self.words(language, 30), "value": self.next(2_000) as f64 - 500.0}))
                    .collect();
                json!({"bars": {"bars": bars, "unit": " €"}})
            }
            12 => {
                let lines: Vec<String> = (0..1 + self.next(14))
                    .map(|line| {
                        format!("{}let value_{line} = \"{}\";", " ".repeat(self.next(8)), "x".repeat(self.next(18)))
                    })
                    .collect();
                json!({"code": lines.join("\n")})
            }
            _ => {
                let events: Vec<Value> = (0..1 + self.next(7))
                    .map(|_| json!({"when": self.words(language, 24), "what": self.words(language, 80)}))
                    .collect();
                json!({"timeline": {"events": events}})
            }
        }
    }

    fn layout(&mut self, cells: Vec<Value>, depth: usize) -> Value {
        if cells.len() == 1 {
            return cells[0].clone();
        }
        if depth < 3 && self.next(3) > 0 && cells.len() > 2 {
            let at = 1 + self.next(cells.len() - 1);
            let (one, other) = (cells[..at].to_vec(), cells[at..].to_vec());
            let (one, other) = (self.layout(one, depth + 1), self.layout(other, depth + 1));
            let side = ["left", "right", "above", "below"][self.next(4)];
            return match self.next(4) {
                0 => json!({"row": [one, other]}),
                1 => {
                    json!({"next_to": {"of": one, "put": other, "side": side}})
                }
                _ => json!({"column": [one, other]}),
            };
        }
        match self.next(3) {
            0 => json!({"row": cells}),
            1 => json!({"column": cells}),
            _ => json!({"grid": {"columns": 1 + self.next(4), "cells": cells}}),
        }
    }

    /// A scene without problems, most of the time.
    fn animation(&mut self) -> Value {
        let language = self.next(WORDS.len());
        let most = if self.next(3) == 0 { 9 } else { 5 };
        let count = 1 + self.next(most);
        let mut things: Vec<Value> =
            (0..count).map(|index| json!({"id": format!("t{index}"), "draw": self.thing(language)})).collect();
        let mut cells: Vec<Value> = (0..count).map(|index| json!({"thing": format!("t{index}")})).collect();
        let mut steps = Vec::new();
        let id = |index: usize| format!("t{index}");
        if count > 1 {
            for arrow in 0..self.next(3) {
                let from = self.next(count);
                let to = (from + 1 + self.next(count - 1)) % count;
                if arrow == 0 {
                    things.push(json!({"id": "arrow", "draw": {"arrow": {"from": id(from), "to": id(to)}}}));
                } else {
                    steps.push(json!({"do": {"connect": {"from": id(from), "to": id(to)}}}));
                }
            }
        }
        if self.next(2) == 0 {
            cells.push(json!({"place": "p"}));
            steps.push(json!({"do": {"move": {"thing": id(self.next(count)), "to": "p"}}}));
        }
        if self.next(2) == 0 {
            things.push(json!({"id": "later", "draw": self.thing(language)}));
            steps.push(json!({"do": {"morph": {"thing": id(self.next(count)), "into": "later"}}}));
        }
        steps.push(json!({"do": {"highlight": {"thing": things[0]["id"]}}}));
        if self.next(3) == 0 {
            steps.push(json!({"do": {"camera": [things[0]["id"]]}}));
        }
        let title = (self.next(2) == 0).then(|| self.words(language, 80));
        let layout = self.layout(cells, 0);
        let mut value = json!({"things": things, "layout": layout, "steps": steps});
        if let Some(title) = title {
            value["title"] = json!(title);
        }
        value
    }
}

fn overlap(a: Rect, b: Rect) -> bool {
    let slack = 0.75;
    a.left() + slack < b.right()
        && b.left() + slack < a.right()
        && a.top() + slack < b.bottom()
        && b.top() + slack < a.bottom()
}

/// Looks at a stage at rest.
fn obeys(stage: &Stage, frame: u64, shape: (u32, u32)) -> Result<(), String> {
    let moment = stage.moment(frame);
    let boxes = stage.boxes(moment);
    let present = stage.present(moment);
    let look = stage.look();
    let safe = look.px(20.0);
    let frame_area =
        Rect::from_ltrb(safe, safe, shape.0 as f32 - safe, shape.1 as f32 - safe).ok_or("a frame has an inside")?;
    for (index, (is, thing, area, least)) in boxes.iter().enumerate() {
        if area.left() < frame_area.left()
            || area.top() < frame_area.top()
            || area.right() > frame_area.right()
            || area.bottom() > frame_area.bottom().min(stage.region.bottom() + 1.0)
        {
            return Err(format!("{is:?} {thing:?} leaves its room: {area:?}"));
        }
        if least.is_some_and(|least| least < look.least() - 0.01) {
            return Err(format!("{thing:?} has letters of {least:?}"));
        }
        let drawing = &stage.actors()[present[index]].drawing;
        let slack = look.line() + 1.0;
        if *is != Is::Arrow
            && let Some(ink) = drawing.ink()
            && (ink.left() < -slack
                || ink.top() < -slack
                || ink.right() > drawing.width + slack
                || ink.bottom() > drawing.height + slack)
        {
            return Err(format!("{thing:?} is drawn outside its box: {ink:?} of {} {}", drawing.width, drawing.height));
        }
        for (other_is, other, other_area, _) in &boxes[index + 1..] {
            if *is != Is::Arrow && *other_is != Is::Arrow && overlap(*area, *other_area) {
                return Err(format!("{is:?} {thing:?} {area:?} and {other_is:?} {other:?} {other_area:?} overlap"));
            }
        }
    }
    for (index, (is, _, area, _)) in boxes.iter().enumerate().filter(|(_, (is, ..))| *is == Is::Arrow) {
        debug_assert_eq!(*is, Is::Arrow, "arrows alone");
        let actor = &stage.actors()[present[index]];
        let zoom = area.width().max(0.1) / actor.drawing.width.max(0.1);
        let zoom = if actor.drawing.width < 1.0 { area.height() / actor.drawing.height.max(0.1) } else { zoom };
        let mut spots = Vec::new();
        for mark in &actor.drawing.marks {
            let Shape::Line(path, _) = &mark.shape else { continue };
            for segment in path.segments() {
                match segment {
                    PathSegment::MoveTo(at) | PathSegment::LineTo(at) => spots.push(at),
                    PathSegment::QuadTo(by, to) => spots.extend([by, to]),
                    PathSegment::CubicTo(..) | PathSegment::Close => {}
                }
            }
        }
        let spots: Vec<(f32, f32)> =
            spots.iter().map(|spot| (area.left() + spot.x * zoom, area.top() + spot.y * zoom)).collect();
        for (other, (other_is, thing, other_area, _)) in boxes.iter().enumerate() {
            let is_end = actor.ends.is_some_and(|ends| ends.contains(&present[other]));
            let crosses = spots.windows(2).any(|pair| crosses(pair[0], pair[1], *other_area, 0.0));
            if *other_is != Is::Arrow && !is_end && crosses {
                return Err(format!("an arrow crosses {other_is:?} {thing:?}"));
            }
        }
    }
    Ok(())
}

fn check(seed: u64, shape: (u32, u32), captions: &str) -> Result<(), String> {
    let value = Chance(seed).animation();
    let animation = animation(value.clone());
    if !problems(&animation, None).is_empty() {
        return Ok(());
    }
    let count = animation.steps.len() as u64;
    // Each step begins ten frames after all before it are over.
    let cues = (0..count).map(|step| Cue::At(step * 60 + 10)).collect();
    let stage = stage(&staged(animation, cues), shape, captions, (count + 1) * 60);
    for step in 0..=count {
        let frame = step * 60 + 9;
        obeys(&stage, frame, shape)
            .map_err(|broken| format!("{broken} after step {step} of {value} in {shape:?}, {captions}"))?;
    }
    obeys(&stage, count * 60 + 59, shape)
        .map_err(|broken| format!("{broken} at the end of {value} in {shape:?}, {captions}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_or_leaves_its_room_or_is_too_small(seed in any::<u64>(), shape in 0..SHAPES.len(), captions in 0..3_usize) {
        let captions = ["bottom", "center", "top"][captions];
        if let Err(broken) = check(seed, SHAPES[shape], captions) {
            return Err(TestCaseError::fail(broken));
        }
    }
}
