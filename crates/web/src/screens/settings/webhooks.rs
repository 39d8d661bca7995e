//! Webhooks of a project: addresses that are told what happens.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::projects::Project;
use keyferry_domain::webhooks::{self, CreateWebhook, Event, Kind, UpdateWebhook, Webhook};
use keyferry_domain::{Error, Result};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, Place, choice};
use crate::visit::{Answer, Visit, action, go, page};

/// Below the settings of a project.
macro_rules! at {
    ($path:literal) => {
        concat!("/organizations/{orgId}/projects/secret-management/{projectId}/settings/webhooks", $path)
    };
}

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(at!(""), show).needs("webhooks:read"));
    registry.add(page(at!("/new"), show_new).needs("webhooks:create"));
    registry.add(action(at!("/new"), create).needs("webhooks:create"));
    registry.add(action(at!("/{webhookId}/test"), test).needs("webhooks:edit"));
    registry.add(action(at!("/{webhookId}/switch"), switch).needs("webhooks:edit"));
    registry.add(page(at!("/{webhookId}/delete"), show_delete).needs("webhooks:delete"));
    registry.add(action(at!("/{webhookId}/delete"), delete).needs("webhooks:delete"));
}

/// The events that can be chosen, with their words.
const EVENTS: [(Event, &str); 4] = [
    (Event::SyncFailed, "A sync fails"),
    (Event::SyncRecovered, "A sync works again"),
    (Event::SyncApprovalPending, "Deletions wait for approval"),
    (Event::SecretsModified, "Secrets change"),
];

pub(super) struct Row {
    pub(super) id: Uuid,
    /// Scheme and host: chat services put their credential into the rest.
    pub(super) host: String,
    pub(super) format: &'static str,
    pub(super) is_signed: bool,
    pub(super) environment: String,
    pub(super) path: String,
    pub(super) events: String,
    pub(super) is_disabled: bool,
    /// Whether the last call was taken; `None` before the first.
    pub(super) last_ok: Option<bool>,
    pub(super) last: Option<Moment>,
    pub(super) error: String,
}

#[derive(Template)]
#[template(path = "screens/settings/webhooks.html")]
pub(super) struct WebhooksPage {
    pub(super) page: Page,
    pub(super) rows: Vec<Row>,
    pub(super) may_create: bool,
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
}

#[derive(Template)]
#[template(path = "screens/settings/webhook.html")]
pub(super) struct NewPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) environments: Vec<Choice>,
    pub(super) kinds: Vec<Choice>,
    pub(super) events: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "screens/settings/delete_webhook.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) action: String,
    pub(super) host: String,
}

fn host(webhook: &Webhook) -> String {
    match url::Url::parse(webhook.url.expose_secret()) {
        Ok(address) => format!("{}/…", address.origin().ascii_serialization()),
        Err(_) => "an address that does not read".to_owned(),
    }
}

fn format_name(kind: Kind) -> &'static str {
    match kind {
        Kind::General => "General",
        Kind::Slack => "Slack",
        Kind::MicrosoftTeams => "Microsoft Teams",
    }
}

fn row(webhook: &Webhook, now_ms: i64) -> Row {
    let listened = webhook.events();
    let words = EVENTS.iter().filter(|(event, _)| listened.contains(event)).map(|(_, word)| *word);
    let stored = &webhook.row;
    Row {
        id: stored.id,
        host: host(webhook),
        format: format_name(webhook.kind()),
        is_signed: stored.secret_key.is_some(),
        environment: webhook.environment.name.clone(),
        path: stored.secret_path.clone(),
        events: if listened.is_empty() { "Everything".to_owned() } else { words.collect::<Vec<_>>().join(", ") },
        is_disabled: stored.is_disabled,
        last_ok: stored.last_status.as_deref().map(|status| status == "success"),
        last: stored.last_run_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        error: stored.last_run_error_message.clone().unwrap_or_default(),
    }
}

fn address(visit: &Visit, project: &Project) -> String {
    visit.project_page(project, "", Place::Settings).here("settings/webhooks")
}

async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let found = webhooks::list(&visit.app, &visit.caller, project.row.id, None, None).await?;
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, "webhooks", Facts::any());
    let (may_create, may_edit, may_delete) = (may("create"), may("edit"), may("delete"));
    let now_ms = visit.app.now_ms();
    visit.show(&WebhooksPage {
        page: visit.project_page(&project, "Webhooks", Place::Settings),
        rows: found.iter().map(|webhook| row(webhook, now_ms)).collect(),
        may_create,
        may_edit,
        may_delete,
    })
}

fn new_page(visit: &Visit, project: &Project, fields: Fields) -> NewPage {
    let page = visit.project_page(project, "Add webhook", Place::Settings);
    let page = page.below("Webhooks", address(visit, project));
    NewPage {
        page,
        fields,
        environments: project.environments.iter().map(|own| choice(&own.slug, &own.name)).collect(),
        kinds: [Kind::General, Kind::Slack, Kind::MicrosoftTeams]
            .into_iter()
            .map(|kind| choice(kind.as_str(), format_name(kind)))
            .collect(),
        events: EVENTS.iter().map(|(event, word)| choice(event.as_str(), *word)).collect(),
    }
}

async fn show_new(visit: Visit) -> Answer {
    let project = visit.project().await?;
    visit.rights().await?.require("create", "webhooks", Facts::any())?;
    visit.show(&new_page(&visit, &project, Fields::new().with("path", "/**")))
}

async fn create(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    // The address may hold a credential, so neither it nor the key is shown again.
    let mut fields = Fields::typed(&form).without("url").without("secret_key");
    fields.require("url", !form.text("url").is_empty(), "Required");
    fields.require("path", !form.text("path").is_empty(), "Required");
    if fields.is_valid() {
        let input = CreateWebhook {
            project_id: project.row.id,
            environment: form.text("environment").to_owned(),
            secret_path: form.text("path").to_owned(),
            kind: Kind::parse(form.text("kind")),
            url: form.text("url").into(),
            secret_key: form.optional("secret_key").map(Into::into),
            events: form.all("event").filter_map(Event::parse).collect(),
        };
        let made = visit.once(&form, async {
            webhooks::create(&visit.app, &visit.caller, input).await?;
            Ok(address(&visit, &project))
        });
        match made.await {
            Ok(to) => return visit.go(go(to).notice("Successfully created webhook")),
            Err(Error::BadRequest { message, .. }) => fields.fail("url", message),
            Err(error) => fields.take(error, &[("webhookUrl", "url"), ("secretPath", "path")])?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &new_page(&visit, &project, fields))
}

/// The webhook of the address, which must be of the project of the address.
async fn webhook(visit: &Visit, project: &Project) -> Result<Webhook> {
    let id: Uuid = visit.param("webhookId")?;
    let found = webhooks::get(&visit.app, &visit.caller, id).await?;
    match found.row.project_id == project.row.id {
        true => Ok(found),
        false => Err(Error::not_found(format!("Webhook with ID '{id}' not found"))),
    }
}

async fn test(visit: Visit, _form: Form) -> Answer {
    let project = visit.project().await?;
    let id = webhook(&visit, &project).await?.row.id;
    let tested = webhooks::test(&visit.app, &visit.caller, id).await?;
    let to = go(address(&visit, &project));
    match tested.row.last_run_error_message {
        None => visit.go(to.notice("The receiver took the test")),
        Some(why) => visit.go(to.alert(format!("The receiver did not take the test: {why}"))),
    }
}

async fn switch(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let id = webhook(&visit, &project).await?.row.id;
    let is_disabled = !form.is_ticked("enabled");
    let change = UpdateWebhook { is_disabled: Some(is_disabled), events: None };
    webhooks::update(&visit.app, &visit.caller, id, change).await?;
    visit.go(go(address(&visit, &project)).notice(if is_disabled { "Webhook paused" } else { "Webhook resumed" }))
}

async fn show_delete(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let found = webhook(&visit, &project).await?;
    visit.rights().await?.require("delete", "webhooks", Facts::any())?;
    let page = visit.project_page(&project, "Delete webhook", Place::Settings).below("Webhooks", address(&visit, &project));
    visit.show(&DeletePage { page, action: visit.path.clone(), host: host(&found) })
}

async fn delete(visit: Visit, _form: Form) -> Answer {
    let project = visit.project().await?;
    let id = webhook(&visit, &project).await?.row.id;
    webhooks::delete(&visit.app, &visit.caller, id).await?;
    visit.go(go(address(&visit, &project)).notice("Successfully deleted webhook"))
}
