//! What stands for AWS around the functions, tried by itself: with a function written in shell, and by calls made by hand.

mod emulator;
mod ministack;
