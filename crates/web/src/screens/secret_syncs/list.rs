//! The tab "Secret Syncs" of the page "Integrations": is everything in sync.

use askama::Template;
use keyferry_domain::access::{Ability, Facts};
use keyferry_domain::secret_syncs::{self, SyncView};
use uuid::Uuid;

use super::CHECKLY;
use super::place::may;
use super::words::{Destination, STATES, reason, state, states};
use crate::text::{Moment, moment};
use crate::ui::{Badge, Choice, Page, Place, badge, choice, sync_badge};
use crate::visit::{Answer, Request, Visit};

pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) address: String,
    pub(super) path: String,
    pub(super) environment: String,
    pub(super) connection: String,
    pub(super) account: String,
    pub(super) part: String,
    /// As a word of the filter.
    pub(super) state: &'static str,
    pub(super) states: Vec<&'static str>,
    pub(super) badge: Badge,
    pub(super) is_auto: bool,
    pub(super) waiting: usize,
    pub(super) reason: Option<String>,
    /// Variables it looks after.
    pub(super) keys: usize,
    pub(super) last: Option<Moment>,
    pub(super) last_ms: i64,
    pub(super) next: Option<Moment>,
    pub(super) may_trigger: bool,
    pub(super) may_edit: bool,
    pub(super) may_remove: bool,
    pub(super) may_delete: bool,
}

impl Row {
    fn is_busy(&self) -> bool {
        matches!(self.state, "syncing" | "queued")
    }
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/list.html")]
pub(super) struct ListPage {
    pub(super) page: Page,
    pub(super) request: Request,
    pub(super) rows: Vec<Row>,
    pub(super) total: usize,
    pub(super) search: String,
    pub(super) statuses: Vec<Choice>,
    pub(super) status: String,
    pub(super) environments: Vec<Choice>,
    pub(super) environment: String,
    pub(super) connections: Vec<Choice>,
    pub(super) connection: String,
    pub(super) may_create: bool,
    pub(super) now: Moment,
}

impl ListPage {
    /// Seconds until the table is asked for again.
    fn refresh_s(&self) -> u8 {
        if self.rows.iter().any(Row::is_busy) { 5 } else { 60 }
    }

    /// Whether several can be acted on at once.
    fn has_bulk(&self) -> bool {
        self.rows.iter().any(|row| row.may_trigger || row.may_edit)
    }

    fn is_filtered(&self) -> bool {
        !(self.search.is_empty() && self.status.is_empty() && self.environment.is_empty() && self.connection.is_empty())
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let views = secret_syncs::list(&visit.app, &visit.caller, Some(CHECKLY), &project.row.id.to_string()).await?;
    let rights = visit.rights().await?;
    let page = visit.project_page(&project, "Integrations", Place::Integrations);
    let base = page.here("integrations/secret-syncs");
    let total = views.len();
    let keys = secret_syncs::key_counts(&visit.app, &views).await?;
    let mut rows: Vec<Row> = views
        .iter()
        .map(|view| row(&visit, &rights, &base, view, keys.get(&view.sync.id).copied().unwrap_or_default()))
        .collect();

    let query = |name: &str| visit.query(name).unwrap_or_default().to_owned();
    let (search, status) = (query("search"), query("status"));
    let (environment, connection) = (query("environment"), query("connection"));
    let mut environments = vec![choice("", "Every environment")];
    environments.extend(project.environments.iter().map(|own| choice(&own.slug, &own.name)));
    let mut connections = vec![choice("", "Every connection")];
    let mut names: Vec<&str> = rows.iter().map(|row| row.connection.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    connections.extend(names.into_iter().map(|name| choice(name, name)));
    let mut statuses = vec![choice("", "Every status")];
    statuses.extend(STATES.into_iter().filter(|(key, _)| *key != "new").map(|(key, label)| choice(key, label)));

    let wanted = search.to_lowercase();
    let slugs: Vec<Option<String>> =
        views.iter().map(|view| view.source.as_ref().map(|own| own.environment.slug.clone())).collect();
    let mut slugs = slugs.into_iter();
    rows.retain(|row| {
        let slug = slugs.next().flatten();
        let parts = [&row.name, &row.account, &row.part, &row.path, &row.environment, &row.connection];
        parts.into_iter().any(|part| part.to_lowercase().contains(&wanted))
            && (status.is_empty() || row.states.contains(&status.as_str()))
            && (environment.is_empty() || slug.as_deref() == Some(environment.as_str()))
            && (connection.is_empty() || row.connection == connection)
    });
    sort(&mut rows, visit.query("sort").unwrap_or("status"));
    let may_create = rights.allows("create", "secret-syncs", Facts::any());
    let now_ms = visit.app.now_ms();
    visit.show(&ListPage {
        page,
        request: (*visit).clone(),
        rows,
        total,
        search,
        statuses,
        status,
        environments,
        environment,
        connections,
        connection,
        may_create,
        now: moment(now_ms, now_ms),
    })
}

fn row(visit: &Visit, rights: &Ability, base: &str, view: &SyncView, keys: u64) -> Row {
    let (sync, now_ms, state) = (&view.sync, visit.app.now_ms(), state(view));
    let destination = Destination::of(view);
    let failed = sync.sync_status.as_deref() == Some("failed");
    Row {
        id: sync.id,
        name: sync.name.clone(),
        description: sync.description.clone().unwrap_or_default(),
        address: format!("{base}/{CHECKLY}/{}", sync.id),
        path: view.source.as_ref().map_or_else(String::new, |source| source.path.as_str().to_owned()),
        environment: view.source.as_ref().map_or_else(String::new, |source| source.environment.name.clone()),
        connection: view.connection.name.clone(),
        part: destination.part().to_owned(),
        account: destination.account,
        state,
        states: states(view),
        badge: match state {
            "waiting" => badge("Waiting for approval"),
            _ => sync_badge(sync.sync_status.as_deref(), view.source.is_some()),
        },
        is_auto: sync.is_auto_sync_enabled,
        waiting: usize::try_from(sync.pending_count).unwrap_or_default(),
        reason: sync.last_sync_message.as_deref().filter(|_| failed).map(reason),
        keys: usize::try_from(keys).unwrap_or(usize::MAX),
        last: sync.last_synced_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        last_ms: sync.last_synced_at_ms.unwrap_or_default(),
        next: sync.next_retry_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        may_trigger: may(rights, view, "sync-secrets") && view.source.is_some(),
        may_edit: may(rights, view, "edit"),
        may_remove: may(rights, view, "remove-secrets") && view.source.is_some(),
        may_delete: may(rights, view, "delete"),
    }
}

fn sort(rows: &mut [Row], by: &str) {
    let (key, descending) = by.strip_prefix('-').map_or((by, false), |key| (key, true));
    let rank = |row: &Row| STATES.iter().position(|(key, _)| *key == row.state);
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    match key {
        "name" => {}
        "source" => rows.sort_by(|a, b| (&a.path, &a.environment).cmp(&(&b.path, &b.environment))),
        "destination" => rows.sort_by(|a, b| (&a.account, &a.part).cmp(&(&b.account, &b.part))),
        "keys" => rows.sort_by_key(|row| row.keys),
        "last" => rows.sort_by_key(|row| row.last_ms),
        _ => rows.sort_by_key(rank),
    }
    if descending {
        rows.reverse();
    }
}
