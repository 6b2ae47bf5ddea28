//! Programs for Manim as they are meant: in time with their words, to the frame; and what is told of those that go wrong.
#![expect(clippy::disallowed_methods, reason = "where Manim is, is the environment's to say")]

use futures_util::StreamExt;
use sandbox::{Environment, Limits, Manim, Walls};
use std::sync::LazyLock;
use story::animation::Cue;
use story::animator::{Animator, Performance, Program, Show, Shown};
use story::failure::Failure;

/// A deployment of the tests: one stage for all of them would be waited for in turn.
fn manim() -> Manim {
    static FOLDER: LazyLock<std::path::PathBuf> =
        LazyLock::new(|| Environment::folder(|name| std::env::var(name).ok()));
    let launcher = env!("CARGO_BIN_EXE_confined-python").into();
    let limits = Limits { cpu_s: 6, cpu_s_per_second: 8, patience: 5 };
    Manim::open(Walls::Ours(launcher), &FOLDER, limits)
        .expect("`just manim` installs it, and the kernel has what it takes")
}

/// A show of a second, whose words are said each fifth of it.
fn show(code: &str) -> Show {
    let words: Vec<String> = "one two three four five".split(' ').map(str::to_owned).collect();
    let cues = (0..5).map(|word| Cue::At(word * 6)).collect();
    let program = Program { code: code.to_owned(), words, cues, palette: 0, manim: String::new() };
    Show { program, width: 270, height: 480, fps: 30, colors: None, frames: 30 }
}

fn film(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("        {line}")).collect();
    format!("class Film(Section):\n    def construct(self):\n{}\n", lines.join("\n"))
}

async fn drawn(manim: &Manim, show: &Show) -> Result<Vec<Shown>, Failure> {
    let Performance::Frames(frames) = manim.play(show).await? else { panic!("no frames") };
    frames.collect::<Vec<_>>().await.into_iter().collect()
}

/// The frames in which something else is seen than in the one before.
fn changes(shown: &[Shown]) -> Vec<u64> {
    let (mut frame, mut changes, mut before) = (0, Vec::new(), None);
    for Shown { times, pixels } in shown {
        if before.as_ref().is_some_and(|before| before != pixels) {
            changes.push(frame);
        }
        (frame, before) = (frame + times, Some(pixels.clone()));
    }
    changes
}

#[tokio::test]
async fn what_waits_for_a_word_begins_in_the_frame_in_which_it_is_said() {
    let manim = manim();
    let code = film("self.add(Dot())\nself.at('two')\nself.add(Square())\nself.at('Four, five')\nself.add(Circle())");
    let shown = drawn(&manim, &show(&code)).await.unwrap();
    assert_eq!(shown.iter().map(|shown| shown.times).sum::<u64>(), 30, "as many as were asked for");
    assert_eq!(changes(&shown), [6, 18]);
    assert!(shown.iter().all(|shown| shown.pixels.len() == 270 * 480 * 4));
    assert_eq!(drawn(&manim, &show(&code)).await.unwrap(), shown, "the same pixels each time");
}

#[tokio::test]
async fn a_program_is_cut_where_its_scene_ends_and_late_steps_do_not_shift_the_next() {
    let manim = manim();
    let code = film("self.play(Create(Square()), run_time=9)");
    let shown = drawn(&manim, &show(&code)).await.unwrap();
    assert_eq!(shown.iter().map(|shown| shown.times).sum::<u64>(), 30);
    let code = film(
        "self.at('two')\nself.play(FadeIn(Dot()), run_time=0.35)\nself.at('three')\nself.add(Square())\nself.at('five')\nself.add(Circle())",
    );
    let late = changes(&drawn(&manim, &show(&code)).await.unwrap());
    assert_eq!(late.last(), Some(&24), "{late:?}");
}

#[tokio::test]
async fn a_later_part_begins_with_all_that_was_before_it_done() {
    let manim = manim();
    let code = film(
        "self.at('one')\nself.play(FadeIn(Square()))\nself.at('three')\nself.add(Dot())\nself.at('five')\nself.add(Circle())",
    );
    let mut show = show(&code);
    show.program.cues = vec![Cue::Done, Cue::Done, Cue::At(10), Cue::At(20), Cue::Later];
    let shown = drawn(&manim, &show).await.unwrap();
    assert_eq!((changes(&shown), shown.iter().map(|shown| shown.times).sum::<u64>()), (vec![10], 30));
    // What is left when it is over, in one frame.
    show.program.cues = vec![Cue::Done; 5];
    show.frames = 1;
    assert_eq!(drawn(&manim, &show).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_one_plain_sentence_with_its_line() {
    let manim = manim();
    for (code, expected) in [
        ("class Film(Section:\n    pass", "line 1: not Python: invalid syntax"),
        (
            &film("self.add(Square(side_length=30))\nself.at('two')"),
            "line 4: off frame: Square reaches 11.0 units beyond the left edge; the frame is 8.0 wide and 14.2 high; scale it or move it",
        ),
        (&film("self.play(FadeIn(Text('Too far').shift(RIGHT * 6)))"), "line 3: off frame: Text('Too far') reaches"),
        (&film("a = 1\nb = a / 0"), "line 4: ZeroDivisionError: division by zero"),
        (&film("self.add(Sqare())"), "line 3: NameError: name 'Sqare' is not defined"),
        (
            &film("self.add(MathTex('x'))"),
            "line 3: MathTex takes TeX, which is not there; write formulas with MathTypst(\"...\") and everything else with Text(\"...\")",
        ),
        (&film("self.add(Matrix([[1, 2]]))"), "line 3: TeX is not there; write formulas with MathTypst"),
        (&film("import os"), "line 3: os cannot be imported; everything of Manim is there already, and numpy as np"),
        (&film("open('x')"), "line 3: open cannot be used: a program only draws"),
        (&film("self.at('six')"), "line 3: at('six'): these words are not said from there on"),
        (&film("self.at('three')\nself.at('two')"), "line 4: at('two'): these words are not said from there on"),
        (&film("while True:\n    pass"), "it computes for too long"),
        (&film("x = np.zeros((1 << 30,))"), "line 3: it needs too much memory"),
        (&film("pass"), "nothing is shown"),
        ("x = 1", "there is no class that builds on Section; write `class Film(Section)` with a method `construct`"),
    ] {
        match manim.check(&show(code)).await {
            Err(Failure::GiveUp(sentence)) => assert!(sentence.starts_with(expected), "{sentence}\n{code}"),
            other => panic!("{other:?}\n{code}"),
        }
    }
    // And after all of them one that is well.
    manim.check(&show(&film("self.add(Text('日本 مرحبا'), MathTypst('x^2'))"))).await.unwrap();
}

#[tokio::test]
async fn what_a_program_prints_or_leaves_behind_is_in_no_picture_and_in_nobodys_way() {
    let manim = manim();
    let code = film("self.add(Dot())\nprint('x' * 100_000, flush=True)\nself.at('two')\nself.add(Square())");
    let shown = drawn(&manim, &show(&code)).await.unwrap();
    assert_eq!((changes(&shown), shown.iter().map(|shown| shown.times).sum::<u64>()), (vec![6], 30));
    // The next one's frames do not fit into the pipe.
    drawn(&manim, &show(&film("__import__('os').set_blocking(3, False)\nself.add(Dot())"))).await.unwrap();
    let large = Show { width: 1080, height: 1920, ..show(&film("self.play(Create(Square()))")) };
    assert_eq!(drawn(&manim, &large).await.unwrap().iter().map(|shown| shown.times).sum::<u64>(), 30);
    // Whoever is only looked at, and shows itself all the same.
    manim.check(&show(&film("self.output.paints = True\nself.play(Create(Square()), run_time=9)"))).await.unwrap();
}

#[tokio::test]
async fn the_rehearsals_programs_are_drawn_as_a_phone_and_as_a_cinema_show_them() {
    let manim = manim();
    let section = |topic: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers/src/writer/topics");
        let told: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{topic}.json"))).unwrap()).unwrap();
        let code = std::fs::read_to_string(folder.join(topic).join("0.py")).unwrap();
        (code, told["sections"][0]["text"].as_str().unwrap().to_owned())
    };
    for (topic, (width, height, fps)) in [("water-cycle", (480, 854, 24)), ("backpropagation", (1080, 1920, 30))] {
        let (code, text) = section(topic);
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let cues: Vec<Cue> = (0..words.len() as u64).map(|word| Cue::At(word * 4 * u64::from(fps) / 10)).collect();
        let frames = words.len() as u64 * 4 * u64::from(fps) / 10 + 13;
        let program = Program { code, words, cues, palette: 0, manim: String::new() };
        let shown = drawn(&manim, &Show { program, width, height, fps, colors: None, frames }).await.unwrap();
        assert_eq!(shown.iter().map(|shown| shown.times).sum::<u64>(), frames, "{topic}");
        let moves = changes(&shown).len() as u64;
        assert!(moves > frames / 10 && moves < frames, "{topic}: {moves} of {frames} frames move");
    }
}
