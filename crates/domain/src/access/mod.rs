//! Who may do what: rules, built-in roles, and the abilities of a caller in an organization or project. Deny by default.

mod ability;
mod cache;
mod condition;
mod load;
mod roles;
mod rule;

pub use ability::{Ability, Facts};
pub use cache::AbilityCache;
pub use load::{forget_project, org_ability, project_ability, require_org};
pub use roles::{RESERVED_PROJECT_ROLES, org_role, project_role};
pub use rule::Rule;
