//! Groups: people of an organization who share a role in it and roles in projects. What a person may do is what they hold
//! themselves and what their groups hold (core API contract 7.5).

mod boundary;
mod members;
mod projects;
mod read;
mod write;

/// A group's row.
pub use keyferry_db::entities::groups::Model as Group;

pub use members::{GroupMember, MemberPage, add_member, list_members, remove_member};
pub use projects::{add_to_project, get_in_project, list_in_project, remove_from_project, update_roles_in_project};
pub use read::{GroupProjects, GroupView, count_people, get, list, list_projects};
pub use write::{CreateGroup, UpdateGroup, create, delete, generated_slug, update};
