//! What was done and by whom, in the organization or in one project.

mod filters;
mod list;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use words::{actor_name, event_words};

use crate::Registry;
use crate::visit::page;

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(page("/organizations/{orgId}/audit-logs", list::show).needs("audit-logs:read"));
    registry.add(
        page("/organizations/{orgId}/projects/secret-management/{projectId}/audit-logs", list::show).needs("audit-logs:read"),
    );
}
