//! How the demo tells its story.

use std::io::IsTerminal as _;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::report::{Report, Variable};
use crate::commands::say;

/// Speaks to people, or is silent for machines.
pub struct Output {
    silent: bool,
}

impl Output {
    /// Silent when a report is wanted.
    pub fn new(silent: bool) -> Self {
        Self { silent }
    }

    /// One step of the story.
    pub fn step(&self, line: impl std::fmt::Display) {
        if !self.silent {
            say(format_args!("\u{2022} {line}"));
        }
    }

    /// The plan: action and reason per key, never a value.
    pub fn plan(&self, plan: &Value) {
        if self.silent {
            return;
        }
        let mut table = new_table(["variable at Checkly", "action", "reason", "needs a yes"]);
        for item in plan["items"].as_array().into_iter().flatten() {
            let approval = if item["requiresApproval"].as_bool() == Some(true) { "yes" } else { "" };
            table.add_row([plain(&item["destinationKey"]), plain(&item["action"]), plain(&item["reason"]), approval.to_owned()]);
        }
        say(table);
    }

    /// The variables of an account.
    pub fn variables(&self, title: &str, variables: &[Variable]) {
        if self.silent {
            return;
        }
        say(format_args!("  {title}"));
        let mut table = new_table(["variable", "secret", "locked"]);
        for variable in variables {
            table.add_row([variable.key.clone(), variable.secret.to_string(), variable.locked.to_string()]);
        }
        say(table);
    }

    /// A bar over the keys of a run.
    pub fn progress(&self, total: u64) -> ProgressBar {
        let target = if self.silent || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("  applying {bar:32} {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        bar
    }

    /// Addresses, sign-in, and lines to paste.
    pub fn how_to_go_on(&self, report: &Report) {
        let Report { url, checkly_url, email, password_file, header_file, ids, .. } = report;
        let (project, sync) = (&ids.project, &ids.sync);
        say("");
        say(format_args!("Keyferry             {url}"));
        say(format_args!("Simulated Checkly    {checkly_url}"));
        say(format_args!("Sign-in              {email}, password in {password_file}"));
        say("");
        say("Try (the header file holds the token, so that it stays out of your shell's history):");
        say(format_args!("  curl -sH @{header_file} '{url}/api/v4/secrets?projectId={project}&environment=prod'"));
        say(format_args!(
            "  curl -sH @{header_file} -H 'Content-Type: application/json' -X PATCH {url}/api/v3/secrets/raw/LOCALE \\\n      --data '{{\"workspaceId\":\"{project}\",\"environment\":\"prod\",\"secretValue\":\"fr-CH\"}}'"
        ));
        say(format_args!("  curl -sH @{header_file} {url}/api/v1/secret-syncs/checkly/{sync}"));
        say(format_args!("  curl -sH @{header_file} -X POST {url}/api/v1/secret-syncs/checkly/{sync}/plan"));
        say("");
        say("Everything above is gone when you press Ctrl-C.");
    }

    /// What was synced and how long it took.
    pub fn last_line(&self, report: &Report) {
        if !self.silent {
            let written =
                report.run["counts"]["create"].as_u64().unwrap_or(0) + report.run["counts"]["update"].as_u64().unwrap_or(0);
            say(format_args!(
                "Synced {written} of {} secrets to the Checkly account in {} ms; a change reached it in {} ms.",
                report.secrets, report.total_ms, report.propagation_ms
            ));
        }
    }
}

fn new_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
