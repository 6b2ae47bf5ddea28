//! A long take needs no more memory than a short one: measured on a process of its own that stores both as a step does.
#![cfg(target_os = "linux")] // which tells a process's peak in /proc
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

use futures_util::stream::{self, StreamExt};
use providers::{ElevenLabs, Key, elevenlabs};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use story::artifacts::{Artifacts, Object, body};
use story::failure::StoreError;
use story::speech::{Answer, Heard, Piece, TakeRequest};
use story::take::Sidecar;
use story::words::Alignment;
use story::{AttemptId, Body, Speech, Timestamp};

/// Tells the process that it is the one that is measured: base address, characters, folder.
const TAKE: &str = "ONETAKE_TEST_TAKE";
const SHORT: usize = 40;
const LONG: usize = 40_000;
const MOST_MORE_KIB: u64 = 16 << 10;

#[tokio::test]
async fn a_long_take_needs_no_more_memory_than_a_short_one() {
    #[expect(clippy::disallowed_methods, reason = "how this test speaks to itself in another process")]
    if let Ok(take) = std::env::var(TAKE) {
        let [base_url, characters, folder] = take.split('|').collect::<Vec<_>>()[..] else { panic!("{take}") };
        return store(base_url, characters.parse().unwrap(), Path::new(folder)).await;
    }
    let settings = doubles::Settings { speed: 100.0, ..doubles::Settings::default() };
    let double = doubles::ElevenLabs::start(settings).await.unwrap();
    let peaks = [peak_kib(&double, SHORT).await, peak_kib(&double, LONG).await];
    assert_eq!(double.log().calls.iter().map(|call| call.characters).collect::<Vec<_>>(), [40, 40_000]);
    assert!(peaks[1] <= peaks[0] + MOST_MORE_KIB, "{peaks:?} KiB");
}

/// The most memory that a process held which stored a take of so many characters.
async fn peak_kib(double: &doubles::ElevenLabs, characters: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "memory can be measured of a whole process only")]
    let output = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["a_long_take_needs_no_more_memory_than_a_short_one", "--exact", "--nocapture"])
        .env(TAKE, format!("{}|{characters}|{}", double.base_url(), folder.path().display()))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let sound = std::fs::metadata(folder.path().join("takes/k/a.mp3")).unwrap().len();
    // 16,000 bytes a second, and 50 to 80 ms a character.
    assert!((sound as f64 / characters as f64) > 700.0, "{sound} bytes of sound for {characters} characters");
    let peak = std::fs::read_to_string(folder.path().join("peak")).unwrap();
    peak.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What the other process does: one take into a folder, then its own peak beside it.
async fn store(base_url: &str, characters: usize, folder: &Path) {
    let settings = elevenlabs::Settings::new(Key::new("sk_double").unwrap());
    let speech = ElevenLabs::open(elevenlabs::Settings { base_url: base_url.to_owned(), ..settings }).unwrap();
    let artifacts: Arc<dyn Artifacts> = Arc::new(local::Folder::open(folder, Timestamp(0)).unwrap());
    let text = &"All work and no play makes Jack a dull boy. ".repeat(1_000)[..characters];
    let request = TakeRequest::plain("elevenlabs", "eleven_flash_v2_5", "JBFqnCBsd6RMkjVDRZzb", text);
    let answer = speech.speak(&request, Box::new(|| true)).await.unwrap();
    let (key, attempt) = (story::TakeKey("k".to_owned()), AttemptId("a".to_owned()));
    let sidecar = Object::TakeSidecar(key.clone(), attempt.clone());
    let sound = sound(Arc::clone(&artifacts), answer, sidecar, characters);
    assert!(artifacts.put_new(&Object::TakeAudio(key, attempt), sound).await.unwrap());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    std::fs::write(folder.join("peak"), status.lines().find(|line| line.starts_with("VmHWM:")).unwrap()).unwrap();
}

/// The sound as it arrives, and before its end the sidecar.
fn sound(artifacts: Arc<dyn Artifacts>, answer: Box<dyn Answer>, sidecar: Object, characters: usize) -> Body {
    let alignment = Arc::new(Mutex::new(Alignment::default()));
    stream::unfold(answer, move |mut answer| {
        let (artifacts, sidecar, alignment) = (Arc::clone(&artifacts), sidecar.clone(), Arc::clone(&alignment));
        async move {
            match answer.next().await.unwrap() {
                Heard::Sound(Piece { sound: bytes, alignment: times, .. }) => {
                    times.into_iter().for_each(|times| alignment.lock().unwrap().extend(times));
                    Some((Ok::<_, StoreError>(bytes), answer))
                }
                Heard::End(receipt) => {
                    let alignment = std::mem::take(&mut *alignment.lock().unwrap());
                    assert_eq!(alignment.characters.len(), characters);
                    let json =
                        serde_json::to_vec(&Sidecar { alignment: Some(alignment), receipt, original: None }).unwrap();
                    assert!(artifacts.put_new(&sidecar, body(json)).await.unwrap());
                    None
                }
            }
        }
    })
    .boxed()
}
