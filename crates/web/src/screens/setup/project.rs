//! Step 4: the first project, which may wait.

use askama::Template;
use http::StatusCode;
use keyferry_domain::projects::{self, CreateProject};

use crate::form::{Fields, Form};
use crate::screens::projects::check_project;
use crate::ui::{Page, ProjectFrame};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/setup/project.html")]
pub(super) struct FirstProjectPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
}

pub(super) async fn show(visit: Visit) -> Answer {
    visit.show(&FirstProjectPage { page: Page::account(&visit, "Your first project"), fields: Fields::new() })
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    check_project(&mut fields, &form);
    if fields.is_valid() {
        let input = CreateProject::named(form.text("projectName"));
        let made = visit.once(&form, async {
            let project = projects::create(&visit.app, &visit.caller, input).await?;
            Ok(ProjectFrame::of(&project).home())
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Project created")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = FirstProjectPage { page: Page::account(&visit, "Your first project"), fields };
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
