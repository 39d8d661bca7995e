//! Names that a value may refer to with `${…}`: secrets of this folder, and by environment and folders those of others.

use askama::Template;
use keyferry_domain::folders::{self, ListFolders};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::browse::{BrowseInput, browse};
use keyferry_domain::{Error, Result};

use super::spot::Spot;
use crate::ui::Page;
use crate::visit::{Answer, Visit};

const MAX: usize = 50;

#[derive(Template)]
#[template(path = "screens/secrets/names.html")]
pub(super) struct NamesPage {
    pub(super) page: Page,
    pub(super) place: String,
    pub(super) action: String,
    pub(super) folder: String,
    pub(super) typed: String,
    /// Those that end in a dot go on.
    pub(super) names: Vec<String>,
}

impl NamesPage {
    /// What stands in a value.
    fn written(&self, name: &str) -> String {
        if name.ends_with('.') { format!("${{{name}…}}") } else { format!("${{{name}}}") }
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let typed = visit.query("q").unwrap_or_default().to_owned();
    visit.show(&NamesPage {
        names: names(&visit, &spot, &typed).await?,
        page: spot.page_within(&visit, "Names to refer to"),
        place: spot.label(),
        action: spot.address_at("/names", &SecretPath::root()),
        folder: super::spot::path_text(&spot.path).to_owned(),
        typed,
    })
}

/// What the text behind `${` may go on to.
async fn names(visit: &Visit, spot: &Spot, typed: &str) -> Result<Vec<String>> {
    let Some((head, last)) = typed.rsplit_once('.') else {
        let mut names = keys(visit, spot, &spot.environment.slug, &spot.path, typed).await?;
        let slugs = spot.project.environments.iter().map(|own| &own.slug).filter(|slug| begins(slug, typed));
        names.extend(slugs.map(|slug| format!("{slug}.")));
        names.truncate(MAX);
        return Ok(names);
    };
    let mut parts = head.split('.');
    let environment = parts.next().unwrap_or_default();
    let path = SecretPath::from_names(parts);
    let wanted = ListFolders {
        project_id: spot.project.row.id,
        environment: environment.to_owned(),
        path: path.clone(),
        recursive: false,
        last_secret_modified_ms: None,
    };
    let below = unless_closed(folders::list(&visit.app, &visit.caller, wanted).await)?;
    let below = below.into_iter().map(|listed| listed.folder.name).filter(|name| begins(name, last));
    let mut names: Vec<String> = below.map(|name| format!("{head}.{name}.")).collect();
    names.extend(keys(visit, spot, environment, &path, last).await?.into_iter().map(|key| format!("{head}.{key}")));
    names.truncate(MAX);
    Ok(names)
}

async fn keys(visit: &Visit, spot: &Spot, environment: &str, path: &SecretPath, typed: &str) -> Result<Vec<String>> {
    let mut input = BrowseInput::new(spot.project.row.id, path.clone(), vec![environment.to_owned()]);
    input.search = typed.to_owned();
    let found = match browse(&visit.app, &visit.caller, &input).await {
        Ok(found) => found.rows,
        Err(error) => unless_closed(Err(error))?,
    };
    Ok(found.into_iter().map(|row| row.key).filter(|key| begins(key, typed)).collect())
}

fn begins(name: &str, typed: &str) -> bool {
    name.to_lowercase().starts_with(&typed.to_lowercase())
}

/// Nothing for places that do not exist or that the visitor may not know of.
fn unless_closed<T>(found: Result<Vec<T>>) -> Result<Vec<T>> {
    match found {
        Err(Error::NotFound { .. } | Error::PermissionDenied { .. }) => Ok(Vec::new()),
        other => other,
    }
}
