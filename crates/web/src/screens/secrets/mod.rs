//! Secrets: the overview across environments, the dashboard of one folder, and everything about one secret.

mod create;
mod dashboard;
mod delete;
mod detail;
mod edit;
mod listing;
mod overview;
mod rows;
mod spot;
mod subject;
mod syncs;
#[cfg(test)]
mod tests;

use crate::Registry;
use crate::visit::{action, page};

/// Registers a page or an action below a project.
macro_rules! route {
    ($registry:ident, $kind:ident $path:literal => $handler:path, $permission:literal) => {
        $registry.add(
            $kind(concat!("/organizations/{orgId}/projects/secret-management/{projectId}", $path), $handler).needs($permission),
        );
    };
}

pub(crate) fn routes(registry: &mut Registry) {
    route!(registry, page "/overview" => overview::show, "secrets:describeSecret");
    route!(registry, page "/secrets/{envSlug}" => dashboard::show, "secrets:describeSecret");
    route!(registry, action "/secrets/{envSlug}/reveal" => dashboard::show_values, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/new" => create::show, "secrets:create");
    route!(registry, action "/secrets/{envSlug}/new" => create::submit, "secrets:create");
    route!(registry, action "/secrets/{envSlug}/delete" => delete::submit, "secrets:delete");
    route!(registry, page "/secrets/{envSlug}/{secretId}" => detail::show, "secrets:describeSecret");
    route!(registry, action "/secrets/{envSlug}/{secretId}/reveal" => detail::show_value, "secrets:readValue");
    route!(registry, action "/secrets/{envSlug}/{secretId}/override" => detail::set_override, "secrets:create");
    route!(registry, page "/secrets/{envSlug}/{secretId}/edit" => edit::show, "secrets:edit");
    route!(registry, action "/secrets/{envSlug}/{secretId}/edit" => edit::submit, "secrets:edit");
    route!(registry, action "/secrets/{envSlug}/{secretId}/edit/value" => edit::load, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/{secretId}/delete" => delete::show, "secrets:delete");
}
