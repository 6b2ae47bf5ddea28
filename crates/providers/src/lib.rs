//! (room providers)
