//! General settings of a project, its environments, and its end.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::projects::{self, Project, UpdateProject};

use crate::form::{Fields, Form};
use crate::screens::projects::check_project;
use crate::ui::{Conflict, Page, Place, conflict};
use crate::visit::{Answer, Visit, go};

pub(super) struct Environment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) position: i32,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

#[derive(Template)]
#[template(path = "screens/settings/project.html")]
pub(super) struct SettingsPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) id: String,
    pub(super) environments: Vec<Environment>,
    pub(super) may_edit: bool,
    pub(super) may_create_environment: bool,
    pub(super) may_edit_environment: bool,
    pub(super) may_delete_environment: bool,
    pub(super) may_delete: bool,
    pub(super) is_protected: bool,
}

#[derive(Template)]
#[template(path = "ui/conflict_page.html")]
struct SettingsConflictPage {
    page: Page,
    conflict: Conflict,
}

#[derive(Template)]
#[template(path = "screens/settings/delete_project.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) name: String,
    pub(super) environments: usize,
    pub(super) is_protected: bool,
}

async fn settings_page(visit: &Visit, project: &Project, fields: Fields) -> Result<SettingsPage, keyferry_domain::Error> {
    let rights = visit.rights().await?;
    rights.require("read", "settings", Facts::any())?;
    let may = |action, subject| rights.allows(action, subject, Facts::any());
    let last = project.environments.len().saturating_sub(1);
    let environments = project.environments.iter().enumerate().map(|(index, row)| Environment {
        id: row.id.to_string(),
        name: row.name.clone(),
        slug: row.slug.clone(),
        position: row.position,
        is_first: index == 0,
        is_last: index == last,
    });
    Ok(SettingsPage {
        page: visit.project_page(project, "Settings", Place::Settings),
        fields,
        id: project.row.id.to_string(),
        environments: environments.collect(),
        may_edit: may("edit", "settings"),
        may_create_environment: may("create", "environments"),
        may_edit_environment: may("edit", "environments"),
        may_delete_environment: may("delete", "environments"),
        may_delete: may("delete", "workspace"),
        is_protected: project.row.has_delete_protection,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let (row, description) = (&project.row, project.row.description.clone().unwrap_or_default());
    let fields = Fields::new()
        .with("projectName", row.name.clone())
        .with("projectDescription", description.clone())
        .with("slug", row.slug.clone())
        .with("pitVersionLimit", row.pit_version_limit.to_string())
        .with("autoCapitalization", row.auto_capitalization.to_string())
        .with("hasDeleteProtection", row.has_delete_protection.to_string())
        .with("was_name", row.name.clone())
        .with("was_description", description)
        .with("version", row.updated_at_ms.to_string());
    let page = settings_page(&visit, &project, fields).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let mut fields = Fields::typed(&form);
    check_project(&mut fields, &form);
    fields.require(
        "slug",
        projects::is_valid_slug(form.text("slug")),
        "Slug can only contain lower-case letters, numbers, and hyphens",
    );
    let versions = form.text("pitVersionLimit").parse::<i32>().ok().filter(|limit| (1..=100).contains(limit));
    fields.require("pitVersionLimit", versions.is_some(), "Enter a number from 1 to 100");
    let is_stale = form.text("version") != project.row.updated_at_ms.to_string();
    if fields.is_valid() && is_stale && !form.is_ticked("keep_mine") {
        let stored = project.row.description.clone().unwrap_or_default();
        let mut conflict = conflict(&*visit.path, &*visit.path)
            .row("Project Name", "projectName", form.text("projectName"), &project.row.name, form.text("was_name"))
            .row(
                "Project Description",
                "projectDescription",
                form.text("projectDescription"),
                &stored,
                form.text("was_description"),
            )
            .hidden("version", &project.row.updated_at_ms.to_string());
        for name in ["slug", "pitVersionLimit", "autoCapitalization", "hasDeleteProtection"] {
            conflict = conflict.hidden(name, form.text(name));
        }
        let page = visit.project_page(&project, "The project changed meanwhile", Place::Settings);
        return visit.show_as(StatusCode::CONFLICT, &SettingsConflictPage { page, conflict });
    }
    if fields.is_valid() {
        let change = UpdateProject {
            name: Some(form.text("projectName").to_owned()),
            description: Some(form.optional("projectDescription")),
            slug: Some(form.text("slug").to_owned()),
            pit_version_limit: versions,
            auto_capitalization: Some(form.is_ticked("autoCapitalization")),
            has_delete_protection: Some(form.is_ticked("hasDeleteProtection")),
            ..UpdateProject::default()
        };
        match projects::update(&visit.app, &visit.caller, project.row.id, change).await {
            Ok(_) => return visit.go(go(visit.path.clone()).notice("Successfully updated the project")),
            Err(error) => fields.take(error, &[("name", "projectName"), ("description", "projectDescription")])?,
        }
    }
    let page = settings_page(&visit, &project, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn delete_page(visit: &Visit, project: &Project, fields: Fields) -> DeletePage {
    let page = visit.project_page(project, "Delete project", Place::Settings);
    DeletePage {
        page,
        fields,
        name: project.row.name.clone(),
        environments: project.environments.len(),
        is_protected: project.row.has_delete_protection,
    }
}

pub(super) async fn show_delete(visit: Visit) -> Answer {
    let project = visit.project().await?;
    visit.rights().await?.require("delete", "workspace", Facts::any())?;
    visit.show(&delete_page(&visit, &project, Fields::new()))
}

pub(super) async fn submit_delete(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let mut fields = Fields::typed(&form);
    fields.require("confirm", form.text("confirm") == project.row.name, &crate::text::confirm(&project.row.name));
    if fields.is_valid() {
        projects::delete(&visit.app, &visit.caller, project.row.id).await?;
        let to = format!("/organizations/{}/projects", project.row.org_id);
        return visit.go(go(to).notice(format!("Deleted the project {}", project.row.name)));
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &delete_page(&visit, &project, fields))
}
