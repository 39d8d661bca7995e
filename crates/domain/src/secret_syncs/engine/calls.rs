//! The calls of a run to an account: creates and updates, then deletes, at most ten in flight.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use keyferry_connectors::plan::{Action, PlanItem, SourceKey, SourceState};
use keyferry_connectors::{CallContext, Connector, Credentials, Done, Failure, FailureKind, Target};
use secrecy::SecretString;
use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lease::Halt;
use crate::steps::{Step, Steps};

/// Calls at a time, counted until their results are recorded.
const IN_FLIGHT: usize = 10;
/// Results that may wait for the recorder.
pub(super) const UNRECORDED: usize = 10;
/// So many failures in a row that may pass by themselves end the attempt: the destination is down, not a key.
const MOST_STRIKES: u32 = 10;

/// What became of an item.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// Confirmed.
    Done(Done),
    /// Refused, or not answered.
    Failed(Failure),
    /// Not sent.
    NotReached,
    /// Not sent on purpose.
    Skipped(&'static str),
}

/// An item with its fate.
pub(super) struct ItemResult<'p> {
    pub(super) item: &'p PlanItem,
    pub(super) fate: Fate,
    /// The call's slot; free again once the result is recorded.
    pub(super) slot: Option<OwnedSemaphorePermit>,
}

impl<'p> ItemResult<'p> {
    /// A result that took no slot of its own.
    pub(super) fn new(item: &'p PlanItem, fate: Fate) -> Self {
        Self { item, fate, slot: None }
    }
}

/// What the calls need.
pub(super) struct Caller<'a> {
    pub(super) connector: &'a dyn Connector,
    pub(super) credentials: &'a Credentials,
    pub(super) target: &'a Target,
    pub(super) context: CallContext<'a>,
    pub(super) halt: &'a Halt,
    pub(super) steps: &'a Steps,
    pub(super) strikes: AtomicU32,
    /// One write goes alone first: an earlier attempt failed, or there are many.
    pub(super) is_cautious: bool,
    pub(super) source: HashMap<&'a str, &'a SourceKey>,
}

impl<'a> Caller<'a> {
    /// Makes the calls of these items and sends each result on.
    pub(super) async fn run<'p>(&self, items: &[&'p PlanItem], results: Sender<ItemResult<'p>>) {
        let (deletes, puts): (Vec<_>, Vec<_>) = items.iter().copied().partition(|item| item.action == Action::Delete);
        let mut unmade = HashSet::new();
        self.phase(&puts, &results, |result| {
            if !matches!(result.fate, Fate::Done(_))
                && let Some(old) = &result.item.renamed_from
            {
                unmade.insert(old.clone());
            }
        })
        .await;
        // A key that was renamed stays under its old name until the new one is confirmed.
        let (waiting, deletes): (Vec<_>, Vec<_>) = deletes.into_iter().partition(|item| unmade.contains(&item.destination_key));
        for item in waiting {
            let fate = Fate::Skipped("Kept, because the variable under its new name could not be written.");
            results.send(ItemResult::new(item, fate)).await.ok();
        }
        self.phase(&deletes, &results, |_| {}).await;
    }

    async fn phase<'p>(&self, items: &[&'p PlanItem], results: &Sender<ItemResult<'p>>, mut note: impl FnMut(&ItemResult<'p>)) {
        let mut waiting: VecDeque<&'p PlanItem> = items.to_vec().into();
        let mut flying = FuturesUnordered::new();
        let mut landed: VecDeque<ItemResult<'p>> = VecDeque::new();
        let slots = Arc::new(Semaphore::new(IN_FLIGHT));
        let mut at_once = if self.is_cautious { 1 } else { IN_FLIGHT };
        loop {
            if flying.is_empty() && landed.is_empty() && waiting.is_empty() {
                return;
            }
            // A slot is free again when its result is recorded, so that after a crash no more writes are repeated than were in
            // flight. Calls go on while a result waits: one of them may hold what the recorder waits for, such as the database.
            tokio::select! {
                Some(result) = flying.next(), if !flying.is_empty() => {
                    at_once = IN_FLIGHT;
                    note(&result);
                    landed.push_back(result);
                }
                permit = results.reserve(), if !landed.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(result) = landed.pop_front() {
                            permit.send(result);
                        }
                    }
                    Err(_) => landed.clear(),
                },
                Ok(slot) = Arc::clone(&slots).acquire_owned(), if flying.len() < at_once && !waiting.is_empty() => {
                    if let Some(item) = waiting.pop_front() {
                        flying.push(self.one(item, slot));
                    }
                }
            }
        }
    }

    async fn one<'p>(&self, item: &'p PlanItem, slot: OwnedSemaphorePermit) -> ItemResult<'p> {
        let mut answer = self.send(item).await;
        // The budget makes everybody wait as long as the destination asked; then the call is due once more.
        if matches!(&answer, Some(Err(failure)) if failure.kind == FailureKind::RateLimited) {
            answer = self.send(item).await;
        }
        let fate = match answer {
            None => Fate::NotReached,
            Some(Ok(done)) => {
                self.strikes.store(0, Ordering::Relaxed);
                Fate::Done(done)
            }
            Some(Err(failure)) if failure.kind == FailureKind::Stopped && failure.attempts == 0 => Fate::NotReached,
            Some(Err(failure)) => {
                let strikes = if failure.is_transient() { self.strikes.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
                if failure.stops_the_run() || failure.kind == FailureKind::RateLimited || strikes >= MOST_STRIKES {
                    self.halt.set(failure.clone());
                }
                Fate::Failed(failure)
            }
        };
        ItemResult { item, fate, slot: Some(slot) }
    }

    async fn send(&self, item: &PlanItem) -> Option<Result<Done, Failure>> {
        if self.halt.is_set() || !self.context.guard.may_call() {
            return None;
        }
        let key = item.destination_key.as_str();
        let (connector, credentials, target, context) = (self.connector, self.credentials, self.target, &self.context);
        self.steps.reach(Step::CallDue);
        let answer = match item.action {
            Action::Delete => connector.delete(credentials, target, key, context).await,
            Action::Create => connector.create(credentials, target, key, value_of(&self.source, key)?, context).await,
            _ => connector.update(credentials, target, key, value_of(&self.source, key)?, context).await,
        };
        self.steps.reach(Step::CallAnswered);
        Some(answer)
    }
}

/// The source's value of a destination key.
pub(super) fn value_of<'a>(source: &HashMap<&'a str, &'a SourceKey>, key: &str) -> Option<&'a SecretString> {
    match &source.get(key)?.state {
        SourceState::Value { value, .. } => Some(value),
        SourceState::Empty | SourceState::Blocked(_) => None,
    }
}
