//! Calls to addresses that users set, such as webhooks.
//!
//! Whoever may set an address could otherwise make the server call what only the server reaches: itself, its neighbours, the
//! metadata service of a cloud. So a name is resolved once, every address it resolves to has to be public, the connection goes
//! to exactly those addresses, no redirect is followed, and time is bounded. Exceptions are the administrator's to make.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod address;
mod allow;
mod client;
mod error;

pub use address::is_public;
pub use allow::{AllowList, ParseAllowListError};
pub use client::Client;
pub use error::Error;
