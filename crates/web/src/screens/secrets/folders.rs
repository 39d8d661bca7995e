//! Folders: add, rename, delete with the list of what goes along.

use askama::Template;
use http::StatusCode;
use keyferry_domain::folders::{self, CreateFolder, Folder, ListFolders, UpdateFolder};
use keyferry_domain::secrets::browse::{BrowseInput, browse};
use keyferry_domain::{Error, Result, secret_syncs};
use uuid::Uuid;

use super::spot::{Spot, parent};
use super::syncs;
use crate::form::{Fields, Form};
use crate::text::plural;
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/secrets/folder.html")]
pub(super) struct FolderPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) is_new: bool,
    pub(super) syncs: Vec<String>,
}

#[derive(Template)]
#[template(path = "screens/secrets/delete_folder.html")]
pub(super) struct DeleteFolderPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) path: String,
    pub(super) name: String,
    pub(super) secrets: String,
    pub(super) folders: Vec<String>,
    pub(super) syncs: Vec<String>,
    /// What may become of the variables that the syncs wrote.
    pub(super) choices: Vec<Choice>,
}

fn new_page(visit: &Visit, spot: &Spot, fields: Fields) -> FolderPage {
    FolderPage {
        page: spot.page_within(visit, "Add folder"),
        action: spot.address("/folders/new"),
        back: spot.address(""),
        place: spot.label(),
        is_new: true,
        syncs: Vec::new(),
        fields,
    }
}

pub(super) async fn show_new(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    visit.show(&new_page(&visit, &spot, Fields::new()))
}

fn check(fields: &mut Fields, form: &Form) {
    let name = form.text("name");
    fields.require("name", !name.is_empty(), "Required");
    if !name.is_empty() {
        let message = "A folder's name may hold letters, digits, dashes and underscores";
        fields.require("name", folders::is_valid_name(name), message);
    }
}

pub(super) async fn create(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let mut fields = Fields::typed(&form);
    check(&mut fields, &form);
    if fields.is_valid() {
        let input = CreateFolder {
            project_id: spot.project.row.id,
            environment: spot.environment.slug.clone(),
            path: spot.path.clone(),
            name: form.text("name").to_owned(),
            description: form.optional("description"),
        };
        let made = visit.once(&form, async {
            let place = folders::create(&visit.app, &visit.caller, input).await?;
            Ok(spot.address_at("", &place.path))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully created folder")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &new_page(&visit, &spot, fields))
}

/// The folder of the address (`{folderId}`), which lies in the folder that the address names.
pub(super) async fn folder(visit: &Visit, spot: &Spot) -> Result<Folder> {
    let id: Uuid = visit.param("folderId")?;
    let place = folders::get(&visit.app, &visit.caller, id).await?;
    let is_here = place.environment.id == spot.environment.id && parent(&place.path) == spot.path;
    if !is_here || place.path.is_root() {
        return Err(Error::not_found("This folder does not exist any more, or lies elsewhere by now."));
    }
    Ok(place.folder)
}

/// The same place, seen from inside the folder.
pub(super) async fn inside(visit: &Visit, spot: &Spot, folder: &Folder) -> Result<Spot> {
    Spot::at_path(visit, spot.path.join(&folder.name)).await
}

async fn edit_page(visit: &Visit, spot: &Spot, folder: &Folder, fields: Fields) -> Result<FolderPage> {
    let inside = inside(visit, spot, folder).await?;
    Ok(FolderPage {
        page: spot.page_within(visit, "Rename folder"),
        action: spot.address(&format!("/folders/{}/edit", folder.id)),
        back: spot.address(""),
        place: spot.label(),
        is_new: false,
        syncs: syncs::of_folder(visit, &inside).await?.into_iter().map(|sync| sync.label).collect(),
        fields,
    })
}

pub(super) async fn show_edit(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let folder = folder(&visit, &spot).await?;
    let fields =
        Fields::new().with("name", folder.name.clone()).with("description", folder.description.clone().unwrap_or_default());
    visit.show(&edit_page(&visit, &spot, &folder, fields).await?)
}

pub(super) async fn edit(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let folder = folder(&visit, &spot).await?;
    let mut fields = Fields::typed(&form);
    check(&mut fields, &form);
    if fields.is_valid() {
        let input = UpdateFolder {
            id_or_name: folder.id.to_string(),
            environment: spot.environment.slug.clone(),
            path: spot.path.clone(),
            name: form.text("name").to_owned(),
            description: Some(form.optional("description")),
        };
        match folders::update(&visit.app, &visit.caller, spot.project.row.id, input).await {
            Ok(_) => return visit.go(go(spot.address("")).notice("Successfully updated folder")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = edit_page(&visit, &spot, &folder, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn delete_page(visit: &Visit, spot: &Spot, folder: &Folder, fields: Fields) -> Result<DeleteFolderPage> {
    let inside = inside(visit, spot, folder).await?;
    let input = BrowseInput {
        limit: 1,
        ..BrowseInput::new(spot.project.row.id, inside.path.clone(), vec![spot.environment.slug.clone()])
    };
    let held = match browse(&visit.app, &visit.caller, &input).await {
        Ok(found) => match found.total.and_then(|total| usize::try_from(total).ok()) {
            Some(total) => plural(total, "secret", "secrets"),
            None => "secrets, some of which you may not see".to_owned(),
        },
        Err(Error::PermissionDenied { .. }) => "secrets that you may not see".to_owned(),
        Err(other) => return Err(other),
    };
    let wanted = ListFolders {
        project_id: spot.project.row.id,
        environment: spot.environment.slug.clone(),
        path: inside.path.clone(),
        recursive: true,
        last_secret_modified_ms: None,
    };
    let below = match folders::list(&visit.app, &visit.caller, wanted).await {
        Ok(list) => list.into_iter().take(100).map(|listed| listed.path.to_string()).collect(),
        Err(Error::PermissionDenied { .. }) => Vec::new(),
        Err(other) => return Err(other),
    };
    Ok(DeleteFolderPage {
        page: spot.page_within(visit, "Delete folder"),
        action: spot.address(&format!("/folders/{}/delete", folder.id)),
        back: spot.address(""),
        path: inside.label(),
        name: folder.name.clone(),
        secrets: held,
        folders: below,
        syncs: syncs::beneath(visit, &inside).await?.into_iter().map(|sync| sync.label).collect(),
        choices: vec![
            choice("keep", "Leave variables at Checkly")
                .note("The syncs stay, without a source, until you give them another or delete them."),
            choice("remove", "Remove Synced Secrets")
                .note("The variables that these syncs wrote are removed at Checkly, and the syncs deleted."),
        ],
        fields,
    })
}

pub(super) async fn show_delete(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let folder = folder(&visit, &spot).await?;
    visit.show(&delete_page(&visit, &spot, &folder, Fields::new().with("written", "keep")).await?)
}

pub(super) async fn delete(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let folder = folder(&visit, &spot).await?;
    let mut fields = Fields::typed(&form);
    let message = format!("Type {} to confirm", folder.name);
    fields.require("confirm", form.text("confirm") == folder.name, &message);
    let mut queued = 0;
    if fields.is_valid() && form.text("written") == "remove" {
        // Before the folder goes: afterwards nothing tells any more which syncs read from it.
        let inside = inside(&visit, &spot, &folder).await?;
        for sync in syncs::beneath(&visit, &inside).await? {
            match secret_syncs::delete(&visit.app, &visit.caller, &sync.destination, sync.id, true).await {
                Ok(_) => queued += 1,
                Err(Error::BadRequest { message, .. }) => fields.fail("written", format!("{}: {message}", sync.label)),
                Err(other) => return Err(other.into()),
            }
        }
    }
    if fields.is_valid() {
        let (app, caller, id) = (&visit.app, &visit.caller, folder.id.to_string());
        folders::delete(app, caller, spot.project.row.id, &spot.environment.slug, &spot.path, &id).await?;
        let more = match queued {
            0 => String::new(),
            queued => format!(". Removing {} with all that was written", plural(queued, "sync", "syncs")),
        };
        return visit.go(go(spot.address("")).notice(format!("Deleted the folder {}{more}", folder.name)));
    }
    let page = delete_page(&visit, &spot, &folder, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
