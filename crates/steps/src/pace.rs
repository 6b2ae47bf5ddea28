//! Reading and changing the pace of an account.

use story::House;
use story::failure::StoreError;
use story::pace::Pace;
use story::records::{Partition, Read};

/// The pace of an account, if it was ever spoken with, as it stands in the store.
pub(crate) async fn found(house: &House, account: &str) -> Result<Option<Read<Pace>>, StoreError> {
    house.read(&Partition::Paces, account).await
}

/// The pace of an account.
pub(crate) async fn read(house: &House, account: &str) -> Result<Pace, StoreError> {
    Ok(found(house, account).await?.map_or_else(|| Pace::new(account), |read| read.record))
}

/// Changes it until no one else wrote between; `change` says `None` to leave it as it is. Answers the pace as it stands afterwards.
pub(crate) async fn change(
    house: &House,
    account: &str,
    change: impl Fn(&Pace) -> Option<Pace>,
) -> Result<Pace, StoreError> {
    loop {
        let (pace, version) = found(house, account)
            .await?
            .map_or_else(|| (Pace::new(account), None), |read| (read.record, Some(read.version)));
        let Some(changed) = change(&pace) else { return Ok(pace) };
        if house.swap(&changed, version).await?.is_some() {
            return Ok(changed);
        }
    }
}
