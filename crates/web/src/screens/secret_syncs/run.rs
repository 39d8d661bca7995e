//! One run: what became of each key.

use askama::Template;
use keyferry_domain::secret_syncs::runs::{self, RunItem};
use keyferry_domain::users;

use super::CHECKLY;
use super::place::SyncPlace;
use super::runs::who;
use super::timeline::Timeline;
use super::words::{action_word, count, counts, outcome, result, run_reason, trigger};
use crate::text::{Moment, duration, moment};
use crate::ui::{Badge, Page};
use crate::visit::{Answer, Request, Visit};

/// Rows shown at once.
const MOST_ROWS: usize = 500;

pub(super) struct Item {
    pub(super) key: String,
    pub(super) secret_key: String,
    pub(super) action: &'static str,
    pub(super) outcome: Badge,
    pub(super) http_status: String,
    pub(super) message: String,
    pub(super) attempts: i32,
    pub(super) took: String,
    pub(super) version: String,
    pub(super) keeps_value: bool,
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/run.html")]
pub(super) struct RunPage {
    pub(super) page: Page,
    pub(super) request: Request,
    pub(super) address: String,
    pub(super) id: String,
    pub(super) badge: Badge,
    pub(super) trigger: &'static str,
    pub(super) who: String,
    pub(super) summary: String,
    pub(super) reason: Option<String>,
    pub(super) queued: Moment,
    pub(super) started: Option<Moment>,
    pub(super) ended: Option<Moment>,
    pub(super) next: Option<Moment>,
    pub(super) took: String,
    pub(super) waited: String,
    pub(super) attempts: i32,
    pub(super) calls: usize,
    pub(super) plan: String,
    pub(super) items: Vec<Item>,
    pub(super) total: usize,
    /// Outcomes to filter by: label, address, whether chosen.
    pub(super) outcomes: Vec<(String, String, bool)>,
    pub(super) timeline: Timeline,
    /// Keys that a further run would try again.
    pub(super) unfinished: usize,
    pub(super) may_retry: bool,
}

const OUTCOMES: [(&str, &str); 5] = [
    ("failed", "Failed"),
    ("not_reached", "Not reached"),
    ("awaiting_approval", "Waiting for approval"),
    ("skipped", "Skipped"),
    ("done", "Done"),
];

pub(super) async fn show(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let (sync_id, now_ms) = (place.view.sync.id, visit.app.now_ms());
    let (run, items) = runs::get(&visit.app, &visit.caller, CHECKLY, sync_id, visit.param("runId")?).await?;
    let near = runs::list(&visit.app, &visit.caller, CHECKLY, sync_id, None, runs::MOST_A_PAGE).await?;
    let names = users::actor_names(&visit.app, &visit.caller, run.actor_id.as_slice()).await?;
    let page = place.page(&visit, "Run");
    let logs = place.address(&page, "runs");
    let address = place.address(&page, "");
    let page = page.below("Sync Logs", logs.clone());

    let of = |word: &str| items.iter().filter(|item| item.outcome == word).count();
    let (failed, missed, done) = (of("failed"), of("not_reached"), of("done"));
    let wanted = visit.query("outcome").unwrap_or_default().to_owned();
    let mut shown: Vec<&RunItem> = items.iter().filter(|item| wanted.is_empty() || item.outcome == wanted).collect();
    shown.sort_by_key(|item| OUTCOMES.iter().position(|(word, _)| *word == item.outcome));
    let total = shown.len();
    let mut outcomes = vec![("All".to_owned(), visit.url_with("outcome", None), wanted.is_empty())];
    outcomes.extend(OUTCOMES.into_iter().filter(|(word, _)| of(word) > 0).map(|(word, label)| {
        let label = format!("{label} ({})", crate::text::number(of(word)));
        (label, visit.url_with("outcome", Some(word)), wanted == word)
    }));
    let started_ms = run.started_at_ms.unwrap_or(run.created_at_ms);
    let summary = match (run.status.as_str(), done + failed + missed) {
        ("failed", all) if done > 0 => {
            format!("Stopped after {} of {all} – {done} written, {failed} failed, {missed} not reached", done + failed)
        }
        ("running" | "pending", _) => format!("{} of {} so far", count(&run, "done").max(done as u64), count(&run, "planned")),
        _ => counts(&run),
    };
    let is_latest = near.runs.first().is_some_and(|newest| newest.id == run.id);
    visit.show(&RunPage {
        request: (*visit).clone(),
        id: run.id.to_string(),
        badge: result(&run),
        trigger: trigger(&run),
        who: who(&run, &names),
        summary,
        reason: run.message.as_deref().map(run_reason),
        queued: moment(run.created_at_ms, now_ms),
        started: run.started_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        ended: run.ended_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        next: run.next_retry_at_ms.filter(|at_ms| *at_ms > now_ms).map(|at_ms| moment(at_ms, now_ms)),
        took: run.ended_at_ms.map_or_else(String::new, |at_ms| duration(at_ms - started_ms)),
        waited: duration(run.waited_ms),
        attempts: run.attempt,
        calls: usize::try_from(run.calls).unwrap_or_default(),
        plan: run.plan_id.map(|id| format!("{address}/plans/{id}")).unwrap_or_default(),
        items: shown.into_iter().take(MOST_ROWS).map(item).collect(),
        total,
        outcomes,
        timeline: Timeline::of(&near.runs, &logs, visit.query("period").unwrap_or_default(), now_ms, Some(run.id)),
        unfinished: failed + missed,
        may_retry: is_latest && run.status == "failed" && run.kind == "sync-secrets" && place.may("sync-secrets"),
        page,
        address,
    })
}

fn item(row: &RunItem) -> Item {
    Item {
        key: row.destination_key.clone(),
        secret_key: row.secret_key.clone().filter(|key| *key != row.destination_key).unwrap_or_default(),
        action: action_word(&row.action),
        outcome: outcome(&row.outcome),
        http_status: row.http_status.map_or_else(String::new, |status| status.to_string()),
        message: row.message.clone().unwrap_or_default(),
        attempts: row.attempts,
        took: row.latency_ms.map_or_else(String::new, duration),
        version: row.secret_version.map_or_else(String::new, |version| version.to_string()),
        keeps_value: row.previous_value.is_some(),
    }
}
