//! Projects: environments, folders, secrets and syncs behind one set of keys and members (core API contract, section 8).

mod create;
mod delete;
mod fields;
mod figures;
mod get;
mod list;
mod slug;
mod update;

pub use create::{CreateProject, DEFAULT_ENVIRONMENTS, create};
pub use delete::{delete, delete_by_slug};
pub use fields::{MAX_NAME, MAX_SLUG, TYPES};
pub use figures::{Figures, SyncFigures, figures};
pub use get::{find_by_slug, get, get_by_slug};
pub use list::{Listed, list};
pub use slug::{is_valid_slug, slugify};
pub use update::{UpdateProject, set_audit_logs_retention, update, update_by_slug};

use keyferry_db::entities::{environments, projects};

/// A project with its environments in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The project's row.
    pub row: projects::Model,
    /// Its environments.
    pub environments: Vec<environments::Model>,
}
