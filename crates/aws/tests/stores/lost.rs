//! Answers that are lost are settled by reading: nothing is done twice, and nothing that was done is told as lost.

use crate::place::Place;
use crate::proxy::Fault;
use std::sync::Arc;
use story::artifacts::{Artifacts, Object, body, collect};
use story::failure::StoreError;
use story::house::Settings;
use story::lane::Lane;
use story::records::{Document, Partition, Records, Swap, Version};
use story::{JobId, Timestamp};

fn document(version: u64) -> Document {
    Document {
        partition: Partition::Takes,
        key: "take".to_owned(),
        version: Version(version),
        expires_at: None,
        body: format!("{{\"n\":{version}}}"),
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_told_as_done() {
    let place = Place::new().await;
    let (proxy, account) = place.account_through(Fault::Unsaid { each: 2 }).await;
    let records = place.records(&account);
    assert_eq!(records.put(&document(1), None).await.unwrap(), Swap::Done);
    for version in 2..20 {
        assert_eq!(records.put(&document(version), Some(Version(version - 1))).await.unwrap(), Swap::Done);
    }
    assert_eq!(records.get(&Partition::Takes, "take").await.unwrap(), Some(document(19)));
    assert!(proxy.faults() > 15);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_says_that_it_does_not_know() {
    let place = Place::new().await;
    let (proxy, account) = place.account_through(Fault::Unsaid { each: 2 }).await;
    let (records, plain) = (place.records(&account), place.records(&place.account().await));
    assert_eq!(plain.put(&document(1), None).await.unwrap(), Swap::Done);
    // Call 1 is answered, call 2 is not: its repetition finds that nothing is there to be removed.
    assert_eq!(records.get(&Partition::Takes, "take").await.unwrap(), Some(document(1)));
    let error = records.delete(&Partition::Takes, "take", Version(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!((plain.get(&Partition::Takes, "take").await.unwrap(), proxy.faults()), (None, 1));
    // Call 4 is lost and call 5 finds another's version: lost or overwritten, nobody can tell.
    assert_eq!(plain.put(&document(7), None).await.unwrap(), Swap::Done);
    let error = records.put(&document(2), Some(Version(1))).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!((plain.get(&Partition::Takes, "take").await.unwrap(), proxy.faults()), (Some(document(7)), 2));
}

#[tokio::test]
async fn a_house_swaps_each_time_exactly_once_whatever_is_lost() {
    let place = Place::new().await;
    let (proxy, account) = place.account_through(Fault::Lost { each: 3 }).await;
    let clock = Arc::new(local::SystemClock);
    let house = aws::house(&account, place.places.clone(), clock, Settings::default());
    let mut version = None;
    for time in 0..60 {
        let lane = Lane { lease_until: Timestamp(time), ..Lane::free("account", 0) };
        version = house.swap(&lane, version).await.unwrap();
        assert!(version.is_some(), "nobody else writes here ({time})");
    }
    assert!(proxy.faults() > 20, "{}", proxy.faults());
}

#[tokio::test]
async fn a_new_object_whose_answer_was_lost_is_told_as_made() {
    let place = Place::new().await;
    let (proxy, account) = place.account_through(Fault::Unsaid { each: 2 }).await;
    let artifacts = place.artifacts(&account);
    for number in 0..10 {
        let plan = Object::Plan(JobId(format!("job{number}")));
        assert!(artifacts.put_new(&plan, body("mine")).await.unwrap());
        assert!(!artifacts.put_new(&plan, body("another's")).await.unwrap());
        let bytes = collect(artifacts.get(&plan, None).await.unwrap().unwrap()).await.unwrap();
        assert_eq!(bytes, "mine");
    }
    assert!(proxy.faults() >= 10, "{}", proxy.faults());
}

#[tokio::test]
async fn an_object_in_parts_whose_answer_was_lost_is_told_as_made() {
    let place = Place::new().await;
    let (proxy, account) = place.account_through(Fault::Unsaid { each: 4 }).await;
    let artifacts = place.artifacts(&account);
    let film = Object::File(JobId("job".to_owned()), "film.mp4".to_owned());
    // Create, two parts, complete: the fourth call is the one that makes the object.
    assert!(artifacts.put_new(&film, body(vec![7; 9 << 20])).await.unwrap());
    assert_eq!(artifacts.head(&film).await.unwrap().unwrap().size_bytes, 9 << 20);
    assert!(proxy.faults() >= 1);
}
