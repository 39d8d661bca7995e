//! Journeys through the pages in a real Chromium: what a person sees, types and presses, with the accessibility of each screen
//! checked on the way.
//!
//! A journey takes a [`Stage`] (a server process with a simulated Checkly), opens a [`Tab`], acts on what it sees by the names a
//! person would use, and calls [`Tab::inspect`] on each screen. A second person's browser comes from [`Tab::beside`]. Nothing sleeps: acting and seeing ask again until a deadline.

mod driver;
mod find;
mod inspect;
mod stage;
mod tab;

mod command_line;
mod connections;
mod first_run;
mod people;
mod projects;
mod second_step;
mod secret_syncs;
mod secrets;
mod sign_in;

pub use stage::Stage;
pub use tab::{Tab, key};
