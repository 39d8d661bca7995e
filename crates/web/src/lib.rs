#![cfg_attr(test, expect(clippy::expect_used, reason = "tests fail by panicking"))]
//! The web interface: server-rendered pages that work without JavaScript and better with it. Pages call the domain's functions;
//! none of them speaks to the API.
//!
//! A screen is one folder under `screens/` with its handlers, templates and tests; `README.md` shows how to add one.

pub mod assets;
pub mod form;
pub mod icon;
mod router;
pub mod screens;
pub mod text;
pub mod ui;
pub mod visit;

pub use router::{Registry, has_page, registry, router};
