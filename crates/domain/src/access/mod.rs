//! Who may do what: rules, built-in roles, and the abilities of a caller in an organization or project. Deny by default.

mod ability;
mod boundary;
mod cache;
mod condition;
mod explain;
mod load;
mod rights;
mod roles;
mod rule;
mod validate;

pub use ability::{Ability, Facts};
pub use boundary::boundary_error;
pub use cache::AbilityCache;
pub(crate) use condition::glob;
pub use explain::{Extent, Verdict, verdict};
pub use load::{forget_project, org_ability, project_ability, require_org};
pub use rights::rights;
pub use roles::{RESERVED_PROJECT_ROLES, org_role, project_role};
pub use rule::Rule;
pub use validate::validate_rules;
