//! What is wrong is named, all of it, each at its place; the exit code says which kind of wrong; nothing is written.

use crate::room::{Room, Voices};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The program refuses a script, and names exactly the problems at `pointers` (`(whole)` is the file itself), each with a sentence.
fn check(what: &str, script: impl AsRef<[u8]>, pointers: &[&str]) {
    check_in(&Room::new(Voices::Tones), what, script, &[], pointers);
}

fn check_in(room: &Room, what: &str, script: impl AsRef<[u8]>, more: &[&str], pointers: &[&str]) {
    room.write("script.json", script);
    refused(room, what, &[&["film", "script.json", "--rehearse"], more].concat(), pointers);
}

fn refused(room: &Room, what: &str, arguments: &[&str], pointers: &[&str]) {
    let before = everything_in(&room.path(""));
    let ran = room.run(arguments);
    assert_eq!(ran.code, Some(2), "{what}\n{}", ran.err);
    assert_eq!(ran.out, "", "{what}");
    let problems: Vec<(&str, &str)> =
        ran.err.lines().skip(1).filter_map(|line| line.trim_start().split_once(": ")).collect();
    let named: Vec<&str> = problems.iter().map(|(pointer, _)| *pointer).collect();
    let sorted = |pointers: &[&str]| pointers.iter().map(|pointer| (*pointer).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(sorted(&named), sorted(pointers), "{what}\n{}", ran.err);
    assert_eq!(named.len(), pointers.len(), "{what}\n{}", ran.err);
    assert!(problems.iter().all(|(_, detail)| detail.len() > 10 && detail.len() < 400), "{what}\n{}", ran.err);
    assert!(!room.data.exists(), "{what}: the data folder was made");
    assert_eq!(everything_in(&room.path("")), before, "{what}: something was written");
}

fn everything_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(
            |path| if path.is_dir() { everything_in(&path) } else { BTreeSet::from([path.display().to_string()]) },
        )
        .collect()
}

/// A script of `lines`, said by Ana.
fn script(lines: &[Value]) -> String {
    json!({ "speakers": { "Ana": {} }, "lines": lines }).to_string()
}

fn line(text: &str) -> Value {
    json!({ "speaker": "Ana", "text": text })
}

/// One line with one field more.
fn with(field: &str, value: &Value) -> String {
    let mut line = line("Hello.");
    line[field] = value.clone();
    script(&[line])
}

/// A good script with one field more at its top.
fn also(field: &str, value: &Value) -> String {
    json!({ "speakers": { "Ana": {} }, "lines": [line("Hello.")], field: value }).to_string()
}

#[test]
fn every_problem_of_a_script_is_named_at_its_place_and_nothing_is_written() {
    check("an unknown speaker", script(&[json!({ "speaker": "Anna", "text": "Hello." })]), &["/lines/0/speaker"]);
    check("an empty text", script(&[line("Hello."), line("")]), &["/lines/1/text"]);
    check("only white space", script(&[line(" \n ")]), &["/lines/0/text"]);
    check("a line of 110,000 characters", script(&[line(&"ab ".repeat(36_667)[..110_000])]), &["/lines/0/text"]);
    check("an unknown field", with("colour", &json!("red")), &["/lines/0/colour"]);
    check(
        "a duplicate key",
        r#"{"speakers": {"Ana": {}}, "lines": [{"speaker": "Ana", "text": "a", "text": "b"}]}"#,
        &["/lines/0/text"],
    );
    check("no lines", script(&[]), &["/lines"]);
    check("5,000 lines", script(&vec![line("Hello."); 5_000]), &["/lines"]);
    check(
        "invalid UTF-8",
        b"{\"speakers\": {\"Ana\": {}}, \"lines\": [{\"speaker\": \"Ana\", \"text\": \"\xff\"}]}",
        &["(whole)"],
    );
    check("half a JSON", r#"{"speakers": {"Ana": {}"#, &["(whole)"]);
    check("a list", "[]", &["(whole)"]);
    check("nothing", "", &["(whole)"]);
    check("a story that nobody can read", "Once upon a time\u{1} there was a harbour.", &["/text"]);
    check("a pause that is a text", with("pause_ms", &json!("250")), &["/lines/0/pause_ms"]);
    check("a text that is a number", script(&[json!({ "speaker": "Ana", "text": 7 })]), &["/lines/0/text"]);
    check("lines that are an object", r#"{"speakers": {}, "lines": {}}"#, &["/lines"]);
    check("a rate off the list", also("look", &json!({ "fps": 29 })), &["/look/fps"]);
}

#[test]
fn every_problem_is_named_at_once() {
    let script = json!({
        "speakers": { "Ana": { "volume": 99 }, "Bo": { "avatar": { "file": "nobody.png" } } },
        "lines": [
            { "speaker": "Cleo", "text": "Hello." },
            { "speaker": "Ana", "text": "" },
            { "speaker": "Ana", "text": "Hello.", "picture": { "file": "nothing.png" } },
            { "speaker": "Ana", "text": "Hello.", "picture": { "color": "bleu" }, "pase_ms": 1 },
            { "speaker": "Bo", "text": "Hello.", "picture": { "upload": "a harbour" } },
        ],
        "look": { "aspect": "3:2", "music": { "file": "a.mp3" } },
        "sed": 1,
    });
    let pointers = [
        "/speakers/Ana/volume",
        "/speakers/Bo/avatar/file",
        "/lines/0/speaker",
        "/lines/1/text",
        "/lines/2/picture/file",
        "/lines/3/picture/color",
        "/lines/3/pase_ms",
        "/lines/4/picture/upload",
        "/look/aspect",
        "/look/music",
        "/sed",
    ];
    check("eleven problems", script.to_string(), &pointers);
    let room = Room::new(Voices::Tones);
    room.write("script.json", script.to_string());
    let ran = room.run(&["preview", "script.json", "--rehearse", "--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let named: BTreeSet<&str> =
        told["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((ran.code, named), (Some(2), BTreeSet::from(pointers)));
}

#[test]
fn what_is_not_there_yet_is_refused_by_its_name_at_its_pointer() {
    for kind in ["upload", "animation"] {
        let value = if kind == "animation" { json!({}) } else { json!("https://example.com/a") };
        check(kind, with("picture", &json!({ kind: value })), &[&format!("/lines/0/picture/{kind}")]);
    }
    for kind in ["url", "upload"] {
        let script =
            json!({ "speakers": { "Ana": { "avatar": { kind: "a" } } }, "lines": [line("Hello.")] }).to_string();
        check(kind, script, &[&format!("/speakers/Ana/avatar/{kind}")]);
    }
    check("music", also("look", &json!({ "music": { "file": "a.mp3" } })), &["/look/music"]);
    check("a background", also("look", &json!({ "background": { "file": "a.png" } })), &["/look/background"]);
}

#[test]
fn a_picture_that_is_no_picture_is_named() {
    let room = Room::new(Voices::Tones);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ana.png");
    let picture = fs::read(example).unwrap();
    room.write("text.png", "this is a text");
    room.write("empty.png", "");
    room.write("half.png", &picture[..picture.len() / 2]);
    room.write("whole.png", &picture);
    fs::create_dir(room.path("folder.png")).unwrap();
    let hostile = ["text.png", "empty.png", "half.png", "missing.png", "folder.png", "folder.png/whole.png"];
    for name in hostile {
        check_in(&room, name, with("picture", &json!({ "file": name })), &[], &["/lines/0/picture/file"]);
        let avatar = json!({ "speakers": { "Ana": { "avatar": { "file": name } } }, "lines": [line("Hello.")] });
        check_in(&room, name, avatar.to_string(), &[], &["/speakers/Ana/avatar/file"]);
    }
}

#[test]
fn the_limit_of_lines_can_be_set() {
    let room = Room::new(Voices::Tones);
    let lines = |count| script(&vec![line("Hello."); count]);
    let code = |script: String, most: &str| {
        room.write("script.json", script);
        let output =
            room.command(&["estimate", "script.json", "--rehearse"]).env("ONETAKE_MAX_LINES", most).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).contains("/lines: "))
    };
    assert_eq!(code(lines(6), "5"), (Some(2), true));
    assert!(!room.data.exists());
    assert_eq!(code(lines(5), "5"), (Some(0), false));
    assert_eq!(code(lines(5_000), "5000"), (Some(0), false));
    assert_eq!(code(lines(5_001), "5000"), (Some(2), true));
    assert_eq!(code(lines(1), "100000"), (Some(2), false), "the limit itself is wrong");
    assert_eq!(code(lines(1), "many"), (Some(2), false), "the limit itself is wrong");
}

#[test]
fn files_that_are_no_scripts_are_refused_without_being_read() {
    let room = Room::new(Voices::Tones);
    let large = fs::File::create(room.path("large.json")).unwrap();
    large.set_len(4 << 30).unwrap();
    refused(&room, "4 GB", &["film", "large.json", "--rehearse"], &["(whole)"]);
    refused(&room, "a device that never ends", &["film", "/dev/zero", "--rehearse"], &["(whole)"]);
    refused(&room, "a missing script", &["film", "missing.json", "--rehearse"], &["(whole)"]);
    fs::create_dir(room.path("folder.json")).unwrap();
    refused(&room, "a folder", &["film", "folder.json", "--rehearse"], &["(whole)"]);
}

#[test]
fn options_are_checked_like_the_fields_they_replace() {
    let good = script(&[line("Hello.")]);
    for (option, value, pointer) in
        [("--aspect", "3:2", "/look/aspect"), ("--resolution", "4k", "/look/resolution"), ("--fps", "29", "/look/fps")]
    {
        check_in(&Room::new(Voices::Tones), option, &good, &[option, value], &[pointer]);
    }
    let ran = Room::new(Voices::Tones).run(&["film", "script.json", "--colour", "red"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn a_job_that_is_not_there_has_an_exit_code_of_its_own() {
    let room = Room::new(Voices::Tones);
    for id in ["nonsense", "../../etc/passwd", "0123456789abcdef012"] {
        for verb in ["status", "rm"] {
            let ran = room.run(&[verb, id]);
            assert_eq!(ran.code, Some(4), "{verb} {id}\n{}", ran.err);
            assert!(ran.err.contains(id), "{}", ran.err);
        }
    }
    assert!(room.read(&["jobs"])["jobs"].as_array().unwrap().is_empty());
    assert!(!room.data.exists(), "whoever only looks leaves no trace");
}

#[test]
fn a_missing_ffmpeg_is_named_with_what_to_do_and_nothing_is_written() {
    let room = Room::new(Voices::Tones);
    room.write("script.json", script(&[line("Hello.")]));
    let output = room
        .command(&["film", "script.json", "--rehearse"])
        .env("ONETAKE_FFMPEG", "/nonexistent/ffmpeg")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("/nonexistent/ffmpeg") && said.contains("install"), "{said}");
    assert!(!room.data.exists());
}
