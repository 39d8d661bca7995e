//! Choosing the organization that the browser works in.

use askama::Template;
use keyferry_domain::sessions::web as sessions;
use keyferry_domain::{Error, organizations};
use uuid::Uuid;

use super::safe_next;
use crate::Registry;
use crate::form::Form;
use crate::ui::Page;
use crate::visit::{Answer, Visit, action, go, page};

const PATH: &str = "/login/select-organization";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(PATH, show).organization_optional());
    registry.add(action(PATH, choose).organization_optional());
}

/// Where somebody starts.
#[must_use]
pub(crate) fn home(org_id: Option<Uuid>) -> String {
    match org_id {
        Some(id) => format!("/organizations/{id}/projects"),
        None => PATH.to_owned(),
    }
}

/// The address of the chooser, leading on to `next`.
pub(super) fn chooser(next: Option<&str>) -> String {
    match next {
        Some(next) => {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            format!("{PATH}?{query}")
        }
        None => PATH.to_owned(),
    }
}

struct Row {
    id: Uuid,
    name: String,
    role: String,
    is_current: bool,
    is_wanted: bool,
}

#[derive(Template)]
#[template(path = "screens/login/organization.html")]
struct OrganizationPage {
    page: Page,
    rows: Vec<Row>,
    next: String,
}

async fn show(visit: Visit) -> Answer {
    let wanted: Option<Uuid> = visit.query_as("organizationId");
    let rows: Vec<Row> = organizations::list(&visit.app, &visit.caller)
        .await?
        .into_iter()
        .map(|view| Row {
            id: view.organization.id,
            name: view.organization.name,
            role: view.membership.role,
            is_current: visit.caller.org_id == Some(view.organization.id),
            is_wanted: wanted == Some(view.organization.id),
        })
        .collect();
    let is_foreign = visit.query("organizationId").is_some() && !rows.iter().any(|row| row.is_wanted);
    if is_foreign {
        // Existence of other organizations is not told.
        return Err(Error::not_found("There is no page at this address in any organization you belong to.").into());
    }
    let next = safe_next(visit.query("next")).unwrap_or_default();
    visit.show(&OrganizationPage { page: Page::account(&visit, "Choose an organization"), rows, next })
}

async fn choose(visit: Visit, form: Form) -> Answer {
    let id: Uuid =
        form.text("organizationId").parse().map_err(|_not_an_id| Error::bad_request("Choose an organization from the list."))?;
    let signed_in = sessions::choose_organization(&visit.app, &visit.caller, id).await?;
    let lifetime_s = (signed_in.expires_at_ms - visit.app.now_ms()).div_euclid(1000);
    let cookie = visit.web.cookies.keep_session(&signed_in.refresh_token, lifetime_s);
    let to = safe_next(form.value("next")).unwrap_or_else(|| home(Some(id)));
    visit.go(go(to).cookie(cookie))
}
