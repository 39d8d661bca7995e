//! `keyferry syncs watch`, and waiting for a run in general.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::{Sync, SyncArgs, encode_id, items};
use crate::output::{OutputArgs, print_json, print_table, progress, text};
use crate::terminal::{say, tell};

/// Between two looks.
pub const PAUSE: Duration = Duration::from_millis(500);

/// How to wait.
#[derive(Clone, Copy, Debug, Args)]
pub struct WaitingArgs {
    /// Do not wait for the end of the run.
    #[arg(long)]
    no_wait: bool,
    /// Give up waiting after so many seconds; the run goes on.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl WaitingArgs {
    /// Until when to wait for anything; now when nothing shall be waited for.
    pub fn deadline(self) -> Instant {
        Instant::now() + if self.no_wait { Duration::ZERO } else { Duration::from_secs(self.timeout) }
    }
}

/// Arguments of `syncs watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    #[command(flatten)]
    sync: SyncArgs,
    /// A run; without it the one at work, or the last one.
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    #[command(flatten)]
    waiting: WaitingArgs,
}

/// Waits.
pub async fn run(args: WatchArgs) -> anyhow::Result<ExitCode> {
    let sync = args.sync.find().await?;
    let run = match args.run {
        Some(run) => Some(run),
        None => latest(&sync).await?,
    };
    match run {
        Some(run) => Waiting::for_run(sync, run, args.waiting).end().await,
        None => Waiting::for_sync(sync, args.waiting).end().await,
    }
}

/// The run that waits or works, otherwise the newest; none where the server keeps no runs.
pub async fn latest(sync: &Sync) -> anyhow::Result<Option<String>> {
    let answer = match sync.api.get(&sync.route("/runs"), &[]).await {
        Err(error) if error.is_no_route() => return Ok(None),
        other => other?,
    };
    let runs = answer["runs"].as_array().cloned().unwrap_or_default();
    let open =
        runs.iter().find(|run| matches!(run["status"].as_str(), Some("pending" | "running")) && run["nextRetryAt"].is_null());
    Ok(open.or(runs.first()).map(|run| text(run, "id")))
}

/// Waiting for the end of a run.
pub struct Waiting {
    sync: Sync,
    run: Option<String>,
    args: WaitingArgs,
}

impl Waiting {
    /// For this run.
    pub fn for_run(sync: Sync, run: String, args: WaitingArgs) -> Self {
        Self { sync, run: Some(run), args }
    }

    /// For whatever the sync does, where a server keeps no runs.
    pub fn for_sync(sync: Sync, args: WaitingArgs) -> Self {
        Self { sync, run: None, args }
    }

    /// Waits; the exit code says whether it succeeded.
    pub async fn end(self) -> anyhow::Result<ExitCode> {
        if self.args.no_wait {
            self.begun();
            return Ok(ExitCode::SUCCESS);
        }
        let deadline = self.args.deadline();
        let bar = progress("syncing");
        loop {
            let state = self.look().await?;
            if is_over(&state) {
                bar.finish_and_clear();
                return Ok(self.told(&state));
            }
            advance(&bar, &state);
            if Instant::now() >= deadline {
                bar.finish_and_clear();
                bail!("the run is not at its end after {} s; it goes on", self.args.timeout);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn begun(&self) {
        let (name, run) = (&self.sync.name, &self.run);
        if self.args.output.json {
            print_json(&json!({ "run": { "id": run, "syncId": self.sync.id } }));
        } else if let Some(run) = run {
            tell(format_args!("Begun. Wait for it with: keyferry syncs watch {name} --run {run}"));
        } else {
            tell(format_args!("Begun. Wait for it with: keyferry syncs watch {name}"));
        }
    }

    /// The run; made up from the sync's status where a server keeps no runs.
    async fn look(&self) -> anyhow::Result<Value> {
        if let Some(run) = &self.run {
            let mut answer = self.sync.api.get(&self.sync.route(&format!("/runs/{}", encode_id(run))), &[]).await?;
            return Ok(answer["run"].take());
        }
        let answer = self.sync.api.get(&self.sync.route(""), &[]).await?;
        let sync = &answer["secretSync"];
        Ok(json!({ "status": sync["syncStatus"], "message": sync["lastSyncMessage"], "syncId": sync["id"], "items": [] }))
    }

    fn told(&self, run: &Value) -> ExitCode {
        let is_done = run["status"] == "succeeded";
        if self.args.output.json {
            print_json(&json!({ "run": run }));
        } else {
            let failed = items(run).filter(|item| matches!(item["outcome"].as_str(), Some("failed" | "not_reached")));
            let failed: Vec<[String; 4]> = failed
                .map(|item| [text(item, "destinationKey"), text(item, "action"), text(item, "outcome"), text(item, "message")])
                .collect();
            if !failed.is_empty() {
                print_table(["variable", "action", "outcome", "message"], failed);
            }
            let result = if is_done { "succeeded" } else { "failed" };
            say(format_args!("{} {result}: {}.", self.sync.name, outcome(&run["counts"])));
            if let Some(message) = run["message"].as_str().filter(|message| !message.is_empty()) {
                tell(message);
            }
            if let Some(at) = run["nextRetryAt"].as_str() {
                tell(format_args!("It is tried again at {at}."));
            }
        }
        if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A run that waits for a late retry has failed for now.
fn is_over(run: &Value) -> bool {
    match run["status"].as_str() {
        Some("running") => false,
        Some("pending") => !run["nextRetryAt"].is_null(),
        _ => true,
    }
}

fn advance(bar: &ProgressBar, run: &Value) {
    if let Some(planned) = run["counts"]["planned"].as_u64() {
        bar.set_length(planned);
    }
    let done = items(run).filter(|item| item["outcome"] == "done").count();
    bar.set_position(u64::try_from(done).unwrap_or(0));
}

fn outcome(counts: &Value) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("done", "written"),
        ("failed", "failed"),
        ("blocked", "blocked"),
        ("notReached", "not reached"),
        ("awaitingApproval", "wait for a yes"),
        ("unchanged", "unchanged"),
    ];
    let of = |name: &str| counts[name].as_u64().unwrap_or(0);
    let words: Vec<String> =
        WORDS.iter().filter(|(name, _)| of(name) > 0).map(|(name, word)| format!("{} {word}", of(name))).collect();
    if words.is_empty() { "nothing to do".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_waits_for_a_late_retry_has_failed_for_now() {
        assert!(!is_over(&json!({"status": "running"})));
        assert!(!is_over(&json!({"status": "pending", "nextRetryAt": null})));
        assert!(is_over(&json!({"status": "pending", "nextRetryAt": "2026-03-02T09:20:24.102Z"})));
        assert!(is_over(&json!({"status": "failed"})) && is_over(&json!({"status": "succeeded"})));
    }
}
