//! What only AWS has: items for readers, parts, pages, links, secrets, and messages that are kept.

use crate::place::Place;
use aws::{Heart, NoSecrets, Secrets};
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use story::artifacts::{Artifacts, Link, Object, body, collect};
use story::failure::StoreError;
use story::house::Settings;
use story::records::{Document, Partition, Records, Version};
use story::segment::{KeptSegment, Segment};
use story::{JobId, TakeKey, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn film(job: &str) -> Object {
    Object::File(JobId(job.to_owned()), "film.mp4".to_owned())
}

#[tokio::test]
async fn the_segments_of_a_preview_are_read_with_nothing_but_the_sdk() {
    let place = Place::new().await;
    let account = place.account().await;
    let house = aws::house(&account, place.places.clone(), Arc::new(local::SystemClock), Settings::default());
    let job = JobId("0123456789abcdef012".to_owned());
    for index in 0..3 {
        let segment = Segment {
            index,
            line: index,
            speaker: "Ana".to_owned(),
            text: format!("Zeile {index}: 映画"),
            take: TakeKey("k".repeat(64)),
            start: 48_000 * index as u64,
            end: 48_000 * index as u64 + 24_000,
            volume: 1.2,
            characters: 11,
            silent: false,
        };
        let kept = KeptSegment { job: job.clone(), segment, expires_at: Timestamp(1_795_206_896_789) };
        assert!(house.swap(&kept, None).await.unwrap().is_some());
    }

    let client = aws_sdk_dynamodb::Client::new(&place.plain);
    let query = client.query().table_name(&place.places.table).key_condition_expression("pk = :preview");
    let preview = AttributeValue::S(format!("segments#{job}"));
    let items = query.expression_attribute_values(":preview", preview).send().await.unwrap().items.unwrap();
    assert_eq!(items.len(), 3);
    for (index, item) in items.iter().enumerate() {
        let text = |name: &str| item[name].as_s().unwrap().as_str();
        let number = |name: &str| item[name].as_n().unwrap().parse::<f64>().unwrap();
        assert_eq!((text("sk"), text("speaker")), (format!("{index:06}").as_str(), "Ana"));
        assert_eq!((text("text"), text("take")), (format!("Zeile {index}: 映画").as_str(), "k".repeat(64).as_str()));
        assert_eq!((number("index"), number("line"), number("volume")), (index as f64, index as f64, 1.2));
        assert_eq!((number("start"), number("end")), (48_000.0 * index as f64, 48_000.0 * index as f64 + 24_000.0));
        // Whole seconds, a week after the sweep's turn.
        assert_eq!(number("ttl"), 1_795_206_896.0 + 7.0 * 86_400.0);
    }
}

#[tokio::test]
async fn a_list_goes_on_past_a_page_of_one_megabyte() {
    let place = Place::new().await;
    let records = place.records(&place.account().await);
    for number in 0..12_u64 {
        let document = Document {
            partition: Partition::Takes,
            key: format!("{number:02}"),
            version: Version(number),
            expires_at: None,
            body: "x".repeat(300_000),
        };
        let _ = records.put(&document, None).await.unwrap();
    }
    let keys = async |after: &str, limit| -> Vec<String> {
        let found = records.list(&Partition::Takes, after, limit).await.unwrap();
        found.into_iter().map(|document| document.key).collect()
    };
    assert_eq!(keys("", 500).await.len(), 12);
    assert_eq!(keys("03", 5).await, ["04", "05", "06", "07", "08"]);
}

#[tokio::test]
async fn a_list_goes_on_past_a_page_of_a_thousand_objects_and_shows_no_unfinished_work() {
    let place = Place::new().await;
    let artifacts = place.artifacts(&place.account().await);
    let plain = place.s3();
    let put = |number: usize| {
        let request = plain.put_object().bucket(&place.places.bucket).key(format!("scenes/{number:04}.ts"));
        async move { request.body(Bytes::from_static(b"x").into()).send().await.unwrap() }
    };
    stream::iter(0..1_003).map(put).buffer_unordered(8).for_each(async |_| {}).await;
    for path in ["tmp/part", "uploads/picture", "README"] {
        plain.put_object().bucket(&place.places.bucket).key(path).send().await.unwrap();
    }
    let paths: Vec<String> = artifacts.list("").await.unwrap().into_iter().map(|head| head.path).collect();
    assert_eq!(paths.len(), 1_003);
    assert!(paths.is_sorted());
}

#[tokio::test]
async fn an_object_of_many_parts_is_read_whole_and_never_takes_the_place_of_another() {
    let place = Place::new().await;
    let artifacts = place.artifacts(&place.account().await);
    let bytes: Vec<u8> = (0..(17_u32 << 20) + 11).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let pieces: Vec<_> = bytes.chunks(300_007).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    assert!(artifacts.put_new(&film("one"), stream::iter(pieces).boxed()).await.unwrap());
    let read = collect(artifacts.get(&film("one"), None).await.unwrap().unwrap()).await.unwrap();
    assert!(read == bytes, "the bytes are the same");
    assert!(!artifacts.put_new(&film("one"), body(vec![0; 9 << 20])).await.unwrap());
    assert_eq!(artifacts.head(&film("one")).await.unwrap().unwrap().size_bytes, bytes.len() as u64);
    artifacts.put(&film("one"), body(vec![0; 9 << 20])).await.unwrap();
    assert_eq!(artifacts.head(&film("one")).await.unwrap().unwrap().size_bytes, 9 << 20);
    no_parts_are_left(&place).await;
}

#[tokio::test]
async fn an_object_that_fails_after_its_first_part_leaves_no_part() {
    let place = Place::new().await;
    let artifacts = place.artifacts(&place.account().await);
    let cut = || {
        let piece = |_| Ok(Bytes::from(vec![7; 1 << 20]));
        let cut = Err(StoreError::Unavailable("the sender was cut off".to_owned()));
        stream::iter((0..20).map(piece).chain([cut]).collect::<Vec<_>>()).boxed()
    };
    for error in [
        artifacts.put(&film("cut"), cut()).await.unwrap_err(),
        artifacts.put_new(&film("cut"), cut()).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("the sender was cut off"), "{error}");
    }
    assert_eq!(artifacts.head(&film("cut")).await.unwrap(), None);
    no_parts_are_left(&place).await;
}

async fn no_parts_are_left(place: &Place) {
    let unfinished = place.s3().list_multipart_uploads().bucket(&place.places.bucket).send().await.unwrap();
    assert!(unfinished.uploads().is_empty(), "{unfinished:?}");
}

#[tokio::test]
async fn a_name_from_outside_never_leaves_its_job() {
    let place = Place::new().await;
    let artifacts = place.artifacts(&place.account().await);
    let outside = Object::File(JobId("job".to_owned()), "../other/film.mp4".to_owned());
    artifacts.put(&outside, body("x")).await.unwrap_err();
    artifacts.put_new(&outside, body("x")).await.unwrap_err();
    artifacts.link(&outside, "film.mp4", "video/mp4").await.unwrap_err();
    artifacts.delete(&outside).await.unwrap();
    assert!(artifacts.get(&outside, None).await.unwrap().is_none());
    assert!(artifacts.list("").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_link_gives_the_bytes_under_the_name_that_readers_know() {
    let place = Place::new().await;
    let artifacts = place.artifacts(&place.account().await);
    artifacts.put(&film("linked"), body("moving pictures")).await.unwrap();
    let Link::Url(url) = artifacts.link(&film("linked"), "Mein \"Film\".mp4", "video/mp4").await.unwrap() else {
        panic!("a bucket's link is a URL");
    };
    assert!(url.contains("X-Amz-Expires=900"), "{url}");
    let (head, bytes) = get(&url).await;
    assert!(head.starts_with("HTTP/1.1 200") || head.starts_with("HTTP/1.0 200"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-type: video/mp4"), "{head}");
    let disposition = "inline; filename=\"mein _film_.mp4\"; filename*=utf-8''mein%20%22film%22.mp4";
    assert!(head.contains(disposition), "{head}");
    assert_eq!(bytes, b"moving pictures");
    let (head, _) = get(&url.replace("X-Amz-Signature=", "X-Amz-Signature=0")).await;
    assert!(head.contains(" 403 "), "{head}");
}

/// Head and body of what a plain HTTP client gets.
async fn get(url: &str) -> (String, Vec<u8>) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end + 4..].to_vec())
}

#[tokio::test]
async fn secrets_are_read_from_either_service_and_their_absence_is_said() {
    let place = Place::new().await;
    let account = place.account().await;
    let name = &place.places.table;
    let text = r#"{"ELEVENLABS_API_KEY": "one", "ONETAKE_TOKENS": "two,three"}"#;
    let secrets = aws_sdk_secretsmanager::Client::new(&place.plain);
    let made = secrets.create_secret().name(name).secret_string(text).send().await.unwrap();
    let parameters = aws_sdk_ssm::Client::new(&place.plain);
    let request = parameters.put_parameter().name(format!("/{name}/keys")).value(text);
    request.r#type(aws_sdk_ssm::types::ParameterType::SecureString).send().await.unwrap();

    for known in [name.clone(), made.arn.unwrap(), format!("/{name}/keys")] {
        let Ok(secrets) = Secrets::read(&account, &known).await else { panic!("{known} is there") };
        assert_eq!((secrets.get("ELEVENLABS_API_KEY"), secrets.get("ONETAKE_TOKENS")), (Ok("one"), Ok("two,three")));
    }
    for unknown in [format!("{name}-2"), format!("/{name}/none")] {
        let Err(NoSecrets::Wrong(sentence)) = Secrets::read(&account, &unknown).await else { panic!("{unknown}") };
        assert!(sentence.contains("cannot be read") && sentence.contains("NotFound"), "{sentence}");
        assert!(!sentence.contains(name), "anybody may read it: {sentence}");
    }
}

#[tokio::test]
async fn a_message_is_kept_from_others_while_it_is_worked_on() {
    let place = Place::new().await;
    let url = &place.places.queues.compose;
    let client = aws_sdk_sqs::Client::new(&place.plain);
    client.send_message().queue_url(url).message_body("{}").send().await.unwrap();
    let receive = async || client.receive_message().queue_url(url).send().await.unwrap().messages.unwrap_or_default();
    let receipts: Vec<String> = receive().await.into_iter().filter_map(|message| message.receipt_handle).collect();
    assert_eq!(receipts.len(), 1);
    // The queue's own visibility is 2 s.
    let heart = Heart::new(&place.account().await, url, Arc::new(local::SystemClock));
    heart.beats_during(&receipts, tokio::time::sleep(Duration::from_secs(3))).await;
    assert!(receive().await.is_empty());
}
