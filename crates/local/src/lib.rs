//! (room local)
