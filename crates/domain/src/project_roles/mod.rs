//! Custom roles of a project (core API contract 7.4).

mod read;
mod write;

/// A custom role's row.
pub use keyferry_db::entities::project_roles::Model as ProjectRole;
pub use read::{RoleView, get, get_by_slug, list};
pub use write::{CreateRole, UpdateRole, create, delete, update};
