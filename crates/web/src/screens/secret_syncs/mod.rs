//! Secret Syncs of a project: the list, the way to a new one, and the pages of each (user interface contract, Part 6).

mod actions;
mod delete;
mod events;
mod list;
mod live;
mod picker;
mod place;
mod plan;
mod plan_table;
mod remove;
mod run;
mod runs;
mod show;
#[cfg(test)]
mod tests;
mod timeline;
mod wizard;
mod words;

use crate::Registry;
use crate::visit::{action, page};

/// The one destination there are pages for.
const CHECKLY: &str = "checkly";

/// Below the pages of a project.
macro_rules! at {
    ($path:literal) => {
        concat!("/organizations/{orgId}/projects/secret-management/{projectId}/integrations", $path)
    };
}

/// Below the page of a sync.
macro_rules! sync {
    ($path:literal) => {
        concat!("/organizations/{orgId}/projects/secret-management/{projectId}/integrations/secret-syncs/checkly/{syncId}", $path)
    };
}

/// Registers the screens.
pub(crate) fn routes(registry: &mut Registry) {
    registry.add(page(at!(""), list::show).needs("secret-syncs:read"));
    registry.add(action(at!("/secret-syncs/selected/trigger"), actions::trigger_selected).needs("secret-syncs:sync-secrets"));
    registry.add(action(at!("/secret-syncs/selected/auto-sync"), actions::auto_sync_selected).needs("secret-syncs:edit"));
    registry.add(page(at!("/secret-syncs/new"), picker::show).needs("secret-syncs:create"));
    registry.add(page(sync!(""), show::show).needs("secret-syncs:read"));
    registry.add(page(sync!("/keys"), show::keys).needs("secret-syncs:read"));
    registry.add(page(sync!("/events"), events::stream).needs("secret-syncs:read"));
    registry.add(action(sync!("/trigger"), actions::trigger).needs("secret-syncs:sync-secrets"));
    registry.add(action(sync!("/auto-sync"), actions::auto_sync).needs("secret-syncs:edit"));
    registry.add(page(sync!("/plan"), plan::make).needs("secret-syncs:read"));
    registry.add(page(sync!("/plans/{planId}"), plan::show).needs("secret-syncs:read"));
    registry.add(action(sync!("/plans/{planId}"), plan::apply).needs("secret-syncs:sync-secrets"));
    registry.add(page(sync!("/runs"), runs::show).needs("secret-syncs:read"));
    registry.add(page(sync!("/runs/{runId}"), run::show).needs("secret-syncs:read"));
    registry.add(page(sync!("/remove"), remove::show).needs("secret-syncs:remove-secrets"));
    registry.add(action(sync!("/remove"), remove::submit).needs("secret-syncs:remove-secrets"));
    registry.add(page(sync!("/delete"), delete::show).needs("secret-syncs:delete"));
    registry.add(action(sync!("/delete"), delete::submit).needs("secret-syncs:delete"));
    wizard::routes(registry);
}
