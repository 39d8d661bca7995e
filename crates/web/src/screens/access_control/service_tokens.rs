//! The service tokens of a project.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Result;
use keyferry_domain::access::Facts;
use keyferry_domain::service_tokens::{self, CreateServiceToken, KeyMaterial, Permission, Scope, ServiceTokenView};
use secrecy::ExposeSecret as _;

use super::{Tab, project_tabs};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment, relative};
use crate::ui::{Choice, Page, Place, choice};
use crate::visit::{Answer, Visit, action, go, page};

const LIST: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/service-tokens";
const REVOKE: &str =
    "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/service-tokens/{serviceTokenId}/revoke";

/// Longest life that the form takes, in days.
const MAX_DAYS: i64 = 3_650;

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(LIST, show).needs("service-tokens:read"));
    registry.add(action(LIST, create).needs("service-tokens:create"));
    registry.add(action(REVOKE, revoke).needs("service-tokens:delete"));
}

pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) places: Vec<String>,
    pub(super) may: String,
    pub(super) ends: String,
    pub(super) used: Option<Moment>,
    pub(super) made: Moment,
}

#[derive(Template)]
#[template(path = "screens/access_control/service_tokens.html")]
pub(super) struct ServiceTokensPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) address: String,
    pub(super) rows: Vec<Row>,
    pub(super) environments: Vec<Choice>,
    pub(super) fields: Fields,
    /// The token just made, shown in this answer only.
    pub(super) shown: Option<String>,
    pub(super) may_create: bool,
    pub(super) may_revoke: bool,
}

impl ServiceTokensPage {
    fn rights(&self) -> Vec<Choice> {
        vec![
            choice("read", "Read").note("Secrets with their values, folders and imports"),
            choice("write", "Read and write").note("Also create, change and delete them"),
        ]
    }
}

async fn tokens_page(visit: &Visit, fields: Fields) -> Result<ServiceTokensPage> {
    let project = visit.project().await?;
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, "service-tokens", Facts::any());
    let views = service_tokens::list(&visit.app, &visit.caller, project.row.id).await?;
    let now_ms = visit.app.now_ms();
    let environments = project.environments.iter().map(|one| choice(one.slug.clone(), one.name.clone())).collect();
    let page = visit.project_page(&project, "Access Control", Place::AccessControl);
    Ok(ServiceTokensPage {
        tabs: project_tabs(&page.here("access-control"), "service-tokens"),
        address: page.here("access-control/service-tokens"),
        rows: views.iter().map(|view| row(view, now_ms)).collect(),
        environments,
        page,
        fields,
        shown: None,
        may_create: may("create"),
        may_revoke: may("delete"),
    })
}

fn row(view: &ServiceTokenView, now_ms: i64) -> Row {
    let may = |permission| view.permissions.contains(&permission);
    Row {
        id: view.row.id.to_string(),
        name: view.row.name.clone(),
        places: view.scopes.iter().map(|scope| format!("{} {}", scope.environment, scope.secret_path)).collect(),
        may: match (may(Permission::Read) || may(Permission::ReadValue), may(Permission::Write)) {
            (true, true) => "Read and write",
            (false, true) => "Write",
            _ => "Read",
        }
        .to_owned(),
        ends: view
            .row
            .expires_at_ms
            .map_or_else(|| "Never".to_owned(), |at| if at <= now_ms { "Expired".to_owned() } else { relative(at, now_ms) }),
        used: view.row.last_used_at_ms.map(|at| moment(at, now_ms)),
        made: moment(view.row.created_at_ms, now_ms),
    }
}

async fn show(visit: Visit) -> Answer {
    let page = tokens_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

/// Makes a token and shows it in this answer and never again. A form sent twice makes one; the second answer says so.
async fn create(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let mut fields = Fields::typed(&form);
    fields.require("name", !form.text("name").is_empty(), "Required");
    fields.require("name", form.text("name").chars().count() <= 256, "Too long, maximum length is 256 characters");
    fields.require("path", form.text("path").starts_with('/'), "A path begins with a slash, such as /app or /app/**");
    let days = match form.text("days") {
        "" => Some(None),
        text => text.parse::<i64>().ok().filter(|days| (1..=MAX_DAYS).contains(days)).map(Some),
    };
    fields.require("days", days.is_some(), "Enter a number of days from 1 to 3650, or nothing");
    if let (true, Some(days)) = (fields.is_valid(), days) {
        let path = form.text("path").trim_end_matches('/');
        let scope = Scope {
            environment: form.text("environment").to_owned(),
            secret_path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        };
        let permissions = match form.text("rights") {
            "write" => vec![Permission::Read, Permission::Write],
            _ => vec![Permission::Read],
        };
        let input = CreateServiceToken {
            project_id: project.row.id,
            name: form.text("name").to_owned(),
            scopes: vec![scope],
            permissions,
            expires_in_s: days.map(|days| days * 86_400),
            key_material: KeyMaterial::default(),
        };
        let mut shown = None;
        let made = visit
            .once(&form, async {
                let (token, _) = service_tokens::create(&visit.app, &visit.caller, input).await?;
                shown = Some(token.expose_secret().to_owned());
                Ok(visit.path.clone())
            })
            .await;
        match (made, shown) {
            (Ok(_), Some(token)) => {
                let page = tokens_page(&visit, Fields::new()).await?;
                return visit.show(&ServiceTokensPage { shown: Some(token), ..page });
            }
            (Ok(to), None) => {
                let said = "The form was sent twice. The token was shown in the first answer; revoke it if you missed it.";
                return visit.go(go(to).alert(said));
            }
            (Err(error), _) => fields.take(error, &[])?,
        }
    }
    let page = tokens_page(&visit, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn revoke(visit: Visit, _: Form) -> Answer {
    let project = visit.project().await?;
    let gone = service_tokens::revoke(&visit.app, &visit.caller, visit.param("serviceTokenId")?).await?;
    let base = crate::ui::ProjectFrame::address(project.row.org_id, project.row.id);
    visit.go(go(format!("{base}/access-control/service-tokens")).notice(format!("Revoked the service token {}", gone.row.name)))
}
