//! `onetake serve` as a user starts it: a process of its own, asked over real connections, stopped and killed.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod admission;
mod clips;
#[path = "../program/disk.rs"]
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
mod disk;
mod full_disk;
mod gateway;
#[path = "../program/room.rs"]
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
mod room;
mod server;
#[path = "../paid/stage.rs"]
#[expect(dead_code, reason = "shared with the tests of what is paid, which use all of it")]
mod stage;
mod stops;
mod table;
mod together;
