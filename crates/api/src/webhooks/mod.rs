//! Webhooks (core API contract, section 13.2), under `/api/v1/webhooks`.

mod create;
mod delete;
mod fields;
mod get;
mod list;
mod response;
mod test_call;
mod update;

/// The group in the description.
const TAG: &str = "Webhooks";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(list::endpoint());
    registry.add(create::endpoint());
    registry.add(get::endpoint());
    registry.add(update::endpoint());
    registry.add(delete::endpoint());
    registry.add(test_call::endpoint());
}
