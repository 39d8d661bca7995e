//! Who may do what: people and machine identities, of the organization and of a project.

mod group;
mod groups;
mod identities;
mod identity;
mod invitation;
mod org_groups;
mod org_users;
mod project_members;
mod project_roles;
mod role_form;
mod roles;
mod rule_words;
mod seen_by;
mod service_tokens;
#[cfg(test)]
mod tests;

pub(crate) use roles::name as role_name;

use keyferry_domain::{Error, Result};

use crate::Registry;

/// A tab of the screen.
pub(super) struct Tab {
    pub(super) label: &'static str,
    pub(super) address: String,
    pub(super) is_current: bool,
}

/// The tabs of an organization.
fn tabs(base: &str, current: &str) -> Vec<Tab> {
    let queried = |word: &str| format!("{base}?selectedTab={word}");
    [
        ("Users", "users", queried("users")),
        ("Groups", "groups", format!("{base}/groups")),
        ("Machine Identities", "machine-identities", queried("machine-identities")),
    ]
    .into_iter()
    .map(|(label, word, address)| Tab { label, address, is_current: word == current })
    .collect()
}

/// The tabs of a project.
fn project_tabs(base: &str, current: &str) -> Vec<Tab> {
    let mut all = tabs(base, current);
    for (label, word) in [("Roles", "roles"), ("Service Tokens", "service-tokens")] {
        all.push(Tab { label, address: format!("{base}/{word}"), is_current: word == current });
    }
    all
}

/// What is refused about the input, in words; with the rights that are missing where somebody would grant more than they hold.
///
/// # Errors
/// What is not about the input.
fn refused(error: Error) -> Result<String> {
    match error {
        Error::BadRequest { message, .. } | Error::NotFound { message, .. } | Error::Conflict { message, .. } => Ok(message),
        Error::Forbidden { name: Some(name), message, details } if name == "PermissionBoundaryError" => {
            let missing = details.as_ref().and_then(|details| details["missingPermissions"].as_array());
            let words = missing
                .into_iter()
                .flatten()
                .filter_map(|one| Some(format!("{} on {}", one["action"].as_str()?, one["subject"].as_str()?)));
            let mut words: Vec<String> = words.collect();
            words.dedup();
            let more = words.len().saturating_sub(5);
            words.truncate(5);
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            Ok(match words.is_empty() {
                true => format!("{message}: it holds more than you do"),
                false => format!("{message}: you lack {}{tail}", words.join(", ")),
            })
        }
        other => Err(other),
    }
}

pub(crate) fn routes(registry: &mut Registry) {
    org_users::routes(registry);
    identities::routes(registry);
    identity::routes(registry);
    invitation::routes(registry);
    project_members::routes(registry);
    project_roles::routes(registry);
    seen_by::routes(registry);
    group::routes(registry);
    groups::routes(registry);
    org_groups::routes(registry);
    service_tokens::routes(registry);
}
