//! `keyferry syncs run`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::watch::{Waiting, WaitingArgs, latest};
use super::{SyncArgs, post_when_free};

/// Arguments of `syncs run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    sync: SyncArgs,
    /// Write every value again, also those that are known to be there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    waiting: WaitingArgs,
}

/// Triggers a run and waits for it.
pub async fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let sync = args.sync.find().await?;
    let body = if args.force { json!({ "force": true }) } else { json!({}) };
    post_when_free(&sync, &sync.route("/sync-secrets"), &body, args.waiting).await?;
    match latest(&sync).await? {
        Some(run) => Waiting::for_run(sync, run, args.waiting).end().await,
        None => Waiting::for_sync(sync, args.waiting).end().await,
    }
}
