//! Folders (core API contract, section 9): v1 names the project `workspaceId`, v2 `projectId`; otherwise they are the same.

mod create;
mod delete;
mod get;
mod list;
mod response;
mod scope;
mod update;
mod update_batch;

/// The group in the description.
const TAG: &str = "Folders";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [
        create::endpoints(),
        list::endpoints(),
        get::endpoints(),
        update_batch::endpoints(),
        update::endpoints(),
        delete::endpoints(),
    ] {
        for endpoint in endpoints {
            registry.add(endpoint.service_tokens());
        }
    }
}
