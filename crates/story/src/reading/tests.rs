use super::*;
use proptest::prelude::*;

fn check(bytes: impl AsRef<[u8]>, expected: &[&str]) {
    let problems = match read_script(bytes.as_ref(), Limits::default()) {
        Ok(_) => Vec::new(),
        Err(invalid) => invalid.to_string().lines().map(str::to_owned).collect(),
    };
    assert_eq!(problems, expected);
}

/// `lines` are said by Ana and Bo.
fn check_lines(lines: &str, expected: &[&str]) {
    check(format!(r#"{{"speakers": {{"Ana": {{}}, "Bo": {{}}}}, "lines": [{lines}]}}"#), expected);
}

#[test]
fn the_smallest_script_is_filled_up_with_defaults() {
    let script = br#"{"speakers": {"Ana": {}}, "lines": [{"speaker": "Ana", "text": "Hello."}]}"#;
    let script = read_script(script, Limits::default()).unwrap();
    assert_eq!((script.lines[0].pause_ms, script.look.fps, script.speakers["Ana"].volume), (250, 30, 1.0));
    assert_eq!(read_script(b"\xef\xbb\xbf# two words\r\n\r\nAna: Hello.\r\n", Limits::default()).unwrap(), script);
}

#[test]
fn every_problem_is_named_at_once() {
    let long = "a ".repeat(55_000);
    check_lines(
        &format!(
            r##"{{"speaker": "Bno", "text": "Hi."}}, {{"speaker": "Ana", "text": ""}}, {{"speaker": "Ana", "text": "Hi.", "voise": 1, "text": "Ho."}},
                {{"speaker": "Bo", "text": "{long}"}}, {{"speaker": "Bo", "text": "Hi.", "picture": {{"color": "bleu"}}}}"##
        ),
        &[
            "/lines/2/text: this key stands twice in its object; keep one of the two",
            "/lines/1/text: empty; write something here",
            "/lines/2/voise: unknown field; what can stand here: speaker, text, pause_ms, retake, picture",
            "/lines/3/text: 110,000 characters are too many: at most 100,000; make it shorter, or two of it",
            r#"/lines/4/picture/color: "bleu" is not a colour: #rgb or #rrggbb"#,
            r#"/lines/0/speaker: "Bno" is not one of the speakers: Ana, Bo; did you mean "Bo"?"#,
        ],
    );
}

#[test]
fn what_cannot_be_spoken_is_refused() {
    check_lines(r#"{"speaker": "Ana", "text": "one\ntwo\tthree 👍 ½"}, {"speaker": "Ana", "text": "今日は"}"#, &[]);
    check_lines(r#"{"speaker": "Ana", "text": " \n "}"#, &["/lines/0/text: only white space; write what is said"]);
    check_lines(
        r#"{"speaker": "Ana", "text": "👍 …!"}"#,
        &[r#"/lines/0/text: "👍 …!" holds no letter or digit, so there is nothing to speak"#],
    );
    check_lines(
        r#"{"speaker": "Ana", "text": "a\u0000b"}, {"speaker": "Ana", "text": "\u001b[2J"}"#,
        &[
            "/lines/0/text: holds the control character U+0000, which nobody can speak; take it out",
            "/lines/1/text: holds the control character U+001B, which nobody can speak; take it out",
        ],
    );
}

#[test]
fn what_is_not_there_yet_is_refused_by_its_name() {
    check(
        r#"{"speakers": {"Ana": {"avatar": {"url": "https://example.com/a.png"}}},
            "lines": [{"speaker": "Ana", "text": "a", "picture": {"upload": "b"}}],
            "look": {"music": {"file": "a.mp3"}, "background": {"file": "b.png"}}}"#,
        &[
            r#"/speakers/Ana/avatar/url: avatars by "url" are not there yet; use "file""#,
            r#"/lines/0/picture/upload: pictures by "upload" are not there yet; use "file", "url", "prompt", "clip", "animation" or "color""#,
            "/look/music: music is not there yet; leave it out",
            "/look/background: a background is not there yet; leave it out",
        ],
    );
}

#[test]
fn an_animation_is_looked_at_beside_the_words_of_its_scene() {
    let script = |animation: &str| {
        let second = r##"{"speaker": "Ana", "text": "Then it grows.", "picture": {"color": "#fff"}}"##;
        let goes_on = r#"{"speaker": "Ana", "text": "And it stays."}"#;
        format!(
            r#"{{"speakers": {{"Ana": {{}}}}, "lines": [
                {{"speaker": "Ana", "text": "There is a box.", "picture": {{"animation": {animation}}}}}, {goes_on}, {second}]}}"#
        )
    };
    let boxed = |at: &str, draw: &str| {
        format!(
            r#"{{"things": [{{"id": "a", "draw": {draw}}}], "steps": [{{"at": "{at}", "do": {{"appear": ["a"]}}}}]}}"#
        )
    };
    let box_at = |at: &str| script(&boxed(at, r#"{"box": "A"}"#));
    check(box_at("it stays"), &[]);
    check(
        box_at("grows"),
        &[
            r#"/lines/0/picture/animation/steps/0/at: "grows" is not said from the step before on; name words of the narration, in its order and as they are said"#,
        ],
    );
    check(script("{}"), &[r#"/lines/0/picture/animation: "things" is missing"#]);
    check(
        script(&boxed("box", r#"{"bx": "A"}"#)),
        &[
            r#"/lines/0/picture/animation/things/0/draw: "bx" is not known here; give exactly one of text, formula, box, circle, arrow, network, graph, axes, bars, code, timeline, picture"#,
        ],
    );
    check(
        script(&boxed("box", r#"{"picture": {"url": "file:///etc/passwd"}}"#)),
        &["/lines/0/picture/animation/things/0/draw/picture/url: not an address; write it as https://host/picture.png"],
    );
    let reading =
        Reading::of_bytes(script(&boxed("box", r#"{"picture": {"file": "a.png"}}"#)).as_bytes(), Limits::default());
    assert_eq!(reading.problems, []);
    assert_eq!(reading.files[0].pointer, "/lines/0/picture/animation/things/0/draw/picture/file");
}

#[test]
fn pictures_are_drawn_from_words_or_fetched_from_the_web() {
    let line = |picture: &str| format!(r#"{{"speaker": "Ana", "text": "a", "picture": {picture}}}"#);
    let long = "x".repeat(2_001);
    for (picture, expected) in [
        (r#"{"prompt": "A harbour\nat dawn, 夜明け"}"#.to_owned(), ""),
        (r#"{"url": "HTTPS://example.com/a.png?b=c#d"}"#.to_owned(), ""),
        (r#"{"prompt": ""}"#.to_owned(), "/prompt: empty; write something here"),
        (r#"{"prompt": "…"}"#.to_owned(), r#"/prompt: "…" holds no letter or digit; write it in words"#),
        (r#"{"prompt": "a\u0000"}"#.to_owned(), "/prompt: holds the control character U+0000; take it out"),
        (
            format!(r#"{{"prompt": "{long}"}}"#),
            "/prompt: 2,001 characters are too many: at most 2,000; make it shorter, or two of it",
        ),
        (r#"{"prompt": {"file": "a"}}"#.to_owned(), "/prompt: expected a text, found an object"),
        (r#"{"url": "file:///etc/passwd"}"#.to_owned(), "/url: not an address; write it as https://host/picture.png"),
        (r#"{"url": "../a.png"}"#.to_owned(), "/url: not an address; write it as https://host/picture.png"),
        (r#"{"url": ""}"#.to_owned(), "/url: empty; write something here"),
        (
            r#"{"prompt": "a", "url": "https://b"}"#.to_owned(),
            ": give exactly one of file, url, upload, prompt, clip, animation, color",
        ),
    ] {
        let expected = format!("/lines/0/picture{expected}");
        let expected: Vec<&str> = Some(&*expected).filter(|e| *e != "/lines/0/picture").into_iter().collect();
        check_lines(&line(&picture), &expected);
    }
}

#[test]
fn numbers_of_lines_and_speakers_and_sizes_are_limited() {
    check_lines("", &["/lines: no lines; a script needs at least one"]);
    let line = |index: usize| format!("Ana: {index}\n");
    check((0..500).map(line).collect::<String>(), &[]);
    let many: String = (0..5_000).map(line).collect();
    check(&many, &["(whole): 5,000 lines are too many: at most 500 here; make two scripts of it"]);
    let wide = Limits { max_lines: usize::MAX, ..Limits::default() };
    assert_eq!(read_script(many.as_bytes(), wide).unwrap().lines.len(), 5_000);
    assert!(read_script((many + "Ana: and one\n").as_bytes(), wide).is_err());
    let speakers: Vec<String> = (0..101).map(|index| format!(r#""S{index}": {{}}"#)).collect();
    let long = "n".repeat(101);
    check(
        format!(
            r#"{{"speakers": {{{}, " ": {{}}, "{long}": {{}}, "a\nb": {{}}}}, "lines": [{{"speaker": "S7", "text": "a"}}]}}"#,
            speakers.join(",")
        ),
        &[
            "/speakers: 104 speakers are too many: at most 100",
            "/speakers/ : a speaker needs a name",
            &format!("/speakers: the name \"{}…\" is too long: at most 100 characters", "n".repeat(60)),
            r#"/speakers: the name "a\u{a}b" holds a control character; take it out"#,
        ],
    );
    let small = Limits { max_script_bytes: 10, ..Limits::default() };
    let invalid = read_script(b"Ana: Hello.", small).unwrap_err();
    assert_eq!(invalid.to_string(), "(whole): 11 bytes are too large for a script: at most 10");
    assert!(Limits::default().check_size(4 << 30).is_err());
}

#[test]
fn plain_text_names_lines_by_their_numbers() {
    check("", &["(whole): no lines; write NAME: what is said, one a line"]);
    check("アナ：こんにちは\nBo: 10:30 it is", &[]);
    check(
        "Ana: Hi.\nOnce upon a time\n\n12: no\nhttps://example.com\n",
        &[
            r#"(whole): line 2 does not begin with NAME: … ("Once upon a time"); a text without names is a story, and stories are not there yet"#,
            r#"(whole): line 4 does not begin with NAME: … ("12: no"); a text without names is a story, and stories are not there yet"#,
            r#"(whole): line 5 does not begin with NAME: … ("https://example.com"); a text without names is a story, and stories are not there yet"#,
        ],
    );
    check(
        "Ana: Hi.\n\nBo:\nBo: ...",
        &[
            "(whole): line 3: empty; write something here",
            r#"(whole): line 4: "..." holds no letter or digit, so there is nothing to speak"#,
        ],
    );
    check(b"Ana: \xff", &["(whole): not UTF-8: byte 5 is not part of a character; save it as UTF-8"]);
    check("[1, 2", &["(whole): not JSON: it ends too early at line 1, column 5"]);
    check("[]", &["(whole): expected an object, found a list"]);
}

#[test]
fn files_are_known_of_broken_scripts_too() {
    let script = br#"{"speakers": {"A": {"avatar": {"file": "a.png"}}}, "lines": [{"picture": {"file": "b.png"}}, {"picture": {"file": ""}}]}"#;
    let reading = Reading::of_bytes(script, Limits::default());
    let files: Vec<_> = reading.files.iter().map(|file| (file.pointer.as_str(), file.path.as_str())).collect();
    assert_eq!(files, [("/speakers/A/avatar/file", "a.png"), ("/lines/0/picture/file", "b.png")]);
    assert!(reading.script.is_none() && reading.problems.len() == 5, "{:?}", reading.problems);
}

#[test]
fn the_schema_in_the_repo_is_the_generated_one() {
    let kept: Value = serde_json::from_str(include_str!("../../script.schema.json")).unwrap();
    assert!(kept == script_schema(), "run `just schema`");
    let order = |value: &Value| serde_json::to_string(value).unwrap();
    assert_eq!(order(&kept), order(&script_schema()), "run `just schema`");
}

const GOOD: &str = r##"{"speakers": {"Ana": {"voice_id": "v", "model_id": "m", "volume": 1.2, "avatar": {"file": "a.png"},
    "voice_settings": {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": true, "speed": 1.0}}, "Bo": {}},
    "lines": [{"speaker": "Ana", "text": "Hi.", "pause_ms": 0, "retake": 1, "picture": {"color": "#fff"}}, {"speaker": "Bo", "text": "Ho.", "picture": {"file": "b.png"}}],
    "language": "en", "seed": 1, "speech": {"stitch": false, "text_normalization": "off"},
    "look": {"aspect": "16:9", "resolution": "240p", "fps": 24, "captions": {"style": "pop", "position": "70%", "font": "F", "size": 64, "color": "#fff",
        "active_color": "#fff", "stroke_color": "#000", "stroke_width": 6, "box_color": null, "uppercase": false, "max_words_per_line": 4},
        "motion": "pan", "transition": {"kind": "fade", "duration_ms": 300}, "music": null, "background": null, "avatars": "none"}}"##;

/// Every place of a value.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), into))
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| pointers(field, &format!("{at}/{name}"), into)),
        _ => {}
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2_i64..70).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0..5.0_f64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
        "(Ana|Bo|cut|fade|#fff|top|7%|en|1:1|zoom|none|plain|file|text)".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("(file|url|color|prompt|kind|text|.{0,3})", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// What the schema and the meaning let through, the types take: no error of serde is ever read by a user.
    #[test]
    fn whatever_is_changed_in_a_script_it_is_read_or_its_problems_are_named(changes in prop::collection::vec((any::<prop::sample::Index>(), any_value(), any::<bool>()), 1..4)) {
        let mut script: Value = serde_json::from_str(GOOD).unwrap();
        for (place, value, removes) in changes {
            let mut places = Vec::new();
            pointers(&script, "", &mut places);
            let place = place.get(&places);
            let (parent, name) = place.rsplit_once('/').unwrap_or(("", ""));
            match script.pointer_mut(parent).and_then(Value::as_object_mut) {
                Some(fields) if removes => { fields.remove(name); }
                _ => { if let Some(target) = script.pointer_mut(place) { *target = value; } }
            }
        }
        let reading = Reading::of_value(&script, Limits::default());
        prop_assert!(reading.problems.iter().all(|problem| !problem.detail.starts_with("not a script")), "{:?}\n{script}", reading.problems);
        prop_assert_eq!(reading.script.is_some(), reading.problems.is_empty());
        let again = Reading::of_bytes(script.to_string().as_bytes(), Limits::default());
        prop_assert_eq!(again.problems.is_empty(), reading.problems.is_empty());
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "\\PC{0,40}(: |：|\n|\\{|\"){0,3}\\PC{0,10}") {
        let _ = Reading::of_bytes(&bytes, Limits::default());
        let _ = Reading::of_bytes(text.as_bytes(), Limits::default());
    }
}

#[test]
fn the_good_script_of_these_tests_is_good() {
    check(GOOD, &[]);
}
