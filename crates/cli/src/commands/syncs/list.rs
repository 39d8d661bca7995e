//! `keyferry syncs list`.

use clap::Args;
use serde_json::{Value, json};

use super::ROUTES;
use crate::output::{OutputArgs, print_json, print_table, text};
use crate::place::ProjectArgs;
use crate::server::ServerArgs;
use crate::session;
use crate::terminal::tell;

/// Arguments of `syncs list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists.
pub async fn run(args: ListArgs) -> anyhow::Result<()> {
    let api = session::open(&args.server).await?;
    let project = args.project.resolve(&api).await?;
    let answer = api.get(ROUTES, &[("projectId", &project)]).await?;
    let mut syncs = answer["secretSyncs"].as_array().cloned().unwrap_or_default();
    syncs.sort_by_key(|sync| text(sync, "name"));
    if args.output.json {
        print_json(&json!({ "syncs": syncs.iter().map(as_json).collect::<Vec<_>>() }));
        return Ok(());
    }
    if syncs.is_empty() {
        tell("The project has no syncs.");
        return Ok(());
    }
    let rows = syncs.iter().map(|sync| {
        let row = as_json(sync);
        let source = match (row["environment"].as_str(), row["path"].as_str()) {
            (Some(environment), Some(path)) => format!("{environment}:{path}"),
            _ => "(gone)".to_owned(),
        };
        let waits = row["pendingApproval"]["count"].as_u64().map(|count| count.to_string()).unwrap_or_default();
        [text(&row, "name"), text(&row, "status"), source, destination(sync), text(&row, "lastSyncedAt"), waits]
    });
    print_table(["name", "status", "source", "destination", "last success", "to approve"], rows);
    Ok(())
}

/// A sync for programs (docs/cli.md).
fn as_json(sync: &Value) -> Value {
    json!({
        "id": sync["id"],
        "name": sync["name"],
        "status": sync["syncStatus"],
        "message": sync["lastSyncMessage"],
        "environment": sync["environment"]["slug"],
        "path": sync["folder"]["path"],
        "destination": sync["destinationConfig"],
        "isAutoSyncEnabled": sync["isAutoSyncEnabled"],
        "lastSyncedAt": sync["lastSyncedAt"],
        "nextRetryAt": sync["nextRetryAt"],
        "pendingApproval": sync["pendingApproval"],
    })
}

fn destination(sync: &Value) -> String {
    let config = &sync["destinationConfig"];
    let or = |name: &str, id: &str| config[name].as_str().or_else(|| config[id].as_str()).unwrap_or_default().to_owned();
    let (account, group) = (or("accountName", "accountId"), or("groupName", "groupId"));
    if group.is_empty() { account } else { format!("{account} / {group}") }
}
