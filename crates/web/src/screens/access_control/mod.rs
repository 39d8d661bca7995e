//! Who may do what: people and machine identities, of the organization and of a project.

mod groups;
mod identities;
mod identity;
mod invitation;
mod org_users;
mod project_members;
mod roles;
mod service_tokens;
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

/// The tabs of a project.
fn project_tabs(base: &str, current: &str) -> Vec<Tab> {
    let mut all = tabs(base, current);
    for (at, label, word) in [(1, "Groups", "groups"), (3, "Service Tokens", "service-tokens")] {
        all.insert(at, Tab { label, address: format!("{base}/{word}"), is_current: word == current });
    }
    all
}

pub(crate) fn routes(registry: &mut Registry) {
    org_users::routes(registry);
    identities::routes(registry);
    identity::routes(registry);
    invitation::routes(registry);
    project_members::routes(registry);
    groups::routes(registry);
    service_tokens::routes(registry);
}
