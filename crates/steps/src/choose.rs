//! Chooses the ticket whose turn it is (DESIGN §6.3).

use futures_util::future::{try_join, try_join3};
use story::House;
use story::failure::StoreError;
use story::pace::Pace;
use story::records::Read;
use story::ticket::{self, Priority, Ticket, Waits};

/// A ticket whose turn it is.
pub(crate) struct Chosen<K> {
    pub(crate) ticket: Read<Ticket<K>>,
    /// The name of the first of those that are as urgent: once it may be passed over, not twice.
    pub(crate) front: String,
}

/// What a lane knows from before.
pub(crate) struct Before<'a, K> {
    /// What it found while its last call ran.
    pub(crate) found: Option<&'a Ticket<K>>,
    /// The front of its last choice.
    pub(crate) front: Option<&'a str>,
}

impl<K> Default for Before<'_, K> {
    fn default() -> Self {
        Self { found: None, front: None }
    }
}

/// The place of a lane among those that are open, and how many are.
pub(crate) fn place_of(house: &House, pace: &Pace, lane: u32) -> (usize, usize) {
    let open: Vec<u32> = pace.open(house.settings.lanes).collect();
    (open.iter().position(|open| *open == lane).unwrap_or_default(), open.len())
}

/// The ticket that is due: one that was put off until now, else the best of the bands at which this turn begins. Of several lanes
/// each prefers what it has found, and its own share of those that are equally urgent, so that no two reach for the same.
pub(crate) async fn choose<K: Waits>(
    house: &House,
    pace: &Pace,
    (place, lanes): (usize, usize),
    before: Before<'_, K>,
) -> Result<Option<Chosen<K>>, StoreError> {
    let band = pace.first_band();
    let others = async {
        match band {
            Priority::Interactive => Ok(Vec::new()),
            _ => best(house, pace, Priority::Interactive, lanes).await,
        }
    };
    let (put_off, best, others) =
        try_join3(put_off(house, &pace.account, place, lanes), best(house, pace, band, lanes), others).await?;
    if let Some(ticket) = put_off {
        return Ok(Some(Chosen { front: ticket.record.name.clone(), ticket }));
    }
    let best = if best.is_empty() { others } else { best };
    Ok(preferred(best, (place, lanes), before))
}

/// Whether any ticket of an account is due.
pub(crate) async fn is_due<K: Waits>(house: &House, account: &str) -> Result<bool, StoreError> {
    let pace = Pace::new(account);
    let (put_off, best) =
        try_join(put_off::<K>(house, account, 0, 1), best::<K>(house, &pace, Priority::Interactive, 1)).await?;
    Ok(put_off.is_some() || !best.is_empty())
}

/// One of those that were put off and are due: of several lanes each takes another.
async fn put_off<K: Waits>(
    house: &House,
    account: &str,
    place: usize,
    lanes: usize,
) -> Result<Option<Read<Ticket<K>>>, StoreError> {
    let now = house.clock.now();
    let mut due = house.list::<Ticket<K>>(&K::TICKETS, &ticket::first_later(account), lanes).await?;
    due.retain(|read| read.record.account == account && read.record.due().is_some_and(|due| due <= now));
    Ok(if due.is_empty() { None } else { Some(due.swap_remove(place % due.len())) })
}

/// The first tickets of a band and of those after it.
async fn best<K: Waits>(
    house: &House,
    pace: &Pace,
    band: Priority,
    lanes: usize,
) -> Result<Vec<Read<Ticket<K>>>, StoreError> {
    let after = ticket::first(&pace.account, band);
    let many = if lanes > 1 { 4 * lanes } else { 1 };
    let listed = house.list::<Ticket<K>>(&K::TICKETS, &after, many).await?;
    let waits = |read: &Read<Ticket<K>>| read.record.account == pace.account && read.record.due().is_none();
    Ok(listed.into_iter().filter(waits).collect())
}

fn preferred<K: Waits>(
    mut best: Vec<Read<Ticket<K>>>,
    (place, lanes): (usize, usize),
    before: Before<'_, K>,
) -> Option<Chosen<K>> {
    let (urgency, front) = (best.first()?.record.priority, best.first()?.record.name.clone());
    let equal = best.iter().take_while(|read| read.record.priority == urgency).count();
    let is_found = |read: &Read<Ticket<K>>| before.found.is_some_and(|found| found.name == read.record.name);
    let is_own = |read: &Read<Ticket<K>>| share(&read.record.what) % lanes == place;
    // Where few wait, each lane begins at another of them.
    let is_many = lanes > 1 && equal > 2 * lanes;
    let chosen = if before.front == Some(front.as_str()) {
        0
    } else {
        let found = best[..equal].iter().position(is_found);
        let own = || is_many.then(|| best[..equal].iter().position(is_own)).flatten();
        found.or_else(own).unwrap_or(place % equal)
    };
    Some(Chosen { ticket: best.swap_remove(chosen), front })
}

/// A number that follows from a key.
fn share(key: &impl Waits) -> usize {
    key.to_string().bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::records::Version;
    use story::{JobId, TakeKey, Timestamp};

    fn waiting(many: u64) -> Vec<Read<Ticket>> {
        let ticket = |number: u64| {
            let turn = (Priority::Preview, number);
            Ticket::new("acc", &TakeKey(format!("key{number}")), &JobId("job".into()), turn, Timestamp(number))
        };
        (0..many).map(|number| Read { record: ticket(number), version: Version(number) }).collect()
    }

    #[test]
    fn no_lane_passes_the_first_ticket_over_twice() {
        for many in 1..=12 {
            for place in 0..3 {
                let first = preferred(waiting(many), (place, 3), Before::default()).expect("some wait");
                let before = Before { found: Some(&first.ticket.record), front: Some(&first.front) };
                let again = preferred(waiting(many), (place, 3), before).expect("some wait");
                assert_eq!(again.ticket.record.name, first.front, "{many} wait, lane {place}");
            }
        }
    }

    #[test]
    fn lanes_that_choose_at_once_choose_each_another() {
        for many in [3, 4, 5, 40] {
            let chosen = (0..3).map(|place| preferred(waiting(many), (place, 3), Before::default()));
            let mut names: Vec<String> = chosen.flatten().map(|chosen| chosen.ticket.record.name).collect();
            names.dedup();
            assert_eq!(names.len(), 3, "of {many}");
        }
    }
}
