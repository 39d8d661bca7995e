//! Point in time (core API contract, section 12), under `/api/v1/pit/commits`.

mod changes;
mod commits;
mod compare;
pub(crate) mod fields;
pub(crate) mod response;
mod revert;
mod rollback;

/// The group in the description.
pub(crate) const TAG: &str = "Point in Time";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(commits::count_endpoint());
    registry.add(commits::list_endpoint());
    registry.add(changes::endpoint());
    registry.add(compare::endpoint());
    registry.add(rollback::endpoint());
    registry.add(revert::endpoint());
}
