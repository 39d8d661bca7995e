//! Imports (core API contract, section 11): v1 names the project `workspaceId`, v2 `projectId`; otherwise they are the same.

mod create;
mod delete;
mod get;
mod list;
mod response;
mod resync;
mod scope;
mod secrets;
mod update;

/// The group in the description.
const TAG: &str = "Secret imports";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [
        create::endpoints(),
        list::endpoints(),
        secrets::endpoints(),
        get::endpoints(),
        update::endpoints(),
        delete::endpoints(),
        resync::endpoints(),
    ] {
        for endpoint in endpoints {
            registry.add(endpoint.service_tokens());
        }
    }
}
