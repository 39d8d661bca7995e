//! Secret syncs (contract "connections and syncs", section 3): S1 to S12.

mod actions;
mod apply;
mod check_destination;
mod create;
mod delete;
mod fields;
mod get;
mod list;
mod options;
mod plan;
mod response;
mod run_response;
mod runs;
mod update;

/// The destination whose routes these are.
const DESTINATION: &str = "checkly";
/// The group in the description.
const TAG: &str = "Secret Syncs";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(options::endpoint());
    registry.add(list::endpoint());
    registry.add(list::endpoint_of_destination());
    registry.add(get::endpoint());
    registry.add(get::endpoint_by_name());
    registry.add(create::endpoint());
    registry.add(update::endpoint());
    registry.add(delete::endpoint());
    registry.add(actions::endpoint_sync());
    registry.add(actions::endpoint_import());
    registry.add(actions::endpoint_remove());
    registry.add(check_destination::endpoint());
    registry.add(plan::endpoint_unsaved());
    registry.add(plan::endpoint());
    registry.add(plan::endpoint_get());
    registry.add(apply::endpoint());
    registry.add(runs::endpoint_list());
    registry.add(runs::endpoint_get());
}
