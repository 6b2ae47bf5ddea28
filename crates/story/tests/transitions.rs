//! Every transition of a take, a lane, a ticket and a job, compared whole: what it changes, what it leaves, and who may make it. And
//! a take's way through several of them.

mod jobs;
mod lanes;
mod lives;
mod sample;
mod takes;
mod tickets;
