//! `keyferry init`.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

use crate::failure::usage;
use crate::new_file::NewFile;
use crate::output::text;
use crate::place::{PROJECT_FILE, ProjectFile};
use crate::server::ServerArgs;
use crate::session;
use crate::terminal::{self, tell};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The project's id, slug or name; without it you are asked.
    #[arg(long)]
    project: Option<String>,
    /// The environment that commands in this directory are about.
    #[arg(long, short, value_name = "SLUG")]
    env: Option<String>,
    /// Replace the file that is there.
    #[arg(long)]
    force: bool,
}

/// Writes `.infisical.json`.
pub async fn run(args: InitArgs) -> anyhow::Result<()> {
    let path = Path::new(PROJECT_FILE);
    if !args.force && path.symlink_metadata().is_ok() {
        bail!("{PROJECT_FILE} exists; give --force to replace it");
    }
    let api = session::open(&args.server).await?;
    let answer = api.get("/api/v1/workspace", &[]).await?;
    let project = choose(answer["workspaces"].as_array().cloned().unwrap_or_default(), args.project.as_deref())?;
    let environments: Vec<String> =
        project["environments"].as_array().into_iter().flatten().map(|one| text(one, "slug")).collect();
    if let Some(env) = args.env.as_deref().filter(|env| !environments.is_empty() && !environments.iter().any(|slug| slug == env))
    {
        bail!("the project has no environment {env}; it has {}", environments.join(", "));
    }
    let id = project["id"].as_str().or_else(|| project["_id"].as_str()).context("the server's answer names no project")?;
    let file = ProjectFile {
        workspace_id: id.to_owned(),
        default_environment: Some(args.env.unwrap_or_default()),
        domain: Some(format!("{}/api", api.server())),
        ..ProjectFile::default()
    };
    let mut new = NewFile::begin(path, args.force)?;
    serde_json::to_writer_pretty(new.file(), &file)?;
    new.file().write_all(b"\n")?;
    new.finish()?;
    tell(format_args!("This directory is bound to the project {}; {PROJECT_FILE} holds no secret.", text(&project, "name")));
    Ok(())
}

fn choose(mut all: Vec<Value>, wanted: Option<&str>) -> anyhow::Result<Value> {
    if let Some(wanted) = wanted {
        let is_it = |one: &Value| ["id", "_id", "slug", "name"].iter().any(|field| one[*field] == *wanted);
        return all.into_iter().find(is_it).with_context(|| format!("you see no project {wanted}"));
    }
    let names: Vec<String> = all.iter().map(|one| text(one, "name")).collect();
    match all.len() {
        0 => bail!("you see no project yet"),
        1 => Ok(all.remove(0)),
        _ if terminal::is_interactive() => {
            let index = terminal::choose("Project", &names)?;
            Ok(all.swap_remove(index))
        }
        _ => Err(usage(format!("which project? Give --project with one of: {}", names.join(", ")))),
    }
}
