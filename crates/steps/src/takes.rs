//! Changing a take's document. A name enters `gone` only when the entry is filed by which the sweep will find it (DESIGN §8).

use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::records::{Partition, Read, Version};
use story::take::Take;
use story::ticket::Ticket;
use story::{House, TakeKey};

/// Objects of an attempt that is a take's no more are left alone for this long: its process may still be writing them.
pub(crate) const GONE_MS: u64 = 15 * 60_000;

/// Reads a take.
pub(crate) async fn read(house: &House, key: &TakeKey) -> Result<Option<Read<Take>>, StoreError> {
    house.read(&Partition::Takes, &key.0).await
}

/// The take of a ticket, if it names the ticket.
pub(crate) async fn named(house: &House, ticket: &Ticket) -> Result<Option<Read<Take>>, StoreError> {
    let take = read(house, &ticket.what).await?;
    Ok(take.filter(|read| read.record.ticket.as_ref() == Some(&ticket.name)))
}

/// Swaps a take that was read for what it became.
pub(crate) async fn swap(house: &House, before: &Read<Take>, after: &Take) -> Result<Option<Version>, StoreError> {
    for name in after.gone.iter().filter(|name| !before.record.gone.contains(name)) {
        let at = house.clock.now().plus_ms(GONE_MS);
        house.swap(&Expiry { at, of: Kept::Gone(after.key.clone(), name.clone()) }, None).await?;
    }
    house.swap(after, Some(before.version)).await
}

/// Changes a take until no one else wrote between. `change` says `None` to leave it as it is. Answers the take as it stands
/// afterwards: who asks whether the change was its own looks at whom it names.
pub(crate) async fn change(
    house: &House,
    key: &TakeKey,
    change: impl Fn(&Take) -> Option<Take>,
) -> Result<Option<Take>, StoreError> {
    loop {
        let Some(found) = read(house, key).await? else { return Ok(None) };
        let Some(changed) = change(&found.record) else { return Ok(Some(found.record)) };
        if swap(house, &found, &changed).await?.is_some() {
            return Ok(Some(changed));
        }
    }
}
