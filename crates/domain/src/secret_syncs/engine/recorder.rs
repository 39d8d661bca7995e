//! From results to rows: the ledger and the run's items, committed in small groups, each under the run's leases.

use std::collections::{HashMap, HashSet};

use keyferry_connectors::plan::{Action, PlanItem, Reason, SourceKey};
use keyferry_connectors::{CallCounters, Failure, FailureKind, Observed};
use keyferry_db::WriteTx;
use keyferry_db::entities::{sync_ledger, sync_run_items, sync_runs};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use uuid::Uuid;

use super::calls::{Fate, ItemResult, value_of};
use super::decide::Decided;
use super::lease::{Halt, Held};
use super::measure;
use super::message;
use super::subject::Subject;
use crate::app::App;
use crate::error::{Error, Result};
use crate::keys::{Place, ScopeKeys};
use crate::secret_syncs::ledger;
use crate::secret_syncs::trigger::Approval;
use crate::steps::Step;

/// Results a group at most.
const GROUP: usize = 20;

/// Outcomes of items.
pub(super) const DONE: &str = "done";
pub(super) const OUTCOME_FAILED: &str = "failed";
pub(super) const SKIPPED: &str = "skipped";
pub(super) const NOT_REACHED: &str = "not_reached";
pub(super) const AWAITING: &str = "awaiting_approval";

/// Writes what a run does.
pub(super) struct Recorder<'a> {
    pub(super) app: &'a App,
    pub(super) held: &'a Held,
    pub(super) halt: &'a Halt,
    pub(super) subject: &'a Subject,
    pub(super) sync_id: Uuid,
    pub(super) run: &'a sync_runs::Model,
    pub(super) counters: &'a CallCounters,
    pub(super) keys: &'a ScopeKeys,
    pub(super) source: HashMap<&'a str, &'a SourceKey>,
    /// Keys that other syncs wrote at the destination.
    pub(super) of_others: &'a HashSet<String>,
    /// The ledger before the attempt, by destination key.
    pub(super) before: HashMap<&'a str, &'a sync_ledger::Model>,
    /// Ids of items that exist, by destination key.
    pub(super) item_ids: HashMap<String, Uuid>,
    /// Ids of the rows of creates announced in this attempt, by destination key.
    pub(super) announced: HashMap<String, Uuid>,
}

impl Recorder<'_> {
    /// Writes what is certain before the first call: what waits, what is blocked, previous values of variables that are about to
    /// be overwritten or deleted, and that writes are about to be sent.
    pub(super) async fn announce(
        &mut self,
        decided: &Decided,
        writes: &[&PlanItem],
        observed: &Observed,
        approved: Option<&Approval>,
    ) -> Result<()> {
        let is_written: HashSet<&str> = writes.iter().map(|item| item.destination_key.as_str()).collect();
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        let values: HashMap<&str, &secrecy::SecretString> =
            observed.variables.iter().filter_map(|variable| Some((variable.key.as_str(), variable.value.as_ref()?))).collect();
        for item in &decided.plan.items {
            let key = item.destination_key.as_str();
            if !seen.insert(key) {
                continue;
            }
            let row = if is_written.contains(key) {
                let is_foreign = !item.owned && item.before.is_some();
                let value = values.get(key).filter(|_| is_foreign);
                if value.is_none() && item.action != Action::Delete {
                    continue;
                }
                // A deletion leaves nothing at the destination to tell it by, if the process dies before the answer is recorded.
                let mut row = self.item(item, NOT_REACHED, None);
                row.previous_value = value.map(|value| self.keys.seal(previous_place(row.id), value.expose_secret()));
                row
            } else if item.action == Action::Blocked {
                self.item(item, OUTCOME_FAILED, Some(message::of_blocked(item.reason).to_owned()))
            } else if item.action.is_write() {
                self.item(item, AWAITING, None)
            } else if item.action == Action::Keep && item.reason == Reason::EmptyValue {
                self.item(item, SKIPPED, Some("The value is empty.".to_owned()))
            } else if item.action == Action::Keep && item.reason == Reason::Unreadable {
                let text = "Not deleted, because a value of the source cannot be decrypted.".to_owned();
                self.item(item, SKIPPED, Some(text))
            } else {
                continue;
            };
            items.push(row);
        }
        let mut announcements = Vec::new();
        for item in writes.iter().filter(|item| item.action.puts_value()) {
            if let Some(row) = self.before.get(item.destination_key.as_str()) {
                announcements.push(ledger::in_doubt(row));
            } else if item.action == Action::Create {
                let id = self.app.ids.v7(self.app.now_ms());
                self.announced.insert(item.destination_key.clone(), id);
                announcements.push(ledger::announcement(
                    id,
                    self.sync_id,
                    self.subject.project_id,
                    &self.subject.destination_id,
                    &item.destination_key,
                    item.secret_key.as_deref().unwrap_or_default(),
                ));
            }
        }
        if items.is_empty() && announcements.is_empty() && decided.plan.forgotten.is_empty() && approved.is_none() {
            return Ok(());
        }
        let tx = self.begin().await?;
        // Until the run ends this is all its counts say: how many keys it means to write.
        let planned = json!({"planned": writes.len()}).to_string();
        keyferry_db::sync_runs::set_counts(&tx, self.run.id, &planned).await?;
        keyferry_db::sync_ledger::save(&tx, announcements).await?;
        keyferry_db::sync_ledger::forget(&tx, self.sync_id, &self.subject.destination_id, &decided.plan.forgotten).await?;
        keyferry_db::sync_runs::save_items(&tx, items).await?;
        if let Some(approved) = approved {
            keyferry_db::sync_runs::set_approved(&tx, self.run.id, &approved.to_json()?).await?;
        }
        tx.commit().await?;
        self.app.steps.reach(Step::PlanStored);
        Ok(())
    }

    /// Records results until their senders are gone, and gives them back. When rows cannot be written, no further call is made.
    pub(super) async fn record<'p>(&self, mut results: Receiver<ItemResult<'p>>) -> Result<Vec<ItemResult<'p>>> {
        let mut recorded = Vec::new();
        let mut failure = None;
        while let Some(first) = results.recv().await {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(next) = results.try_recv()
            {
                group.push(next);
            }
            if failure.is_none()
                && let Err(error) = self.write(&group).await
            {
                self.halt.set(Failure::stopped());
                failure = Some(error);
            }
            group.iter_mut().for_each(|result| result.slot = None);
            recorded.append(&mut group);
        }
        failure.map_or(Ok(recorded), Err)
    }

    async fn write(&self, group: &[ItemResult<'_>]) -> Result<()> {
        let now_ms = self.app.now_ms();
        let mut rows = Vec::new();
        let mut gone = Vec::new();
        let mut taken = Vec::new();
        let mut changed = Vec::new();
        let mut items = Vec::with_capacity(group.len());
        for ItemResult { item, fate, .. } in group {
            let key = &item.destination_key;
            let mut row = match fate {
                Fate::Done(done) => {
                    if item.action == Action::Delete {
                        gone.push(key.clone());
                    } else if let Some(entry) = self.confirmed(item, now_ms) {
                        changed.extend(self.changed_version(&entry));
                        rows.push(entry);
                        taken.extend(self.of_others.contains(key).then(|| key.clone()));
                    }
                    let mut row = self.item(item, DONE, None);
                    row.http_status = Some(i32::from(done.http_status));
                    row.attempts = i32::try_from(done.attempts).unwrap_or(i32::MAX);
                    row.latency_ms = i64::try_from(done.latency_ms).ok();
                    row
                }
                Fate::Failed(failure) => {
                    if was_not_written(failure) {
                        self.take_back(item, &mut rows, &mut gone);
                    }
                    let mut row = self.item(item, OUTCOME_FAILED, Some(failure.message.clone()));
                    row.http_status = failure.http_status.map(i32::from);
                    row.attempts = i32::try_from(failure.attempts).unwrap_or(i32::MAX);
                    row
                }
                Fate::NotReached => {
                    self.take_back(item, &mut rows, &mut gone);
                    self.item(item, NOT_REACHED, None)
                }
                Fate::Skipped(why) => self.item(item, SKIPPED, Some((*why).to_owned())),
            };
            row.ended_at_ms = now_ms;
            items.push(row);
        }
        let tx = self.begin().await?;
        keyferry_db::sync_ledger::save(&tx, rows).await?;
        keyferry_db::sync_ledger::forget(&tx, self.sync_id, &self.subject.destination_id, &gone).await?;
        // What the others know of these is no longer what stands there.
        let destination_id = &self.subject.destination_id;
        keyferry_db::sync_ledger::overwrite_others(&tx, self.sync_id, destination_id, &taken, &ledger::NOTHING).await?;
        keyferry_db::sync_runs::save_items(&tx, items).await?;
        let (calls, waited_ms) = progress(self.run, self.counters);
        keyferry_db::sync_runs::set_progress(&tx, self.run.id, calls, waited_ms).await?;
        self.app.steps.reach(Step::LedgerWriting);
        tx.commit().await?;
        self.app.steps.reach(Step::LedgerWritten);
        measure::keys(group);
        measure::propagation(self.app, self.run, &changed, now_ms).await;
        Ok(())
    }

    /// The version of the secret, if the ledger did not say that it was written before.
    fn changed_version(&self, entry: &sync_ledger::Model) -> Option<(Uuid, i32)> {
        let before = self.before.get(entry.destination_key.as_str()).and_then(|row| row.secret_version);
        Some((entry.secret_id?, entry.secret_version.filter(|version| Some(*version) != before)?))
    }

    /// Nothing was written: the ledger says again what it said before.
    fn take_back(&self, item: &PlanItem, rows: &mut Vec<sync_ledger::Model>, gone: &mut Vec<String>) {
        let key = item.destination_key.as_str();
        if self.announced.contains_key(key) {
            gone.push(key.to_owned());
        } else if item.action.puts_value()
            && let Some(row) = self.before.get(key)
        {
            rows.push((*row).clone());
        }
    }

    /// A transaction that only the holder of the leases gets.
    async fn begin(&self) -> Result<WriteTx> {
        let tx = self.app.db.begin().await?;
        if keyferry_db::secret_syncs::lock(&tx, self.sync_id).await?.is_none() {
            return Err(lost());
        }
        if self.held.guard(self.app, &tx).await? { Ok(tx) } else { Err(lost()) }
    }

    fn confirmed(&self, item: &PlanItem, now_ms: i64) -> Option<sync_ledger::Model> {
        let key = item.destination_key.as_str();
        let known = self.before.get(key).map(|row| row.id).or_else(|| self.announced.get(key).copied());
        let id = known.unwrap_or_else(|| self.app.ids.v7(now_ms));
        let source = self.source.get(key)?;
        let value = value_of(&self.source, key)?;
        let is_group = self.subject.target.group_id.is_some();
        Some(sync_ledger::Model {
            id,
            sync_id: self.sync_id,
            project_id: self.subject.project_id,
            destination_id: self.subject.destination_id.clone(),
            destination_key: key.to_owned(),
            secret_key: source.secret_key.clone(),
            secret_id: source.secret_id,
            secret_version: source.secret_version,
            fingerprint: item.fingerprint?.to_vec(),
            last_value: is_group.then(|| ledger::seal_last_value(self.keys, id, value.expose_secret())),
            written_at_ms: now_ms,
        })
    }

    fn item(&self, item: &PlanItem, outcome: &str, message: Option<String>) -> sync_run_items::Model {
        let now_ms = self.app.now_ms();
        sync_run_items::Model {
            id: self.item_ids.get(&item.destination_key).copied().unwrap_or_else(|| self.app.ids.v7(now_ms)),
            run_id: self.run.id,
            sync_id: self.sync_id,
            destination_key: item.destination_key.clone(),
            secret_key: item.secret_key.clone(),
            action: item.action.as_str().to_owned(),
            reason: item.reason.as_str().to_owned(),
            outcome: outcome.to_owned(),
            http_status: None,
            attempts: 0,
            latency_ms: None,
            message,
            secret_version: item.secret_version,
            previous_value: None,
            ended_at_ms: now_ms,
        }
    }
}

/// Calls and waiting of a run, earlier attempts included.
pub(super) fn progress(run: &sync_runs::Model, counters: &CallCounters) -> (i32, i64) {
    let calls = i32::try_from(counters.calls()).unwrap_or(i32::MAX);
    let waited_ms = i64::try_from(counters.waited_ms()).unwrap_or(i64::MAX);
    (run.calls.saturating_add(calls), run.waited_ms.saturating_add(waited_ms))
}

/// Where a previous value lies.
pub(in crate::secret_syncs) fn previous_place(item_id: Uuid) -> Place<'static> {
    Place { table: "sync_run_items", column: "previous_value", row_id: item_id, version: 0 }
}

/// Whether the destination answered that it did not store the value, as opposed to not answering.
fn was_not_written(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Rejected
            | FailureKind::Credentials
            | FailureKind::Forbidden
            | FailureKind::TargetGone
            | FailureKind::RateLimited
    )
}

/// The leases went to somebody else.
pub(super) fn lost() -> Error {
    Error::Unavailable { message: "The lease of the run was lost.".to_owned() }
}
