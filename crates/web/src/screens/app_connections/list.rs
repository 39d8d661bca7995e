//! Every stored credential, who may use it, and whether it works.

use std::collections::HashMap;

use askama::Template;
use keyferry_domain::app_connections::{self, Listed};
use keyferry_domain::users;
use uuid::Uuid;

use super::scope::Scope;
use super::state::{STATES, State, state};
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Request, Visit};

pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) scope: String,
    /// The page of the connection; in its project for one that belongs to a project.
    pub(super) address: String,
    pub(super) uses: usize,
    pub(super) state: State,
    pub(super) made_by: String,
    pub(super) made: Moment,
    pub(super) may_edit: bool,
    pub(super) may_test: bool,
    pub(super) may_delete: bool,
    /// Belongs to a project and is shown among the organization's.
    pub(super) is_foreign: bool,
}

#[derive(Template)]
#[template(path = "screens/app_connections/list.html")]
pub(super) struct ListPage {
    pub(super) page: Page,
    pub(super) request: Request,
    pub(super) rows: Vec<Row>,
    pub(super) total: usize,
    pub(super) search: String,
    pub(super) states: Vec<Choice>,
    pub(super) state: String,
    pub(super) scopes: Vec<Choice>,
    pub(super) scope: String,
    pub(super) is_unused: bool,
    pub(super) is_organization: bool,
    pub(super) may_create: bool,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let scope = Scope::of(&visit).await?;
    let project_id = scope.project_id();
    let listed = app_connections::list(&visit.app, &visit.caller, None, project_id.as_deref()).await?;
    let ids: Vec<Uuid> = listed.iter().map(|listed| listed.connection.id).collect();
    let uses = app_connections::count_uses(&visit.app, &visit.caller, &ids).await?;
    let makers: Vec<Uuid> = listed.iter().filter_map(|listed| listed.connection.actor_id).collect();
    let names = users::actor_names(&visit.app, &visit.caller, &makers).await?;
    let page = scope.page(&visit, "App Connections");
    let (total, base) = (listed.len(), page.organization.clone());
    let mut rows: Vec<Row> = listed.into_iter().map(|listed| row(&visit, &scope, &base, listed, &uses, &names)).collect();
    let search = visit.query("search").unwrap_or_default().to_owned();
    let (state, own_scope) = (visit.query("state").unwrap_or_default(), visit.query("scope").unwrap_or_default());
    let is_unused = visit.query("unused").is_some();
    let wanted = search.to_lowercase();
    rows.retain(|row| {
        (row.name.contains(&wanted) || row.description.to_lowercase().contains(&wanted))
            && (state.is_empty() || row.state.key == state)
            && (own_scope.is_empty() || (own_scope == "organization") != row.is_foreign)
            && !(is_unused && row.uses > 0)
    });
    sort(&mut rows, visit.query("sort").unwrap_or("name"));
    let mut states = vec![choice("", "Every state")];
    states.extend(STATES.into_iter().map(|(key, label)| choice(key, label)));
    visit.show(&ListPage {
        page,
        request: (*visit).clone(),
        rows,
        total,
        states,
        state: state.to_owned(),
        scopes: vec![choice("", "Every scope"), choice("organization", "Organization"), choice("project", "Projects")],
        scope: own_scope.to_owned(),
        search,
        is_unused,
        is_organization: scope.project.is_none(),
        may_create: scope.may_create(),
    })
}

fn row(
    visit: &Visit,
    scope: &Scope,
    base: &str,
    listed: Listed,
    uses: &HashMap<Uuid, u64>,
    names: &HashMap<Uuid, String>,
) -> Row {
    let (connection, now_ms) = (listed.connection, visit.app.now_ms());
    let is_foreign = scope.project.is_none() && connection.project_id.is_some();
    let place = match connection.project_id {
        Some(project_id) => format!("{base}/projects/secret-management/{project_id}"),
        None => base.to_owned(),
    };
    Row {
        id: connection.id,
        address: format!("{place}/app-connections/{}", connection.id),
        scope: listed.project.map_or_else(|| "Organization".to_owned(), |project| project.name),
        uses: uses.get(&connection.id).and_then(|uses| usize::try_from(*uses).ok()).unwrap_or_default(),
        made_by: connection.actor_id.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| connection.actor_type.clone()),
        made: moment(connection.created_at_ms, now_ms),
        may_edit: !is_foreign && scope.may("edit", connection.id),
        may_test: !is_foreign && scope.may("connect", connection.id),
        may_delete: !is_foreign && scope.may("delete", connection.id),
        state: state(&connection, now_ms),
        description: connection.description.unwrap_or_default(),
        name: connection.name,
        is_foreign,
    }
}

fn sort(rows: &mut [Row], by: &str) {
    let (key, descending) = by.strip_prefix('-').map_or((by, false), |key| (key, true));
    match key {
        "uses" => rows.sort_by_key(|row| row.uses),
        "state" => rows.sort_by_key(|row| STATES.iter().position(|(key, _)| *key == row.state.key)),
        "scope" => rows.sort_by(|a, b| a.scope.cmp(&b.scope)),
        _ => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    if descending {
        rows.reverse();
    }
}
