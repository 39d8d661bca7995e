//! One connection: what it is, whether it works, and what uses it.

use askama::Template;
use keyferry_domain::access::Facts;
use keyferry_domain::app_connections;
use keyferry_domain::audit::{self, Filter, Query};
use keyferry_domain::secret_syncs::{DestinationConfig, SyncView};
use keyferry_domain::users;

use super::CHECKLY;
use super::scope::Scope;
use super::state::{State, fingerprint, state};
use crate::form::Form;
use crate::text::{Moment, duration, moment};
use crate::ui::{Badge, Page, ProjectFrame, sync_badge};
use crate::visit::{Answer, Visit, go};

pub(super) struct Use {
    pub(super) project: String,
    pub(super) sync: String,
    pub(super) address: String,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) badge: Badge,
    pub(super) last_run: Option<Moment>,
}

pub(super) struct Accounts {
    pub(super) rows: Vec<(String, String)>,
    pub(super) took: String,
}

pub(super) struct Activity {
    pub(super) at: Moment,
    pub(super) event: String,
    pub(super) actor: String,
}

#[derive(Template)]
#[template(path = "screens/app_connections/show.html")]
pub(super) struct ShowPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) scope: String,
    pub(super) fingerprint: String,
    pub(super) version: i32,
    pub(super) made_by: String,
    pub(super) made: Moment,
    pub(super) changed: Moment,
    pub(super) state: State,
    pub(super) uses: Vec<Use>,
    pub(super) hidden_uses: usize,
    pub(super) accounts: Option<Accounts>,
    pub(super) activity: Option<Vec<Activity>>,
    pub(super) is_created: bool,
    pub(super) may_edit: bool,
    pub(super) may_test: bool,
    pub(super) may_delete: bool,
}

/// How many audit events are shown.
const ACTIVITY: u64 = 10;

pub(super) async fn show(visit: Visit) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let uses = app_connections::uses(&visit.app, &visit.caller, CHECKLY, row.id).await?;
    let may_test = scope.may("connect", row.id);
    let is_created = visit.query("created").is_some();
    let accounts = match may_test && (is_created || visit.query("accounts").is_some()) {
        true => {
            let started_ms = visit.app.now_ms();
            let rows = app_connections::list_accounts(&visit.app, &visit.caller, CHECKLY, row.id).await?;
            let took = duration(visit.app.now_ms() - started_ms);
            Some(Accounts { rows: rows.into_iter().map(|account| (account.name, account.id)).collect(), took })
        }
        false => None,
    };
    let names = users::actor_names(&visit.app, &visit.caller, row.actor_id.as_slice()).await?;
    let (page, now_ms) = (scope.page(&visit, &row.name), visit.app.now_ms());
    let page = ShowPage {
        address: page.here(&format!("app-connections/{}", row.id)),
        id: row.id.to_string(),
        scope: scope.project.as_ref().map_or_else(|| "Organization".to_owned(), |project| project.row.name.clone()),
        fingerprint: fingerprint(&row),
        version: row.version,
        made_by: row.actor_id.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| row.actor_type.clone()),
        made: moment(row.created_at_ms, now_ms),
        changed: moment(row.updated_at_ms, now_ms),
        state: state(&row, now_ms),
        uses: uses.visible.into_iter().map(|(project, view)| use_of(&project.name, view, now_ms)).collect(),
        hidden_uses: uses.hidden,
        accounts,
        activity: activity(&visit, &scope, row.id).await?,
        is_created,
        may_edit: scope.may("edit", row.id),
        may_test,
        may_delete: scope.may("delete", row.id),
        description: row.description.unwrap_or_default(),
        name: row.name,
        page,
    };
    visit.show(&page)
}

fn use_of(project: &str, view: SyncView, now_ms: i64) -> Use {
    let destination = DestinationConfig::parse(&view.sync.destination_config).map_or_else(
        |_unreadable| "unknown".to_owned(),
        |config| {
            let account = config.account_name.unwrap_or(config.account_id);
            match config.group_name.or(config.group_id) {
                Some(group) => format!("{account} / {group}"),
                None => account,
            }
        },
    );
    Use {
        project: project.to_owned(),
        address: ProjectFrame::sync_address(view.sync.org_id, view.sync.project_id, &view.sync.destination, view.sync.id),
        source: view
            .source
            .as_ref()
            .map_or_else(|| "gone".to_owned(), |place| format!("{} {}", place.environment.name, place.path.as_str())),
        destination,
        badge: sync_badge(view.sync.sync_status.as_deref(), view.source.is_some()),
        last_run: view.sync.last_synced_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        sync: view.sync.name,
    }
}

/// What was done to the connection, for those who may read the audit log.
async fn activity(visit: &Visit, scope: &Scope, id: uuid::Uuid) -> Result<Option<Vec<Activity>>, keyferry_domain::Error> {
    if !visit.rights().await?.allows("read", "audit-logs", Facts::any()) {
        return Ok(None);
    }
    let query = Query {
        filter: Filter {
            project_id: scope.project.as_ref().map(|project| project.row.id),
            event_types: ["create-app-connection", "update-app-connection"].map(str::to_owned).to_vec(),
            ..Filter::default()
        },
        event_metadata: vec![("connectionId".to_owned(), id.to_string())],
        offset: 0,
        limit: ACTIVITY,
    };
    let now_ms = visit.app.now_ms();
    let entries = audit::query(&visit.app, &visit.caller, query).await?;
    Ok(Some(
        entries
            .into_iter()
            .map(|entry| Activity {
                at: moment(entry.row.created_at_ms, now_ms),
                event: crate::screens::audit_logs::event_words(&entry.row.event_type),
                actor: crate::screens::audit_logs::actor_name(&entry.row),
            })
            .collect(),
    ))
}

pub(super) async fn test(visit: Visit, _: Form) -> Answer {
    let scope = Scope::of(&visit).await?;
    let row = scope.connection(&visit).await?;
    let to = scope.page(&visit, "").here(&format!("app-connections/{}", row.id));
    let tested = app_connections::test(&visit.app, &visit.caller, CHECKLY, row.id).await;
    let row = match tested {
        Ok(row) => row,
        Err(keyferry_domain::Error::BadRequest { message, .. }) => return visit.go(go(to).alert(message)),
        Err(other) => return Err(other.into()),
    };
    let state = state(&row, visit.app.now_ms());
    visit.go(match state.key {
        "working" => go(to).notice(format!("{} works: Checkly accepted its key", row.name)),
        _ => go(to).alert(format!("{}: {}. {}", row.name, state.badge.word(), state.message)),
    })
}
