//! What records must do. Each function works in partitions of its own, so that one store can serve all of them.

use futures_util::future::join_all;
use story::records::{Document, Partition, Records, Swap, Version};
use story::{JobId, Timestamp};

fn partition(test: &str) -> Partition {
    Partition::Segments(JobId(test.to_owned()))
}

fn document(test: &str, key: &str, version: u64, body: &str) -> Document {
    Document {
        partition: partition(test),
        key: key.to_owned(),
        version: Version(version),
        expires_at: None,
        body: body.to_owned(),
    }
}

async fn put(records: &dyn Records, document: &Document, expected: Option<u64>) -> Swap {
    records.put(document, expected.map(Version)).await.expect("the store works")
}

async fn stands(records: &dyn Records, document: &Document) {
    let found = records.get(&document.partition, &document.key).await.expect("the store works");
    assert_eq!(found.as_ref(), Some(document));
}

async fn keys(records: &dyn Records, test: &str, after: &str, limit: usize) -> Vec<String> {
    let listed = records.list(&partition(test), after, limit).await.expect("the store works");
    listed.into_iter().map(|document| document.key).collect()
}

/// Partition, key, version, expiry and body come back bit by bit, whatever the text and however great the numbers.
pub async fn a_document_is_read_as_it_was_written(records: &dyn Records) {
    let long = "\"é\" ".repeat(50_000);
    for (key, version, expires_at, body) in [
        ("plain", 1, None, "{}"),
        ("great", u64::MAX, Some(Timestamp(253_402_300_799_999)), "{\"n\":18446744073709551615}"),
        ("half", 1 << 63, Some(Timestamp(0)), ""),
        ("日本 語#1", 7, None, "{\"text\":\"日本 語\\u0000 'quoted' \\\"twice\\\"\n\"}"),
        ("long", 8, None, &long),
    ] {
        let written = Document { expires_at, ..document("as-written", key, version, body) };
        assert_eq!(put(records, &written, None).await, Swap::Done);
        stands(records, &written).await;
        let listed = records.list(&written.partition, "", 100).await.expect("the store works");
        assert!(listed.contains(&written), "{key} is listed as it is read");
    }
}

/// Neither read nor listed, in a partition never written to.
pub async fn nothing_is_read_where_nothing_was_written(records: &dyn Records) {
    assert_eq!(records.get(&partition("nothing"), "key").await.expect("the store works"), None);
    assert!(keys(records, "nothing", "", 10).await.is_empty());
}

/// `expected: None` is for places where none stands.
pub async fn a_new_document_loses_where_one_stands(records: &dyn Records) {
    let first = document("new", "key", 1, "first");
    assert_eq!(put(records, &first, None).await, Swap::Done);
    assert_eq!(put(records, &document("new", "key", 2, "second"), None).await, Swap::Lost);
    stands(records, &first).await;
    assert_eq!(put(records, &first, None).await, Swap::Lost, "not even the same one again");
}

/// A version swaps once; neither an older nor a foreign one does.
pub async fn a_swap_wins_only_on_the_version_that_stands_there(records: &dyn Records) {
    let (first, second) = (document("swap", "key", 11, "first"), document("swap", "key", 22, "second"));
    assert_eq!(put(records, &first, None).await, Swap::Done);
    assert_eq!(put(records, &second, Some(33)).await, Swap::Lost);
    stands(records, &first).await;
    assert_eq!(put(records, &second, Some(11)).await, Swap::Done);
    stands(records, &second).await;
    assert_eq!(put(records, &document("swap", "key", 44, "third"), Some(11)).await, Swap::Lost);
    stands(records, &second).await;
    // Expiry is swapped with the rest, to and fro.
    let kept = Document { expires_at: Some(Timestamp(5)), ..document("swap", "key", 55, "kept") };
    assert_eq!(put(records, &kept, Some(22)).await, Swap::Done);
    stands(records, &kept).await;
    let unkept = document("swap", "key", 66, "for good");
    assert_eq!(put(records, &unkept, Some(55)).await, Swap::Done);
    stands(records, &unkept).await;
}

/// An expected version needs a document.
pub async fn a_swap_of_what_is_not_there_loses_and_makes_nothing(records: &dyn Records) {
    let one = document("absent", "key", 2, "body");
    assert_eq!(put(records, &one, Some(1)).await, Swap::Lost);
    assert_eq!(put(records, &one, Some(0)).await, Swap::Lost);
    assert_eq!(records.get(&one.partition, "key").await.expect("the store works"), None);
    let deleted = records.delete(&one.partition, "key", Version(1)).await.expect("the store works");
    assert_eq!(deleted, Swap::Lost);
}

/// Removed and made again with another version: who read the old one loses, at a put and at a delete.
pub async fn a_document_made_again_never_fits_its_old_version(records: &dyn Records) {
    let (old, new) = (document("again", "key", 1, "old"), document("again", "key", 2, "new"));
    assert_eq!(put(records, &old, None).await, Swap::Done);
    assert_eq!(records.delete(&old.partition, "key", old.version).await.expect("the store works"), Swap::Done);
    assert_eq!(put(records, &new, None).await, Swap::Done);
    assert_eq!(put(records, &document("again", "key", 3, "late"), Some(1)).await, Swap::Lost);
    assert_eq!(records.delete(&old.partition, "key", old.version).await.expect("the store works"), Swap::Lost);
    stands(records, &new).await;
}

/// Another version removes nothing; the right one removes once.
pub async fn a_document_is_removed_only_at_its_version(records: &dyn Records) {
    let (one, neighbour) = (document("remove", "key", 1, "body"), document("remove", "key2", 1, "body"));
    assert_eq!(put(records, &one, None).await, Swap::Done);
    assert_eq!(put(records, &neighbour, None).await, Swap::Done);
    assert_eq!(records.delete(&one.partition, "key", Version(9)).await.expect("the store works"), Swap::Lost);
    stands(records, &one).await;
    assert_eq!(records.delete(&one.partition, "key", Version(1)).await.expect("the store works"), Swap::Done);
    assert_eq!(records.get(&one.partition, "key").await.expect("the store works"), None);
    assert_eq!(records.delete(&one.partition, "key", Version(1)).await.expect("the store works"), Swap::Lost);
    stands(records, &neighbour).await;
}

/// Only the sweep removes: an expired document is read, listed, and stands in the way of a new one.
pub async fn an_expired_document_is_returned_all_the_same(records: &dyn Records) {
    let expired = Document { expires_at: Some(Timestamp(1)), ..document("expired", "key", 1, "body") };
    assert_eq!(put(records, &expired, None).await, Swap::Done);
    stands(records, &expired).await;
    assert_eq!(keys(records, "expired", "", 10).await, ["key"]);
    assert_eq!(put(records, &document("expired", "key", 2, "new"), None).await, Swap::Lost);
}

/// By bytes: no language's order, no numbers' order, no case folded; however they were written.
pub async fn a_list_goes_up_by_the_bytes_of_its_keys(records: &dyn Records) {
    let mut names =
        vec!["b", "a", "B", "10", "9", "a#1", "a-1", "a/1", "aa", "ä", "z", "日", "\u{ffff}", "😀", "a b", "_"];
    for (index, key) in names.iter().enumerate() {
        assert_eq!(put(records, &document("order", key, index as u64 + 1, key), None).await, Swap::Done);
    }
    names.sort_unstable_by_key(|key| key.as_bytes());
    assert_eq!(keys(records, "order", "", 100).await, names);
}

/// Page by page each document comes once; `after` need not be a key that stands there.
pub async fn a_list_goes_on_after_a_key_and_ends_at_its_limit(records: &dyn Records) {
    for number in (0..25).rev() {
        let one = document("pages", &format!("{number:03}"), number + 1, "body");
        assert_eq!(put(records, &one, None).await, Swap::Done);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = keys(records, "pages", &after, 10).await;
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 10);
        after.clone_from(last);
        seen.extend(page);
    }
    assert_eq!(seen, (0..25).map(|number| format!("{number:03}")).collect::<Vec<_>>());
    assert_eq!(keys(records, "pages", "0035", 2).await, ["004", "005"]);
    assert_eq!(keys(records, "pages", "003", 1).await, ["004"]);
    assert!(keys(records, "pages", "024", 10).await.is_empty());
    assert!(keys(records, "pages", "~", 10).await.is_empty());
}

/// The same key in two partitions is two documents, also where one partition's name begins with the other's.
pub async fn partitions_do_not_see_each_other(records: &dyn Records) {
    let (one, other) = (document("apart", "key", 1, "one"), document("apart2", "key", 2, "other"));
    assert_eq!(put(records, &one, None).await, Swap::Done);
    assert_eq!(put(records, &other, None).await, Swap::Done);
    stands(records, &one).await;
    stands(records, &other).await;
    assert_eq!(keys(records, "apart", "", 10).await, ["key"]);
    assert_eq!(records.delete(&one.partition, "key", Version(1)).await.expect("the store works"), Swap::Done);
    stands(records, &other).await;
    for (index, partition) in [Partition::Ledger(20_000), Partition::Ledger(20_001)].into_iter().enumerate() {
        let day = Document { partition, ..document("", "apart", index as u64 + 1, "day") };
        assert_eq!(put(records, &day, None).await, Swap::Done);
        stands(records, &day).await;
    }
}

/// See [`exactly_one_makes_a_document_in_two_openings`].
pub async fn of_many_who_make_a_document_exactly_one_wins(records: &dyn Records) {
    exactly_one_makes_a_document_in_two_openings(records, records).await;
}

/// Sixteen at once, through two openings of one store: one is told that it won, and its document stands.
pub async fn exactly_one_makes_a_document_in_two_openings(one: &dyn Records, other: &dyn Records) {
    for round in 0..5 {
        let key = format!("round {round}");
        let mine = |writer: u64| document("race-new", &key, writer + 1, &format!("writer {writer}"));
        let writers = (0..16).map(|writer| {
            let (store, mine) = (if writer % 2 == 0 { one } else { other }, mine(writer));
            async move { put(store, &mine, None).await }
        });
        let told = join_all(writers).await;
        let winners: Vec<u64> = (0..).zip(&told).filter(|(_, swap)| **swap == Swap::Done).map(|(at, _)| at).collect();
        assert_eq!(winners.len(), 1, "{told:?}");
        stands(one, &mine(winners[0])).await;
        stands(other, &mine(winners[0])).await;
    }
}

/// See [`exactly_one_swaps_a_document_in_two_openings`].
pub async fn of_many_who_swap_a_document_exactly_one_wins(records: &dyn Records) {
    exactly_one_swaps_a_document_in_two_openings(records, records).await;
}

/// Sixteen who read the same version, half of them to remove it, through two openings of one store: one wins.
pub async fn exactly_one_swaps_a_document_in_two_openings(one: &dyn Records, other: &dyn Records) {
    for round in 0..5 {
        let key = format!("round {round}");
        assert_eq!(put(one, &document("race-swap", &key, 1, "first"), None).await, Swap::Done);
        let mine = |writer: u64| document("race-swap", &key, writer + 2, &format!("writer {writer}"));
        let writers = (0..16).map(|writer| {
            let (store, mine) = (if writer % 2 == 0 { one } else { other }, mine(writer));
            async move {
                if writer % 4 < 2 {
                    put(store, &mine, Some(1)).await
                } else {
                    store.delete(&mine.partition, &mine.key, Version(1)).await.expect("the store works")
                }
            }
        });
        let told = join_all(writers).await;
        let winners: Vec<u64> = (0..).zip(&told).filter(|(_, swap)| **swap == Swap::Done).map(|(at, _)| at).collect();
        assert_eq!(winners.len(), 1, "{told:?}");
        let left = (winners[0] % 4 < 2).then(|| mine(winners[0]));
        assert_eq!(other.get(&partition("race-swap"), &key).await.expect("the store works"), left);
    }
}

/// See [`no_step_is_lost_in_two_openings`].
pub async fn no_step_of_many_who_count_is_lost(records: &dyn Records) {
    no_step_is_lost_in_two_openings(records, records).await;
}

/// Eight writers add ten times each by read and swap, through two openings of one store: the sum is eighty.
pub async fn no_step_is_lost_in_two_openings(one: &dyn Records, other: &dyn Records) {
    assert_eq!(put(one, &document("count", "sum", 1, "0"), None).await, Swap::Done);
    let writers = (1..=8_u64).map(|writer| async move {
        let store = if writer % 2 == 0 { one } else { other };
        let (mut added, mut tried) = (0, 0);
        while added < 10 {
            let found = store.get(&partition("count"), "sum").await.expect("the store works").expect("it stands");
            let sum: u64 = found.body.parse().expect("a number");
            tried += 1;
            let next = document("count", "sum", writer * 1_000_000 + tried, &(sum + 1).to_string());
            if put(store, &next, Some(found.version.0)).await == Swap::Done {
                added += 1;
            }
        }
    });
    join_all(writers).await;
    let sum = one.get(&partition("count"), "sum").await.expect("the store works").expect("it stands");
    assert_eq!(sum.body, "80");
}
