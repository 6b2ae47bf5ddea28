//! (room steps)
