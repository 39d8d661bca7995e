//! Name and description of a connection.

use askama::Template;
use http::StatusCode;
use keyferry_domain::app_connections::{self, UpdateConnection};

use super::create::{check_description, check_name, take};
use super::scope::Scope;
use crate::form::{Fields, Form};
use crate::ui::{Conflict, Page, conflict};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/app_connections/edit.html")]
pub(super) struct EditPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
}

#[derive(Template)]
#[template(path = "ui/conflict_page.html")]
pub(super) struct EditConflictPage {
    pub(super) page: Page,
    pub(super) conflict: Conflict,
}

fn edit_page(visit: &Visit, scope: &Scope, name: &str, id: uuid::Uuid, fields: Fields) -> EditPage {
    let page = scope.page(visit, "Edit Details");
    let address = page.here(&format!("app-connections/{id}"));
    EditPage { page: page.below(name, address.clone()), fields, address }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let fields = Fields::new()
        .with("name", row.name.clone())
        .with("description", row.description.clone().unwrap_or_default())
        .with("was_name", row.name.clone())
        .with("was_description", row.description.clone().unwrap_or_default())
        .with("version", row.updated_at_ms.to_string());
    visit.show(&edit_page(&visit, &scope, &row.name, row.id, fields))
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let mut fields = Fields::typed(&form);
    check_name(&mut fields, form.text("name"));
    check_description(&mut fields, form.text("description"));
    if fields.is_valid() && form.text("version") != row.updated_at_ms.to_string() && !form.is_ticked("keep_mine") {
        let stored = row.description.clone().unwrap_or_default();
        let is_same = form.text("was_name") == row.name && form.text("was_description") == stored;
        // Only what this form holds counts: a check of the key or a new key is no conflict.
        if !is_same {
            let conflict = conflict(&*visit.path, &*visit.path)
                .row("Name", "name", form.text("name"), &row.name, form.text("was_name"))
                .row("Description", "description", form.text("description"), &stored, form.text("was_description"))
                .hidden("version", &row.updated_at_ms.to_string());
            let page = scope.page(&visit, "This connection changed meanwhile");
            return visit.show_as(StatusCode::CONFLICT, &EditConflictPage { page, conflict });
        }
    }
    if fields.is_valid() {
        let change = UpdateConnection {
            name: Some(form.text("name").to_owned()),
            description: Some(form.optional("description")),
            api_key: None,
        };
        match app_connections::update(&visit.app, &visit.caller, &row.app, row.id, change).await {
            Ok(row) => {
                let to = scope.page(&visit, "").here(&format!("app-connections/{}", row.id));
                return visit.go(go(to).notice("Successfully updated Checkly connection"));
            }
            Err(error) => take(&mut fields, error)?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &edit_page(&visit, &scope, &row.name, row.id, fields))
}
