//! The verbs of Onetake, one file each: what happens to a job between its order and its film.
//! Imports `story` only; providers, studios and stores come in through its ports.
//! **Invariant:** a step may be called twice, late, or from two places at once, and may stop between any two writes: called again, it goes on.

pub mod adopt;
pub mod advance;
pub mod audit;
pub mod cancel;
pub mod catalog;
pub mod estimate;
pub mod job;
pub mod join;
pub mod open;
pub mod perform;
pub mod remove;
pub mod render;
pub mod rest;
pub mod resume;
pub mod speak;
pub mod stats;
pub mod sweep;
pub mod track;
pub mod view;
pub mod waiter;

mod beside;
mod call;
mod choose;
mod going;
mod hashed;
mod hear;
mod lane;
mod ledger;
mod look;
mod material;
mod pace;
mod patience;
mod settle;
mod sidecar;
mod takes;
mod want;
