//! `POST /api/v1/webhooks`.

use keyferry_domain::webhooks::{self, CreateWebhook, Event, Kind};
use keyferry_domain::{Error, Result};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::fields::events;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, enumeration, text};

/// Longest address, in characters.
const MAX_URL: usize = 2048;
/// Longest key, in characters.
const MAX_KEY: usize = 1024;

pub(super) struct Body {
    kind: &'static str,
    project_id: String,
    environment: String,
    secret_path: String,
    url: SecretString,
    secret_key: Option<SecretString>,
    events: Vec<Event>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let kind = f.default("type", enumeration(Kind::NAMES), "general");
        let project_id = f.optional("projectId", text().trim());
        // The field's name in older clients.
        let workspace_id = f.optional("workspaceId", text().trim());
        if let (Some(None), Some(None)) = (&project_id, &workspace_id) {
            f.custom(&["projectId"], "Required");
        }
        let environment = f.required("environment", text().trim());
        let secret_path = f.default("secretPath", text().trim(), "/");
        let is_url = |given: &str| Url::parse(given).is_ok();
        let url = f.required("webhookUrl", text().trim().max(MAX_URL).check(is_url, "Invalid url"));
        let secret_key = f.optional("webhookSecretKey", text().trim().max(MAX_KEY));
        let events = f.default("eventsFilter", events(), Vec::new());
        Some(Self {
            kind: kind?,
            project_id: project_id?.or(workspace_id?)?,
            environment: environment?,
            secret_path: secret_path?,
            url: SecretString::from(url?),
            secret_key: secret_key?.map(SecretString::from),
            events: events?,
        })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/webhooks", create)
        .id("createWebhook")
        .tag(TAG)
        .summary("Create a webhook")
        .permission("webhooks:create")
        .answers(|| json!({ "message": "Successfully created webhook", "webhook": response::example() }))
}

async fn create(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { kind, project_id, environment, secret_path, url, secret_key, events } = input.body;
    let project_id =
        Uuid::parse_str(&project_id).map_err(|_not_a_uuid| Error::not_found(format!("Project with {project_id} not found")))?;
    let input = CreateWebhook { project_id, environment, secret_path, kind: Kind::parse(kind), url, secret_key, events };
    let made = webhooks::create(&call.app, &call.caller, input).await?;
    Ok(Json(json!({ "message": "Successfully created webhook", "webhook": response::webhook(&made) })))
}
