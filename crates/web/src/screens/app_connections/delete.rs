//! Deleting a connection: with its name typed, and only when nothing uses it.

use askama::Template;
use http::StatusCode;
use keyferry_domain::app_connections::{self, AppConnection};

use super::scope::Scope;
use crate::form::{Fields, Form};
use crate::ui::{Page, ProjectFrame};
use crate::visit::{Answer, Visit, go};

pub(super) struct User {
    pub(super) sync: String,
    pub(super) project: String,
    pub(super) address: String,
}

#[derive(Template)]
#[template(path = "screens/app_connections/delete.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) users: Vec<User>,
    pub(super) hidden: usize,
}

impl DeletePage {
    fn has_pages(&self) -> bool {
        self.users.iter().any(|user| !user.address.is_empty())
    }

    fn total(&self) -> usize {
        self.users.len() + self.hidden
    }
}

async fn delete_page(
    visit: &Visit,
    scope: &Scope,
    row: &AppConnection,
    fields: Fields,
) -> Result<DeletePage, keyferry_domain::Error> {
    let uses = app_connections::uses(&visit.app, &visit.caller, &row.app, row.id).await?;
    let page = scope.page(visit, "Delete Connection");
    let address = page.here(&format!("app-connections/{}", row.id));
    let users = uses
        .visible
        .into_iter()
        .map(|(project, view)| User {
            address: ProjectFrame::sync_address(view.sync.org_id, view.sync.project_id, &view.sync.destination, view.sync.id),
            sync: view.sync.name,
            project: project.name,
        })
        .collect();
    Ok(DeletePage {
        page: page.below(&*row.name, address.clone()),
        fields,
        address,
        name: row.name.clone(),
        users,
        hidden: uses.hidden,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let page = delete_page(&visit, &scope, &row, Fields::new()).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let mut fields = Fields::typed(&form);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    fields.require("confirm", form.text("confirm") == row.name, &format!("Type {} to confirm", row.name));
    if fields.is_valid() {
        match app_connections::delete(&visit.app, &visit.caller, &row.app, row.id).await {
            Ok(_) => {
                let to = scope.page(&visit, "").here("app-connections");
                return visit.go(go(to).notice("Successfully removed Checkly connection"));
            }
            Err(error) => {
                fields.take(error, &[])?;
                status = StatusCode::BAD_REQUEST;
            }
        }
    }
    let page = delete_page(&visit, &scope, &row, fields).await?;
    visit.show_as(status, &page)
}
