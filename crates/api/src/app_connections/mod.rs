//! App connections (contract "connections and syncs", section 2): C1 to C12.

mod accounts;
mod available;
mod create;
mod delete;
mod fields;
mod get;
mod groups;
mod list;
mod options;
mod response;
mod update;
mod usage;

/// The app whose routes these are.
const APP: &str = "checkly";
/// The group in the description.
const TAG: &str = "App Connections";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(options::endpoint());
    registry.add(list::endpoint());
    registry.add(list::endpoint_of_app());
    registry.add(available::endpoint());
    registry.add(get::endpoint());
    registry.add(get::endpoint_by_name());
    registry.add(create::endpoint());
    registry.add(update::endpoint());
    registry.add(delete::endpoint());
    registry.add(accounts::endpoint());
    registry.add(groups::endpoint());
    registry.add(usage::endpoint());
}
