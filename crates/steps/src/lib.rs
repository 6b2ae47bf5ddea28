//! The verbs of Onetake, one file each: what happens to a job between its order and its film.
//! Imports `story` only; providers, studios and stores come in through its ports.
//! **Invariant:** a step may be called twice, late, or from two places at once, and may stop between any two writes: called again, it goes on.

pub mod adopt;
pub mod advance;
pub mod audit;
pub mod cancel;
pub mod catalog;
pub mod clip;
pub mod estimate;
pub mod health;
pub mod job;
pub mod join;
pub mod makers;
pub mod open;
pub mod paint;
pub mod perform;
pub mod remove;
pub mod render;
pub mod requests;
pub mod rest;
pub mod resume;
pub mod sidecar;
pub mod speak;
pub mod stats;
pub mod sweep;
pub mod tap;
pub mod timeline;
pub mod track;
pub mod view;
pub mod waiter;
pub mod write;

mod beside;
mod call;
mod choose;
mod draft;
mod going;
mod hashed;
mod hear;
mod lane;
mod ledger;
mod look;
mod material;
mod pace;
mod patience;
mod pictures;
mod programs;
mod rate;
mod section;
mod settle;
mod takes;
mod want;
mod window;
