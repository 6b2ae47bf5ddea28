use story::records::{Partition, Record};
use story::ticket::{self, Priority, Ticket, Waiter};
use story::{JobId, TakeKey, Timestamp};

fn ticket(priority: Priority, virtual_time: u64, arrival: u64) -> Ticket {
    let (take, job) = (TakeKey("key".into()), JobId("job".into()));
    Ticket::new("acc", &take, &job, (priority, virtual_time), Timestamp(arrival))
}

fn is_sorted(tickets: &[Ticket]) -> bool {
    tickets.is_sorted_by(|one, next| one.name < next.name)
}

#[test]
fn tickets_sort_by_band_then_by_virtual_time_then_by_arrival_and_what_is_not_due_stands_last() {
    let sorted = [
        ticket(Priority::Interactive, 1_000_000, 9),
        ticket(Priority::Preview, 9, 1_795_000_000_000),
        ticket(Priority::Preview, 10, 5),
        ticket(Priority::Preview, 10, 1_795_000_000_000),
        ticket(Priority::Video, 1, 1),
        ticket(Priority::Warm, 0, 1),
        ticket(Priority::Interactive, 0, 0).later(Timestamp(7)),
        ticket(Priority::Interactive, 0, 0).later(Timestamp(70)),
    ];
    assert!(is_sorted(&sorted));
    for ticket in &sorted {
        assert!(ticket.name.starts_with(&ticket::of("acc")));
        assert_eq!((ticket.partition(), ticket.key()), (Partition::Tickets, ticket.name.clone()));
        let is_put_off = ticket.name.starts_with(&ticket::first_later("acc"));
        assert_eq!(ticket.due().is_some(), is_put_off);
        assert_eq!(ticket.name.starts_with(&ticket::first("acc", ticket.priority)), !is_put_off);
    }
    assert_eq!(sorted[0].name, "acc/1#000001000000#0000000000009#key");
    assert_eq!(sorted[7].name, "acc/9#0000000000070#key");
}

#[test]
fn a_ticket_that_is_put_off_is_nobodys_and_comes_back_to_its_place() {
    let plain = Ticket { caller: Some("who".into()), ..ticket(Priority::Video, 4, 5) };
    let waiter = Some(Waiter { name: "w".into(), alive_until: Timestamp(9) });
    let waits = Ticket { waiter: waiter.clone(), ..plain.clone() };
    let later = waits.later(Timestamp(80));
    assert_eq!(later, Ticket { name: later.name.clone(), ..plain.clone() });
    assert_eq!(later.due(), Some(Timestamp(80)));
    assert_eq!(later.again(), plain);
}

#[test]
fn a_ticket_of_which_only_the_name_is_known_is_what_its_name_says() {
    let fresh = ticket(Priority::Interactive, 1, 1);
    for known in [
        ticket(Priority::Interactive, 3, 4),
        ticket(Priority::Preview, 3, 4),
        ticket(Priority::Video, 30, 40),
        ticket(Priority::Warm, 300, 400),
    ] {
        assert_eq!(fresh.clone().named(known.name.clone()), known);
    }
    let later = ticket(Priority::Warm, 3, 4).later(Timestamp(9));
    assert_eq!(fresh.clone().named(later.name.clone()), Ticket { name: later.name, ..fresh });
}
