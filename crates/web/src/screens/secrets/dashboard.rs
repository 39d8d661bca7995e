//! One folder of one environment: its folders, secrets and imports.

use std::collections::HashMap;

use askama::Template;
use http::StatusCode;
use keyferry_domain::folders::{self, ListFolders};
use keyferry_domain::secrets::browse::{BrowseInput, Browsed, Column, Wanted, browse, reveal};
use keyferry_domain::secrets::{Kind, commits};
use keyferry_domain::{Error, secret_imports, tags};
use secrecy::{ExposeSecret as _, SecretString};

use super::listing::{self, Listing};
use super::rows::{Row, Value};
use super::spot::{Spot, parent, steps};
use crate::form::Form;
use crate::text::count;
use crate::ui::{Notice, Page};
use crate::visit::{Answer, Visit};

/// A link, such as a folder or an environment.
pub(super) struct Link {
    pub(super) label: String,
    pub(super) address: String,
    pub(super) is_current: bool,
}

pub(super) struct FolderRow {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) edit: String,
    pub(super) relocate: String,
    pub(super) delete: String,
    pub(super) description: String,
}

pub(super) struct ImportRow {
    pub(super) label: String,
    pub(super) address: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/dashboard.html")]
pub(super) struct DashboardPage {
    pub(super) page: Page,
    pub(super) place: String,
    pub(super) environments: Vec<Link>,
    pub(super) way: Vec<Link>,
    pub(super) up: String,
    pub(super) folders: Vec<FolderRow>,
    pub(super) rows: Vec<Row>,
    pub(super) imports: Vec<ImportRow>,
    pub(super) listing: Listing,
    pub(super) address: DashboardAddresses,
    /// Where the deletion before can be undone; empty when there was none.
    pub(super) undo: String,
    pub(super) may_create: bool,
    pub(super) may_read: bool,
    pub(super) may_add_folder: bool,
    pub(super) may_change_folder: bool,
    pub(super) may_import: bool,
    /// How many commits the folder has, for who may see them.
    pub(super) commits: Option<String>,
}

/// Where the buttons of the dashboard lead.
pub(super) struct DashboardAddresses {
    pub(super) here: String,
    pub(super) new: String,
    pub(super) new_folder: String,
    pub(super) imports: String,
    pub(super) upload: String,
    pub(super) names: String,
    pub(super) export: String,
    pub(super) commits: String,
    pub(super) reveal: String,
    pub(super) selected: String,
}

impl DashboardAddresses {
    pub(super) fn of(spot: &Spot) -> Self {
        Self {
            here: spot.address(""),
            new: spot.address("/new"),
            new_folder: spot.address("/folders/new"),
            imports: spot.address("/imports"),
            upload: spot.address("/import"),
            names: spot.address("/names"),
            export: spot.address("/export"),
            commits: spot.address("/commits"),
            reveal: spot.address("/reveal"),
            selected: spot.address("/selected"),
        }
    }
}

impl DashboardPage {
    fn is_unused(&self) -> bool {
        self.rows.is_empty() && self.folders.is_empty() && !self.listing.is_narrowed()
    }
}

/// A value that was asked for.
#[derive(Template)]
#[template(path = "screens/secrets/value.html")]
pub(super) struct ValueFragment {
    pub(super) key: String,
    pub(super) value: Option<SecretString>,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    visit.show(&dashboard(&visit, &spot, HashMap::new()).await?)
}

/// Shows values: one (`one`), the ticked ones (`key`), or all of the page.
pub(super) async fn show_values(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let mut keys: Vec<String> = form.all("one").map(str::to_owned).collect();
    if keys.is_empty() {
        keys = form.all("key").map(str::to_owned).collect();
    }
    if keys.is_empty() {
        keys = form.all("row").map(str::to_owned).collect();
    }
    let found = reveal(&visit.app, &visit.caller, &spot.location(), &Wanted::Keys(keys.clone()), Kind::Shared).await?;
    if visit.is_fragment {
        let [key] = keys.as_slice() else { return Err(Error::bad_request("Ask for one value at a time.").into()) };
        let secret = found.into_iter().next().ok_or_else(|| Error::not_found("This secret was deleted meanwhile."))?;
        return visit.show(&ValueFragment { key: key.clone(), value: secret.value });
    }
    let values = found.into_iter().filter_map(|secret| Some((secret.key, secret.value?))).collect();
    visit.show_as(StatusCode::OK, &dashboard(&visit, &spot, values).await?)
}

async fn dashboard(visit: &Visit, spot: &Spot, mut values: HashMap<String, SecretString>) -> Result<DashboardPage, Error> {
    let (app, caller) = (&visit.app, &visit.caller);
    let mut input = BrowseInput::new(spot.project.row.id, spot.path.clone(), vec![spot.environment.slug.clone()]);
    listing::read(visit, &mut input);
    let Browsed { columns, rows, total, has_next, has_previous } = browse(app, caller, &input).await?;
    debug_assert_eq!(columns, [Column::Open]);
    let ends = (rows.first().map(|row| row.key.clone()), rows.last().map(|row| row.key.clone()));
    let tags = match tags::list(app, caller, spot.project.row.id).await {
        Ok(tags) => tags.into_iter().map(|tag| tag.slug).collect(),
        Err(Error::PermissionDenied { .. }) => Vec::new(),
        Err(other) => return Err(other),
    };
    let listing = Listing::new(visit, &input, total, rows.len(), ends, (has_previous, has_next), tags);
    let now_ms = app.now_ms();
    let name_of = |slug: &str| {
        spot.project.environments.iter().find(|own| own.slug == slug).map_or_else(|| slug.to_owned(), |own| own.name.clone())
    };
    let mut rows: Vec<Row> = rows
        .into_iter()
        .filter_map(|row| {
            Row::of(
                row,
                |id| spot.secret(id),
                |environment, path| (format!("{} {path}", name_of(environment)), spot.address_in(environment, path)),
                now_ms,
            )
        })
        .collect();
    let mut is_revealed = false;
    for row in rows.iter_mut().filter(|row| row.from.is_none()) {
        if let Some(value) = values.remove(&row.key)
            && !value.expose_secret().is_empty()
        {
            row.value = Value::Shown(value);
            is_revealed = true;
        }
    }
    let imports = match secret_imports::list(app, caller, spot.project.row.id, &spot.environment.slug, &spot.path).await {
        Ok(list) => list
            .into_iter()
            .map(|import| ImportRow {
                label: format!("{} {}", import.source.name, import.row.import_path),
                address: spot.address_in(&import.source.slug, &import.row.import_path),
            })
            .collect(),
        Err(Error::PermissionDenied { .. }) => Vec::new(),
        Err(other) => return Err(other),
    };
    let title = match steps(&spot.path).pop() {
        Some(step) => step.name,
        None => spot.environment.name.clone(),
    };
    let mut page = match spot.path.is_root() {
        true => spot.page(visit, &title),
        false => {
            let mut page = spot.page(visit, &title);
            for step in steps(&parent(&spot.path)) {
                page = page.below(step.name, spot.address_at("", &step.path));
            }
            page
        }
    };
    if is_revealed {
        page = page.saying(Notice::done("Values are shown. They are hidden again when you leave or reload this page."));
    }
    Ok(DashboardPage {
        place: spot.label(),
        environments: spot
            .project
            .environments
            .iter()
            .map(|own| Link {
                label: own.name.clone(),
                address: spot.address_in(&own.slug, spot.path.as_str()),
                is_current: own.id == spot.environment.id,
            })
            .collect(),
        way: way(spot),
        up: if spot.path.is_root() { String::new() } else { spot.address_at("", &parent(&spot.path)) },
        folders: folder_rows(visit, spot, &listing.search, &input).await?,
        rows,
        imports,
        listing,
        address: DashboardAddresses::of(spot),
        undo: visit.query_as::<uuid::Uuid>("undo").map(|id| spot.address(&format!("/commits/{id}/revert"))).unwrap_or_default(),
        may_create: spot.may("create"),
        may_read: spot.may("readValue"),
        may_add_folder: spot.may_on("create", "secret-folders"),
        may_change_folder: spot.may_on("edit", "secret-folders"),
        may_import: spot.may_on("create", "secret-imports"),
        commits: commit_count(visit, spot).await?,
        page,
    })
}

/// How many commits the folder has; none for who may not see them.
async fn commit_count(visit: &Visit, spot: &Spot) -> Result<Option<String>, Error> {
    match commits::count(&visit.app, &visit.caller, &spot.location()).await {
        Ok((total, _)) => Ok(Some(count(total))),
        Err(Error::PermissionDenied { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

fn way(spot: &Spot) -> Vec<Link> {
    let root = Link {
        label: spot.environment.name.clone(),
        address: spot.address_at("", &keyferry_domain::paths::SecretPath::root()),
        is_current: spot.path.is_root(),
    };
    let below = steps(&spot.path).into_iter().map(|step| Link {
        address: spot.address_at("", &step.path),
        is_current: step.path == spot.path,
        label: step.name,
    });
    std::iter::once(root).chain(below).collect()
}

/// The folders in this one; only on the first page, where they stand before the secrets.
async fn folder_rows(visit: &Visit, spot: &Spot, search: &str, input: &BrowseInput) -> Result<Vec<FolderRow>, Error> {
    if input.cursor.is_some() || input.having.is_some() || input.tag.is_some() {
        return Ok(Vec::new());
    }
    let wanted = ListFolders {
        project_id: spot.project.row.id,
        environment: spot.environment.slug.clone(),
        path: spot.path.clone(),
        recursive: false,
        last_secret_modified_ms: None,
    };
    let found = match folders::list(&visit.app, &visit.caller, wanted).await {
        Ok(found) => found,
        Err(Error::PermissionDenied { .. }) => Vec::new(),
        Err(other) => return Err(other),
    };
    let search = search.to_lowercase();
    Ok(found
        .into_iter()
        .filter(|listed| listed.folder.name.to_lowercase().contains(&search))
        .map(|listed| FolderRow {
            address: spot.address_at("", &listed.path),
            edit: spot.address(&format!("/folders/{}/edit", listed.folder.id)),
            relocate: spot.address(&format!("/folders/{}/move", listed.folder.id)),
            delete: spot.address(&format!("/folders/{}/delete", listed.folder.id)),
            description: listed.folder.description.unwrap_or_default(),
            name: listed.folder.name,
        })
        .collect())
}

/// `100 of 10,000 secrets`.
pub(super) fn shown(shown: usize, total: Option<u64>) -> String {
    match total {
        Some(total) if total > 10_000 => format!("{} of 10,000+ secrets", count(shown as u64)),
        Some(1) => "1 secret".to_owned(),
        Some(total) if total == shown as u64 => format!("{} secrets", count(total)),
        Some(total) => format!("{} of {} secrets", count(shown as u64), count(total)),
        None => format!("{} secrets on this page", count(shown as u64)),
    }
}
