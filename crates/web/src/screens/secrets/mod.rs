//! Secrets: the overview across environments, the dashboard of one folder, and everything about one secret.

mod across;
mod commits;
mod create;
mod dashboard;
mod delete;
mod detail;
mod diff;
mod edit;
mod export;
mod extras;
mod folders;
mod generator;
mod imports;
mod lines;
mod listing;
mod move_folder;
mod names;
mod overview;
mod rows;
mod selected;
mod spot;
mod subject;
mod syncs;
#[cfg(test)]
mod tests;
mod upload;

use crate::Registry;
use crate::visit::{action, page, upload as upload_action};

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
    route!(registry, page "/overview/secret" => across::show, "secrets:describeSecret");
    route!(registry, action "/overview/secret" => across::submit, "secrets:edit");
    route!(registry, action "/overview/secret/values" => across::show_values, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}" => dashboard::show, "secrets:describeSecret");
    route!(registry, action "/secrets/{envSlug}/reveal" => dashboard::show_values, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/new" => create::show, "secrets:create");
    route!(registry, action "/secrets/{envSlug}/new" => create::submit, "secrets:create");
    route!(registry, action "/secrets/{envSlug}/delete" => delete::submit, "secrets:delete");
    route!(registry, action "/secrets/{envSlug}/selected" => selected::choose, "secrets:describeSecret");
    route!(registry, action "/secrets/{envSlug}/move" => selected::submit_move, "secrets:delete");
    route!(registry, action "/secrets/{envSlug}/copy" => selected::submit_copy, "secrets:create");
    route!(registry, action "/secrets/{envSlug}/tag" => selected::submit_tag, "secrets:edit");
    route!(registry, page "/secrets/{envSlug}/import" => upload::show, "secrets:create");
    route!(registry, upload_action "/secrets/{envSlug}/import" => upload::preview, "secrets:create");
    route!(registry, upload_action "/secrets/{envSlug}/import/confirm" => upload::confirm, "secrets:create");
    route!(registry, upload_action "/secrets/{envSlug}/import/values" => upload::show_values, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/names" => names::show, "secrets:describeSecret");
    route!(registry, page "/secrets/{envSlug}/export" => export::show, "secrets:readValue");
    route!(registry, action "/secrets/{envSlug}/export" => export::submit, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/folders/new" => folders::show_new, "secret-folders:create");
    route!(registry, action "/secrets/{envSlug}/folders/new" => folders::create, "secret-folders:create");
    route!(registry, page "/secrets/{envSlug}/folders/{folderId}/edit" => folders::show_edit, "secret-folders:edit");
    route!(registry, action "/secrets/{envSlug}/folders/{folderId}/edit" => folders::edit, "secret-folders:edit");
    route!(registry, page "/secrets/{envSlug}/folders/{folderId}/move" => move_folder::show, "secret-folders:delete");
    route!(registry, action "/secrets/{envSlug}/folders/{folderId}/move" => move_folder::submit, "secret-folders:delete");
    route!(registry, page "/secrets/{envSlug}/folders/{folderId}/delete" => folders::show_delete, "secret-folders:delete");
    route!(registry, action "/secrets/{envSlug}/folders/{folderId}/delete" => folders::delete, "secret-folders:delete");
    route!(registry, page "/secrets/{envSlug}/imports" => imports::show, "secret-imports:read");
    route!(registry, action "/secrets/{envSlug}/imports" => imports::create, "secret-imports:create");
    route!(registry, action "/secrets/{envSlug}/imports/{importId}/move" => imports::reorder, "secret-imports:edit");
    route!(registry, action "/secrets/{envSlug}/imports/{importId}/delete" => imports::delete, "secret-imports:delete");
    route!(registry, page "/secrets/{envSlug}/commits" => commits::list::show, "commits:read");
    route!(registry, page "/secrets/{envSlug}/commits/{commitId}" => commits::show::show, "commits:read");
    route!(registry, action "/secrets/{envSlug}/commits/{commitId}/values" => commits::show::show_values, "secrets:readValue");
    route!(registry, action "/secrets/{envSlug}/commits/{commitId}/revert" => commits::show::revert, "commits:perform-rollback");
    route!(registry, page "/secrets/{envSlug}/commits/{commitId}/restore" => commits::restore::show, "commits:read");
    route!(registry, action "/secrets/{envSlug}/commits/{commitId}/restore" => commits::restore::submit, "commits:perform-rollback");
    route!(registry, page "/secrets/{envSlug}/{secretId}" => detail::show, "secrets:describeSecret");
    route!(registry, action "/secrets/{envSlug}/{secretId}/reveal" => detail::show_value, "secrets:readValue");
    route!(registry, action "/secrets/{envSlug}/{secretId}/override" => detail::set_override, "secrets:create");
    route!(registry, page "/secrets/{envSlug}/{secretId}/diff" => diff::show, "secrets:describeSecret");
    route!(registry, action "/secrets/{envSlug}/{secretId}/diff" => diff::show_values, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/{secretId}/versions/{version}/restore" => diff::show_restore, "secrets:edit");
    route!(registry, action "/secrets/{envSlug}/{secretId}/versions/{version}/restore" => diff::restore, "secrets:edit");
    route!(registry, page "/secrets/{envSlug}/{secretId}/edit" => edit::show, "secrets:edit");
    route!(registry, action "/secrets/{envSlug}/{secretId}/edit" => edit::submit, "secrets:edit");
    route!(registry, action "/secrets/{envSlug}/{secretId}/edit/value" => edit::load, "secrets:readValue");
    route!(registry, page "/secrets/{envSlug}/{secretId}/delete" => delete::show, "secrets:delete");
}
