//! A webhook as it is shown, and how it is found.

use keyferry_db::Conn;
use keyferry_db::entities::{environments, webhooks};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::SUBJECT;
use super::event::{Event, Kind};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::keys::{Place, Scope, ScopeKeys};

/// A webhook with its environment. The key that signs is never shown.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The row; `url` and `secret_key` in it are sealed.
    pub row: webhooks::Model,
    /// The environment whose events it is told.
    pub environment: environments::Model,
    /// The address. Chat services put their credential into it.
    pub url: SecretString,
}

impl Webhook {
    /// The events it listens to; none for all.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        Event::parse_filter(&self.row.events_filter)
    }

    /// In whose format it is told.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::parse(&self.row.r#type)
    }

    /// The audit log's row about it; the address is left out, as it may hold a credential.
    pub(super) fn audit_event(&self, caller: &Caller, kind: &'static str) -> audit::Event {
        let row = &self.row;
        let events: Vec<&str> = self.events().into_iter().map(Event::as_str).collect();
        let metadata = json!({
            "webhookId": row.id, "environment": self.environment.slug, "secretPath": row.secret_path, "type": row.r#type,
            "isDisabled": row.is_disabled, "eventsFilter": events,
        });
        audit::Event::project(caller, row.project_id, kind, metadata)
    }
}

/// Where the envelopes of a webhook lie.
pub(super) fn place(column: &'static str, id: Uuid) -> Place<'static> {
    Place { table: "webhooks", column, row_id: id, version: 0 }
}

pub(super) fn scope(row: &webhooks::Model) -> Scope {
    Scope::Project { org_id: row.org_id, project_id: row.project_id }
}

/// The address of a webhook.
pub(super) fn open_url(keys: &ScopeKeys, row: &webhooks::Model) -> Result<SecretString> {
    keys.open(place("url", row.id), &row.url)
}

/// With its environment and its address opened.
pub(super) async fn view(app: &App, conn: &impl Conn, row: webhooks::Model) -> Result<Webhook> {
    let environment = keyferry_db::find_by_id(conn, row.environment_id)
        .await?
        .ok_or_else(|| Error::internal("a webhook names an environment that is gone"))?;
    let keys = app.keys.scope(conn, scope(&row)).await?;
    let url = open_url(&keys, &row)?;
    Ok(Webhook { row, environment, url })
}

/// The webhook of any project of the caller, if the caller may do this to it.
///
/// # Errors
/// 404 for an unknown webhook; 404 and 403 as reading its project; 403 without the right.
pub(super) async fn find_permitted(app: &App, caller: &Caller, id: Uuid, action: &str) -> Result<webhooks::Model> {
    let conn = app.db.read();
    let row = keyferry_db::find_by_id::<webhooks::Model>(conn, id).await?.ok_or_else(|| not_found(id))?;
    let (_, ability) = access::project_ability(app, conn, caller, row.project_id).await?;
    ability.require(action, SUBJECT, Facts::any())?;
    Ok(row)
}

pub(super) fn not_found(id: Uuid) -> Error {
    Error::not_found(format!("Webhook with ID '{id}' not found"))
}
