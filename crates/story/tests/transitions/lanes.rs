use story::Timestamp;
use story::lane::{Lane, name};
use story::records::{Partition, Record};

fn held() -> Lane {
    Lane { account: "acc".into(), lane: 2, holder: Some("ann".into()), lease_until: Timestamp(100) }
}

#[test]
fn a_lane_is_taken_heard_of_given_and_let_go() {
    let (over, until) = (Timestamp(101), Timestamp(200));
    let bobs = Lane { holder: Some("bob".into()), lease_until: until, ..held() };
    assert_eq!(held().taken("bob", over, until, false), Some(bobs.clone()));
    assert_eq!(held().taken("bob", Timestamp(100), until, false), None);
    assert_eq!(held().beaten("ann", until), Some(Lane { lease_until: until, ..held() }));
    assert_eq!(held().given("ann", "bob", until), Some(bobs));
    assert_eq!(held().freed("ann"), Some(Lane::free("acc", 2)));
    assert_eq!(
        (held().beaten("bob", until), held().given("bob", "cy", until), held().freed("bob")),
        (None, None, None)
    );
    assert!(held().is_of("ann") && !held().is_of("bob") && !Lane::free("acc", 2).is_of("ann"));
    assert!(held().is_held(Timestamp(100)) && !held().is_held(over) && !Lane::free("acc", 2).is_held(Timestamp(0)));
}

#[test]
fn lanes_stand_under_their_names() {
    assert_eq!(name("acc", 2), "acc-2");
    assert_eq!((held().partition(), held().key()), (Partition::Lanes, "acc-2".to_owned()));
}
