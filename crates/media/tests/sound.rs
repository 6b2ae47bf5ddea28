//! Takes and tracks, measured on decoded samples.

mod support;

use bytes::Bytes;
use ebur128::{EbuR128, Mode};
use std::path::PathBuf;
use story::artifacts::collect;
use story::failure::Failure;
use story::studio::{Level, Slot, Studio};
use support::{headerless_mp3, heard, syllables, wav, workshop};
use tempfile::TempDir;

fn loudness(samples: &[f32]) -> f64 {
    let mut meter = EbuR128::new(1, 48_000, Mode::I).expect("a meter");
    meter.add_frames_f32(samples).expect("samples");
    meter.loudness_global().expect("a loudness")
}

fn decibels(samples: &[f32]) -> f64 {
    10.0 * (samples.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / samples.len() as f64).log10()
}

async fn lay(workshop: &impl Studio, folder: &TempDir, slots: Vec<Slot>) -> PathBuf {
    let path = folder.path().join("track.m4a");
    let track = workshop.lay(slots).await.expect("a track");
    std::fs::write(&path, collect(track).await.expect("its bytes")).expect("room");
    path
}

#[tokio::test]
async fn a_take_is_brought_to_sixteen_below_and_keeps_its_length() {
    let (workshop, folder) = workshop();
    for (loud, rate) in [(0.35, 44_100), (0.12, 22_050), (0.3, 48_000)] {
        let audio = wav(&syllables(3.0, rate, loud), rate);
        let level = workshop.level(audio.clone()).await.expect("a level");
        assert_eq!(level.samples, 144_000, "{rate}");
        let slot = Slot { audio, level: level.clone(), volume: 1.0, samples: 144_000 };
        let samples = heard(&lay(&workshop, &folder, vec![slot]).await);
        let now = loudness(&samples[..144_000]);
        assert!(
            (now + 16.0).abs() <= 0.2 || level.gain_db.abs() >= 8.0,
            "{rate}: {now} LUFS with {} dB",
            level.gain_db
        );
    }
}

#[tokio::test]
async fn short_takes_and_silence_have_a_level_too() {
    let (workshop, _folder) = workshop();
    let short = workshop.level(wav(&syllables(0.3, 48_000, 0.2), 48_000)).await.expect("a level");
    assert!(short.gain_db != 0.0 && short.samples == 14_400, "{short:?}");
    let silence = workshop.level(wav(&vec![0.0; 48_000], 48_000)).await.expect("a level");
    assert_eq!((silence.gain_db, silence.samples), (0.0, 48_000));
}

#[tokio::test]
async fn a_volume_of_1_2_is_1_58_decibels() {
    let (workshop, folder) = workshop();
    let audio = wav(&syllables(2.0, 44_100, 0.3), 44_100);
    let level = workshop.level(audio.clone()).await.expect("a level");
    let mut rms = Vec::new();
    for volume in [1.0, 1.2] {
        let slot = Slot { audio: audio.clone(), level: level.clone(), volume, samples: 96_000 };
        rms.push(decibels(&heard(&lay(&workshop, &folder, vec![slot]).await)[..96_000]));
    }
    assert!((rms[1] - rms[0] - 1.58).abs() < 0.05, "{rms:?}");
}

#[tokio::test]
async fn loud_volumes_stay_under_the_ceiling() {
    let (workshop, folder) = workshop();
    let audio = wav(&syllables(2.0, 44_100, 0.3), 44_100);
    let level = workshop.level(audio.clone()).await.expect("a level");
    let slot = Slot { audio, level, volume: 3.0, samples: 96_000 };
    let samples = heard(&lay(&workshop, &folder, vec![slot]).await);
    let peak = samples.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
    // The encoder adds a little of its own.
    assert!(peak < 1.0, "{peak}");
}

#[tokio::test]
async fn speech_begins_at_its_exact_sample_and_twice_laid_is_the_same_bytes() {
    let (workshop, folder) = workshop();
    const SLOT: u64 = 36_800;
    let mut slots = Vec::new();
    for index in 0..6_u64 {
        let mut sound = vec![0.0_f32; 26_460];
        // A click with an even shape, so that its peak stays where it is through codec and resampler.
        let at = 4_410 + index as usize * 1_470;
        for offset in -30_i32..=30 {
            let t = f64::from(offset) / 8.0;
            sound[(at as i32 + offset) as usize] = (0.8 * (-t * t).exp() * (t * 2.0).cos()) as f32;
        }
        let level = Level { samples: 28_800, gain_db: 0.0, limiter: 1 };
        slots.push(Slot { audio: headerless_mp3(&sound, 44_100), level, volume: 1.0, samples: SLOT });
    }
    let path = lay(&workshop, &folder, slots.clone()).await;
    let first = std::fs::read(&path).expect("a track");
    let samples = heard(&path);
    for index in 0..6_u64 {
        let slot = &samples[(index * SLOT) as usize..][..SLOT as usize];
        let peak = (0..slot.len()).max_by(|a, b| slot[*a].total_cmp(&slot[*b])).expect("samples");
        let expected = (4_410 + index * 1_470) * 480 / 441;
        assert!(peak.abs_diff(expected as usize) <= 1, "slot {index}: {peak}, not {expected}");
    }
    assert!(samples.len() as u64 >= 6 * SLOT && (samples.len() as u64) < 6 * SLOT + 1_600, "{}", samples.len());
    let second = std::fs::read(lay(&workshop, &folder, slots).await).expect("a track");
    assert!(first == second, "the same slots, the same bytes");
}

#[tokio::test]
async fn what_is_no_sound_is_refused_with_a_sentence() {
    let (workshop, _folder) = workshop();
    for audio in [&b""[..], b"hello", b"<html>not found</html>", &[0xff; 5_000]] {
        match workshop.level(Bytes::copy_from_slice(audio)).await {
            Err(Failure::GiveUp(sentence)) => {
                assert!(sentence.starts_with("the sound cannot be decoded"), "{sentence}")
            }
            other => panic!("{other:?}"),
        }
    }
}
