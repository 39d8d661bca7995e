//! What pages show of folders: names and states, never a value; and the comparison of a file with what is stored.

mod compare;
mod detail;
mod folder;
mod pages;
mod reveal;

pub use compare::{Standing, compare};
pub use detail::{Detail, detail};
pub use folder::{Browsed, Cell, Column, KeyRow, SecretBrief, browse};
pub use pages::{BrowseInput, Cursor, Having};
pub use reveal::{Wanted, reveal};
