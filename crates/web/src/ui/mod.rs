//! What pages are made of: the frame around each page, and components with a template each. Containers with content of their own
//! are macros in `ui/macros.html`.

mod badge;
mod conflict;
mod controls;
mod notice;
mod page;
mod sort;
mod theme;

pub use badge::{Badge, Tone, badge, sync_badge};
pub use conflict::{Conflict, ConflictRow, conflict};
pub use controls::{Choice, Control, Copy, Summary, choice, copy, field, summary};
pub use notice::{Notice, PastNotice};
pub use page::{Crumb, NavItem, Page, Place, ProjectFrame};
pub use sort::{SortHeader, sort_header};
pub use theme::Theme;
