//! Deleting secrets, one or many, after the list of what goes and who uses it was shown.

use askama::Template;
use keyferry_domain::secrets::browse::{BrowseInput, browse};
use keyferry_domain::secrets::{self, ReferenceNode, dependency_tree};
use keyferry_domain::{Error, Result};

use super::spot::{Spot, and_query};
use super::subject::Subject;
use crate::form::Form;
use crate::text::plural;
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// A secret that would go.
pub(super) struct Victim {
    pub(super) key: String,
    pub(super) used_by: Vec<String>,
}

#[derive(Template)]
#[template(path = "screens/secrets/delete.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) victims: Vec<Victim>,
    pub(super) more: usize,
    pub(super) keys: Vec<String>,
    pub(super) syncs: Vec<String>,
}

impl DeletePage {
    fn more_text(&self) -> String {
        crate::text::count(self.more as u64)
    }

    fn verb(&self) -> String {
        format!("Delete {}", plural(self.keys.len(), "secret", "secrets"))
    }
}

/// How many secrets are listed with their uses.
const MAX_LISTED: usize = 100;

pub(super) async fn delete_page(visit: &Visit, spot: &Spot, keys: Vec<String>) -> Result<DeletePage> {
    let mut victims = Vec::new();
    for key in keys.iter().take(MAX_LISTED) {
        let used_by = match dependency_tree(&visit.app, &visit.caller, spot.location(), key).await {
            Ok(tree) => tree.children.iter().map(described).collect(),
            Err(Error::NotFound { .. }) => Vec::new(),
            Err(other) => return Err(other),
        };
        victims.push(Victim { key: key.clone(), used_by });
    }
    let title = if keys.len() == 1 { "Delete secret" } else { "Delete secrets" };
    Ok(DeletePage {
        page: spot.page_within(visit, title),
        action: spot.address("/delete"),
        back: spot.address(""),
        place: spot.label(),
        more: keys.len().saturating_sub(MAX_LISTED),
        syncs: super::syncs::of_folder(visit, spot).await?.into_iter().map(|sync| sync.label).collect(),
        victims,
        keys,
    })
}

fn described(node: &ReferenceNode) -> String {
    format!("{} in {} {}", node.key, node.environment, node.path)
}

pub(super) async fn show(visit: Visit) -> Answer {
    let subject = Subject::of(&visit).await?;
    let page = delete_page(&visit, &subject.spot, vec![subject.detail.secret.key.clone()]).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let keys: Vec<String> = form.all("key").map(str::to_owned).collect();
    if keys.is_empty() {
        return visit.go(go(spot.address("")).alert("Nothing was deleted: no secret was selected."));
    }
    let commit_id = secrets::write_many(&visit.app, &visit.caller, &spot.location(), &[], &keys).await?;
    let commit_id = commit_id.map(|id| id.to_string()).unwrap_or_default();
    let back = and_query(spot.address(""), &[("undo", &commit_id)]);
    visit.go(go(back).notice(format!("Deleted {}", plural(keys.len(), "secret", "secrets"))))
}

/// The keys that a form of the list names: those ticked or, when asked for, all that match.
pub(super) async fn selected(visit: &Visit, spot: &Spot, form: &Form) -> Result<Vec<String>> {
    if !form.is_ticked("all") {
        let mut keys: Vec<String> = form.all("key").map(str::to_owned).collect();
        keys.sort_unstable();
        keys.dedup();
        return Ok(keys);
    }
    let mut input = BrowseInput::new(spot.project.row.id, spot.path.clone(), vec![spot.environment.slug.clone()]);
    input.search = form.text("search").to_owned();
    input.tag = form.optional("tag");
    input.having = form.value("having").and_then(secrets::browse::Having::from_word);
    input.limit = 1_000;
    let mut keys = Vec::new();
    loop {
        let found = browse(&visit.app, &visit.caller, &input).await?;
        let last = found.rows.last().map(|row| row.key.clone());
        keys.extend(found.rows.into_iter().filter(|row| row.cells.iter().any(|cell| cell.own().is_some())).map(|row| row.key));
        match last {
            Some(last) if found.has_next => input.cursor = Some(secrets::browse::Cursor::After(last)),
            _ => return Ok(keys),
        }
    }
}
