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

pub(crate) use look::colors;
pub(crate) use stage::{Stage, texts};

use formula::formula_problem;
use story::Problem;
use story::animation::{Animation, Primitive, Thing};

/// What of an animation cannot be drawn, though it is well-formed: formulas that are none. Pointers lead into the animation.
pub(crate) fn proof(animation: &Animation) -> Vec<Problem> {
    let formula = |(index, thing): (usize, &Thing)| {
        let Primitive::Formula(source) = &thing.draw else { return None };
        let detail = formula_problem(source)?;
        Some(Problem { pointer: format!("/things/{index}/draw/formula"), detail })
    };
    animation.things.iter().enumerate().filter_map(formula).collect()
}
