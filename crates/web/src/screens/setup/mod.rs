//! First run: from an empty installation to one with an administrator, an organization and a first project. Four steps; the first
//! two are kept in memory between them, so that no password is ever sent back to the browser.

mod account;
mod keys;
mod organization;
mod pending;
mod project;
#[cfg(test)]
mod tests;

use keyferry_domain::{Error, installation};

pub use pending::PendingSetups;

use crate::Registry;
use crate::visit::{Guest, Problem, action, go, open_action, open_page, page};

const ACCOUNT: &str = "/admin/signup";
const ORGANIZATION: &str = "/admin/signup/organization";
const KEYS: &str = "/admin/signup/keys";
const PROJECT: &str = "/admin/signup/project";

/// Shortest password, in characters.
const MIN_PASSWORD: usize = 8;
/// Longest password, in characters; hashing more is only work.
const MAX_PASSWORD: usize = 1000;

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(open_page(ACCOUNT, account::show));
    registry.add(open_action(ACCOUNT, account::submit));
    registry.add(open_page(ORGANIZATION, organization::show));
    registry.add(open_action(ORGANIZATION, organization::submit));
    registry.add(page(KEYS, keys::show));
    registry.add(action(KEYS, keys::submit));
    registry.add(page(PROJECT, project::show));
    registry.add(action(PROJECT, project::submit).needs("project:create"));
}

/// What a password lacks; nothing when it will do.
pub(crate) fn password_problem(password: &str, email: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if password.trim().is_empty() {
        Some("Password is required")
    } else if length < MIN_PASSWORD {
        Some("Password must have at least 8 characters")
    } else if length > MAX_PASSWORD {
        Some("Password must have at most 1000 characters")
    } else if !email.is_empty() && password.eq_ignore_ascii_case(email) {
        Some("Password must differ from the email")
    } else {
        None
    }
}

/// The steps before the administrator exists are closed afterwards.
async fn require_empty(guest: &Guest) -> Result<(), Problem> {
    match is_empty(guest).await? {
        true => Ok(()),
        false => Err(guest.go(go("/login"))?.into()),
    }
}

async fn is_empty(guest: &Guest) -> Result<bool, Error> {
    Ok(!installation::config(&guest.app).await?.is_initialized)
}
