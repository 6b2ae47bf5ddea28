//! (room lambda-host)
