//! A new project.

use askama::Template;
use http::StatusCode;
use keyferry_domain::projects::{self, CreateProject};

use crate::form::{Fields, Form};
use crate::ui::{Page, Place, ProjectFrame};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/projects/create.html")]
pub(super) struct NewProjectPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
}

/// Checks name and description as the form words it.
pub(crate) fn check_project(fields: &mut Fields, form: &Form) {
    let name = form.text("projectName");
    fields.require("projectName", !name.is_empty(), "Required");
    fields.require("projectName", name.chars().count() <= 64, "Too long, maximum length is 64 characters");
    let description = form.text("projectDescription");
    fields.require(
        "projectDescription",
        description.chars().count() <= 1024,
        "Description too long, max length is 1024 characters",
    );
}

fn new_page(visit: &Visit, fields: Fields) -> NewProjectPage {
    NewProjectPage { page: visit.page("Create a new project", Place::Projects), fields }
}

pub(super) async fn show(visit: Visit) -> Answer {
    visit.show(&new_page(&visit, Fields::new().with("environments", "true")))
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    check_project(&mut fields, &form);
    if fields.is_valid() {
        let input = CreateProject {
            description: form.optional("projectDescription"),
            default_environments: form.is_ticked("environments"),
            ..CreateProject::named(form.text("projectName"))
        };
        let made = visit.once(&form, async {
            let project = projects::create(&visit.app, &visit.caller, input).await?;
            Ok(ProjectFrame::of(&project).home())
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Project created")),
            Err(error) => fields.take(error, &[("slug", "projectName")])?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &new_page(&visit, fields))
}
