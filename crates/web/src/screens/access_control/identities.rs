//! Machine identities of the organization: list and creation.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::identities::{self, CreateIdentity};
use keyferry_domain::{Result, universal_auth};

use super::{Tab, roles, tabs};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, Place};
use crate::visit::{Answer, Visit, action, go};

pub(super) fn routes(registry: &mut Registry) {
    registry.add(action("/organizations/{orgId}/access-control/machine-identities", create).needs("identity:create"));
}

pub(super) struct Row {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) role: String,
    pub(super) methods: String,
    pub(super) is_locked: bool,
    pub(super) last_login: Option<Moment>,
}

#[derive(Template)]
#[template(path = "screens/access_control/identities.html")]
pub(super) struct IdentitiesPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    pub(super) fields: Fields,
    pub(super) roles: Vec<Choice>,
    pub(super) may_create: bool,
}

async fn identities_page(visit: &Visit, fields: Fields) -> Result<IdentitiesPage> {
    let may_create = visit.rights().await?.allows("create", "identity", Facts::any());
    let page = visit.page("Access Control", Place::AccessControl);
    let base = page.in_organization("access-control");
    let now_ms = visit.app.now_ms();
    let (views, _) = identities::list(&visit.app, &visit.caller, None).await?;
    let rows = views.into_iter().map(|view| Row {
        address: format!("{base}/machine-identities/{}", view.identity.id),
        name: view.identity.name,
        role: view.custom_role.map_or_else(|| roles::name(&view.membership.role), |role| role.name),
        methods: method_names(&view.auth_methods),
        is_locked: !view.locked_auth_methods.is_empty(),
        last_login: view.membership.last_login_at_ms.map(|at_ms| moment(at_ms, now_ms)),
    });
    Ok(IdentitiesPage {
        tabs: tabs(&base, "machine-identities"),
        rows: rows.collect(),
        page,
        fields,
        roles: roles::choices(&roles::ORGANIZATION),
        may_create,
    })
}

/// Methods of signing in, for people.
pub(super) fn method_names(methods: &[&str]) -> String {
    let names: Vec<&str> = methods
        .iter()
        .map(|method| match *method {
            "universal-auth" => "Universal Auth",
            "token-auth" => "Token Auth",
            other => other,
        })
        .collect();
    if names.is_empty() { "None".to_owned() } else { names.join(", ") }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let page = identities_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

/// Makes an identity that can sign in by universal auth.
async fn create(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    fields.require("name", !form.text("name").is_empty(), "Required");
    fields.require("name", form.text("name").chars().count() <= 255, "Too long, maximum length is 255 characters");
    if fields.is_valid() {
        let input = CreateIdentity {
            name: form.text("name").to_owned(),
            role: form.text("role").to_owned(),
            has_delete_protection: false,
            metadata: Vec::new(),
            project_id: None,
        };
        let made = visit.once(&form, async {
            let view = identities::create(&visit.app, &visit.caller, input).await?;
            universal_auth::attach(&visit.app, &visit.caller, view.identity.id, universal_auth::Settings::default()).await?;
            Ok(format!("/organizations/{}/access-control/machine-identities/{}", view.identity.org_id, view.identity.id))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully created machine identity")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = identities_page(&visit, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
