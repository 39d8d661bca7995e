//! `keyferry syncs`: syncs to Checkly.

mod apply;
mod list;
mod plan;
mod run;
mod watch;

use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::api::{Api, ApiError, encode};
use crate::output::text;
use crate::place::ProjectArgs;
use crate::server::ServerArgs;
use crate::session;
use crate::terminal::tell;
use watch::{PAUSE, WaitingArgs};

/// Where the routes begin.
const ROUTES: &str = "/api/v1/secret-syncs/checkly";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum SyncsCommand {
    /// List the syncs of a project.
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show what a run would do now: keys and reasons, never a value.
    Plan(plan::PlanArgs),
    /// Apply a plan, after showing it.
    Apply(apply::ApplyArgs),
    /// Run a sync and wait for its end.
    Run(run::RunArgs),
    /// Wait for the end of a run that was begun.
    Watch(watch::WatchArgs),
}

/// Which sync.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// The sync's id or name.
    #[arg(value_name = "SYNC")]
    sync: String,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    project: ProjectArgs,
}

/// A sync that was found.
pub struct Sync {
    api: Api,
    id: String,
    name: String,
}

impl SyncArgs {
    async fn find(&self) -> anyhow::Result<Sync> {
        let api = session::open(&self.server).await?;
        let is_id = self.sync.len() == 36 && self.sync.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let answer = if is_id {
            api.get(&format!("{ROUTES}/{}", self.sync), &[]).await?
        } else {
            let project = self.project.resolve(&api).await?;
            api.get(&format!("{ROUTES}/sync-name/{}", encode(&self.sync)), &[("projectId", &project)]).await?
        };
        let found = &answer["secretSync"];
        Ok(Sync { id: text(found, "id"), name: text(found, "name"), api })
    }
}

impl Sync {
    /// The path of a route about it.
    fn route(&self, rest: &str) -> String {
        format!("{ROUTES}/{}{rest}", encode_id(&self.id))
    }
}

/// Posts what a sync refuses while a run of it is at work, as soon as none is.
async fn post_when_free(sync: &Sync, route: &str, body: &Value, waiting: WaitingArgs) -> Result<Value, ApiError> {
    let deadline = waiting.deadline();
    let mut is_told = false;
    loop {
        match sync.api.post(route, body).await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                if !is_told {
                    tell("a run of this sync is at work; waiting for its end");
                }
                is_told = true;
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}

/// Secret syncs contract, section 3.7: the text is all that tells this refusal from others.
fn is_busy(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused { status: 400, message, .. } if message.contains("already in progress"))
}

/// Ids come from a server, and become part of a path.
fn encode_id(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// Runs the command; exit code 1 when a run that was waited for did not succeed.
pub async fn run(command: SyncsCommand) -> anyhow::Result<ExitCode> {
    match command {
        SyncsCommand::List(args) => list::run(args).await.map(|()| ExitCode::SUCCESS),
        SyncsCommand::Plan(args) => plan::run(args).await.map(|()| ExitCode::SUCCESS),
        SyncsCommand::Apply(args) => apply::run(args).await,
        SyncsCommand::Run(args) => run::run(args).await,
        SyncsCommand::Watch(args) => watch::run(args).await,
    }
}

/// The items of a plan or a run.
fn items(of: &Value) -> impl Iterator<Item = &Value> {
    of["items"].as_array().into_iter().flatten()
}
