//! Several workers, many jobs, one account, on simulated time: who is spoken when, how many calls run at once, and what becomes of
//! the lanes where the provider takes fewer calls, a worker dies, or the account is empty (DESIGN §6.3, 6.4, 6.6).

mod bands;
mod cancels;
mod city;
pub(crate) mod host;
mod limits;
mod lost;
mod meddler;
pub(crate) mod provider;
mod refusals;
pub(crate) mod slow;
mod waiters;
mod workers;
