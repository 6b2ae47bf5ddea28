//! The pace of an account, event by event (DESIGN §6.6).

use story::Timestamp;
use story::maker::{Busy, Concurrency};
use story::pace::{Pace, QUIET_MS};
use story::ticket::{Priority, Ticket};

/// What happens to an account with three lanes.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A call on a lane is one too many; what the provider says it takes.
    Crowded(u32, Option<u32>),
    /// A call on a lane is refused for another reason; for how long.
    Busy(u32, Option<u64>),
    /// A call on a lane is taken; what the provider says it takes.
    Taken(u32, Option<u32>),
    /// The same for another model.
    TakenOther(u32, u32),
    /// Time goes by, and a worker asks whether one lane more may be tried.
    Eases(u64),
    /// The same, but the answer must be that none may.
    Stays(u64),
}
use Event::{Busy as Refused, Crowded, Eases, Stays, Taken, TakenOther};

const LANES: u32 = 3;

fn said(maximum: u32) -> Concurrency {
    Concurrency { current: 1, maximum }
}

fn after(events: &[Event]) -> (Pace, Timestamp) {
    let (mut pace, mut now) = (Pace::new("account"), Timestamp(1_795_000_000_000));
    for event in events {
        let taken = |lane, model: &str, maximum: Option<u32>| {
            pace.taken((lane, LANES), model, maximum.map(said), now).unwrap_or_else(|| pace.clone())
        };
        pace = match *event {
            Crowded(lane, maximum) => {
                let busy = Busy { is_crowded: true, concurrency: maximum.map(said), ..Busy::default() };
                pace.refused((lane, LANES), "model", &busy, now, 0)
            }
            Refused(lane, retry_after_ms) => {
                let busy = Busy { retry_after_ms, ..Busy::default() };
                pace.refused((lane, LANES), "model", &busy, now, 0)
            }
            Taken(lane, maximum) => taken(lane, "model", maximum),
            TakenOther(lane, maximum) => taken(lane, "other", Some(maximum)),
            Eases(ms) => {
                now = now.plus_ms(ms);
                pace.eased(LANES, now).unwrap_or_else(|| panic!("a lane more is tried after {events:?}"))
            }
            Stays(ms) => {
                now = now.plus_ms(ms);
                assert_eq!(pace.eased(LANES, now), None, "{events:?}");
                pace
            }
        };
    }
    (pace, now)
}

#[track_caller]
fn check(events: &[Event], open: &[u32], rests_ms: u64) {
    let (pace, now) = after(events);
    assert_eq!(pace.open(LANES).collect::<Vec<_>>(), open, "{events:?}");
    assert_eq!(pace.rests_until.since_ms(now), rests_ms, "{events:?}");
}

#[test]
fn one_call_too_many_closes_its_lane_but_never_the_last() {
    check(&[], &[0, 1, 2], 0);
    check(&[Crowded(2, None)], &[0, 1], 0);
    check(&[Crowded(0, None)], &[1, 2], 0);
    check(&[Crowded(0, None), Crowded(2, None)], &[1], 0);
    // Alone, and still too many: others call, too. It rests.
    check(&[Crowded(0, None), Crowded(2, None), Crowded(1, None)], &[1], 125);
    // A call that ran as its lane was closed says nothing new.
    check(&[Crowded(2, None), Crowded(2, None)], &[0, 1], 0);
}

#[test]
fn after_a_quiet_minute_a_lane_is_tried_and_after_it_the_next() {
    let two_closed = [Crowded(1, None), Crowded(2, None)];
    let then = |more: &[Event]| [&two_closed, more].concat();
    check(&then(&[Stays(QUIET_MS - 1)]), &[0], 0);
    check(&then(&[Eases(QUIET_MS)]), &[0, 1], 0);
    // One at a time: the next when the first was taken.
    check(&then(&[Eases(QUIET_MS), Stays(1_000), Taken(0, None), Stays(0)]), &[0, 1], 0);
    check(&then(&[Eases(QUIET_MS), Taken(1, None), Eases(0)]), &[0, 1, 2], 0);
    // One too many again: another quiet minute.
    check(&then(&[Eases(QUIET_MS), Crowded(1, None), Stays(QUIET_MS - 1)]), &[0], 0);
    check(&then(&[Eases(QUIET_MS), Crowded(1, None), Eases(QUIET_MS)]), &[0, 1], 0);
    check(&[Stays(QUIET_MS)], &[0, 1, 2], 0);
}

#[test]
fn what_the_provider_says_it_takes_is_obeyed_at_once() {
    check(&[Taken(2, Some(2))], &[0, 2], 0);
    check(&[Taken(0, Some(1))], &[0], 0);
    check(&[Taken(0, Some(0))], &[0], 0);
    check(&[Taken(0, Some(9))], &[0, 1, 2], 0);
    // No more is tried than it says, and what it says anew is used at once.
    check(&[Taken(0, Some(2)), Stays(10 * QUIET_MS)], &[0, 1], 0);
    check(&[Taken(0, Some(1)), Taken(0, Some(2))], &[0, 1], 0);
    check(&[Taken(0, Some(1)), Taken(0, Some(3))], &[0, 1, 2], 0);
    // Its refusals say it, too: those that would be refused as well are not made.
    check(&[Crowded(2, Some(1))], &[0], 0);
    check(&[Crowded(0, Some(2))], &[1, 2], 0);
    // Others use the account: it is asked again after a quiet minute.
    check(&[Crowded(0, Some(3)), Stays(QUIET_MS - 1)], &[1, 2], 0);
    check(&[Crowded(0, Some(3)), Eases(QUIET_MS)], &[0, 1, 2], 0);
}

#[test]
fn of_two_models_the_narrower_counts_as_long_as_it_is_spoken() {
    check(&[Taken(0, Some(1)), TakenOther(0, 3)], &[0], 0);
    check(&[Taken(0, Some(1)), Stays(59_000), TakenOther(0, 3)], &[0], 0);
    check(&[Taken(0, Some(1)), Stays(60_000), TakenOther(0, 3)], &[0, 1, 2], 0);
}

#[test]
fn other_refusals_have_all_lanes_rest_ever_longer_until_a_call_is_taken() {
    let mut events = Vec::new();
    for longest_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        events.push(Refused(0, None));
        check(&events, &[0, 1, 2], longest_ms / 4);
        events.push(Stays(longest_ms));
    }
    events.extend([Taken(1, None), Refused(0, None)]);
    check(&events, &[0, 1, 2], 125);
    check(&[Refused(0, Some(7_000))], &[0, 1, 2], 7_000);
    // The longer rest counts.
    check(&[Refused(0, Some(7_000)), Refused(1, Some(100))], &[0, 1, 2], 7_000);
}

#[test]
fn a_rest_is_anywhere_between_a_quarter_and_the_whole_of_the_longest() {
    let now = Timestamp(1_795_000_000_000);
    let busy = Busy::default();
    let rests = (0..1_000).map(|chance| {
        let pace = Pace::new("account").refused((0, LANES), "model", &busy, now, chance * 7);
        pace.rests_until.since_ms(now)
    });
    let (least, most) = rests.fold((u64::MAX, 0), |(least, most), ms| (least.min(ms), most.max(ms)));
    assert!((125..140).contains(&least) && (485..=500).contains(&most), "{least} to {most}");
}

#[test]
fn a_call_that_says_nothing_new_is_not_noted() {
    let (pace, now) = after(&[Taken(0, Some(2))]);
    let taken = |pace: &Pace, maximum, later_ms| pace.taken((0, LANES), "model", maximum, now.plus_ms(later_ms));
    assert_eq!(taken(&Pace::new("account"), None, 0), None);
    assert_eq!(taken(&pace, Some(said(2)), 29_000), None);
    assert_eq!(taken(&pace, None, 29_000), None);
    assert!(taken(&pace, Some(said(2)), 30_000).is_some(), "or it would be forgotten");
    assert!(taken(&pace, Some(said(3)), 0).is_some());
}

#[test]
fn an_account_that_is_stopped_stays_so_with_its_first_reason_until_a_person_resumes() {
    let (pace, now) = after(&[Refused(0, Some(90_000)), Crowded(2, None)]);
    let stopped = pace.stopped("no credit", None, now).expect("it was not stopped");
    assert_eq!(stopped.stopped("another", None, now), None);
    assert_eq!(stopped.stopped.as_ref().map(|stop| stop.reason.as_str()), Some("no credit"));
    let resumed = stopped.resumed().expect("it was stopped");
    assert_eq!((resumed.stopped.as_ref(), resumed.refusals, resumed.rests_until), (None, 0, Timestamp(0)));
    assert_eq!(resumed.closed, pace.closed, "how many it takes is another matter");
    assert_eq!(resumed.resumed(), None);
    let rests = Pace { refusals: 1, rests_until: now, ..Pace::new("account") };
    assert_eq!(rests.resumed(), Some(Pace::new("account")), "who only rests goes on too");
}

#[test]
fn of_sixty_turns_each_band_begins_its_share() {
    let mut pace = Pace::new("account");
    let mut begins = [0_u32; 4];
    let ticket = |band, virtual_time| {
        let (take, job) = (story::TakeKey("take".into()), story::JobId("job".into()));
        Ticket::new("account", &take, &job, (band, virtual_time), Timestamp(1))
    };
    for _ in 0..60 {
        begins[pace.first_band() as usize - 1] += 1;
        pace = pace.begun(&ticket(Priority::Preview, 3), None);
    }
    assert_eq!((begins, pace.turn), ([48, 8, 3, 1], 60));
    // A band's time never runs backward, and is no other band's.
    let later = pace.begun(&ticket(Priority::Preview, 9), None).begun(&ticket(Priority::Preview, 5), None);
    assert_eq!((later.virtual_time(Priority::Preview), later.virtual_time(Priority::Video)), (9, 0));
}

#[test]
fn the_fifth_turn_begins_at_previews_the_fifteenth_at_films_the_sixtieth_at_warm_lines() {
    for (turns_so_far, band) in [
        (0, Priority::Interactive),
        (3, Priority::Interactive),
        (4, Priority::Preview),
        (5, Priority::Interactive),
        (9, Priority::Preview),
        (14, Priority::Video),
        (29, Priority::Video),
        (44, Priority::Video),
        (59, Priority::Warm),
        (60, Priority::Interactive),
        (119, Priority::Warm),
    ] {
        assert_eq!(Pace { turn: turns_so_far, ..Pace::new("account") }.first_band(), band, "after {turns_so_far}");
    }
}

#[test]
fn clients_count_their_own_from_where_their_band_stands_and_are_forgotten_when_it_has_passed_them() {
    let pace = Pace { virtual_times: [10, 20, 0, 0], ..Pace::new("account") };
    let pace = pace.arrived("ann", Priority::Interactive).arrived("ann", Priority::Interactive);
    let pace = pace.arrived("ann", Priority::Preview).arrived("bob", Priority::Interactive);
    assert_eq!(pace.last_of("ann", Priority::Interactive), 12);
    assert_eq!(pace.last_of("ann", Priority::Preview), 21);
    assert_eq!(pace.last_of("bob", Priority::Interactive), 11);
    assert_eq!(pace.last_of("cy", Priority::Interactive), 0);
    let later = Pace { virtual_times: [11, 20, 0, 0], ..pace }.arrived("cy", Priority::Interactive);
    let known: Vec<(&str, u64)> = later.clients.iter().map(|(name, last)| (name.as_str(), *last)).collect();
    assert_eq!(known, [("1#ann", 12), ("1#cy", 12), ("2#ann", 21)]);
}

#[test]
fn the_length_of_calls_follows_the_last_ones_slowly() {
    let (take, job) = (story::TakeKey("take".into()), story::JobId("job".into()));
    let ticket = Ticket::new("account", &take, &job, (Priority::Video, 1), Timestamp(1));
    let mut pace = Pace::new("account");
    for (last_ms, call_ms) in [(None, 0), (Some(800), 800), (None, 800), (Some(1_600), 900), (Some(100), 800)] {
        pace = pace.begun(&ticket, last_ms);
        assert_eq!(pace.call_ms, call_ms, "{last_ms:?}");
    }
}

#[test]
fn a_pace_stands_under_its_account() {
    use story::records::{Partition, Record};
    let pace = Pace::new("account");
    assert_eq!((pace.partition(), pace.key()), (Partition::Paces, "account".to_owned()));
}

#[test]
fn a_house_whose_lanes_are_all_closed_by_one_with_more_lanes_has_its_first() {
    let pace = Pace { closed: [0, 1].into(), ..Pace::new("account") };
    assert_eq!(pace.open(3).collect::<Vec<_>>(), [2]);
    assert_eq!(pace.open(2).collect::<Vec<_>>(), [0]);
    assert_eq!(pace.open(1).collect::<Vec<_>>(), [0]);
    assert_eq!(pace.eased(2, Timestamp(60_000)).expect("a minute was quiet").closed, [1].into());
}

#[test]
fn a_rest_longer_than_ten_minutes_is_none_and_none_is_made_so_long() {
    let now = Timestamp(1_795_000_000_000);
    let rests = |ms: u64| Pace { rests_until: now.plus_ms(ms), ..Pace::new("account") };
    for (ms, left_ms) in [(0, 0), (1, 1), (600_000, 600_000), (600_001, 0), (86_400_000, 0)] {
        assert_eq!(rests(ms).rest_ms(now), left_ms, "{ms}");
    }
    for (stood_ms, asked_ms, rest_ms) in
        [(0, 3_600_000, 600_000), (20_000, 10_000, 20_000), (86_400_000, 10_000, 10_000)]
    {
        let busy = Busy { retry_after_ms: Some(asked_ms), ..Busy::default() };
        assert_eq!(rests(stood_ms).refused((0, LANES), "model", &busy, now, 0).rest_ms(now), rest_ms, "{stood_ms}");
    }
}
