//! `keyferry syncs plan`.

use clap::Args;
use serde_json::{Value, json};

use super::{Sync, SyncArgs, encode_id, items};
use crate::output::{OutputArgs, print_json, print_table, text};
use crate::terminal::tell;

/// Arguments of `syncs plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    sync: SyncArgs,
    /// With the keys that stay as they are.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Makes a plan and shows it.
pub async fn run(args: PlanArgs) -> anyhow::Result<()> {
    let sync = args.sync.find().await?;
    let plan = make(&sync).await?;
    if args.output.json {
        print_json(&json!({ "plan": plan }));
        return Ok(());
    }
    show(&sync, &plan, args.all);
    tell(format_args!("Apply it with: keyferry syncs apply {} --plan {}", sync.name, text(&plan, "id")));
    Ok(())
}

/// A plan of now.
pub async fn make(sync: &Sync) -> anyhow::Result<Value> {
    let mut answer = sync.api.post(&sync.route("/plan"), &json!({})).await?;
    Ok(answer["plan"].take())
}

/// A plan that was made.
pub async fn get(sync: &Sync, plan: &str) -> anyhow::Result<Value> {
    let mut answer = sync.api.get(&sync.route(&format!("/plans/{}", encode_id(plan))), &[]).await?;
    Ok(answer["plan"].take())
}

/// Actions, reasons and sums.
pub fn show(sync: &Sync, plan: &Value, all: bool) {
    let is_quiet = |item: &Value| matches!(item["action"].as_str(), Some("unchanged" | "keep"));
    let shown: Vec<&Value> = items(plan).filter(|item| all || !is_quiet(item)).collect();
    if !shown.is_empty() {
        let rows = shown.into_iter().map(|item| {
            let needs = if item["requiresApproval"] == true { "yes" } else { "" };
            let key = match item["renamedFrom"].as_str() {
                Some(before) => format!("{} (was {before})", text(item, "destinationKey")),
                None => text(item, "destinationKey"),
            };
            [key, text(item, "action"), text(item, "reason").replace('_', " "), needs.to_owned()]
        });
        print_table(["variable", "action", "reason", "needs a yes"], rows);
    }
    for warning in plan["warnings"].as_array().into_iter().flatten() {
        let words = warning.as_str().or_else(|| warning["message"].as_str());
        tell(format_args!("warning: {}", words.map_or_else(|| warning.to_string(), str::to_owned)));
    }
    tell(format_args!("{}: {}.", sync.name, sums(&plan["counts"])));
}

/// The counts that are not zero.
pub fn sums(counts: &Value) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("create", "to create"),
        ("update", "to update"),
        ("reflag", "to reflag"),
        ("delete", "to delete"),
        ("blocked", "blocked"),
        ("keep", "kept"),
        ("unchanged", "unchanged"),
        ("requiresApproval", "wait for a yes"),
    ];
    let of = |name: &str| counts[name].as_u64().unwrap_or(0);
    let sums: Vec<String> =
        WORDS.iter().filter(|(name, _)| of(name) > 0).map(|(name, word)| format!("{} {word}", of(name))).collect();
    if sums.is_empty() { "nothing to do".to_owned() } else { sums.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_name_what_there_is() {
        assert_eq!(sums(&json!({"create": 2, "update": 0, "requiresApproval": 1})), "2 to create, 1 wait for a yes");
        assert_eq!(sums(&json!({})), "nothing to do");
    }
}
