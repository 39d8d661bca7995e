//! Name, slug and id of the organization, and whether two syncs may share a destination.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::organizations::{self, UpdateOrganization};

use crate::form::{Fields, Form};
use crate::ui::{Page, Place};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/settings/organization.html")]
pub(super) struct OrganizationPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) id: String,
    pub(super) may_edit: bool,
}

async fn organization_page(visit: &Visit, typed: Option<Fields>) -> Result<OrganizationPage, keyferry_domain::Error> {
    let row = organizations::get(&visit.app, &visit.caller, visit.org_id()?).await?;
    let may_edit = visit.rights().await?.allows("edit", "settings", Facts::any());
    let stored = || {
        Fields::new()
            .with("name", row.name.clone())
            .with("slug", row.slug.clone())
            .with("block_duplicates", row.block_duplicate_secret_sync_destinations.to_string())
    };
    Ok(OrganizationPage {
        page: visit.page("Settings", Place::Settings),
        fields: typed.unwrap_or_else(stored),
        id: row.id.to_string(),
        may_edit,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let page = organization_page(&visit, None).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    let (name, slug) = (form.text("name"), form.text("slug"));
    fields.require("name", !name.is_empty(), "Organization name is required");
    fields.require("name", name.chars().count() <= 64, "Organization name must be at most 64 characters");
    let is_slug = !slug.is_empty() && organizations::slugify(slug) == slug;
    fields.require("slug", is_slug, "Slug can only contain lower-case letters, numbers, and single hyphens, at most 48");
    if fields.is_valid() {
        let change = UpdateOrganization {
            name: Some(name.to_owned()),
            slug: Some(slug.to_owned()),
            block_duplicate_secret_sync_destinations: Some(form.is_ticked("block_duplicates")),
        };
        match organizations::update(&visit.app, &visit.caller, visit.org_id()?, change).await {
            Ok(_) => return visit.go(go(visit.path.clone()).notice("Successfully updated the organization")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = organization_page(&visit, Some(fields)).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
