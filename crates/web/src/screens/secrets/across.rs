//! One key in every environment: side by side, and changed together.

use std::collections::HashMap;

use askama::Template;
use http::StatusCode;
use keyferry_domain::environments::Environment;
use keyferry_domain::projects::Project;
use keyferry_domain::secrets::browse::{BrowseInput, Cell, Column, Wanted, browse, reveal};
use keyferry_domain::secrets::{self, Change, Kind, Location, NewSecret};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};

use super::edit::newlines;
use super::rows::Value;
use super::spot::{self, path_of, with_query};
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, Place, ProjectFrame, choice};
use crate::visit::{Answer, Visit, go};

/// The key in one environment.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) state: String,
    pub(super) class: &'static str,
    pub(super) symbol: &'static str,
    pub(super) address: String,
    pub(super) version: String,
    pub(super) value: Value,
    pub(super) is_there: bool,
    pub(super) may_write: bool,
    pub(super) typed: String,
    pub(super) same_as: Vec<Choice>,
    pub(super) chosen: String,
    pub(super) error: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/across.html")]
pub(super) struct AcrossPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) key: String,
    pub(super) here: String,
    pub(super) values: String,
    pub(super) back: String,
    pub(super) lines: Vec<Line>,
}

/// Where the page stands.
struct Stand {
    project: Project,
    path: keyferry_domain::paths::SecretPath,
    key: String,
    base: String,
}

impl Stand {
    async fn of(visit: &Visit) -> Result<Self> {
        let project = visit.project().await?;
        let key = visit.query("key").ok_or_else(|| Error::not_found("The address names no key."))?.to_owned();
        let base = ProjectFrame::address(project.row.org_id, project.row.id);
        Ok(Self { path: path_of(visit)?, project, key, base })
    }

    fn address(&self, tail: &str) -> String {
        with_query(
            format!("{}/overview/secret{tail}", self.base),
            &[("secretPath", spot::path_text(&self.path)), ("key", &self.key)],
        )
    }

    fn location(&self, slug: &str) -> Location {
        Location { project_id: self.project.row.id, environment: slug.to_owned(), path: self.path.clone() }
    }
}

/// How the key stands in each environment, in their order.
async fn cells(visit: &Visit, stand: &Stand) -> Result<Vec<(Environment, Column, Cell)>> {
    let slugs: Vec<String> = stand.project.environments.iter().map(|own| own.slug.clone()).collect();
    let mut input = BrowseInput::new(stand.project.row.id, stand.path.clone(), slugs);
    input.search.clone_from(&stand.key);
    input.limit = 1_000;
    let found = browse(&visit.app, &visit.caller, &input).await?;
    let row = found.rows.into_iter().find(|row| row.key == stand.key);
    let cells = row.map_or_else(|| found.columns.iter().map(|_| Cell::Missing).collect(), |row| row.cells);
    Ok(stand
        .project
        .environments
        .iter()
        .cloned()
        .zip(found.columns)
        .zip(cells)
        .map(|((own, column), cell)| (own, column, cell))
        .collect())
}

async fn across_page(
    visit: &Visit,
    stand: &Stand,
    fields: Fields,
    mut values: HashMap<String, SecretString>,
) -> Result<AcrossPage> {
    let rights = visit.rights().await?;
    let all = cells(visit, stand).await?;
    let mut lines = Vec::new();
    for (own, column, cell) in &all {
        let facts = keyferry_domain::access::Facts::at(&own.slug, stand.path.as_str());
        let is_open = *column == Column::Open;
        let (class, symbol, state) = match cell {
            Cell::Set(secret) if secret.is_empty => ("c-empty", "○", "empty".to_owned()),
            Cell::Set(secret) if secret.differs => ("c-differs", "≠", "set, differs".to_owned()),
            Cell::Set(_) => ("c-set", "●", "set".to_owned()),
            Cell::Imported { environment, path, .. } => ("c-imported", "↪", format!("imported from {environment} {path}")),
            Cell::Missing if is_open => ("c-missing", "–", "missing".to_owned()),
            _ if *column == Column::NoFolder => ("c-missing", "–", "no such folder".to_owned()),
            _ => ("c-denied", "▒", "not permitted".to_owned()),
        };
        let secret = cell.own();
        let value = match (values.remove(&own.slug), secret) {
            (Some(value), Some(_)) if !value.expose_secret().is_empty() => Value::Shown(value),
            (_, Some(secret)) if secret.is_empty => Value::Empty,
            (_, Some(secret)) if secret.may_read => Value::Masked,
            (_, Some(_)) => Value::Hidden,
            (_, None) => Value::Empty,
        };
        let mut same_as = vec![choice("", "")];
        same_as.extend(
            all.iter()
                .filter(|(other, _, cell)| other.id != own.id && cell.own().is_some_and(|secret| secret.may_read))
                .map(|(other, _, _)| choice(other.slug.clone(), format!("Same as {}", other.name))),
        );
        lines.push(Line {
            name: own.name.clone(),
            slug: own.slug.clone(),
            address: secret.map(|secret| format!("{}/secrets/{}/{}", stand.base, own.slug, secret.id)).unwrap_or_default(),
            version: secret.map(|secret| secret.version.to_string()).unwrap_or_default(),
            is_there: secret.is_some(),
            may_write: is_open && secret.map_or_else(|| rights.allows("create", "secrets", facts), |secret| secret.may_edit),
            typed: fields.value(&format!("value-{}", own.slug)).to_owned(),
            chosen: fields.value(&format!("same-{}", own.slug)).to_owned(),
            error: fields.error(&format!("value-{}", own.slug)).unwrap_or_default().to_owned(),
            state,
            class,
            symbol,
            value,
            same_as,
        });
    }
    let mut page = visit.project_page(&stand.project, &stand.key, Place::Secrets);
    for step in spot::steps(&stand.path) {
        page = page.below(step.name, spot::overview(&stand.base, &step.path));
    }
    Ok(AcrossPage {
        page,
        fields,
        key: stand.key.clone(),
        here: stand.address(""),
        values: stand.address("/values"),
        back: spot::overview(&stand.base, &stand.path),
        lines,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let stand = Stand::of(&visit).await?;
    visit.show(&across_page(&visit, &stand, Fields::new(), HashMap::new()).await?)
}

/// The values of the key in every environment, or in one (`one`).
pub(super) async fn show_values(visit: Visit, form: Form) -> Answer {
    let stand = Stand::of(&visit).await?;
    let one = form.optional("one");
    let mut values = HashMap::new();
    for (own, column, cell) in cells(&visit, &stand).await? {
        let is_wanted = one.as_ref().is_none_or(|slug| *slug == own.slug);
        if column == Column::Open && cell.own().is_some_and(|secret| secret.may_read) && is_wanted {
            values.extend(value_in(&visit, &stand, &own.slug).await?.map(|value| (own.slug, value)));
        }
    }
    if visit.is_fragment {
        let value = values.into_values().next();
        return visit.show(&super::dashboard::ValueFragment { key: stand.key.clone(), value });
    }
    visit.show(&across_page(&visit, &stand, Fields::typed(&form), values).await?)
}

async fn value_in(visit: &Visit, stand: &Stand, slug: &str) -> Result<Option<SecretString>> {
    let wanted = Wanted::Keys(vec![stand.key.clone()]);
    let found = reveal(&visit.app, &visit.caller, &stand.location(slug), &wanted, Kind::Shared).await?;
    Ok(found.into_iter().next().and_then(|secret| secret.value))
}

/// What to write in one environment.
struct Write {
    name: String,
    slug: String,
    version: Option<i32>,
    value: SecretString,
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let stand = Stand::of(&visit).await?;
    let mut fields = Fields::typed(&form);
    let mut writes = Vec::new();
    for (own, column, cell) in cells(&visit, &stand).await? {
        let field = format!("value-{}", own.slug);
        let same_as = form.text(&format!("same-{}", own.slug));
        let typed = form.value(&field).unwrap_or_default();
        let value = match (same_as, typed, form.is_ticked(&format!("empty-{}", own.slug))) {
            ("", "", false) => continue,
            ("", "", true) => SecretString::from(""),
            ("", typed, _) => SecretString::from(newlines(typed)),
            (other, _, _) => match value_in(&visit, &stand, other).await? {
                Some(value) => value,
                None => {
                    fields.fail(&field, format!("{}: the value to copy cannot be read", own.name));
                    continue;
                }
            },
        };
        let seen = form.text(&format!("version-{}", own.slug));
        let version = cell.own().map(|secret| secret.version);
        if column != Column::Open || cell.own().is_some_and(|secret| !secret.may_edit) {
            fields.fail(&field, format!("{}: you may not write here", own.name));
        }
        if version.map(|version| version.to_string()).unwrap_or_default() != seen {
            fields.fail(&field, format!("{}: it was changed meanwhile, look at it again before you overwrite it", own.name));
        }
        writes.push(Write { name: own.name, slug: own.slug, version, value });
    }
    fields.require("", !writes.is_empty() || !fields.is_valid(), "Nothing was typed");
    if !fields.is_valid() {
        return visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &across_page(&visit, &stand, fields, HashMap::new()).await?);
    }
    let made = visit.once(&form, async { write_all(&visit, &stand, writes).await });
    let said = made.await?;
    let answer = go(stand.address(""));
    visit.go(match said.strip_prefix('!') {
        Some(problem) => answer.alert(problem),
        None => answer.notice(said),
    })
}

/// Writes each environment and says what became of each; a leading `!` when one failed.
async fn write_all(visit: &Visit, stand: &Stand, writes: Vec<Write>) -> Result<String> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for write in writes {
        let at = stand.location(&write.slug);
        let outcome = match write.version {
            Some(version) => {
                let change = Change {
                    key: stand.key.clone(),
                    expected_version: Some(version),
                    value: Some(write.value),
                    ..Change::default()
                };
                secrets::update(&visit.app, &visit.caller, &at, change).await
            }
            None => {
                let new = NewSecret { key: stand.key.clone(), value: write.value, ..NewSecret::default() };
                secrets::create(&visit.app, &visit.caller, &at, new).await
            }
        };
        match outcome {
            Ok(_) => done.push(write.name),
            Err(error @ (Error::Internal { .. } | Error::Unavailable { .. })) => return Err(error),
            Err(error) => failed.push(format!("{}: {error}", write.name)),
        }
    }
    let saved = if done.is_empty() { "Nothing was saved".to_owned() } else { format!("Saved in {}", done.join(", ")) };
    Ok(if failed.is_empty() { saved } else { format!("!{saved}. Not saved: {}", failed.join("; ")) })
}
