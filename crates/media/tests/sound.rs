//! Takes and tracks, measured on decoded samples.

mod support;

use ebur128::{EbuR128, Mode};
use std::path::PathBuf;
use story::artifacts::{body, collect};
use story::failure::Failure;
use story::studio::{Level, Listener, Slot, Sound, Studio};
use support::{headerless_mp3, heard, lay, syllables, vowels, wav, workshop};
use tempfile::TempDir;

fn loudness(samples: &[f32]) -> f64 {
    let mut meter = EbuR128::new(1, 48_000, Mode::I).expect("a meter");
    meter.add_frames_f32(samples).expect("samples");
    meter.loudness_global().expect("a loudness")
}

fn decibels(samples: &[f32]) -> f64 {
    10.0 * (samples.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / samples.len() as f64).log10()
}

async fn laid(workshop: &impl Studio, folder: &TempDir, slots: Vec<Slot>) -> PathBuf {
    let path = folder.path().join("track.m4a");
    std::fs::write(&path, collect(lay(workshop, slots).await).await.expect("its bytes")).expect("room");
    path
}

#[tokio::test]
async fn a_take_is_brought_to_sixteen_below_and_keeps_its_length() {
    let (workshop, folder) = workshop();
    for (loud, rate) in [(0.35, 44_100), (0.12, 22_050), (0.3, 48_000)] {
        let audio = wav(&syllables(3.0, rate, loud), rate);
        let level = workshop.level(body(audio.clone())).await.expect("a level");
        assert_eq!(level.samples, 144_000, "{rate}");
        let slot = Slot { sound: Some(Sound { audio, level: level.clone() }), volume: 1.0, samples: 144_000 };
        let samples = heard(&laid(&workshop, &folder, vec![slot]).await);
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
    let short = workshop.level(body(wav(&syllables(0.3, 48_000, 0.2), 48_000))).await.expect("a level");
    assert!(short.gain_db != 0.0 && short.samples == 14_400, "{short:?}");
    let silence = workshop.level(body(wav(&vec![0.0; 48_000], 48_000))).await.expect("a level");
    assert_eq!((silence.gain_db, silence.samples), (0.0, 48_000));
}

#[tokio::test]
async fn a_volume_of_1_2_is_1_58_decibels() {
    let (workshop, folder) = workshop();
    let audio = wav(&syllables(2.0, 44_100, 0.3), 44_100);
    let level = workshop.level(body(audio.clone())).await.expect("a level");
    let mut rms = Vec::new();
    for volume in [1.0, 1.2] {
        let slot = Slot { sound: Some(Sound { audio: audio.clone(), level: level.clone() }), volume, samples: 96_000 };
        rms.push(decibels(&heard(&laid(&workshop, &folder, vec![slot]).await)[..96_000]));
    }
    assert!((rms[1] - rms[0] - 1.58).abs() < 0.05, "{rms:?}");
}

#[tokio::test]
async fn loud_volumes_stay_under_the_ceiling() {
    let (workshop, folder) = workshop();
    let audio = wav(&syllables(2.0, 44_100, 0.3), 44_100);
    let level = workshop.level(body(audio.clone())).await.expect("a level");
    let slot = Slot { sound: Some(Sound { audio, level }), volume: 3.0, samples: 96_000 };
    let samples = heard(&laid(&workshop, &folder, vec![slot]).await);
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
        let sound = Some(Sound { audio: headerless_mp3(&sound, 44_100), level });
        slots.push(Slot { sound, volume: 1.0, samples: SLOT });
    }
    let path = laid(&workshop, &folder, slots.clone()).await;
    let first = std::fs::read(&path).expect("a track");
    let samples = heard(&path);
    for index in 0..6_u64 {
        let slot = &samples[(index * SLOT) as usize..][..SLOT as usize];
        let peak = (0..slot.len()).max_by(|a, b| slot[*a].total_cmp(&slot[*b])).expect("samples");
        let expected = (4_410 + index * 1_470) * 480 / 441;
        assert!(peak.abs_diff(expected as usize) <= 1, "slot {index}: {peak}, not {expected}");
    }
    assert!(samples.len() as u64 >= 6 * SLOT && (samples.len() as u64) < 6 * SLOT + 1_600, "{}", samples.len());
    let second = std::fs::read(laid(&workshop, &folder, slots).await).expect("a track");
    assert!(first == second, "the same slots, the same bytes");
}

#[tokio::test]
async fn what_is_no_sound_is_refused_with_a_sentence() {
    let (workshop, _folder) = workshop();
    for audio in [&b""[..], b"hello", b"<html>not found</html>", &[0xff; 5_000]] {
        match workshop.level(body(audio)).await {
            Err(Failure::GiveUp(sentence)) => {
                assert!(sentence.starts_with("the sound cannot be decoded"), "{sentence}")
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn gains_are_what_they_have_always_been() {
    let (workshop, _folder) = workshop();
    // Measured before levelling became a stream: a gain is part of every track's key.
    for (seconds, rate, loud, samples, gain_db) in [
        (0.3, 48_000, 0.2, 14_400, 5.564076),
        (3.0, 44_100, 0.35, 144_000, 7.411504),
        (3.0, 22_050, 0.12, 144_000, 8.0),
        (2.0, 44_100, 0.9, 96_000, -5.926465),
        (100.0, 16_000, 0.18, 4_800_000, 8.0),
        (12.0, 48_000, 0.45, 576_000, 6.64095),
        (70.0, 22_050, 0.6, 3_360_000, 4.161219),
    ] {
        let level = workshop.level(body(wav(&vowels(seconds, rate, loud), rate))).await.expect("a level");
        assert_eq!(level.samples, samples, "{seconds} s at {rate}");
        assert!((level.gain_db - gain_db).abs() <= 1.5e-6, "{seconds} s at {rate}: {level:?}, not {gain_db}");
    }
}

#[tokio::test]
async fn a_slot_without_a_take_is_silence_of_its_exact_length() {
    let (workshop, folder) = workshop();
    let audio = wav(&syllables(0.5, 48_000, 0.3), 48_000);
    let sound = Some(Sound { audio, level: Level { samples: 24_000, gain_db: 6.0, limiter: 1 } });
    let spoken = Slot { sound, volume: 1.0, samples: 24_000 };
    let slots = vec![spoken.clone(), Slot { sound: None, volume: 1.0, samples: 100_001 }, spoken];
    let samples = heard(&laid(&workshop, &folder, slots).await);
    // The encoder's blocks smear an edge by up to 2,048 samples.
    assert!(samples[26_100..121_900].iter().all(|value| value.abs() < 1e-4), "silence is silent");
    let begins = (121_900..samples.len()).find(|&index| samples[index].abs() > 0.2).expect("a voice");
    assert!(begins.abs_diff(124_001) < 20, "the take after it begins at {begins}, not at 124001");
}

#[tokio::test]
async fn a_voice_is_heard_where_it_is() {
    let (workshop, _folder) = workshop();
    let parts = [(0.5, 0.0), (1.2, 0.3), (0.4, 0.0), (2.0, 0.12), (0.15, 0.0), (0.8, 0.3), (0.7, 0.0)];
    for (noise, rate) in [(0.0, 44_100), (0.003, 22_050)] {
        let (mut sound, mut spans, mut at) = (Vec::new(), Vec::new(), 0.0);
        for (seconds, loud) in parts {
            if loud > 0.0 {
                spans.push((at * 48_000.0) as u64..((at + seconds) * 48_000.0) as u64);
            }
            at += seconds;
            // No two samples of the noise are alike, nor random.
            let hiss = |index: usize| noise * ((index as f32 * 12.9898).sin() * 43_758.547).fract();
            // A voice whose loudness goes up and down by 10 dB, four times a second.
            let voice = |index: usize| {
                let t = index as f64 / f64::from(rate);
                let envelope = (0.65 + 0.35 * (25.0 * t).sin()) * loud;
                (1..9).map(|n| (900.0 * f64::from(n) * t).sin() / f64::from(n)).sum::<f64>() * envelope
            };
            let length = (seconds * f64::from(rate)) as usize;
            sound.extend((0..length).map(|index| voice(index) as f32 + hiss(index)));
        }
        for audio in [wav(&sound, rate), headerless_mp3(&sound, rate)] {
            let heard = workshop.activity(body(audio)).await.expect("spans");
            assert_eq!(heard.len(), spans.len(), "{rate}: {heard:?}, not {spans:?}");
            for (heard, span) in heard.iter().zip(&spans) {
                let off = heard.start.abs_diff(span.start).max(heard.end.abs_diff(span.end));
                assert!(off <= 48 * 40, "{rate}: {heard:?}, not {span:?}");
            }
        }
    }
    let silence = workshop.activity(body(wav(&vec![0.0; 48_000], 48_000))).await.expect("spans");
    assert!(silence.is_empty(), "{silence:?}");
}
