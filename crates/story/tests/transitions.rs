//! Every transition of a take, a lane, a ticket and a job, compared whole: what it changes, what it leaves, and who may make it.

mod plans;
mod transitions {
    mod jobs;
    mod lanes;
    mod takes;
    mod tickets;
}
