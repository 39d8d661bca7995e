//! Rules given to one person or machine identity of a project beside their roles, for good or for a time (core API contract,
//! section 7.5).

mod read;
mod rights;
mod write;

/// A privilege's row.
pub use keyferry_db::entities::additional_privileges::Model as AdditionalPrivilege;
pub use read::{PrivilegeView, find_by_slug, get, list};
pub use rights::{Holder, Target};
pub use write::{CreatePrivilege, MAX_PRIVILEGES, UpdatePrivilege, create, delete, update};
