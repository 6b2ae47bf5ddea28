//! The ports in memory, for simulations that pause the clock: nothing here touches a file or a thread.

pub mod artifacts;
pub mod queue;
pub mod records;
