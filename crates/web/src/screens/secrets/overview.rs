//! The overview: every key of a folder beside every environment.

use std::collections::BTreeMap;

use askama::Template;
use keyferry_domain::environments::Environment;
use keyferry_domain::folders::{self, ListFolders};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::projects::Project;
use keyferry_domain::secrets::browse::{BrowseInput, Cell, Column, browse};
use keyferry_domain::{Error, tags};

use super::dashboard::Link;
use super::listing::{self, Listing};
use super::spot::{self, parent, path_of, steps, with_query};
use crate::ui::{Page, Place, ProjectFrame};
use crate::visit::{Answer, Visit};

/// An environment as a column.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) address: String,
    pub(super) note: &'static str,
    pub(super) is_shown: bool,
}

/// How a key stands in an environment: a symbol, the words for it, and where to go from there.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) symbol: &'static str,
    pub(super) word: String,
    pub(super) environment: String,
    pub(super) address: String,
}

pub(super) struct MatrixRow {
    pub(super) key: String,
    pub(super) address: String,
    pub(super) tags: Vec<String>,
    pub(super) has_comment: bool,
    pub(super) marks: Vec<Mark>,
}

pub(super) struct FolderLine {
    pub(super) name: String,
    pub(super) address: String,
    /// Per column, whether the environment has it.
    pub(super) is_there: Vec<bool>,
}

pub(super) struct OverviewAddresses {
    pub(super) here: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/overview.html")]
pub(super) struct OverviewPage {
    pub(super) page: Page,
    pub(super) way: Vec<Link>,
    pub(super) up: String,
    pub(super) heads: Vec<Head>,
    pub(super) folders: Vec<FolderLine>,
    pub(super) rows: Vec<MatrixRow>,
    pub(super) listing: Listing,
    pub(super) address: OverviewAddresses,
    /// Where "Add Secret" and its companions lead: the first environment in which the visitor may create.
    pub(super) add: Option<Add>,
}

/// Where new things are added from the overview.
pub(super) struct Add {
    pub(super) secret: String,
    pub(super) folder: String,
    pub(super) upload: String,
}

impl OverviewPage {
    fn columns(&self) -> Vec<&Head> {
        self.heads.iter().filter(|head| head.is_shown).collect()
    }

    fn is_unused(&self) -> bool {
        self.rows.is_empty() && self.folders.is_empty() && !self.listing.is_narrowed()
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let rights = visit.rights().await?;
    let path = path_of(&visit)?;
    let base = ProjectFrame::address(project.row.org_id, project.row.id);
    let chosen: Vec<&str> = visit.query_all("env").collect();
    let is_shown = |own: &Environment| chosen.is_empty() || chosen.contains(&own.slug.as_str());
    let columns: Vec<&Environment> = project.environments.iter().filter(|own| is_shown(own)).collect();
    let slugs = columns.iter().map(|own| own.slug.clone()).collect();
    let mut input = BrowseInput::new(project.row.id, path.clone(), slugs);
    listing::read(&visit, &mut input);
    let found = browse(&visit.app, &visit.caller, &input).await?;
    let ends = (found.rows.first().map(|row| row.key.clone()), found.rows.last().map(|row| row.key.clone()));
    let tags = match tags::list(&visit.app, &visit.caller, project.row.id).await {
        Ok(tags) => tags.into_iter().map(|tag| tag.slug).collect(),
        Err(Error::PermissionDenied { .. }) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    let pages = (found.has_previous, found.has_next);
    let listing = Listing::new(&visit, &input, found.total, found.rows.len(), ends, pages, tags);
    let heads: Vec<Head> = project
        .environments
        .iter()
        .map(|own| Head {
            name: own.name.clone(),
            slug: own.slug.clone(),
            address: spot::dashboard(&base, &own.slug, "", &path),
            note: columns.iter().position(|shown| shown.id == own.id).map_or("", |at| match found.columns[at] {
                Column::Open => "",
                Column::NoFolder => "No such folder",
                Column::Denied => "Not permitted",
            }),
            is_shown: is_shown(own),
        })
        .collect();
    let rows = found
        .rows
        .into_iter()
        .map(|row| {
            let address =
                with_query(format!("{base}/overview/secret"), &[("secretPath", spot::path_text(&path)), ("key", &row.key)]);
            let tags = row.cells.iter().find_map(Cell::own).map(|own| own.tags.iter().map(|tag| tag.slug.clone()).collect());
            MatrixRow {
                tags: tags.unwrap_or_default(),
                has_comment: row.cells.iter().filter_map(Cell::own).any(|own| own.comment.is_some()),
                marks: row
                    .cells
                    .iter()
                    .zip(&columns)
                    .zip(&found.columns)
                    .map(|((cell, own), column)| mark(&base, &project, &path, &row.key, cell, own, *column))
                    .collect(),
                key: row.key,
                address,
            }
        })
        .collect();
    let folders = folder_lines(&visit, &project, &path, &columns, &input).await?;
    let add = columns
        .iter()
        .zip(&found.columns)
        .find(|(own, column)| {
            **column == Column::Open
                && rights.allows("create", "secrets", keyferry_domain::access::Facts::at(&own.slug, path.as_str()))
        })
        .map(|(own, _)| Add {
            secret: spot::dashboard(&base, &own.slug, "/new", &path),
            folder: spot::dashboard(&base, &own.slug, "/folders/new", &path),
            upload: spot::dashboard(&base, &own.slug, "/import", &path),
        });
    let title = steps(&path).pop().map_or_else(|| "Secrets".to_owned(), |step| step.name);
    let page = visit.project_page(&project, &title, Place::Secrets);
    visit.show(&OverviewPage {
        page,
        way: way(&base, &path),
        up: if path.is_root() { String::new() } else { spot::overview(&base, &parent(&path)) },
        heads,
        folders,
        rows,
        listing,
        address: OverviewAddresses { here: format!("{base}/overview") },
        add,
    })
}

fn way(base: &str, path: &SecretPath) -> Vec<Link> {
    let root =
        Link { label: "All secrets".to_owned(), address: spot::overview(base, &SecretPath::root()), is_current: path.is_root() };
    let below = steps(path).into_iter().map(|step| Link {
        address: spot::overview(base, &step.path),
        is_current: step.path == *path,
        label: step.name,
    });
    std::iter::once(root).chain(below).collect()
}

fn mark(base: &str, project: &Project, path: &SecretPath, key: &str, cell: &Cell, own: &Environment, column: Column) -> Mark {
    let here = spot::dashboard(base, &own.slug, "", path);
    let name = |slug: &str| {
        project.environments.iter().find(|own| own.slug == slug).map_or_else(|| slug.to_owned(), |own| own.name.clone())
    };
    let environment = own.name.clone();
    match cell {
        Cell::Set(secret) => {
            let address = format!("{base}/secrets/{}/{}", own.slug, secret.id);
            let (class, symbol, word) = match (secret.is_overridden, secret.is_empty, secret.differs) {
                (true, _, _) => ("c-own", "◍", "overridden by you"),
                (_, true, _) => ("c-empty", "○", "empty"),
                (_, _, true) => ("c-differs", "≠", "set, differs"),
                _ => ("c-set", "●", "set"),
            };
            Mark { class, symbol, word: word.to_owned(), environment, address }
        }
        Cell::Imported { environment: source, path: from, .. } => Mark {
            class: "c-imported",
            symbol: "↪",
            word: format!("imported from {} {from}", name(source)),
            environment,
            address: here,
        },
        Cell::Missing => Mark {
            class: "c-missing",
            symbol: "–",
            word: "missing".to_owned(),
            environment,
            address: with_query(
                format!("{base}/secrets/{}/new", own.slug),
                &[("secretPath", spot::path_text(path)), ("key", key)],
            ),
        },
        Cell::Closed if column == Column::NoFolder => {
            Mark { class: "c-missing", symbol: "–", word: "no such folder".to_owned(), environment, address: String::new() }
        }
        Cell::Closed => {
            Mark { class: "c-denied", symbol: "▒", word: "not permitted".to_owned(), environment, address: String::new() }
        }
    }
}

/// The folders of all environments together, by name; only on the first page.
async fn folder_lines(
    visit: &Visit,
    project: &Project,
    path: &SecretPath,
    columns: &[&Environment],
    input: &BrowseInput,
) -> Result<Vec<FolderLine>, Error> {
    if input.cursor.is_some() || input.having.is_some() || input.tag.is_some() {
        return Ok(Vec::new());
    }
    let base = ProjectFrame::address(project.row.org_id, project.row.id);
    let search = input.search.to_lowercase();
    let mut lines: BTreeMap<String, FolderLine> = BTreeMap::new();
    for (index, own) in columns.iter().enumerate() {
        let wanted = ListFolders {
            project_id: project.row.id,
            environment: own.slug.clone(),
            path: path.clone(),
            recursive: false,
            last_secret_modified_ms: None,
        };
        let found = match folders::list(&visit.app, &visit.caller, wanted).await {
            Ok(found) => found,
            Err(Error::PermissionDenied { .. } | Error::NotFound { .. }) => continue,
            Err(other) => return Err(other),
        };
        for listed in found.into_iter().filter(|listed| listed.folder.name.to_lowercase().contains(&search)) {
            let line = lines.entry(listed.folder.name.clone()).or_insert_with(|| FolderLine {
                address: spot::overview(&base, &listed.path),
                name: listed.folder.name,
                is_there: vec![false; columns.len()],
            });
            line.is_there[index] = true;
        }
    }
    Ok(lines.into_values().collect())
}
