//! Groups: people and machine identities of an organization that share a role in it and roles in projects. What either may do is
//! what they hold themselves and what their groups hold (core API contract 7.5).

mod boundary;
mod identities;
mod members;
mod projects;
mod read;
mod write;

/// A group's row.
pub use keyferry_db::entities::groups::Model as Group;

pub use identities::{GroupIdentity, add_identity, list_identities, remove_identity};
pub use members::{GroupMember, MemberPage, add_member, list_members, remove_member};
pub use projects::{add_to_project, get_in_project, list_in_project, remove_from_project, update_roles_in_project};
pub use read::{GroupProjects, GroupView, count_members, get, list, list_projects};
pub use write::{CreateGroup, UpdateGroup, create, delete, generated_slug, update};
