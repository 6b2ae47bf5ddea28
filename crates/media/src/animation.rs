//! Declarative animations: laid out once for a whole scene, drawn wherever something moves.

mod formula;
mod kinds;
mod layout;
mod look;
mod mark;
mod paint;
mod plan;
mod pose;
mod route;
mod stage;
mod timing;
mod words;

#[cfg(test)]
mod tests;

pub use formula::formula_problem;
pub(crate) use stage::{Stage, texts};
