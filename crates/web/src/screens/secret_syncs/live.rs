//! How far a sync is, as a part of its page that is sent again and again while something happens.

use askama::Template;
use keyferry_domain::secret_syncs::Progress;

use crate::text::{Moment, moment};
use crate::ui::{Badge, badge};

/// Ids of the places on a sync's page that show its state beside the progress.
const STATES_SHOWN: [&str; 2] = ["state", "state-fact"];

/// The progress of a run.
#[derive(Clone, Debug, Template)]
#[template(path = "screens/secret_syncs/live.html")]
pub(super) struct Live {
    pub(super) badge: Badge,
    /// In words.
    pub(super) text: String,
    pub(super) settled: u32,
    /// None while it is not known how much there is to do.
    pub(super) planned: Option<u32>,
    pub(super) next_attempt: Option<Moment>,
    /// The page to ask for when it is over; empty before.
    pub(super) reload: String,
}

impl Live {
    /// Of a sync now; `address` is its page.
    pub(super) fn of(progress: &Progress, address: &str, now_ms: i64) -> Self {
        let Some(run) = &progress.run else { return Self::over(address) };
        let is_removal = run.kind == "remove-secrets";
        let verb = if is_removal { "Removing" } else { "Syncing" };
        let is_running = run.status == "running";
        let retry_ms = run.next_retry_at_ms.filter(|at_ms| *at_ms > now_ms);
        let next_ms = retry_ms.max(progress.waits_until_ms);
        let text = match (is_running, progress.planned) {
            (false, _) => "Queued: starts as soon as nothing else writes there.".to_owned(),
            (true, _) if progress.waits_until_ms.is_some() => "Waiting: Checkly asked to be called later.".to_owned(),
            (true, _) if retry_ms.is_some() => format!("Attempt {} did not succeed.", run.attempt),
            (true, Some(planned)) => format!("{verb} {} of {planned}", progress.settled.min(planned)),
            (true, None) if is_removal => "Removing Secrets...".to_owned(),
            (true, None) => "Comparing with Checkly…".to_owned(),
        };
        let badge = badge(match (is_removal, is_running) {
            (true, _) => "Removing Secrets...",
            (false, true) => "Syncing",
            (false, false) => "Queued",
        });
        Self {
            badge: if is_removal { badge.toned(crate::ui::Tone::Info, "refresh-cw") } else { badge },
            text,
            settled: progress.settled,
            planned: progress.planned.filter(|planned| *planned > 0 && is_running),
            next_attempt: next_ms.map(|at_ms| moment(at_ms, now_ms)),
            reload: String::new(),
        }
    }

    /// Of a sync that is no longer there for the visitor.
    pub(super) fn gone(address: &str) -> Self {
        Self::over(address)
    }

    fn over(address: &str) -> Self {
        Self {
            badge: badge("Synced"),
            text: "Finished.".to_owned(),
            settled: 0,
            planned: None,
            next_attempt: None,
            reload: address.to_owned(),
        }
    }

    /// Whether nothing happens any more.
    pub(super) fn is_over(&self) -> bool {
        !self.reload.is_empty()
    }

    /// The same state where else the page shows it, as parts that replace those; nothing when the page is asked for anew.
    pub(super) fn elsewhere(&self) -> String {
        if self.is_over() {
            return String::new();
        }
        STATES_SHOWN.map(|id| format!("<span id=\"{id}\" hx-swap-oob=\"true\">{}</span>", self.badge)).concat()
    }

    /// What is said aloud: the start, every quarter, the end; nothing between.
    pub(super) fn said(&self) -> String {
        match self.planned {
            _ if self.is_over() => "The sync has finished.".to_owned(),
            None => self.text.clone(),
            Some(planned) => match self.settled.saturating_mul(4) / planned.max(1) {
                0 => format!("{} variables to write", planned),
                quarter => format!("{} per cent written", quarter.min(4) * 25),
            },
        }
    }
}
