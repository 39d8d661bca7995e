//! Who belongs to a project, and with which roles (core API contract 7).

mod creator;

pub use creator::add_creator;
