//! The tests of the nouns, one program.

mod due;
mod pace;
mod plans;
mod timeline;
mod transitions;
mod voicing;
mod writing;
