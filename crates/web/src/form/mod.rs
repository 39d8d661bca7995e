//! Forms: what was sent, what is wrong with it, and how it is shown again.

mod fields;
mod sent;

pub use fields::{FieldError, Fields};
pub use sent::{Form, Unreadable};
