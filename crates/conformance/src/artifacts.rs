//! What artifacts must do. Each function works on objects of its own, so that one store can serve all of them.

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use std::ops::Range;
use story::artifacts::{Artifacts, Body, Object, body, collect};
use story::failure::StoreError;
use story::{AttemptId, JobId, TakeKey};

/// An object of one test. Its job is named like any other, so that each store finds it plausible.
fn object(test: &str, name: &str) -> Object {
    Object::File(JobId(test.to_owned()), name.to_owned())
}

async fn put(artifacts: &dyn Artifacts, object: &Object, bytes: impl Into<Bytes>) {
    artifacts.put(object, body(bytes)).await.expect("the store works");
}

async fn read(artifacts: &dyn Artifacts, object: &Object, range: Option<Range<u64>>) -> Option<Bytes> {
    match artifacts.get(object, range).await.expect("the store works") {
        Some(body) => Some(collect(body).await.expect("the store works")),
        None => None,
    }
}

async fn paths(artifacts: &dyn Artifacts, prefix: &str) -> Vec<String> {
    artifacts.list(prefix).await.expect("the store works").into_iter().map(|head| head.path).collect()
}

/// Bytes that repeat nowhere near, so that a piece out of place is seen.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A body that breaks after its first piece.
fn broken(piece: &'static str) -> Body {
    let cut = StoreError::Unavailable("the sender was cut off".to_owned());
    stream::iter([Ok(Bytes::from_static(piece.as_bytes())), Err(cut)]).boxed()
}

/// Every kind of object, each under a path of its own.
pub async fn an_object_is_read_as_it_was_written(artifacts: &dyn Artifacts) {
    let (job, take, attempt) = (JobId("kinds".to_owned()), TakeKey("kinds".to_owned()), AttemptId("1".to_owned()));
    let objects = [
        Object::Plan(job.clone()),
        Object::File(job, "film.mp4".to_owned()),
        Object::TakeAudio(take.clone(), attempt.clone()),
        Object::TakeSidecar(take, attempt),
        Object::Picture("kinds".to_owned()),
        Object::Scene("kinds".to_owned()),
        Object::SceneBoxes("kinds".to_owned()),
    ];
    for object in &objects {
        put(artifacts, object, object.to_string()).await;
    }
    for object in &objects {
        assert_eq!(read(artifacts, object, None).await, Some(object.to_string().into()));
    }
}

/// No bytes are an object too.
pub async fn an_object_of_no_bytes_is_there(artifacts: &dyn Artifacts) {
    let (one, other) = (object("empty", "one"), object("empty", "other"));
    put(artifacts, &one, "").await;
    artifacts.put(&other, stream::empty().boxed()).await.expect("the store works");
    for object in [one, other] {
        assert_eq!(read(artifacts, &object, None).await, Some(Bytes::new()));
        assert_eq!(read(artifacts, &object, Some(0..10)).await, Some(Bytes::new()));
        assert_eq!(artifacts.head(&object).await.expect("the store works").expect("it is there").size_bytes, 0);
        assert!(!artifacts.put_new(&object, body("more")).await.expect("the store works"));
    }
}

/// Five megabytes and some, sent in uneven pieces, one of them empty.
pub async fn an_object_of_many_pieces_is_read_whole(artifacts: &dyn Artifacts) {
    let bytes = Bytes::from(noise(5_000_011));
    let mut pieces = vec![Ok(Bytes::new())];
    let (mut at, mut length) = (0, 1);
    while at < bytes.len() {
        let end = (at + length).min(bytes.len());
        pieces.push(Ok(bytes.slice(at..end)));
        (at, length) = (end, length * 3 % 700_001 + 1);
    }
    let many = object("pieces", "film.mp4");
    artifacts.put(&many, stream::iter(pieces).boxed()).await.expect("the store works");
    assert!(read(artifacts, &many, None).await == Some(bytes.clone()), "the bytes are the same");
    let middle = read(artifacts, &many, Some(1_000_000..4_999_999)).await;
    assert!(middle == Some(bytes.slice(1_000_000..4_999_999)), "so are those of a range");
    assert_eq!(artifacts.head(&many).await.expect("the store works").expect("it is there").size_bytes, 5_000_011);
}

/// Some streams may not be.
pub async fn a_body_is_not_asked_again_after_its_end(artifacts: &dyn Artifacts) {
    for (name, pieces) in [("none", 0), ("one", 1), ("three", 3)] {
        let pieces =
            stream::unfold(
                0,
                move |at| async move { (at < pieces).then(|| (Ok(Bytes::from_static(b"piece")), at + 1)) },
            );
        // Polled after its end, `unfold` panics.
        let one = object("end", name);
        artifacts.put(&one, pieces.boxed()).await.expect("the store works");
        assert!(read(artifacts, &one, None).await.is_some());
    }
}

/// `None`, with and without a range, also where another object's path only begins the same.
pub async fn nothing_is_read_where_nothing_was_put(artifacts: &dyn Artifacts) {
    put(artifacts, &object("absent", "film.mp4.part"), "other").await;
    let absent = object("absent", "film.mp4");
    assert_eq!(read(artifacts, &absent, None).await, None);
    assert_eq!(read(artifacts, &absent, Some(0..1)).await, None);
    assert_eq!(artifacts.head(&absent).await.expect("the store works"), None);
    assert!(paths(artifacts, "jobs/absent-too/").await.is_empty());
}

/// A shorter one leaves nothing of a longer one.
pub async fn a_put_takes_the_place_of_what_stood_there(artifacts: &dyn Artifacts) {
    let one = object("replace", "film.mp4");
    put(artifacts, &one, "a long first film").await;
    put(artifacts, &one, "short").await;
    assert_eq!(read(artifacts, &one, None).await, Some("short".into()));
    assert_eq!(paths(artifacts, "jobs/replace/").await, ["jobs/replace/film.mp4"]);
}

/// An object is there whole or not at all; the sender's error comes back.
pub async fn a_put_that_fails_midway_leaves_nothing(artifacts: &dyn Artifacts) {
    let one = object("midway", "film.mp4");
    for error in [
        artifacts.put(&one, broken("half")).await.expect_err("the body broke"),
        artifacts.put_new(&one, broken("half")).await.expect_err("the body broke"),
    ] {
        assert!(error.to_string().contains("the sender was cut off"), "{error}");
        assert_eq!(read(artifacts, &one, None).await, None);
        assert_eq!(artifacts.head(&one).await.expect("the store works"), None);
        assert!(paths(artifacts, "jobs/midway/").await.is_empty());
    }
    assert!(artifacts.put_new(&one, body("whole")).await.expect("the store works"), "its name is still free");
}

/// What stood there stands as it was.
pub async fn a_put_that_fails_midway_leaves_the_old_object(artifacts: &dyn Artifacts) {
    let one = object("midway-old", "film.mp4");
    put(artifacts, &one, "the old film").await;
    artifacts.put(&one, broken("half")).await.expect_err("the body broke");
    assert_eq!(read(artifacts, &one, None).await, Some("the old film".into()));
    assert_eq!(paths(artifacts, "jobs/midway-old/").await, ["jobs/midway-old/film.mp4"]);
}

/// The first stays, and who came later is told so.
pub async fn a_new_object_never_takes_the_place_of_one(artifacts: &dyn Artifacts) {
    let one = object("new", "plan");
    assert!(artifacts.put_new(&one, body("first")).await.expect("the store works"));
    assert!(!artifacts.put_new(&one, body("second")).await.expect("the store works"));
    assert_eq!(read(artifacts, &one, None).await, Some("first".into()));
    put(artifacts, &one, "third").await;
    assert!(!artifacts.put_new(&one, body("fourth")).await.expect("the store works"));
    assert_eq!(read(artifacts, &one, None).await, Some("third".into()));
}

/// Eight at once: one is told that it did, and its bytes stand.
pub async fn of_eight_who_put_a_new_object_exactly_one_does(artifacts: &dyn Artifacts) {
    for round in 0..5 {
        let one = object("race", &format!("round {round}"));
        let mine = |writer: usize| format!("writer {writer} ").repeat(10_000);
        let writers = (0..8).map(|writer| artifacts.put_new(&one, body(mine(writer))));
        let told: Vec<bool> = join_all(writers).await.into_iter().map(|told| told.expect("the store works")).collect();
        let winners: Vec<usize> = (0..8).filter(|writer| told[*writer]).collect();
        assert_eq!(winners.len(), 1, "{told:?}");
        assert!(read(artifacts, &one, None).await == Some(mine(winners[0]).into()), "the winner's bytes stand");
    }
}

/// From the start, in the middle, to the end, past it, and none.
pub async fn a_range_gives_exactly_its_bytes(artifacts: &dyn Artifacts) {
    let one = object("range", "film.mp4");
    put(artifacts, &one, "0123456789").await;
    for (range, bytes) in [
        (0..1, "0"),
        (0..10, "0123456789"),
        (3..7, "3456"),
        (9..10, "9"),
        (8..100, "89"),
        (10..11, ""),
        (50..60, ""),
        (4..4, ""),
        (0..u64::MAX, "0123456789"),
    ] {
        assert_eq!(read(artifacts, &one, Some(range.clone())).await, Some(bytes.into()), "{range:?}");
    }
}

/// A reader that has begun reads the one or the other, never a mixture.
pub async fn an_object_that_is_replaced_while_read_is_read_whole(artifacts: &dyn Artifacts) {
    let one = object("replaced", "film.mp4");
    let (old, new) = (vec![b'o'; 3_000_000], vec![b'n'; 3_000_000]);
    put(artifacts, &one, old.clone()).await;
    let reading = artifacts.get(&one, None).await.expect("the store works").expect("it is there");
    put(artifacts, &one, new.clone()).await;
    let read_bytes = collect(reading).await.expect("the store works");
    assert!(read_bytes == old || read_bytes == new, "one of the two, whole");
    assert!(read(artifacts, &one, None).await == Some(new.into()), "then the new one");
}

/// The path is the object's name as it shows.
pub async fn the_head_tells_path_and_length(artifacts: &dyn Artifacts) {
    let one = object("head", "film.mp4");
    put(artifacts, &one, "12345").await;
    let first = artifacts.head(&one).await.expect("the store works").expect("it is there");
    assert_eq!((first.path.as_str(), first.size_bytes), ("jobs/head/film.mp4", 5));
    put(artifacts, &one, "123456").await;
    let second = artifacts.head(&one).await.expect("the store works").expect("it is there");
    assert_eq!(second.size_bytes, 6);
    assert_eq!(artifacts.list("jobs/head/").await.expect("the store works"), [second]);
}

/// By bytes of the whole path; a prefix may end inside a name.
pub async fn a_list_goes_up_by_path_and_keeps_to_its_prefix(artifacts: &dyn Artifacts) {
    for (job, name) in [
        ("list", "b"),
        ("list", "a.b"),
        ("list", "a"),
        ("list", "B"),
        ("list", "é"),
        ("list-2", "a"),
        ("list.3", "a"),
        ("lis", "a"),
    ] {
        put(artifacts, &object(job, name), "x").await;
    }
    let all =
        ["jobs/list-2/a", "jobs/list.3/a", "jobs/list/B", "jobs/list/a", "jobs/list/a.b", "jobs/list/b", "jobs/list/é"];
    assert_eq!(paths(artifacts, "jobs/list").await, all);
    assert_eq!(paths(artifacts, "jobs/list/").await, all[2..]);
    assert_eq!(paths(artifacts, "jobs/list/a").await, all[3..5]);
    assert_eq!(paths(artifacts, "jobs/list/a.b").await, all[4..5]);
    assert!(paths(artifacts, "jobs/list/a.b.c").await.is_empty());
    assert!(paths(artifacts, "jobs/list/a/").await.is_empty());
    let everything = paths(artifacts, "").await;
    assert!(everything.is_sorted() && all.iter().all(|path| everything.iter().any(|found| found == path)));
}

/// Spaces, quotes, other scripts, and what a shell or a link would take apart.
pub async fn names_of_every_script_are_kept(artifacts: &dyn Artifacts) {
    let names =
        ["映画 1.mp4", "فيلم.mp4", "été.mp4", "a b'\"c.mp4", "$(x)&;%2e%2e.mp4", "..film", "😀", "-rf", "a?b#c+d"];
    for name in names {
        put(artifacts, &object("names", name), name).await;
    }
    for name in names {
        assert_eq!(read(artifacts, &object("names", name), None).await, Some(name.into()));
    }
    let mut expected: Vec<String> = names.iter().map(|name| format!("jobs/names/{name}")).collect();
    expected.sort_unstable();
    assert_eq!(paths(artifacts, "jobs/names/").await, expected);
}

/// Nor is deleting what never was; its neighbour stays.
pub async fn deleting_twice_is_no_error(artifacts: &dyn Artifacts) {
    let (one, neighbour) = (object("delete", "one"), object("delete", "one.more"));
    put(artifacts, &one, "x").await;
    put(artifacts, &neighbour, "y").await;
    for _ in 0..2 {
        artifacts.delete(&one).await.expect("the store works");
        assert_eq!(read(artifacts, &one, None).await, None);
    }
    artifacts.delete(&object("never-was", "one")).await.expect("the store works");
    assert_eq!(paths(artifacts, "jobs/delete/").await, ["jobs/delete/one.more"]);
}

/// A name is free again, for `put_new` too.
pub async fn a_deleted_object_can_be_put_anew(artifacts: &dyn Artifacts) {
    let one = object("anew", "film.mp4");
    put(artifacts, &one, "old").await;
    artifacts.delete(&one).await.expect("the store works");
    assert!(artifacts.put_new(&one, body("new")).await.expect("the store works"));
    assert_eq!(read(artifacts, &one, None).await, Some("new".into()));
}

/// Neighbours that come and go do not take each other along.
pub async fn puts_and_deletes_at_once_leave_whole_objects(artifacts: &dyn Artifacts) {
    let busy = (0..8).map(|writer| async move {
        let mine = object("come-and-go", &format!("{writer}"));
        for _ in 0..10 {
            put(artifacts, &mine, format!("writer {writer}")).await;
            assert_eq!(read(artifacts, &mine, None).await, Some(format!("writer {writer}").into()));
            artifacts.delete(&mine).await.expect("the store works");
        }
    });
    join_all(busy).await;
    assert!(paths(artifacts, "jobs/come-and-go/").await.is_empty());
}
