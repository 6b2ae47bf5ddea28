//! Who speaks, paints, films and writes for Onetake: one file per vendor, and the rehearsal, which needs none of them.
//! Imports `story` only: what a take request is, and the ports that are implemented here.
//! **Invariant:** no provider knows of jobs, lanes or stores, and none decides whether a call is made.

mod espeak;
pub mod rehearsal;

pub use espeak::{find_espeak, find_espeak_at};
pub use rehearsal::{Rehearsal, Settings};
