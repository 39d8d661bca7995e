//! What pages are made of: the frame around each page, and components with a template each. Containers with content of their own
//! are macros in `ui/macros.html`.

mod badge;
mod controls;
mod page;
mod sort;
mod theme;

pub use badge::{Badge, Tone, badge};
pub use controls::{Choice, Control, Summary, choice, copy, Copy, field, summary};
pub use page::{Crumb, NavItem, Notice, Page, Place, ProjectFrame};
pub use sort::{SortHeader, sort_header};
pub use theme::Theme;
