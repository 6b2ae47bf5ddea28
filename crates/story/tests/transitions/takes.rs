use crate::transitions::sample::{attempt, recording, request, speaking};
use story::speech::Reply;
use story::take::{Speaking, Take, TakeState, Uncertain, Want};
use story::ticket::{Priority, Ticket};
use story::{AttemptId, JobId, Timestamp};

fn uncertain(name: &str) -> Uncertain {
    Uncertain { lost: speaking(name), looks: 1, due_at: Timestamp(60) }
}

/// A take that has seen everything, in a state.
fn take(state: TakeState) -> Take {
    Take {
        key: request().key(),
        request: request(),
        state,
        wanted_at: Timestamp(5),
        ticket: Some("its ticket".into()),
        tries: 2,
        lost: 1,
        rebought: true,
        gone: vec![attempt("z")],
        expires_at: Timestamp(500),
    }
}

fn failed(lost: bool) -> TakeState {
    TakeState::Failed { reason: "no".into(), by: "a".into(), lost, reply: None }
}

fn gone(names: &[&str]) -> Vec<AttemptId> {
    names.iter().map(|name| attempt(name)).collect()
}

/// Every state, each of attempt `a`.
fn all() -> Vec<Take> {
    [
        TakeState::Wanted,
        TakeState::Speaking(speaking("a")),
        TakeState::Uncertain(uncertain("a")),
        TakeState::Ready(recording("a")),
        failed(false),
        failed(true),
        TakeState::Going { sound: Some(attempt("a")) },
    ]
    .map(take)
    .into()
}

/// Only the states for which `may` holds take part; in the others nothing happens.
fn only(may: impl Fn(&TakeState) -> bool, change: impl Fn(&Take) -> Option<Take>) {
    for take in all() {
        assert_eq!(change(&take).is_some(), may(&take.state), "{:?}", take.state);
    }
}

#[test]
fn a_new_take_waits_and_has_nothing_else() {
    let new = Take::new(request(), Timestamp(8), 100);
    let expected = Take {
        wanted_at: Timestamp(8),
        ticket: None,
        tries: 0,
        lost: 0,
        rebought: false,
        gone: Vec::new(),
        expires_at: Timestamp(108),
        ..take(TakeState::Wanted)
    };
    assert_eq!(new, expected);
}

#[test]
fn a_wish_keeps_what_is_there_or_on_its_way_and_starts_the_rest_anew() {
    let want = |past: Option<&str>, buys_again| Want {
        take: request().key(),
        job: JobId("job".into()),
        index: 0,
        life: 0,
        buys_again,
        past: past.map(str::to_owned),
    };
    let (plain, knows) = (want(None, true), want(Some("a"), true));
    let (now, ttl_ms) = (Timestamp(450), 100);
    let kept = |state: TakeState| Take { wanted_at: now, expires_at: Timestamp(550), ..take(state) };
    let anew = |before: Take| Take { state: TakeState::Wanted, ticket: None, ..before };
    for state in [
        TakeState::Wanted,
        TakeState::Speaking(speaking("a")),
        TakeState::Uncertain(uncertain("a")),
        TakeState::Ready(recording("a")),
    ] {
        assert_eq!(take(state.clone()).wanted(&plain, now, ttl_ms, true), kept(state));
    }
    let sound_is_gone = Take { rebought: false, gone: gone(&["z", "a"]), ..kept(TakeState::Wanted) };
    assert_eq!(take(TakeState::Ready(recording("a"))).wanted(&plain, now, ttl_ms, false), anew(sound_is_gone));
    let going = Take { rebought: false, ..kept(TakeState::Wanted) };
    assert_eq!(take(TakeState::Going { sound: None }).wanted(&plain, now, ttl_ms, true), anew(going));
    let again = anew(Take { lost: 0, ..kept(TakeState::Wanted) });
    for (lost, want, goes) in [
        (false, &plain, false),
        (false, &knows, true),
        (false, &want(Some("a"), false), true),
        (false, &want(Some("other"), true), false),
        (true, &knows, true),
        (true, &want(Some("a"), false), false),
    ] {
        let after = take(failed(lost)).wanted(want, now, ttl_ms, true);
        assert_eq!(after, if goes { again.clone() } else { kept(failed(lost)) }, "{lost} {want:?}");
    }
    // A wish never shortens a life.
    assert_eq!(take(TakeState::Wanted).wanted(&plain, Timestamp(9), 1, true).expires_at, Timestamp(500));
}

#[test]
fn an_attempt_begins_is_heard_of_is_lost_and_is_looked_for() {
    let name = attempt("a");
    let begun = take(TakeState::Wanted).begun("its ticket", speaking("a"));
    assert_eq!(begun, Some(Take { ticket: None, ..take(TakeState::Speaking(speaking("a"))) }));
    only(|state| *state == TakeState::Wanted, |take| take.begun("its ticket", speaking("b")));
    let heard = Speaking { lease_until: Timestamp(90), bytes: 9, ..speaking("a") };
    let speaks = take(TakeState::Speaking(speaking("a")));
    assert_eq!(speaks.beaten(&name, Timestamp(90), 9), Some(take(TakeState::Speaking(heard))));
    only(|state| matches!(state, TakeState::Speaking(_)), |take| take.beaten(&name, Timestamp(90), 9));
    only(|_| false, |take| take.beaten(&attempt("b"), Timestamp(90), 9));
    let lost = Take { ticket: Some("later".into()), ..take(TakeState::Uncertain(uncertain("a"))) };
    assert_eq!(speaks.lost(&name, uncertain("a"), "later"), Some(lost));
    only(|state| matches!(state, TakeState::Speaking(_)), |take| take.lost(&name, uncertain("a"), "later"));
    only(|_| false, |take| take.lost(&attempt("b"), uncertain("a"), "later"));
    let looked = Uncertain { looks: 2, due_at: Timestamp(70), ..uncertain("a") };
    let looked = Take { ticket: Some("later".into()), ..take(TakeState::Uncertain(looked)) };
    assert_eq!(take(TakeState::Uncertain(uncertain("a"))).looked(&name, 2, Timestamp(70), "later"), Some(looked));
    only(|state| matches!(state, TakeState::Uncertain(_)), |take| take.looked(&name, 2, Timestamp(70), "later"));
    let named = Take { gone: gone(&["z", "r"]), ..take(TakeState::Uncertain(uncertain("a"))) };
    assert_eq!(take(TakeState::Uncertain(uncertain("a"))).recovering(&name, &attempt("r")), Some(named));
    only(|state| matches!(state, TakeState::Uncertain(_)), |take| take.recovering(&name, &attempt("r")));
}

fn is_unsettled(state: &TakeState) -> bool {
    matches!(state, TakeState::Speaking(_) | TakeState::Uncertain(_))
}

#[test]
fn an_attempt_that_is_not_settled_is_recorded_fails_or_is_given_back() {
    let name = attempt("a");
    let settled = |state, names: &[&str]| Take { ticket: None, tries: 0, gone: gone(names), ..take(state) };
    for state in [TakeState::Speaking(speaking("a")), TakeState::Uncertain(uncertain("a"))] {
        let before = Take { gone: gone(&["z", "r"]), ..take(state) };
        let own = settled(TakeState::Ready(recording("a")), &["z", "r"]);
        assert_eq!(before.recorded(&name, recording("a")), Some(Take { lost: 0, ..own }));
        // Its name was cleared, and with it its objects.
        assert_eq!(before.recorded(&name, recording("late")), None);
        let recovered = settled(TakeState::Ready(recording("r")), &["z", "a"]);
        assert_eq!(before.recorded(&name, recording("r")), Some(Take { lost: 0, ..recovered }));
        let failed = TakeState::Failed { reason: "why".into(), by: "a".into(), lost: false, reply: None };
        assert_eq!(before.failed(&name, "why"), Some(settled(failed, &["z", "r", "a"])));
        let back = Take { ticket: Some("again".into()), tries: 3, ..settled(TakeState::Wanted, &["z", "r", "a"]) };
        assert_eq!(before.given_back(&name, 3, "again"), Some(back));
    }
    only(is_unsettled, |take| take.recorded(&name, recording("a")));
    only(is_unsettled, |take| take.failed(&name, "why"));
    only(is_unsettled, |take| take.given_back(&name, 3, "again"));
    only(|_| false, |take| take.recorded(&attempt("b"), recording("b")));
    for take in all() {
        let unsettled = take.unsettled(&name).map(|speaking| &speaking.attempt);
        assert_eq!(unsettled, is_unsettled(&take.state).then_some(&name));
        assert_eq!(take.unsettled(&attempt("b")), None);
    }
}

#[test]
fn what_is_lost_for_good_is_bought_again_or_waits_for_a_person() {
    let name = attempt("a");
    let before = take(TakeState::Uncertain(uncertain("a")));
    let given_up = |state| Take { ticket: None, gone: gone(&["z", "a"]), ..take(state) };
    let lost = TakeState::Failed { reason: "why".into(), by: "a".into(), lost: true, reply: None };
    assert_eq!(before.lost_for_good(&name, "why"), Some(Take { tries: 0, ..given_up(lost.clone()) }));
    let unbought = Take { rebought: false, ..before.clone() };
    assert!(unbought.lost_for_good(&name, "why").expect("it is lost").rebought);
    let again = Take { ticket: Some("again".into()), lost: 2, ..given_up(TakeState::Wanted) };
    assert_eq!(before.to_buy_again(&name, false, "again"), Some(again.clone()));
    assert_eq!(unbought.to_buy_again(&name, true, "again"), Some(again.clone()));
    assert_eq!(unbought.to_buy_again(&name, false, "again"), Some(Take { rebought: false, ..again }));
    let uncertain = |state: &TakeState| matches!(state, TakeState::Uncertain(_));
    only(uncertain, |take| take.lost_for_good(&name, "why"));
    only(uncertain, |take| take.to_buy_again(&name, true, "again"));
    let is_lost = |state: &TakeState| matches!(state, TakeState::Failed { lost: true, .. });
    only(is_lost, Take::forgiven);
    assert_eq!(take(failed(true)).forgiven(), Some(take(failed(false))));
}

#[test]
fn what_waits_is_told_that_nothing_works_or_moves_to_another_account() {
    let failed = TakeState::Failed { reason: "why".into(), by: "its ticket".into(), lost: false, reply: None };
    let hopeless = Take { ticket: None, tries: 0, ..take(failed) };
    assert_eq!(take(TakeState::Wanted).hopeless("its ticket", "why"), Some(hopeless));
    only(|state| *state == TakeState::Wanted, |take| take.hopeless("its ticket", "why"));
    only(|_| false, |take| take.hopeless("another", "why"));
    let reply = Reply { status: 402, headers: Vec::new(), body: "no credit".into() };
    for before in all() {
        let told = before.clone().told(Some(&reply));
        let TakeState::Failed { reply: said, .. } = &told.state else {
            assert_eq!(told, before);
            continue;
        };
        assert_eq!(said.as_deref(), Some(&reply));
        assert_eq!(told.told(None), before);
    }
    let other = Ticket::new("other", &request().key(), &JobId("job".into()), (Priority::Video, 1), Timestamp(4));
    let named = |state| Take { ticket: Some(other.name.clone()), ..take(state) };
    assert_eq!(take(TakeState::Wanted).moved_to(&other), Some(named(TakeState::Wanted)));
    let moved = Uncertain { lost: Speaking { turn: other.clone(), ..speaking("a") }, ..uncertain("a") };
    assert_eq!(take(TakeState::Uncertain(uncertain("a"))).moved_to(&other), Some(named(TakeState::Uncertain(moved))));
    let waits = |state: &TakeState| matches!(state, TakeState::Wanted | TakeState::Uncertain(_));
    only(waits, |take| take.moved_to(&other));
}

#[test]
fn sound_from_elsewhere_is_filed_where_none_is_there_or_on_its_way() {
    let name = attempt("x");
    let (now, ttl_ms) = (Timestamp(450), 100);
    for before in all() {
        let is_free = !is_unsettled(&before.state) && !matches!(before.state, TakeState::Ready(_));
        let filed = Take { wanted_at: now, expires_at: Timestamp(550), gone: gone(&["z", "x"]), ..before.clone() };
        assert_eq!(before.adopting(&name, now, ttl_ms), is_free.then_some(filed.clone()), "{:?}", before.state);
        let mut left = gone(&["z"]);
        if matches!(before.state, TakeState::Ready(_)) {
            left.push(attempt("a"));
        }
        let there = Take {
            state: TakeState::Ready(recording("x")),
            ticket: None,
            tries: 0,
            rebought: false,
            gone: left,
            ..filed.clone()
        };
        assert_eq!(filed.adopted(recording("x")), (!is_unsettled(&before.state)).then_some(there));
        assert_eq!(before.adopted(recording("x")), None, "its name does not stand there");
    }
    let over = Take { expires_at: Timestamp(450), ..take(TakeState::Ready(recording("a"))) };
    assert!(over.adopting(&name, now, ttl_ms).is_some());
    assert_eq!(over.adopting(&name, Timestamp(449), ttl_ms), None);
    assert_eq!(over.adopting(&name, now, ttl_ms).map(|take| take.expires_at), Some(Timestamp(550)));
}

#[test]
fn what_goes_names_its_sound_and_ends_when_nothing_is_left() {
    for before in all() {
        let (sound, names): (_, &[&str]) = match before.state {
            TakeState::Ready(_) => (Some(attempt("a")), &["z", "a"]),
            TakeState::Going { .. } => (Some(attempt("a")), &["z"]),
            _ => (None, &["z"]),
        };
        let going = Take { state: TakeState::Going { sound }, ticket: None, gone: gone(names), ..before.clone() };
        assert_eq!(before.going(), going);
        assert_eq!(before.cleared(&attempt("z")), Some(Take { gone: Vec::new(), ..before.clone() }));
        assert_eq!(before.cleared(&attempt("other")), None);
    }
}

#[test]
fn a_take_tells_its_failure_and_its_recording() {
    for take in all() {
        let fails = matches!(take.state, TakeState::Failed { .. });
        assert_eq!(take.failure().map(String::as_str), fails.then_some("a"));
        let is_there = matches!(take.state, TakeState::Ready(_));
        assert_eq!(take.recording().cloned(), is_there.then(|| recording("a")));
    }
}

#[test]
fn takes_and_wishes_stand_under_their_names() {
    use story::records::{Partition, Record};
    let take = take(TakeState::Wanted);
    assert_eq!((take.partition(), take.key()), (Partition::Takes, request().key().0));
    assert_eq!(take.expires_at(), Some(Timestamp(500)));
    let want =
        Want { take: request().key(), job: JobId("job".into()), index: 0, life: 0, buys_again: true, past: None };
    assert_eq!((want.partition(), want.key()), (Partition::Wants(request().key()), "job".to_owned()));
}
