//! Creates a webhook.

use keyferry_db::entities::webhooks::Model;
use keyferry_outbound::Error as OutboundError;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use uuid::Uuid;

use super::event::{Event, Kind};
use super::view::{Webhook, place};
use super::{MAX_PER_PROJECT, SUBJECT};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::environments::environment_missing;
use crate::error::{Error, Result};
use crate::keys::Scope;
use crate::paths::SecretPath;

/// A webhook to be.
#[derive(Debug)]
pub struct CreateWebhook {
    /// The project.
    pub project_id: Uuid,
    /// Slug of the environment whose events it is told.
    pub environment: String,
    /// A folder's path, or a glob over paths such as `/**`.
    pub secret_path: String,
    /// In whose format it is told.
    pub kind: Kind,
    /// The address.
    pub url: SecretString,
    /// Signs the calls when given.
    pub secret_key: Option<SecretString>,
    /// The events it listens to; none for all.
    pub events: Vec<Event>,
}

/// Creates a webhook.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `create`, 404 for an unknown environment, 400 for an address that is not to be
/// called, a path that is none, and too many webhooks.
pub async fn create(app: &App, caller: &Caller, input: CreateWebhook) -> Result<Webhook> {
    let project_id = input.project_id;
    let (project, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", SUBJECT, Facts::any())?;
    let path = SecretPath::parse(&input.secret_path)?;
    check_address(app, &input.url).await?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let environment = keyferry_db::environments::find_by_slug(&tx, project_id, &input.environment)
        .await?
        .ok_or_else(|| environment_missing("NotFound", &input.environment, project_id))?;
    if keyferry_db::webhooks::count(&tx, project_id).await? >= MAX_PER_PROJECT {
        return Err(Error::bad_request(format!("A project can have {MAX_PER_PROJECT} webhooks. Delete one first.")));
    }
    let keys = app.keys.scope(&tx, Scope::Project { org_id: project.org_id, project_id }).await?;
    let (id, now_ms) = (app.ids.v4(), app.now_ms());
    let secret_key = input.secret_key.filter(|key| !key.expose_secret().is_empty());
    let row = Model {
        id,
        org_id: project.org_id,
        project_id,
        environment_id: environment.id,
        secret_path: path.as_str().to_owned(),
        r#type: input.kind.as_str().to_owned(),
        url: keys.seal(place("url", id), input.url.expose_secret()),
        secret_key: secret_key.map(|key| keys.seal(place("secret_key", id), key.expose_secret())),
        is_disabled: false,
        events_filter: Event::store_filter(&input.events),
        last_status: None,
        last_run_error_message: None,
        last_run_at_ms: None,
        actor_type: caller.actor.kind().to_owned(),
        actor_id: caller.actor.id(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row.clone()).await?;
    let webhook = Webhook { row, environment, url: input.url };
    audit::record(app, &tx, caller, webhook.audit_event(caller, "create-webhook")).await?;
    tx.commit().await?;
    Ok(webhook)
}

/// Refuses what would never be called. A name that does not resolve now may do so later.
async fn check_address(app: &App, url: &SecretString) -> Result<()> {
    let url = Url::parse(url.expose_secret()).map_err(|_quotes_it| Error::invalid_field(&["webhookUrl"], "Invalid url"))?;
    match app.outbound.check(&url).await {
        Err(error @ (OutboundError::Address | OutboundError::Refused { .. })) => Err(Error::bad_request(error.to_string())),
        _ => Ok(()),
    }
}
