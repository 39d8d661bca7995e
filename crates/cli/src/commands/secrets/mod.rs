//! `keyferry secrets`.

mod delete;
mod get;
mod list;
mod set;

use clap::{ArgAction, Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::output::MASK;
use crate::place::PlaceArgs;
use crate::secrets::{Reading, Secret};
use crate::server::ServerArgs;
pub use set::write;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// List the secrets of a folder; values are masked.
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show secrets by their keys.
    Get(get::GetArgs),
    /// Create or change secrets.
    Set(set::SetArgs),
    /// Delete secrets.
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

/// Which server and folder.
#[derive(Debug, Args)]
pub struct TargetArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// What to read along. Each may be switched off, as in `--expand=false`.
#[derive(Clone, Copy, Debug, Args)]
pub struct ReadingArgs {
    /// Replace references by what they point to.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = ArgAction::Set)]
    expand: bool,
    /// With what the folder imports.
    #[arg(
        long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true",
        action = ArgAction::Set
    )]
    include_imports: bool,
    /// Your own values in place of shared ones.
    #[arg(
        long, visible_alias = "secret-overriding", num_args = 0..=1, require_equals = true, default_value_t = true,
        default_missing_value = "true", action = ArgAction::Set
    )]
    personal: bool,
    /// With all folders below.
    #[arg(long)]
    recursive: bool,
}

impl ReadingArgs {
    /// With or without values.
    pub fn reading(self, values: bool) -> Reading {
        let Self { expand, include_imports: imports, personal, recursive } = self;
        Reading { values, expand: expand && values, recursive, imports, personal }
    }
}

/// Whose value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Everybody's.
    Shared,
    /// Yours alone, in place of the shared one.
    Personal,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Personal => "personal",
        }
    }
}

/// Runs the command.
pub async fn run(command: SecretsCommand) -> anyhow::Result<()> {
    match command {
        SecretsCommand::List(args) => list::run(args).await,
        SecretsCommand::Get(args) => get::run(args).await,
        SecretsCommand::Set(args) => set::run(args).await,
        SecretsCommand::Delete(args) => delete::run(args).await,
    }
}

/// A secret for programs (docs/cli.md); `value` is null unless it was asked for.
fn as_json(secret: &Secret) -> Value {
    json!({
        "key": secret.key,
        "value": secret.value.as_ref().map(|value| value.expose_secret()),
        "type": secret.kind,
        "environment": secret.environment,
        "path": secret.path,
        "version": secret.version,
        "comment": secret.comment,
        "updatedAt": secret.updated_at,
        "imported": secret.is_imported,
    })
}

/// A value for people.
fn shown(secret: &Secret, reveal: bool) -> String {
    match &secret.value {
        Some(value) if reveal => value.expose_secret().to_owned(),
        None if reveal => "(hidden from you)".to_owned(),
        _ => MASK.to_owned(),
    }
}
