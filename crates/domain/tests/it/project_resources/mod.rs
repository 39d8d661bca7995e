//! Projects and what lies in them: environments, folders, tags, imports.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod environments;
mod folders;
mod following;
mod move_folder;
mod projects;
mod secret_imports;
mod tags;

use keyferry_db::audit_logs::Filter;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Error, Result};
use keyferry_test_support::World;
use uuid::Uuid;

fn path(text: &str) -> SecretPath {
    SecretPath::parse(text).unwrap()
}

/// What a refusal looks like on the wire: status, the envelope's `error` when it is not the default, message.
fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> (u16, Option<String>, String) {
    let error = outcome.unwrap_err();
    let message = error.to_string();
    match error {
        Error::BadRequest { name, .. } => (400, name, message),
        Error::Forbidden { name, .. } => (403, name, message),
        Error::PermissionDenied { .. } => (403, None, message),
        Error::NotFound { name, .. } => (404, name, message),
        Error::Invalid(_) => (422, None, message),
        other => (500, None, other.to_string()),
    }
}

fn plain(status: u16, message: impl Into<String>) -> (u16, Option<String>, String) {
    (status, None, message.into())
}

fn named(status: u16, name: &str, message: impl Into<String>) -> (u16, Option<String>, String) {
    (status, Some(name.to_owned()), message.into())
}

/// Types of the events recorded in a project, oldest first.
async fn events(world: &World, project_id: Uuid) -> Vec<String> {
    let filter = Filter { project_id: Some(project_id), ..Filter::default() };
    let rows = keyferry_db::audit_logs::list(world.app.db.read(), world.org_id, &filter, None, 0, 100).await.unwrap();
    rows.into_iter().rev().map(|row| row.event_type).collect()
}
