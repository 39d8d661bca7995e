//! Secrets (core API contract, sections 10 and 12): the v3 raw routes that the SDKs use, v4, and the history of a secret.

mod batch;
mod create;
mod delete;
mod fields;
mod get;
mod list;
mod move_secrets;
mod reference_tree;
pub mod response;
mod scope;
mod tags;
mod update;
mod versions;

/// The group in the description.
const TAG: &str = "Secrets";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [
        list::endpoints(),
        get::endpoints(),
        create::endpoints(),
        update::endpoints(),
        delete::endpoints(),
        batch::endpoints(),
        tags::endpoints(),
        move_secrets::endpoints(),
    ] {
        for endpoint in endpoints {
            registry.add(endpoint.service_tokens());
        }
    }
    for endpoint in reference_tree::endpoints().into_iter().chain(versions::endpoints()) {
        registry.add(endpoint);
    }
}
