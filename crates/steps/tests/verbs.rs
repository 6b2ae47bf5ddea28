//! The tests of the verbs, one program: each links the whole house, and compiling that costs more than the tests do.

mod catalog;
mod counts;
mod deletion;
mod double;
mod keeping;
mod lanes;
mod orders;
mod overlap;
mod painting;
mod planning;
mod previews;
mod resting;
mod stops;
mod world;
