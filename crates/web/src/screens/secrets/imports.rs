//! The folders that a folder imports, and their order: a later one wins.

use askama::Template;
use http::StatusCode;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_imports::{self, CreateImport, Import, UpdateImport};
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use super::spot::Spot;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

pub(super) struct Row {
    pub(super) label: String,
    pub(super) address: String,
    pub(super) position: i32,
    pub(super) move_to: String,
    pub(super) delete: String,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

#[derive(Template)]
#[template(path = "screens/secrets/imports.html")]
pub(super) struct ImportsPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) rows: Vec<Row>,
    pub(super) environments: Vec<Choice>,
    pub(super) may_create: bool,
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
}

async fn imports_page(visit: &Visit, spot: &Spot, fields: Fields) -> Result<ImportsPage> {
    let list = secret_imports::list(&visit.app, &visit.caller, spot.project.row.id, &spot.environment.slug, &spot.path).await?;
    let count = list.len();
    let rows = list.into_iter().enumerate().map(|(index, import)| row(spot, index, count, &import)).collect();
    Ok(ImportsPage {
        page: spot.page_within(visit, "Imports"),
        fields,
        action: spot.address("/imports"),
        back: spot.address(""),
        place: spot.label(),
        rows,
        environments: spot.project.environments.iter().map(|own| choice(own.slug.clone(), own.name.clone())).collect(),
        may_create: spot.may_on("create", "secret-imports"),
        may_edit: spot.may_on("edit", "secret-imports"),
        may_delete: spot.may_on("delete", "secret-imports"),
    })
}

fn row(spot: &Spot, index: usize, count: usize, import: &Import) -> Row {
    Row {
        label: format!("{} {}", import.source.name, import.row.import_path),
        address: spot.address_in(&import.source.slug, &import.row.import_path),
        position: import.row.position,
        move_to: spot.address(&format!("/imports/{}/move", import.row.id)),
        delete: spot.address(&format!("/imports/{}/delete", import.row.id)),
        is_first: index == 0,
        is_last: index + 1 == count,
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    visit.show(&imports_page(&visit, &spot, Fields::new().with("path", "/")).await?)
}

pub(super) async fn create(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let mut fields = Fields::typed(&form);
    fields.require("environment", !form.text("environment").is_empty(), "Required");
    let path = match SecretPath::parse(form.text("path")) {
        Ok(path) => path,
        Err(error) => {
            fields.fail("path", error.to_string());
            SecretPath::root()
        }
    };
    if fields.is_valid() {
        let input = CreateImport {
            project_id: spot.project.row.id,
            environment: spot.environment.slug.clone(),
            path: spot.path.clone(),
            source_environment: form.text("environment").to_owned(),
            source_path: path,
            is_replication: false,
        };
        let made = visit.once(&form, async {
            secret_imports::create(&visit.app, &visit.caller, input).await?;
            Ok(spot.address("/imports"))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("The folder is imported")),
            Err(Error::BadRequest { message, .. }) if message.contains("yclic") => {
                fields.fail("path", "This folder is the folder itself, or imports it already: that would go in a circle.");
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &imports_page(&visit, &spot, fields).await?)
}

pub(super) async fn reorder(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let id: Uuid = visit.param("importId")?;
    let position = form.text("position").parse().map_err(|_| Error::bad_request("A position is a number."))?;
    let input = UpdateImport { position: Some(position), ..UpdateImport::default() };
    let (app, caller) = (&visit.app, &visit.caller);
    secret_imports::update(app, caller, spot.project.row.id, &spot.environment.slug, &spot.path, id, input).await?;
    visit.go(go(spot.address("/imports")).notice(format!("The import is number {position} now")))
}

pub(super) async fn delete(visit: Visit, _form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let id: Uuid = visit.param("importId")?;
    let (app, caller) = (&visit.app, &visit.caller);
    let gone = secret_imports::delete(app, caller, spot.project.row.id, &spot.environment.slug, &spot.path, id).await?;
    let notice = format!("{} {} is not imported any more", gone.source.name, gone.row.import_path);
    visit.go(go(spot.address("/imports")).notice(notice))
}
