//! Pictures on simulated time: several painters with clocks that disagree, a provider with a window and a clock of its own, processes
//! that die at any moment (DESIGN §5.3), and what becomes of a picture that fails, is lost, or is wanted by many.

mod artist;
mod author;
mod clips;
mod explainers;
mod filmer;
mod gallery;
mod pictures;
mod timeline;
mod window;
