//! The form of a new connection: the key is tried at Checkly before anything is stored.

use askama::Template;
use http::StatusCode;
use keyferry_domain::app_connections::{self, CreateConnection, FailureKind, KeyRefusal, Unsaved};
use keyferry_domain::{Error, projects};
use secrecy::SecretString;

use super::CHECKLY;
use super::scope::Scope;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/app_connections/create.html")]
pub(super) struct CreatePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    /// Scopes to choose from; empty in a project, where it is fixed.
    pub(super) scopes: Vec<Choice>,
    pub(super) fixed_scope: String,
    pub(super) checkly_keys_url: &'static str,
}

/// Where keys are made at Checkly.
pub(super) const CHECKLY_KEYS_URL: &str = "https://app.checklyhq.com/settings/user/api-keys";

async fn create_page(visit: &Visit, scope: &Scope, fields: Fields) -> Result<CreatePage, Error> {
    let (scopes, fixed_scope) = match &scope.project {
        Some(project) => (Vec::new(), project.row.name.clone()),
        None => {
            let mut scopes = vec![choice("", "Organization")];
            for listed in projects::list(&visit.app, &visit.caller, None, false).await? {
                scopes.push(choice(listed.project.row.id.to_string(), listed.project.row.name));
            }
            (scopes, String::new())
        }
    };
    let page = scope.page(visit, "Checkly Connection");
    let above = page.here("app-connections/new");
    Ok(CreatePage { page: page.below("Add Connection", above), fields, scopes, fixed_scope, checkly_keys_url: CHECKLY_KEYS_URL })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let scope = Scope::of(&visit).await?;
    if !scope.may_create() {
        let denied = Error::PermissionDenied { action: "create".into(), subject: "app-connections".into(), rules: Vec::new() };
        return Err(denied.into());
    }
    let page = create_page(&visit, &scope, Fields::new()).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let scope = Scope::of(&visit).await?;
    let mut fields = Fields::typed(&form).without("api_key");
    check_name(&mut fields, form.text("name"));
    check_description(&mut fields, form.text("description"));
    let key = form.text("api_key").to_owned();
    fields.require("api_key", !key.is_empty(), "Service API Key required");
    if !fields.is_valid() {
        let page = create_page(&visit, &scope, fields).await?;
        return visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let input = CreateConnection {
        app: CHECKLY.to_owned(),
        name: form.text("name").to_owned(),
        method: "api-key".to_owned(),
        description: form.optional("description"),
        project_id: scope.project_id().or_else(|| form.optional("scope")),
        api_key: SecretString::from(key),
    };
    let mut refusal = None;
    let made = visit
        .once(&form, async {
            match app_connections::create_or_say_why(&visit.app, &visit.caller, input).await {
                Ok(row) => {
                    let base = match row.project_id {
                        Some(project_id) => crate::ui::ProjectFrame::address(row.org_id, project_id),
                        None => format!("/organizations/{}", row.org_id),
                    };
                    Ok(format!("{base}/app-connections/{}?created=true", row.id))
                }
                Err(Unsaved::Error(error)) => Err(error),
                Err(Unsaved::Refused(reason)) => {
                    let error = Error::bad_request(reason.message.clone());
                    refusal = Some(reason);
                    Err(error)
                }
            }
        })
        .await;
    match (made, refusal) {
        (Ok(address), _) => return visit.go(go(address).notice("Successfully added Checkly connection")),
        (Err(_), Some(reason)) => fields.fail("api_key", explain(&reason, visit.app.now_ms())),
        (Err(error), None) => take(&mut fields, error)?,
    }
    let page = create_page(&visit, &scope, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Puts a domain error at the field it is about.
pub(super) fn take(fields: &mut Fields, error: Error) -> Result<(), Error> {
    match error {
        Error::BadRequest { message, .. } if message.starts_with("An App Connection with the name") => {
            fields.fail("name", format!("{message} in this scope"));
            Ok(())
        }
        other => fields.take(other, &[("apiKey", "api_key")]),
    }
}

/// A name is a slug; each way to miss it has its own words.
pub(super) fn check_name(fields: &mut Fields, name: &str) {
    let is_slug =
        name.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if name.is_empty() {
        fields.fail("name", "Name field must be at least 1 character");
    } else if name.chars().count() > 64 {
        fields.fail("name", "Name field must be at most 64 characters");
    } else if !is_slug {
        fields.fail("name", "Name field can only contain letters, numbers, and hyphens");
    }
}

/// The length of a description.
pub(super) fn check_description(fields: &mut Fields, description: &str) {
    let fits = description.encode_utf16().count() <= 256;
    fields.require("description", fits, "Description cannot exceed 256 characters");
}

/// Why Checkly did not answer a question: what came back, and what to do about it.
pub(crate) fn explain_call(refusal: &KeyRefusal, now_ms: i64) -> String {
    let status = refusal.http_status.map(|status| format!(" (status {status})")).unwrap_or_default();
    match refusal.kind {
        Some(FailureKind::Network) => format!("Checkly could not be reached. {} Try again in a moment.", refusal.message),
        Some(FailureKind::Transient) => format!("Checkly is in trouble{status}. {} Try again in a moment.", refusal.message),
        Some(FailureKind::Credentials) => {
            format!("Checkly did not accept the connection's API key{status}. Replace it on the page of the connection.")
        }
        Some(FailureKind::Forbidden | FailureKind::RateLimited) => explain(refusal, now_ms),
        _ => format!("{}{status}", refusal.message),
    }
}

/// Why Checkly did not take a key, and what to do about it.
pub(super) fn explain(refusal: &KeyRefusal, now_ms: i64) -> String {
    match refusal.kind {
        Some(FailureKind::Credentials) => "Checkly did not accept this API key.".to_owned(),
        Some(FailureKind::Forbidden) => {
            "Checkly knows this API key, but its user may not do what is needed: Read/Write or Admin rights.".to_owned()
        }
        Some(FailureKind::RateLimited) => {
            let at_ms = now_ms + i64::try_from(refusal.retry_after_ms.unwrap_or(60_000)).unwrap_or(60_000);
            let at = crate::text::iso(at_ms);
            let clock = at.get(11..16).unwrap_or("the next minute");
            format!("Checkly asks to wait before the next call. Try again at {clock} UTC.")
        }
        Some(FailureKind::Network) => format!("Checkly could not be reached, so nothing was stored. {}", refusal.message),
        Some(FailureKind::Transient) => {
            let status = refusal.http_status.map(|status| format!(" (status {status})")).unwrap_or_default();
            format!("Checkly is in trouble{status}, so nothing was stored. Try again in a moment.")
        }
        _ => refusal.message.clone(),
    }
}
