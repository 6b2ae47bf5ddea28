//! The ports on SQLite and one folder, and the same in memory: Onetake without an account.
//! Imports `story` only.
//! **Invariant:** no step, no vendor, no network. What two processes on one folder must agree on stands in the folder.

pub mod artifacts;
pub mod clock;
pub mod database;
pub mod house;
pub mod lane_lock;
pub mod memory;
pub mod queue;
pub mod records;
pub mod runtime;

pub use artifacts::Folder;
pub use clock::{Manual, Paused, SystemClock};
pub use database::DATABASE;
pub use house::{LocalHouse, house, memory_house};
pub use queue::{Delivery, Inbox, Receipt};
pub use runtime::runtime;
