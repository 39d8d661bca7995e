//! Machine identities of an organization (core API contract 5).

mod create;
mod delete;
mod get;
mod list;
mod memberships;
mod target;
mod update;
mod view;

pub use create::{CreateIdentity, MetadataEntry, create};
pub use delete::delete;
pub use get::{details, get};
/// An identity's row.
pub use keyferry_db::entities::identities::Model as Identity;
pub use list::{NameMatch, Page, Search, list, search};
pub use memberships::project_memberships;
pub use update::{UpdateIdentity, update};
pub use view::IdentityView;

pub(crate) use target::Target;
pub(crate) use view::auth_methods;
