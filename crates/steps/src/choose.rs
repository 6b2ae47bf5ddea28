//! Chooses the ticket whose turn it is (DESIGN §6.3).

use futures_util::future::{try_join, try_join3};
use story::failure::StoreError;
use story::pace::Pace;
use story::records::{Partition, Read};
use story::ticket::{Priority, Ticket};
use story::{House, TakeKey};

/// The ticket that is due: one that was put off until now, else the best of the bands at which this turn begins. Of several lanes
/// each prefers its own share of those that are equally urgent, so that no two reach for the same; and `found` is as good as any.
pub(crate) async fn choose(
    house: &House,
    pace: &Pace,
    lane: u32,
    found: Option<&Ticket>,
) -> Result<Option<Read<Ticket>>, StoreError> {
    let open: Vec<u32> = pace.open(house.settings.lanes).collect();
    let place = open.iter().position(|open| *open == lane).unwrap_or_default();
    let band = pace.first_band();
    let others = async {
        match band {
            Priority::Interactive => Ok(Vec::new()),
            _ => best(house, pace, Priority::Interactive, open.len()).await,
        }
    };
    let (put_off, best, others) =
        try_join3(put_off(house, &pace.account), best(house, pace, band, open.len()), others).await?;
    if put_off.is_some() {
        return Ok(put_off);
    }
    let best = if best.is_empty() { others } else { best };
    Ok(preferred(best, (place, open.len()), found))
}

/// Whether any ticket of an account is due.
pub(crate) async fn is_due(house: &House, account: &str) -> Result<bool, StoreError> {
    let pace = Pace::new(account);
    let (put_off, best) = try_join(put_off(house, account), best(house, &pace, Priority::Interactive, 1)).await?;
    Ok(put_off.is_some() || !best.is_empty())
}

/// The first of those that were put off, if it is due.
async fn put_off(house: &House, account: &str) -> Result<Option<Read<Ticket>>, StoreError> {
    let now = house.clock.now();
    let listed = house.list::<Ticket>(&Partition::Tickets, &Ticket::first_later(account), 1).await?;
    let is_due = |ticket: &Ticket| ticket.account == account && ticket.due().is_some_and(|due| due <= now);
    Ok(listed.into_iter().next().filter(|read| is_due(&read.record)))
}

/// The first tickets of a band and of those after it.
async fn best(house: &House, pace: &Pace, band: Priority, lanes: usize) -> Result<Vec<Read<Ticket>>, StoreError> {
    let after = Ticket::first(&pace.account, band);
    let many = if lanes > 1 { 4 * lanes } else { 1 };
    let listed = house.list::<Ticket>(&Partition::Tickets, &after, many).await?;
    let waits = |read: &Read<Ticket>| read.record.account == pace.account && read.record.due().is_none();
    Ok(listed.into_iter().filter(waits).collect())
}

fn preferred(
    mut best: Vec<Read<Ticket>>,
    (place, lanes): (usize, usize),
    found: Option<&Ticket>,
) -> Option<Read<Ticket>> {
    let urgency = best.first()?.record.priority;
    let equal = best.iter().take_while(|read| read.record.priority == urgency).count();
    let is_found = |read: &Read<Ticket>| found.is_some_and(|found| found.name == read.record.name);
    let is_own = |read: &Read<Ticket>| share(&read.record.take) % lanes == place;
    // Where few wait, each lane begins at another of them.
    let is_many = lanes > 1 && equal > 2 * lanes;
    let chosen = best[..equal].iter().position(is_found).or_else(|| {
        let own = if is_many { best[..equal].iter().position(is_own) } else { None };
        own.or(Some(place % equal))
    })?;
    Some(best.swap_remove(chosen))
}

/// A number that follows from a take's name.
fn share(key: &TakeKey) -> usize {
    key.0.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}
