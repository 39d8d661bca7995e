//! Another key for a connection: as a short form, and as the steps of a rotation.

use askama::Template;
use http::StatusCode;
use keyferry_domain::app_connections::{self, AppConnection, Unsaved, UpdateConnection};
use keyferry_domain::secret_syncs;
use secrecy::SecretString;

use super::create::{CHECKLY_KEYS_URL, explain, take};
use super::scope::Scope;
use super::state::fingerprint;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/app_connections/credentials.html")]
pub(super) struct CredentialsPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) fingerprint: String,
    /// Whether the steps of a rotation are shown.
    pub(super) is_replacing: bool,
    /// Syncs that use the connection.
    pub(super) uses: usize,
    /// Syncs whose account the new key does not reach: project and name.
    pub(super) lost: Vec<(String, String)>,
    pub(super) checkly_keys_url: &'static str,
}

pub(super) async fn show(visit: Visit) -> Answer {
    open(visit, false).await
}

pub(super) async fn show_replace(visit: Visit) -> Answer {
    open(visit, true).await
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    change(visit, form, false).await
}

pub(super) async fn submit_replace(visit: Visit, form: Form) -> Answer {
    change(visit, form, true).await
}

async fn open(visit: Visit, is_replacing: bool) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let page = credentials_page(&visit, &scope, &row, Fields::new(), is_replacing).await?;
    visit.show(&page)
}

async fn credentials_page(
    visit: &Visit,
    scope: &Scope,
    row: &AppConnection,
    fields: Fields,
    is_replacing: bool,
) -> Result<CredentialsPage, keyferry_domain::Error> {
    let page = scope.page(visit, if is_replacing { "Replace API key" } else { "Edit Credentials" });
    let address = page.here(&format!("app-connections/{}", row.id));
    let uses = app_connections::uses(&visit.app, &visit.caller, &row.app, row.id).await?;
    Ok(CredentialsPage {
        page: page.below(&*row.name, address.clone()),
        fields,
        address,
        fingerprint: fingerprint(row),
        is_replacing,
        uses: uses.visible.len() + uses.hidden,
        lost: Vec::new(),
        checkly_keys_url: CHECKLY_KEYS_URL,
    })
}

async fn change(visit: Visit, form: Form, is_replacing: bool) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let mut fields = Fields::typed(&form).without("api_key");
    let mut lost = Vec::new();
    let key = SecretString::from(form.text("api_key"));
    fields.require("api_key", !form.text("api_key").is_empty(), "Service API Key required");
    if fields.is_valid() && !form.is_ticked("accept_lost") {
        match app_connections::preview_key(&visit.app, &visit.caller, &row.app, row.id, key.clone()).await {
            Ok(preview) => {
                lost = preview.lost.into_iter().map(|(project, view)| (project.name, view.sync.name)).collect();
                if !lost.is_empty() {
                    let said = "This key does not reach every account in use. Confirm below, and paste the key again.";
                    fields.fail("accept_lost", said);
                }
            }
            Err(Unsaved::Refused(reason)) => fields.fail("api_key", explain(&reason, visit.app.now_ms())),
            Err(Unsaved::Error(error)) => take(&mut fields, error)?,
        }
    }
    if fields.is_valid() {
        let change = UpdateConnection { api_key: Some(key), ..UpdateConnection::default() };
        match app_connections::update_or_say_why(&visit.app, &visit.caller, &row.app, row.id, change).await {
            Ok(row) => {
                let said = match form.is_ticked("run_syncs") {
                    true => run_syncs(&visit, &row).await?,
                    false => String::new(),
                };
                let to = scope.page(&visit, "").here(&format!("app-connections/{}", row.id));
                return visit.go(go(to).notice(format!("Successfully updated Checkly connection{said}")));
            }
            Err(Unsaved::Refused(reason)) => fields.fail("api_key", explain(&reason, visit.app.now_ms())),
            Err(Unsaved::Error(error)) => take(&mut fields, error)?,
        }
    }
    let page = credentials_page(&visit, &scope, &row, fields, is_replacing).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &CredentialsPage { lost, ..page })
}

/// Starts every sync of the connection that the visitor may start.
async fn run_syncs(visit: &Visit, row: &AppConnection) -> Result<String, keyferry_domain::Error> {
    let uses = app_connections::uses(&visit.app, &visit.caller, &row.app, row.id).await?;
    let (mut started, mut refused) = (0_usize, uses.hidden);
    for (_, view) in uses.visible {
        match secret_syncs::sync_secrets(&visit.app, &visit.caller, &row.app, view.sync.id).await {
            Ok(_) => started += 1,
            Err(_busy_or_not_permitted) => refused += 1,
        }
    }
    let started = crate::text::plural(started, "sync", "syncs");
    Ok(match refused {
        0 => format!("; {started} started"),
        _ => format!("; {started} started, {} could not be started by you now", crate::text::plural(refused, "sync", "syncs")),
    })
}
