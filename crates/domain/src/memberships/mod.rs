//! Who belongs to a project, and with which roles (core API contract 7).

mod creator;
mod grants;
mod held;
mod identities;
mod join;
mod users;
mod view;

pub use creator::add_creator;
pub use grants::{GrantInput, Temporary, range_ms};
pub use held::{Held, HeldBy, Holder, held};
pub use identities::{
    IdentityPage, add_identity, find_membership, get_identity, list_identities, remove_identity, update_identity_roles,
};
pub use join::grant_admin_access;
/// A membership's row.
pub use keyferry_db::entities::project_memberships::Model as Membership;
pub use users::{add_users, find_user, get_user, list_project_users, list_users, remove_user, remove_users, update_user_roles};
pub use view::{GrantView, MembershipView};

pub(crate) use creator::insert as insert_membership;
pub(crate) use grants::{Resolved, rules_of, write_built_in};
pub(crate) use view::complete;
