//! Reading and changing the window of an account, and sending somebody to look when a place in it is free.

use crate::paint::Which;
use std::time::Duration;
use story::failure::StoreError;
use story::records::{Partition, Read};
use story::window::Window;
use story::{House, Timestamp};

/// The window of an account.
pub(crate) async fn read(house: &House, account: &str) -> Result<Window, StoreError> {
    let found: Option<Read<Window>> = house.read(&Partition::Windows, account).await?;
    Ok(found.map_or_else(|| Window::new(account), |read| read.record))
}

/// Changes it until no one else wrote between. `change` says `None` to leave it as it is; answers the window as it was written, if it was.
pub(crate) async fn change(
    house: &House,
    account: &str,
    change: impl FnMut(&Window) -> Option<Window>,
) -> Result<Option<Window>, StoreError> {
    house.update_or(&Window::new(account), change).await
}

/// Sends somebody to look at `at`, unless somebody is sent for then already.
pub(crate) async fn wake_at(house: &House, which: Which, account: &str, at: Timestamp) -> Result<(), StoreError> {
    let now = house.clock.now();
    if change(house, account, |window| window.woken(at, now)).await?.is_some() {
        wake(house, which, account, at.since_ms(now)).await?;
    }
    Ok(())
}

/// Sends somebody to look after a while.
pub(crate) async fn wake(house: &House, which: Which, why: &str, after_ms: u64) -> Result<(), StoreError> {
    // By its time too: one that comes later is not the one that comes now.
    let wake = format!("{why} at {}", house.clock.now().plus_ms(after_ms).0);
    house.queue.send(&which.wake(wake), Duration::from_millis(after_ms)).await
}
