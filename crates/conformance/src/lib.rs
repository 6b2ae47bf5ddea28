//! (room conformance)
