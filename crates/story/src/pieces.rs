//! A text that is longer than a model takes at once, in pieces.

/// The text in one piece.
#[must_use]
pub fn pieces(text: &str, _max_characters: usize) -> Vec<String> {
    vec![text.to_owned()]
}
