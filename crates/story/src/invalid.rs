//! What is wrong with a request, for whoever wrote it: every problem at once, each with its place and what to do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// JSON pointer (RFC 6901): into the script it begins at the script (`/lines/3/text`), else at the body.
    pub pointer: String,
    /// What is wrong and what to do, one or two sentences.
    pub detail: String,
}

/// A request that cannot be accepted. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

impl Invalid {
    /// One problem.
    #[must_use]
    pub fn one(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { problems: vec![Problem { pointer: pointer.into(), detail: detail.into() }] }
    }

    /// `Err` with all of `problems`, or `Ok` if there are none.
    ///
    /// # Errors
    /// If there is any problem.
    pub fn unless_empty(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { pointer, detail }) in self.problems.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            let place = if pointer.is_empty() { "(whole)" } else { pointer };
            write!(f, "{newline}{place}: {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// Escapes one step of a JSON pointer.
#[must_use]
pub fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
