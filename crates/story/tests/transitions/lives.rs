use crate::transitions::sample::{attempt, recording, request, speaking};
use story::take::{Take, TakeState, Uncertain, Want};
use story::ticket::{self, Priority, Ticket};
use story::{JobId, Timestamp};

const TTL_MS: u64 = 1_000;

fn take() -> Take {
    Take::new(request(), Timestamp(0), TTL_MS)
}

fn spoken_by(name: &str) -> Take {
    let speaking = speaking(name);
    let ticket = speaking.turn.clone();
    take().with_ticket(&ticket).expect("it waits").begun(&ticket.name, speaking).expect("it is its turn")
}

fn lost(name: &str) -> Take {
    let uncertain = Uncertain { lost: speaking(name), looks: 0, due_at: Timestamp(30) };
    spoken_by(name).lost(&attempt(name), uncertain, "9").expect("it spoke")
}

fn want(past: Option<&str>) -> Want {
    let past = past.map(str::to_owned);
    Want { take: take().key, job: JobId("job".into()), index: 0, life: 0, buys_again: true, past }
}

#[test]
fn only_the_ticket_that_the_take_names_begins_it_and_only_once() {
    let ticket = speaking("a").turn;
    let waiting = take().with_ticket(&ticket).expect("it waits");
    assert_eq!(waiting.begun("other", speaking("a")), None);
    let begun = waiting.begun(&ticket.name, speaking("a")).expect("its turn");
    assert_eq!(begun.begun(&ticket.name, speaking("b")), None);
    assert_eq!(begun.ticket, None);
}

#[test]
fn only_the_attempt_that_the_take_names_changes_it() {
    let (of, to) = (attempt("b"), Timestamp(60));
    for take in [spoken_by("a"), lost("a")] {
        assert_eq!(take.beaten(&of, to, 0), None);
        assert_eq!(take.recorded(&of, recording("b")), None);
        assert_eq!(take.failed(&of, "why"), None);
        assert_eq!(take.given_back(&of, 1, "t"), None);
        assert_eq!(take.to_buy_again(&of, true, "t"), None);
        assert_eq!(take.recovering(&of, &attempt("r")), None);
        assert_eq!(take.looked(&of, 1, to, "9"), None);
    }
    assert_eq!(lost("a").beaten(&attempt("a"), to, 0), None, "who was given up for lost is heard of no more");
}

#[test]
fn a_lost_attempts_own_sound_still_counts_until_another_is_there() {
    let recorded = lost("a").recorded(&attempt("a"), recording("a")).expect("its own");
    assert!(recorded.recording().is_some());
    assert!(recorded.gone.is_empty());
    let recovering = lost("a").recovering(&attempt("a"), &attempt("r")).expect("it is uncertain");
    assert_eq!(recovering.gone, [attempt("r")], "named before its objects are written");
    let recovered = recovering.recorded(&attempt("a"), recording("r")).expect("recovered");
    assert_eq!(recovered.gone, [attempt("a")], "the old attempt may still write");
    assert_eq!(recovered.recorded(&attempt("a"), recording("a")), None);
}

#[test]
fn what_is_bought_again_leaves_the_name_of_the_old_attempt() {
    let again = lost("a").to_buy_again(&attempt("a"), true, "t").expect("it is uncertain");
    assert_eq!((again.state.clone(), again.rebought), (TakeState::Wanted, true));
    assert_eq!(again.gone, [attempt("a")]);
    let ready = again.begun("t", speaking("b")).and_then(|take| take.recorded(&attempt("b"), recording("b")));
    assert_eq!(ready.map(|take| (take.gone, take.rebought)), Some((vec![attempt("a")], true)));
}

#[test]
fn a_wish_keeps_what_is_there_and_starts_anew_what_is_not() {
    let ready = spoken_by("a").recorded(&attempt("a"), recording("a")).expect("spoken");
    let state = |take: &Take, now: u64, is_there: bool| take.wanted(&want(None), Timestamp(now), TTL_MS, is_there);
    assert_eq!(state(&ready, 999, true).state, ready.state);
    assert_eq!(state(&ready, 999, true).expires_at, Timestamp(1_999), "kept longer");
    assert_eq!(state(&ready, 1_000, true).state, ready.state, "it has expired and is still there");
    let anew = state(&ready, 999, false);
    assert_eq!((anew.state, anew.gone, anew.rebought), (TakeState::Wanted, vec![attempt("a")], false));
    for same in [take(), spoken_by("a"), lost("a")] {
        assert_eq!(state(&same, 2_000, false).state, same.state, "what is on its way is not begun twice");
    }
    let going = ready.going();
    assert_eq!(going.state, TakeState::Going { sound: Some(attempt("a")) });
    let anew = state(&going, 1_001, true);
    assert_eq!(
        (anew.state, anew.gone),
        (TakeState::Wanted, vec![attempt("a")]),
        "the sweep finds the old objects by name"
    );
}

#[test]
fn a_wish_goes_past_the_failure_that_it_knows_and_no_other() {
    let failed = spoken_by("a").failed(&attempt("a"), "no").expect("it spoke");
    let after = |past| failed.wanted(&want(past), Timestamp(1), TTL_MS, false).state;
    assert_eq!(after(Some("a")), TakeState::Wanted);
    assert_eq!(after(Some("earlier")), failed.state);
    assert_eq!(after(None), failed.state);
}

#[test]
fn sound_from_elsewhere_is_filed_only_where_none_is_or_comes() {
    let name = attempt("x");
    let named = take().adopting(&name, Timestamp(1), TTL_MS).expect("nothing is there");
    assert_eq!(named.gone, std::slice::from_ref(&name));
    let filed = named.adopted(recording("x")).expect("its name stands");
    assert!(filed.recording().is_some() && filed.gone.is_empty());
    for taken in [spoken_by("a"), lost("a"), filed] {
        assert_eq!(taken.adopting(&attempt("y"), Timestamp(1), TTL_MS), None);
    }
    assert_eq!(take().adopted(recording("x")), None, "its name does not stand there");
}

#[test]
fn a_ticket_that_is_put_off_says_until_when() {
    let ticket = speaking("a").turn;
    assert_eq!(ticket.due(), None);
    let later = ticket.later(Timestamp(1_234));
    assert_eq!(later.due(), Some(Timestamp(1_234)));
    assert_eq!(later.again(), ticket);
    let first = |band| ticket::first("acc", band);
    assert!(ticket.name > first(Priority::Preview) && ticket.name < first(Priority::Video));
    assert!(later.name > ticket::first_later("acc") && later.name > first(Priority::Warm));
}

#[test]
fn a_take_that_waits_goes_forward_when_someone_is_in_more_of_a_hurry() {
    let ticket = |priority, virtual_time| {
        Ticket::new("acc", &take().key, &JobId("job".into()), (priority, virtual_time), Timestamp(0))
    };
    let waits = take().with_ticket(&ticket(Priority::Video, 300)).expect("it has none yet");
    for (sooner, goes) in [
        (ticket(Priority::Video, 300), false),
        (ticket(Priority::Video, 301), false),
        (ticket(Priority::Warm, 1), false),
        (ticket(Priority::Video, 299), true),
        (ticket(Priority::Interactive, 900), true),
    ] {
        assert_eq!(waits.with_ticket(&sooner).is_some(), goes, "{}", sooner.name);
    }
    let put_off = Take { ticket: Some(ticket(Priority::Video, 1).later(Timestamp(9)).name), ..waits };
    assert_eq!(put_off.with_ticket(&ticket(Priority::Interactive, 1)), None, "its rest goes on");
}
