//! Organizations, their users and their roles (core API contract 8.1).

mod custom_roles;
mod invite;
mod members;
mod read;
mod roles;
mod slug;
mod update;

pub use custom_roles::{
    CreateOrgRole, OrgRoleView, UpdateOrgRole, create_role, delete_role, get_role, get_role_by_slug, list_roles, update_role,
};
pub use invite::{AcceptInvitation, Invitation, Invited, accept_invitation, accept_own_invitation, invite, read_invitation};
/// An organization's row.
pub use keyferry_db::entities::organizations::Model as Organization;
pub use members::{MemberView, UpdateMember, list_members, remove_member, update_member};
pub use read::{OrganizationView, get, list};
pub use slug::slugify;
pub use update::{UpdateOrganization, update};

pub(crate) use roles::{find_role, group_rules, rules_of};
