//! Settings of the organization, and of a project with its environments.

mod environments;
mod organization;
mod project;
#[cfg(test)]
mod tests;
mod webhooks;

use crate::Registry;
use crate::visit::{action, page};

const PROJECT: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/settings";
const ORGANIZATION: &str = "/organizations/{orgId}/settings";

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(page(ORGANIZATION, organization::show));
    registry.add(action(ORGANIZATION, organization::submit).needs("settings:edit"));
    registry.add(page(PROJECT, project::show).needs("settings:read"));
    registry.add(action(PROJECT, project::submit).needs("settings:edit"));
    registry.add(page("/organizations/{orgId}/projects/secret-management/{projectId}/settings/delete", project::show_delete));
    registry.add(
        action("/organizations/{orgId}/projects/secret-management/{projectId}/settings/delete", project::submit_delete)
            .needs("workspace:delete"),
    );
    environments::routes(registry);
    webhooks::routes(registry);
}
