//! Moving a folder with everything in it to another place of the project.

use askama::Template;
use http::StatusCode;
use keyferry_domain::folders::{self, Folder, ListFolders, MoveFolder};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Error, Result};

use super::folders::{folder, inside};
use super::spot::{self, Spot};
use super::syncs::{self, SyncLink};
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

/// Folders offered to choose from; any other can be typed.
const MOST_FOLDERS: usize = 200;

#[derive(Template)]
#[template(path = "screens/secrets/move_folder.html")]
pub(super) struct MoveFolderPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) path: String,
    pub(super) environments: Vec<Choice>,
    /// Folders of the same environment.
    pub(super) folders: Vec<String>,
    /// Syncs of the folder and of those beneath it.
    pub(super) following: Vec<SyncLink>,
    /// What names the folder by its path: address and words.
    pub(super) touching: Vec<(String, String)>,
    /// How much more does that the visitor may not see.
    pub(super) hidden: usize,
    /// Syncs of the target, which somebody has to agree to.
    pub(super) syncs: Vec<SyncLink>,
}

async fn move_page(visit: &Visit, spot: &Spot, folder: &Folder, fields: Fields, syncs: Vec<SyncLink>) -> Result<MoveFolderPage> {
    let inside = inside(visit, spot, folder).await?;
    let touching = folders::touching(&visit.app, &visit.caller, spot.project.row.id, folder.id).await?;
    let name = |slug: &str| {
        let environment = spot.project.environments.iter().find(|own| own.slug == slug);
        environment.map_or(slug.to_owned(), |own| own.name.clone())
    };
    let imports = touching
        .imports
        .iter()
        .map(|(slug, path)| (spot.address_in(slug, path.as_str()), format!("{} imports it", spot::label(&name(slug), path))));
    let references = touching.references.iter().map(|(slug, path, key)| {
        (spot.address_in(slug, path.as_str()), format!("{key} in {} refers to it", spot::label(&name(slug), path)))
    });
    Ok(MoveFolderPage {
        page: spot.page_within(visit, "Move folder"),
        action: spot.address(&format!("/folders/{}/move", folder.id)),
        back: spot.address(""),
        path: inside.label(),
        environments: spot.project.environments.iter().map(|own| choice(own.slug.clone(), own.name.clone())).collect(),
        folders: known(visit, spot, &inside.path).await?,
        following: syncs::beneath(visit, &inside).await?,
        hidden: touching.hidden,
        touching: imports.chain(references).collect(),
        fields,
        syncs,
    })
}

/// Folders of the environment that the folder could go into.
async fn known(visit: &Visit, spot: &Spot, moving: &SecretPath) -> Result<Vec<String>> {
    let wanted = ListFolders {
        project_id: spot.project.row.id,
        environment: spot.environment.slug.clone(),
        path: SecretPath::root(),
        recursive: true,
        last_secret_modified_ms: None,
    };
    let own: Vec<&str> = moving.segments().collect();
    let is_apart = |path: &SecretPath| !path.segments().take(own.len()).eq(own.iter().copied()) && *path != spot.path;
    match folders::list(&visit.app, &visit.caller, wanted).await {
        Ok(list) => {
            let root = (!spot.path.is_root()).then(|| "/".to_owned());
            let below = list.into_iter().filter(|listed| is_apart(&listed.path)).map(|listed| listed.path.to_string());
            Ok(root.into_iter().chain(below).take(MOST_FOLDERS).collect())
        }
        Err(Error::PermissionDenied { .. }) => Ok(Vec::new()),
        Err(other) => Err(other),
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let folder = folder(&visit, &spot).await?;
    let fields = Fields::new().with("environment", spot.environment.slug.clone());
    visit.show(&move_page(&visit, &spot, &folder, fields, Vec::new()).await?)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let folder = folder(&visit, &spot).await?;
    let mut fields = Fields::typed(&form);
    fields.require("path", !form.text("path").is_empty(), "Required");
    let path = match SecretPath::parse(form.text("path")) {
        Ok(path) => path,
        Err(error) => {
            fields.fail("path", error.to_string());
            SecretPath::root()
        }
    };
    let slug = form.text("environment");
    let is_known = spot.project.environments.iter().any(|own| own.slug == slug);
    fields.require("environment", is_known, "Choose an environment");
    let mut syncs = Vec::new();
    if fields.is_valid() {
        let target = Spot::within(&visit, spot.project.clone(), slug, path).await?;
        syncs = syncs::taking_below(&visit, &target).await?;
        fields.require("understood", syncs.is_empty() || form.is_ticked("understood"), "Tick that you understand");
        if fields.is_valid() {
            match carry_out(&visit, &spot, &folder, &target).await {
                Ok(()) => {
                    let notice = format!("Moved the folder {} to {}", folder.name, target.label());
                    return visit.go(go(target.address("")).notice(notice));
                }
                Err(Error::NotFound { message, .. } | Error::BadRequest { message, .. }) => fields.fail("path", message),
                Err(error) => fields.take(error, &[])?,
            }
        }
    }
    let page = move_page(&visit, &spot, &folder, fields, syncs).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn carry_out(visit: &Visit, spot: &Spot, folder: &Folder, target: &Spot) -> Result<()> {
    let input = MoveFolder {
        id_or_name: folder.id.to_string(),
        environment: spot.environment.slug.clone(),
        path: spot.path.clone(),
        to_environment: target.environment.slug.clone(),
        to_path: target.path.clone(),
    };
    folders::move_folder(&visit.app, &visit.caller, spot.project.row.id, input).await?;
    Ok(())
}
