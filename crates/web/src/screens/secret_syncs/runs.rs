//! What runs there were ("Sync Logs").

use std::collections::HashMap;

use askama::Template;
use keyferry_domain::secret_syncs::runs::{self, Run};
use keyferry_domain::users;
use uuid::Uuid;

use super::CHECKLY;
use super::place::SyncPlace;
use super::timeline::Timeline;
use super::words::{counts, result, run_reason, trigger};
use crate::text::{Moment, duration, moment};
use crate::ui::{Badge, Page};
use crate::visit::{Answer, Request, Visit};

/// Runs a page.
const A_PAGE: u64 = 50;

pub(super) struct Row {
    pub(super) address: String,
    pub(super) started: Moment,
    pub(super) trigger: &'static str,
    pub(super) who: String,
    pub(super) waited: String,
    pub(super) took: String,
    pub(super) counts: String,
    pub(super) result: Badge,
    pub(super) reason: Option<String>,
    pub(super) attempts: i32,
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/runs.html")]
pub(super) struct RunsPage {
    pub(super) page: Page,
    pub(super) request: Request,
    pub(super) address: String,
    pub(super) rows: Vec<Row>,
    pub(super) timeline: Timeline,
    pub(super) next: String,
    pub(super) is_first: bool,
}

impl RunsPage {
    fn is_tab(&self, tab: &str) -> bool {
        tab == "runs"
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let (page, now_ms) = (place.page(&visit, "Sync Logs"), visit.app.now_ms());
    let address = place.address(&page, "");
    let (id, runs_address) = (place.view.sync.id, place.address(&page, "runs"));
    let listed = runs::list(&visit.app, &visit.caller, CHECKLY, id, visit.query("cursor"), A_PAGE).await?;
    let timeline = Timeline::of(&listed.runs, &runs_address, visit.query("period").unwrap_or_default(), now_ms, None);
    let rows = rows(&visit, &listed.runs, &runs_address).await?;
    let next = listed.next_cursor.map(|cursor| visit.url_with("cursor", Some(&cursor))).unwrap_or_default();
    let is_first = visit.query("cursor").is_none();
    visit.show(&RunsPage { page, request: (*visit).clone(), address, rows, timeline, next, is_first })
}

/// Runs as rows; `address` is that of their pages.
pub(super) async fn rows(visit: &Visit, runs: &[Run], address: &str) -> Result<Vec<Row>, keyferry_domain::Error> {
    let ids: Vec<Uuid> = runs.iter().filter_map(|run| run.actor_id).collect();
    let names = users::actor_names(&visit.app, &visit.caller, &ids).await?;
    let now_ms = visit.app.now_ms();
    Ok(runs.iter().map(|run| row(run, &names, address, now_ms)).collect())
}

/// Who asked for a run.
pub(super) fn who(run: &Run, names: &HashMap<Uuid, String>) -> String {
    let named = run.actor_id.and_then(|id| names.get(&id).cloned());
    named.unwrap_or_else(|| if run.actor_id.is_some() { "Somebody who is gone".to_owned() } else { "Keyferry".to_owned() })
}

fn row(run: &Run, names: &HashMap<Uuid, String>, address: &str, now_ms: i64) -> Row {
    let started_ms = run.started_at_ms.unwrap_or(run.created_at_ms);
    let is_over = run.ended_at_ms.is_some();
    Row {
        address: format!("{address}/{}", run.id),
        started: moment(started_ms, now_ms),
        trigger: trigger(run),
        who: who(run, names),
        waited: run.started_at_ms.map_or_else(String::new, |at_ms| duration(at_ms - run.created_at_ms)),
        took: run.ended_at_ms.map_or_else(String::new, |at_ms| duration(at_ms - started_ms)),
        counts: if is_over { counts(run) } else { String::new() },
        result: result(run),
        reason: run.message.as_deref().filter(|_| run.status == "failed").map(run_reason),
        attempts: run.attempt,
    }
}
