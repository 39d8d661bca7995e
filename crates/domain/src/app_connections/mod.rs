//! App connections: the stored credentials with which syncs reach a destination. A connection belongs to an organization, or to
//! one of its projects and then to nothing else (contract "connections and syncs", section 2).

mod available;
mod call;
mod create;
mod credentials;
mod delete;
mod fields;
mod get;
mod health;
mod list;
mod options;
mod pickers;
mod preview_key;
mod update;
mod usable;
mod usage;
mod users;
mod validate;

pub use available::available;
pub use call::RequestCall;
pub use create::{CreateConnection, create, create_or_say_why};
pub use credentials::credentials;
pub use delete::delete;
pub use get::{get, get_by_name};
pub use health::{Health, record_health, test};
pub use keyferry_connectors::FailureKind;
pub use list::{Listed, list};
pub use options::options;
pub use pickers::{accounts_or_say_why, groups_or_say_why, list_accounts, list_groups};
pub use preview_key::{KeyPreview, preview_key};
pub use update::{UpdateConnection, update, update_or_say_why};
pub use usable::usable;
pub use usage::{ProjectUsage, SyncUsage, usage};
pub use users::{Uses, count_uses, uses};
pub use validate::{KeyRefusal, Unsaved};

pub(crate) use fields::{check_description, check_name};

use keyferry_db::Conn;
use keyferry_db::entities::app_connections::Model;
pub use keyferry_db::entities::app_connections::Model as AppConnection;
use serde_json::Value;
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::Event;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The permission subject.
const SUBJECT: &str = "app-connections";

/// Asks for an action on one connection, in the scope it belongs to.
async fn require(app: &App, conn: &impl Conn, caller: &Caller, row: &Model, action: &str) -> Result<()> {
    let id = row.id.to_string();
    let facts = Facts::connection(&id);
    match row.project_id {
        Some(project_id) => access::project_ability(app, conn, caller, project_id).await?.1.require(action, SUBJECT, facts),
        None => access::org_ability(app, conn, caller).await?.require(action, SUBJECT, facts),
    }
}

/// The connection behind an id in a path, after the permission and then the app are checked.
async fn find_permitted(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    connection_app: &str,
    id: Uuid,
    action: &str,
) -> Result<Model> {
    let row = find(conn, caller, id).await?;
    require(app, conn, caller, &row, action).await?;
    if row.app != connection_app {
        return Err(wrong_app(id, connection_app));
    }
    Ok(row)
}

/// The connection, if the caller's organization has it; one of another organization is not told apart from none.
async fn find(conn: &impl Conn, caller: &Caller, id: Uuid) -> Result<Model> {
    let org_id = access::require_org(caller)?;
    keyferry_db::app_connections::find(conn, org_id, id).await?.ok_or_else(|| not_found(id))
}

fn not_found(id: Uuid) -> Error {
    Error::not_found(format!("Could not find App Connection with ID {id}"))
}

fn wrong_app(id: Uuid, app: &str) -> Error {
    Error::bad_request(format!("App Connection with ID {id} is not for App \"{app}\""))
}

fn name_taken(name: &str) -> Error {
    Error::bad_request(format!("An App Connection with the name \"{name}\" already exists"))
}

/// An event in the scope the connection belongs to.
fn event(caller: &Caller, row: &Model, kind: &'static str, metadata: Value) -> Event {
    match row.project_id {
        Some(project_id) => Event::project(caller, project_id, kind, metadata),
        None => Event::org(caller, kind, metadata),
    }
}

/// A project as the contract names it in errors of this resource; ids that are no UUIDs are unknown projects.
fn parse_project_id(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|_not_a_uuid| unknown_project(id))
}

fn unknown_project(id: impl std::fmt::Display) -> Error {
    Error::bad_request(format!("Could not find project with ID {id}"))
}
