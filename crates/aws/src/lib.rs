//! (room aws)
