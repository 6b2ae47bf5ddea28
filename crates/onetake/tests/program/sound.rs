//! What is heard: levels and places, measured on the decoded preview.

use crate::measure::{RATE, rms_db, sample, sound, span};
use crate::room::{Room, Voices, dialogue};
use serde_json::{Value, json};

fn preview(script: &Value) -> (Vec<f32>, Vec<Value>) {
    let room = Room::new(Voices::Installed);
    let job = room.make("preview", script, &[]);
    (sound(&room.file(&job, "preview.m4a")), job["segments"].as_array().unwrap().clone())
}

fn times(segment: &Value) -> (f64, f64) {
    (segment["start_s"].as_f64().unwrap(), segment["end_s"].as_f64().unwrap())
}

#[test]
fn a_volume_of_1_2_is_heard_as_1_58_decibels() {
    let mut louder = dialogue();
    louder["speakers"]["Bo"] = json!({ "volume": 1.2 });
    let ((before, segments), (after, moved)) = (preview(&dialogue()), preview(&louder));
    for (segment, same) in segments.iter().zip(&moved) {
        let (from, to) = times(segment);
        assert_eq!((from, to), times(same), "a volume moves nothing");
        let rise = rms_db(span(&after, from, to)) - rms_db(span(&before, from, to));
        let (expected, within) = if segment["speaker"] == "Bo" { (1.58, 0.2) } else { (0.0, 0.05) };
        assert!((rise - expected).abs() <= within, "{} rose by {rise:.3} dB", segment["speaker"]);
    }
}

#[test]
fn every_line_starts_on_a_frame_and_its_pause_is_silent() {
    for fps in [24, 25, 30, 50, 60] {
        let mut script = dialogue();
        script["look"] = json!({ "fps": fps });
        for (line, pause_ms) in [600, 333, 471, 250].into_iter().enumerate() {
            script["lines"][line]["pause_ms"] = json!(pause_ms);
        }
        let (sound, segments) = preview(&script);
        let samples_per_frame = RATE as usize / fps;
        let starts = segments.iter().map(|segment| times(segment).0).skip(1).chain([sound.len() as f64 / RATE]);
        for ((segment, next_s), pause_s) in segments.iter().zip(starts).zip([0.6, 0.333, 0.471, 0.25]) {
            let (start_s, end_s) = times(segment);
            assert!((start_s * RATE).fract() < 1e-3 || (start_s * RATE).fract() > 1.0 - 1e-3, "{start_s} is no sample");
            assert_eq!(sample(start_s) % samples_per_frame, 0, "{start_s} s is not on a frame of {fps} a second");
            assert!(rms_db(span(&sound, start_s, end_s)) > -30.0, "nothing is heard from {start_s} to {end_s} s");
            // The slot is take and pause, filled up by less than a frame; decoders may give a last block of 1,024 samples whole.
            let rest = next_s - end_s - pause_s;
            let over = if segment["index"] == 3 { 1024.0 / RATE } else { 0.0 };
            assert!(rest > -1.5 / RATE && rest < 1.0 / fps as f64 + over, "{fps}: {rest} s more than the pause");
            // AAC smears a sound over the blocks it overlaps: two of 1,024 samples at each side.
            let margin_s = 2048.0 / RATE;
            let level = rms_db(span(&sound, end_s + margin_s, end_s + pause_s - margin_s));
            assert!(level < -70.0, "{level:.1} dB in the pause after {end_s} s");
        }
    }
}
