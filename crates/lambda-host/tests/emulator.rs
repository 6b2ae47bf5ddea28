//! The host itself, under AWS's emulator, with a function written in shell.

use lambda_host::{Host, Settings};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A function that answers what it was sent, sleeps or fails when told to, and notes in `$NOTE` a process of its own that
/// would go on by itself.
const ECHO: &str = r#"#!/bin/sh
sleep 600 &
echo $! >"$NOTE"
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while event=$(curl -sS -D "$NOTE.head" "$api/next"); do
  id=$(tr -d '\r' <"$NOTE.head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  case $event in
  *sleep*) sleep 30 ;;
  *fail*) curl -sS -d '{"errorType":"Refused","errorMessage":"asked to fail"}' "$api/$id/error" >/dev/null ;;
  *) curl -sS -d "$event" "$api/$id/response" >/dev/null ;;
  esac
done
"#;

fn echo() -> (TempDir, PathBuf, Settings) {
    let folder = TempDir::new().unwrap();
    let bootstrap = folder.path().join("bootstrap");
    fs::write(&bootstrap, ECHO).unwrap();
    fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o755)).unwrap();
    let settings = Settings::new("echo").with("NOTE", folder.path().join("note").to_str().unwrap());
    (folder, bootstrap, settings)
}

#[test]
fn a_function_answers_and_its_error_is_an_error() {
    let (_folder, bootstrap, settings) = echo();
    let host = Host::start(&bootstrap, &settings);
    assert_eq!(host.invoke(&json!({"hello": [1, 2]})), Ok(json!({"hello": [1, 2]})));
    assert!(host.invoke(&json!("fail")).unwrap_err().contains("asked to fail"));
    assert!(host.init_ms().is_some_and(|ms| ms > 0.0), "{}", host.log());
}

#[test]
fn a_function_that_hangs_is_cut_and_starts_anew() {
    let (_folder, bootstrap, mut settings) = echo();
    settings.timeout_s = 1;
    let host = Host::start(&bootstrap, &settings);
    assert!(host.invoke(&json!("sleep")).unwrap_err().contains("timed out after 1.00 seconds"));
    assert_eq!(host.invoke(&json!(1)), Ok(json!(1)));
}

#[test]
fn invocations_from_many_threads_wait_for_each_other() {
    let (_folder, bootstrap, settings) = echo();
    let host = Host::start(&bootstrap, &settings);
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
    let host = Host::start(&bootstrap, &settings);
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
