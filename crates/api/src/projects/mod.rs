//! Projects (core API contract, section 8.3): the family `/api/v1/projects`, and the older ones under `workspace`.

mod audit_logs_retention;
mod create;
mod delete;
mod get;
mod list;
pub(crate) mod params;
mod response;
mod update;

/// The group in the description.
const TAG: &str = "Projects";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [
        create::endpoints(),
        list::endpoints(),
        get::endpoints(),
        update::endpoints(),
        delete::endpoints(),
        audit_logs_retention::endpoints(),
    ] {
        for endpoint in endpoints {
            registry.add(endpoint);
        }
    }
}
