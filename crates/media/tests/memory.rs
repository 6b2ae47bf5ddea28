//! A long take must fit into a small machine. A test of its own, so that nothing else moves the peak.
#![cfg(target_os = "linux")]

mod support;

use futures_util::stream::{self, StreamExt};
use story::artifacts::Body;
use story::studio::{Level, Listener, Slot, Sound};
use support::{lay, vowels, wav, workshop};

/// Ten minutes: 115 MB as samples.
const SECONDS: usize = 600;
/// What levelling may take above what is there.
const ROOM_KB: u64 = 40 * 1024;

/// A line of `/proc/self/status`, in KiB.
fn status_kb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a line of that name");
    line.split_whitespace().nth(1).and_then(|value| value.parse().ok()).expect("a number")
}

/// A WAV file that is never whole in memory.
fn long_sound() -> Body {
    let second = wav(&vowels(1.0, 16_000, 0.3), 16_000);
    let size = (SECONDS * 32_000) as u32;
    let mut head = second[..44].to_vec();
    head[4..8].copy_from_slice(&(36 + size).to_le_bytes());
    head[40..44].copy_from_slice(&size.to_le_bytes());
    let seconds = stream::iter((0..SECONDS).map(move |_| Ok(second.slice(44..))));
    stream::iter([Ok(head.into())]).chain(seconds).boxed()
}

#[tokio::test]
async fn levelling_ten_minutes_takes_no_more_room_than_one() {
    let (workshop, _folder) = workshop();
    let before = status_kb("VmRSS");
    let level = workshop.level(long_sound()).await.expect("a level");
    assert_eq!(level.samples, SECONDS as u64 * 48_000);
    let spans = workshop.activity(long_sound()).await.expect("spans");
    assert!(!spans.is_empty());
    let taken = status_kb("VmHWM").saturating_sub(before);
    assert!(taken <= ROOM_KB, "{taken} KiB");

    let slot = Slot { sound: None, volume: 1.0, samples: level.samples };
    let short = wav(&vowels(1.0, 16_000, 0.3), 16_000);
    let sound = Some(Sound { audio: short, level: Level { samples: 48_000, ..level.clone() } });
    let stretched = Slot { sound, volume: 2.0, samples: level.samples };
    let track = lay(&workshop, [slot, stretched]).await;
    drop(track);
    let taken = status_kb("VmHWM").saturating_sub(before);
    assert!(taken <= ROOM_KB, "{taken} KiB with laying");
}
