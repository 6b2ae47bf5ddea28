//! A take's sound, as an `<audio>` element asks for it.

use crate::world::{NOW, World, world, world_with};
use serde_json::json;
use story::artifacts::body;
use story::speech::TakeRequest;
use story::studio::Level;
use story::take::{Recording, Take, TakeState};
use story::{AttemptId, JobId, Object, TakeKey};
use web::Settings;

const SOUND: &[u8] = b"0123456789";

fn request(format: &str) -> TakeRequest {
    TakeRequest { format: format.into(), ..TakeRequest::plain("rehearsal", "tones", "Ana", "Hello.") }
}

async fn filed(world: &World, format: &str, state: TakeState) -> TakeKey {
    let take = Take { state, ..Take::new(request(format), NOW, 60_000) };
    world.house.swap(&take, None).await.unwrap();
    take.key
}

fn ready() -> TakeState {
    TakeState::Ready(Recording {
        attempt: AttemptId("a1".into()),
        job: JobId("job".into()),
        audio_sha256: "x".into(),
        size_bytes: SOUND.len() as u64,
        level: Level { samples: 48_000, gain_db: 0.0, limiter: 1 },
        characters: 6,
        activity: None,
    })
}

async fn spoken(world: &World, format: &str) -> String {
    let key = filed(world, format, ready()).await;
    world.house.artifacts.put(&Object::TakeAudio(key.clone(), AttemptId("a1".into())), body(SOUND)).await.unwrap();
    format!("/v1/takes/{key}/audio")
}

#[tokio::test]
async fn a_sound_is_sent_whole_or_in_ranges_and_known_by_its_tag() {
    let world = world();
    let path = spoken(&world, "mp3_44100_128").await;
    let whole = world.get(&path).await;
    assert_eq!((whole.status, whole.bytes.as_ref(), whole.header("content-type")), (200, SOUND, "audio/mpeg"));
    assert_eq!((whole.header("accept-ranges"), whole.header("content-length")), ("bytes", "10"));
    let tag = whole.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    for (range, status, bytes, content_range) in [
        ("bytes=0-0", 206, &b"0"[..], "bytes 0-0/10"),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=0-1,3-4", 200, SOUND, ""),
        ("seconds=0-1", 200, SOUND, ""),
    ] {
        let part = world.ask("GET", &path, &[("range", range)], "").await;
        let found = (part.status, part.bytes.as_ref(), part.header("content-range"));
        assert_eq!(found, (status, bytes, content_range), "{range}");
    }
    let head = world.ask("HEAD", &path, &[], "").await;
    assert_eq!((head.status, head.bytes.len(), head.header("content-length")), (200, 0, "10"));
    assert_eq!(head.header("etag"), tag);
    let known = world.ask("GET", &path, &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    let other = world.ask("GET", &path, &[("if-range", "\"x\""), ("range", "bytes=2-4")], "").await;
    assert_eq!((other.status, other.bytes.as_ref()), (200, SOUND), "a range of another sound is of no use");
}

#[tokio::test]
async fn a_sound_is_told_as_what_its_format_is() {
    let world = world();
    for (format, content_type) in [
        ("mp3_22050_32", "audio/mpeg"),
        ("opus_48000_96", "audio/ogg"),
        ("pcm_16000", "audio/pcm"),
        ("ulaw_8000", "audio/basic"),
    ] {
        let path = spoken(&world, format).await;
        assert_eq!(world.get(&path).await.header("content-type"), content_type, "{format}");
    }
}

#[tokio::test]
async fn a_take_without_a_sound_says_why() {
    let reason = "there is no voice \"Zed\"".to_owned();
    let failed = json!({"state": "failed", "reason": reason, "by": "a", "lost": false});
    for (state, kind, sentence) in [
        (TakeState::Wanted, "not-ready", "It waits for its turn"),
        (serde_json::from_value(failed).unwrap(), "not-ready", "there is no voice \"Zed\""),
        (TakeState::Going { sound: None }, "not-found", "There is no such take"),
        // Its record says that it is there, and its sound is gone.
        (ready(), "not-found", "There is no such take"),
    ] {
        let world = world();
        let key = filed(&world, "mp3", state).await;
        let answer = world.get(&format!("/v1/takes/{key}/audio")).await;
        assert_eq!(answer.problem(), (404, kind.into(), vec![]), "{sentence}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(sentence), "{}", answer.json());
    }
}

#[tokio::test]
async fn what_is_no_take_is_refused() {
    let world = world();
    let path = spoken(&world, "mp3").await;
    let key = path.split('/').nth(3).unwrap();
    for wrong in [
        "0",
        "%00",
        "%FF",
        "..%2F..%2Fetc%2Fpasswd",
        &key.to_uppercase(),
        &key[1..],
        &format!("{key}0"),
        &"0".repeat(64),
        &"a".repeat(5_000),
    ] {
        let answer = world.get(&format!("/v1/takes/{wrong}/audio")).await;
        assert_eq!(answer.problem(), (404, "not-found".into(), vec![]), "{wrong}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = world.ask(method, &path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET,HEAD"), "{method}");
    }
    let guarded = world_with(web::everything, Settings { tokens: vec!["token".into()], ..Settings::default() });
    let path = spoken(&guarded, "mp3").await;
    assert_eq!(guarded.get(&path).await.status, 401);
    assert_eq!(guarded.ask("GET", &path, &[("x-api-key", "token")], "").await.bytes.as_ref(), SOUND);
}
