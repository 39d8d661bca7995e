//! The commands for people, as somebody at a shell meets them: the real program against a real server.

mod files;
mod person;
mod run;
mod secrets;
mod sign_in;
mod syncs;
mod terminal;

use person::{Person, Running, is_alive};
