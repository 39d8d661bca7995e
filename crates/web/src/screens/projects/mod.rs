//! The projects of the organization: list and creation.

mod create;
mod list;
#[cfg(test)]
mod tests;

pub(crate) use create::check_project;

use crate::Registry;
use crate::visit::{action, page};

const LIST: &str = "/organizations/{orgId}/projects";
const NEW: &str = "/organizations/{orgId}/projects/new";

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(page(LIST, list::show));
    registry.add(page(NEW, create::show).needs("project:create"));
    registry.add(action(NEW, create::submit).needs("project:create"));
}
