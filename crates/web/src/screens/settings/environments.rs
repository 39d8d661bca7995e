//! Environments of a project: add, rename, move, delete.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::environments::{self, CreateEnvironment, UpdateEnvironment};
use keyferry_domain::projects::Project;
use uuid::Uuid;

use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::{Page, Place};
use crate::visit::{Answer, Visit, action, go, page};

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(NEW, show_new).needs("environments:create"));
    registry.add(action(NEW, create).needs("environments:create"));
    registry.add(page(EDIT, show_edit).needs("environments:edit"));
    registry.add(action(EDIT, edit).needs("environments:edit"));
    registry.add(action(MOVE, reorder).needs("environments:edit"));
    registry.add(page(DELETE, show_delete).needs("environments:delete"));
    registry.add(action(DELETE, delete).needs("environments:delete"));
}

const NEW: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/settings/environments/new";
const EDIT: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/settings/environments/{environmentId}/edit";
const MOVE: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/settings/environments/{environmentId}/move";
const DELETE: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/settings/environments/{environmentId}/delete";

#[derive(Template)]
#[template(path = "screens/settings/environment.html")]
pub(super) struct EnvironmentPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) is_new: bool,
}

#[derive(Template)]
#[template(path = "screens/settings/delete_environment.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) name: String,
    pub(super) slug: String,
}

fn environment_page(visit: &Visit, project: &Project, fields: Fields, is_new: bool) -> EnvironmentPage {
    let title = if is_new { "Add environment" } else { "Edit environment" };
    let page = visit.project_page(project, title, Place::Settings);
    EnvironmentPage { page, fields, action: visit.path.clone(), is_new }
}

fn check(fields: &mut Fields, form: &Form) {
    fields.require("name", !form.text("name").is_empty(), "Required");
    fields.require("name", form.text("name").chars().count() <= 64, "Too long, maximum length is 64 characters");
    fields.require("slug", !form.text("slug").is_empty(), "Required");
}

async fn settings_address(visit: &Visit) -> Result<String, keyferry_domain::Error> {
    let project: Uuid = visit.param("projectId")?;
    Ok(format!("{}/settings#environments", crate::ui::ProjectFrame::address(visit.org_id()?, project)))
}

async fn show_new(visit: Visit) -> Answer {
    let project = visit.project().await?;
    visit.rights().await?.require("create", "environments", Facts::any())?;
    visit.show(&environment_page(&visit, &project, Fields::new(), true))
}

async fn create(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let mut fields = Fields::typed(&form);
    check(&mut fields, &form);
    if fields.is_valid() {
        let input = CreateEnvironment { name: form.text("name").to_owned(), slug: form.text("slug").to_owned(), position: None };
        let made = visit.once(&form, async {
            environments::create(&visit.app, &visit.caller, project.row.id, input).await?;
            settings_address(&visit).await
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully created environment")),
            Err(error) => take(&mut fields, error)?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &environment_page(&visit, &project, fields, true))
}

fn take(fields: &mut Fields, error: keyferry_domain::Error) -> Result<(), keyferry_domain::Error> {
    match error {
        keyferry_domain::Error::BadRequest { message, .. } if message.contains("already exist") => {
            fields.fail("slug", "Another environment of this project has this slug");
            Ok(())
        }
        other => fields.take(other, &[]),
    }
}

async fn show_edit(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let row = environments::get(&visit.app, &visit.caller, project.row.id, visit.param("environmentId")?).await?;
    visit.rights().await?.require("edit", "environments", Facts::any())?;
    let fields = Fields::new().with("name", row.name).with("slug", row.slug);
    visit.show(&environment_page(&visit, &project, fields, false))
}

async fn edit(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let mut fields = Fields::typed(&form);
    check(&mut fields, &form);
    if fields.is_valid() {
        let change = UpdateEnvironment {
            name: Some(form.text("name").to_owned()),
            slug: Some(form.text("slug").to_owned()),
            position: None,
        };
        let id = visit.param("environmentId")?;
        match environments::update(&visit.app, &visit.caller, project.row.id, id, change).await {
            Ok(_) => return visit.go(go(settings_address(&visit).await?).notice("Successfully updated environment")),
            Err(error) => take(&mut fields, error)?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &environment_page(&visit, &project, fields, false))
}

async fn reorder(visit: Visit, form: Form) -> Answer {
    let project: Uuid = visit.param("projectId")?;
    let position = form.text("position").parse().ok();
    let change = UpdateEnvironment { position, ..UpdateEnvironment::default() };
    let row = environments::update(&visit.app, &visit.caller, project, visit.param("environmentId")?, change).await?;
    let said = format!("{} is now number {}", row.name, row.position);
    visit.go(go(settings_address(&visit).await?).notice(said))
}

async fn show_delete(visit: Visit) -> Answer {
    let page = delete_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

async fn delete_page(visit: &Visit, fields: Fields) -> Result<DeletePage, keyferry_domain::Error> {
    let project = visit.project().await?;
    visit.rights().await?.require("delete", "environments", Facts::any())?;
    let row = environments::get(&visit.app, &visit.caller, project.row.id, visit.param("environmentId")?).await?;
    let page = visit.project_page(&project, "Delete environment", Place::Settings);
    Ok(DeletePage { page, fields, action: visit.path.clone(), name: row.name, slug: row.slug })
}

async fn delete(visit: Visit, form: Form) -> Answer {
    let mut page = delete_page(&visit, Fields::typed(&form)).await?;
    page.fields.require("confirm", form.text("confirm") == page.slug, &crate::text::confirm(&page.slug));
    if page.fields.is_valid() {
        let project: Uuid = visit.param("projectId")?;
        environments::delete(&visit.app, &visit.caller, project, visit.param("environmentId")?).await?;
        return visit.go(go(settings_address(&visit).await?).notice(format!("Deleted the environment {}", page.name)));
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
