//! The nouns of Onetake: scripts, takes, lanes, jobs, time; the ports; and `due()`, which says what a job needs next.
//! Imports no other room; every other room leans on this one.
//! **Invariant:** no I/O, no clock, no vendor, no environment. What happens here depends on its arguments alone.

pub mod artifacts;
pub mod captions;
pub mod check;
pub mod clock;
pub mod due;
pub mod expiry;
pub mod failure;
pub mod house;
pub mod ids;
pub mod invalid;
pub mod job;
pub mod json;
pub mod lane;
pub mod ledger;
pub mod looking;
pub mod number;
pub mod pace;
pub mod pieces;
pub mod plan;
pub mod plans;
pub mod queue;
pub mod reading;
pub mod records;
pub mod scene;
pub mod script;
pub mod segment;
pub mod speech;
pub mod spread;
pub mod studio;
pub mod take;
pub mod ticket;
pub mod time;
pub mod voicing;
pub mod words;

pub use artifacts::{Artifacts, Body, Object};
pub use clock::Clock;
pub use failure::Failure;
pub use house::House;
pub use ids::{AttemptId, JobId, TakeKey};
pub use invalid::{Invalid, Problem};
pub use queue::{Queue, Task};
pub use records::{Partition, Records};
pub use script::Script;
pub use speech::Speech;
pub use studio::{Listener, Studio};
pub use time::Timestamp;
