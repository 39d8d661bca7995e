//! Who may do what: people and machine identities, of the organization and of a project.

mod identities;
mod identity;
mod invitation;
mod org_users;
mod project_members;
mod roles;
#[cfg(test)]
mod tests;

pub(crate) use roles::name as role_name;

use crate::Registry;

/// A tab of the screen.
pub(super) struct Tab {
    pub(super) label: &'static str,
    pub(super) address: String,
    pub(super) is_current: bool,
}

/// Both tabs of a place.
fn tabs(base: &str, current: &str) -> Vec<Tab> {
    [("Users", "users"), ("Machine Identities", "machine-identities")]
        .into_iter()
        .map(|(label, word)| Tab { label, address: format!("{base}?selectedTab={word}"), is_current: word == current })
        .collect()
}

pub(crate) fn routes(registry: &mut Registry) {
    org_users::routes(registry);
    identities::routes(registry);
    identity::routes(registry);
    invitation::routes(registry);
    project_members::routes(registry);
}
