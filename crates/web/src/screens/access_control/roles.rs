//! Roles as options.

use keyferry_domain::memberships::GrantView;
use keyferry_domain::project_roles;
use uuid::Uuid;

use crate::ui::{Choice, choice};
use crate::visit::Visit;

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

/// The names of the roles of a membership, by name, one that ends by itself with a word about it.
pub(super) fn granted(grants: &[GrantView]) -> Vec<String> {
    let named = |view: &GrantView| match &view.custom_role {
        Some(role) => role.name.clone(),
        None => name(&view.grant.role),
    };
    let mut names: Vec<String> = grants
        .iter()
        .map(|view| if view.grant.is_temporary { format!("{} (temporary)", named(view)) } else { named(view) })
        .collect();
    names.sort();
    names
}

/// The slugs of the roles of a membership.
pub(super) fn slugs(grants: &[GrantView]) -> Vec<String> {
    let slug = |view: &GrantView| view.custom_role.as_ref().map_or_else(|| view.grant.role.clone(), |role| role.slug.clone());
    grants.iter().map(slug).collect()
}

/// The roles of a project, built-in ones first.
pub(super) async fn of_project(visit: &Visit, project_id: Uuid) -> Vec<Choice> {
    let mut offered = choices(&PROJECT);
    if let Ok(custom) = project_roles::list(&visit.app, &visit.caller, project_id).await {
        for role in custom {
            if !offered.iter().any(|own| own.value == role.slug) {
                offered.push(choice(role.slug, role.name));
            }
        }
    }
    offered
}
