//! App Connections, of the organization and of a project: the same screens, in two places (user interface contract, Part 5).

mod create;
mod credentials;
mod delete;
mod edit;
mod list;
mod picker;
mod scope;
mod show;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use create::explain_call;

use crate::Registry;
use crate::visit::{action, page};

/// The one app there is a form for.
const CHECKLY: &str = "checkly";

/// Registers a handler under the organization and under a project.
macro_rules! both {
    ($registry:ident, $kind:ident, $path:literal, $handler:expr, $permission:literal) => {
        $registry.add($kind(concat!("/organizations/{orgId}/app-connections", $path), $handler).needs($permission));
        $registry.add(
            $kind(concat!("/organizations/{orgId}/projects/secret-management/{projectId}/app-connections", $path), $handler)
                .needs($permission),
        );
    };
}

/// Registers the screens.
pub(crate) fn routes(registry: &mut Registry) {
    both!(registry, page, "", list::show, "app-connections:read");
    both!(registry, page, "/new", picker::show, "app-connections:create");
    both!(registry, page, "/new/checkly", create::show, "app-connections:create");
    both!(registry, action, "/new/checkly", create::submit, "app-connections:create");
    both!(registry, page, "/{connectionId}", show::show, "app-connections:read");
    both!(registry, action, "/{connectionId}/test", show::test, "app-connections:connect");
    both!(registry, page, "/{connectionId}/edit", edit::show, "app-connections:edit");
    both!(registry, action, "/{connectionId}/edit", edit::submit, "app-connections:edit");
    both!(registry, page, "/{connectionId}/credentials", credentials::show, "app-connections:edit");
    both!(registry, action, "/{connectionId}/credentials", credentials::submit, "app-connections:edit");
    both!(registry, page, "/{connectionId}/replace-key", credentials::show_replace, "app-connections:edit");
    both!(registry, action, "/{connectionId}/replace-key", credentials::submit_replace, "app-connections:edit");
    both!(registry, page, "/{connectionId}/delete", delete::show, "app-connections:delete");
    both!(registry, action, "/{connectionId}/delete", delete::submit, "app-connections:delete");
}
