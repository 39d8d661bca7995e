//! Roles as options.

use crate::ui::{Choice, choice};

/// Built-in roles of the organization.
pub(super) const ORGANIZATION: [(&str, &str); 3] = [("member", "Member"), ("admin", "Admin"), ("no-access", "No Access")];
/// Built-in roles of a project.
pub(super) const PROJECT: [(&str, &str); 4] =
    [("member", "Member"), ("admin", "Admin"), ("viewer", "Viewer"), ("no-access", "No Access")];

pub(super) fn choices(roles: &[(&str, &str)]) -> Vec<Choice> {
    roles.iter().map(|(slug, name)| choice(*slug, *name)).collect()
}

/// The name of a role for people.
pub(crate) fn name(slug: &str) -> String {
    let known = PROJECT.iter().find(|(own, _)| *own == slug);
    known.map_or_else(|| slug.to_owned(), |(_, name)| (*name).to_owned())
}
