//! A function under AWS's emulator, with a function written in shell.

use lambda_host::{Instance, InstanceSettings, repository_file};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// `echo/bootstrap`, with a folder for its notes.
fn echo() -> (TempDir, PathBuf, InstanceSettings) {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let note = folder.path().join("note");
    let settings = InstanceSettings::new("echo").with("NOTE", &note.to_string_lossy());
    (folder, repository_file("crates/lambda-host/tests/host/echo/bootstrap"), settings)
}

#[test]
fn a_function_answers_and_its_error_is_an_error() {
    let (_folder, bootstrap, settings) = echo();
    let host = Instance::start(&bootstrap, &settings);
    assert_eq!(host.invoke(&json!({"hello": [1, 2]})), Ok(json!({"hello": [1, 2]})));
    assert!(host.invoke(&json!("fail")).unwrap_err().contains("asked to fail"));
    assert!(host.log().contains("INIT REPORT(durationMs: "), "{}", host.log());
}

#[test]
fn a_function_that_hangs_is_cut_and_starts_anew() {
    let (_folder, bootstrap, mut settings) = echo();
    settings.timeout_s = 1;
    let host = Instance::start(&bootstrap, &settings);
    let error = host.invoke(&json!("sleep")).unwrap_err();
    assert!(error.contains("timed out after 1.00 seconds"), "{error}\n{}", host.log());
    assert_eq!(host.invoke(&json!(1)), Ok(json!(1)));
}

#[test]
fn invocations_from_many_threads_wait_for_each_other() {
    let (_folder, bootstrap, settings) = echo();
    let host = Instance::start(&bootstrap, &settings);
    thread::scope(|scope| {
        for number in 0..6 {
            let host = &host;
            scope.spawn(move || assert_eq!(host.invoke(&json!(number)), Ok(json!(number))));
        }
    });
}

#[test]
fn no_process_outlives_its_host() {
    let (folder, bootstrap, settings) = echo();
    let host = Instance::start(&bootstrap, &settings);
    host.invoke(&json!(1)).unwrap();
    let process = PathBuf::from("/proc").join(fs::read_to_string(folder.path().join("note")).unwrap().trim());
    assert!(process.exists());
    drop(host);
    // The function is the emulator's child: someone else has to bury it before its name is gone.
    let gone = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(20));
        let state = fs::read_to_string(process.join("stat")).unwrap_or_default();
        !process.exists() || state.contains(") Z ")
    });
    assert!(gone, "{} still runs", process.display());
}

#[test]
fn a_function_killed_in_mid_call_fails_that_call_only() {
    let (folder, bootstrap, settings) = echo();
    let instance = Instance::start(&bootstrap, &settings);
    assert!(!instance.kill(), "nothing runs before the first call");
    instance.invoke(&json!(1)).unwrap();
    let first = fs::read_to_string(folder.path().join("note")).unwrap();
    thread::scope(|scope| {
        let call = scope.spawn(|| instance.invoke(&json!("sleep")));
        thread::sleep(Duration::from_millis(300));
        assert!(instance.kill());
        let error = call.join().unwrap().unwrap_err();
        assert!(error.contains("killed"), "{error}\n{}", instance.log());
    });
    assert_eq!(instance.invoke(&json!(2)), Ok(json!(2)), "{}", instance.log());
    assert_ne!(fs::read_to_string(folder.path().join("note")).unwrap(), first, "the call after it is a cold start");
}
