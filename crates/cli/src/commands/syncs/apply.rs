//! `keyferry syncs apply`.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use super::watch::{Waiting, WaitingArgs};
use super::{SyncArgs, encode_id, items, plan, post_when_free};
use crate::failure::usage;
use crate::output::text;
use crate::terminal::{self, tell};

/// Arguments of `syncs apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    sync: SyncArgs,
    /// A plan that was looked at; without it one is made and shown.
    #[arg(long, value_name = "ID")]
    plan: Option<String>,
    /// Do not ask. Deletions that need a yes wait, unless they are allowed.
    #[arg(long, short)]
    yes: bool,
    /// Delete this variable, which the plan says needs a yes; may be given several times.
    #[arg(long, value_name = "VARIABLE", conflicts_with = "allow_all_deletes")]
    allow_delete: Vec<String>,
    /// Delete every variable of the plan that needs a yes.
    #[arg(long)]
    allow_all_deletes: bool,
    #[command(flatten)]
    waiting: WaitingArgs,
}

/// Applies.
pub async fn run(args: ApplyArgs) -> anyhow::Result<ExitCode> {
    let sync = args.sync.find().await?;
    let plan = match &args.plan {
        Some(id) => plan::get(&sync, id).await?,
        None => plan::make(&sync).await?,
    };
    if !args.waiting.output.json {
        plan::show(&sync, &plan, false);
    }
    let waiting: Vec<String> =
        items(&plan).filter(|item| item["requiresApproval"] == true).map(|item| text(item, "destinationKey")).collect();
    if let Some(unknown) = args.allow_delete.iter().find(|key| !waiting.contains(key)) {
        return Err(usage(format!("{unknown} does not wait for a yes in this plan")));
    }
    let allowed = if args.allow_all_deletes { waiting.len() } else { args.allow_delete.len() };
    if !args.yes {
        if !terminal::is_interactive() {
            return Err(usage("nobody can be asked here; give --yes to apply"));
        }
        let deletes = if allowed > 0 { format!(" and delete {allowed} that need a yes") } else { String::new() };
        if !terminal::confirm(&format!("Apply this plan{deletes}?"))? {
            bail!("nothing was applied");
        }
    }
    if allowed < waiting.len() {
        tell(format_args!("{} deletions go on waiting for a yes (--allow-delete).", waiting.len() - allowed));
    }
    let mut body = json!({ "digest": plan["digest"] });
    if args.allow_all_deletes && !waiting.is_empty() {
        body["approve"] = json!("all");
    } else if !args.allow_delete.is_empty() {
        body["approve"] = json!(args.allow_delete);
    }
    let route = sync.route(&format!("/plans/{}/apply", encode_id(&text(&plan, "id"))));
    let answer: Value = match post_when_free(&sync, &route, &body, args.waiting).await {
        Err(error) if error.status() == Some(409) => {
            bail!("{error}. Something changed since the plan was made: look at a new one with keyferry syncs plan {}", sync.name)
        }
        other => other?,
    };
    Waiting::for_run(sync, text(&answer["run"], "id"), args.waiting).end().await
}
