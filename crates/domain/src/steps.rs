//! The steps of a sync run, for tests that end the process at each of them. A release build reports none.

#[cfg(debug_assertions)]
use std::sync::Arc;

/// A boundary within a run: what lies before it is done, what lies behind it is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The job is this process's.
    JobClaimed,
    /// The run is stored as running, its leases are held.
    RunStarted,
    /// The source, or what a removal removes, is read.
    SourceRead,
    /// The destination is read to its last page.
    DestinationObserved,
    /// What the run is about to do is stored.
    PlanStored,
    /// A call that writes is about to go out.
    CallDue,
    /// A call that writes was answered.
    CallAnswered,
    /// Results are written and not committed.
    LedgerWriting,
    /// Results are stored.
    LedgerWritten,
    /// The run's end is written and not committed.
    RecordWriting,
    /// The run's end is stored.
    RecordWritten,
    /// The job is about to end.
    JobEnding,
}

impl Step {
    /// Its name in tests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobClaimed => "job_claimed",
            Self::RunStarted => "run_started",
            Self::SourceRead => "source_read",
            Self::DestinationObserved => "destination_observed",
            Self::PlanStored => "plan_stored",
            Self::CallDue => "call_due",
            Self::CallAnswered => "call_answered",
            Self::LedgerWriting => "ledger_writing",
            Self::LedgerWritten => "ledger_written",
            Self::RecordWriting => "record_writing",
            Self::RecordWritten => "record_written",
            Self::JobEnding => "job_ending",
        }
    }
}

/// Who is told of steps: nobody, but in tests.
#[derive(Clone, Default)]
pub struct Steps {
    #[cfg(debug_assertions)]
    watcher: Option<Arc<dyn Fn(Step) + Send + Sync>>,
}

impl Steps {
    /// Tells `watcher` of each step before the run goes on.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn watched_by(watcher: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self { watcher: Some(Arc::new(watcher)) }
    }

    /// Reports a step.
    pub(crate) fn reach(&self, step: Step) {
        #[cfg(debug_assertions)]
        if let Some(watcher) = &self.watcher {
            watcher(step);
        }
        #[cfg(not(debug_assertions))]
        let _ = step;
    }
}
