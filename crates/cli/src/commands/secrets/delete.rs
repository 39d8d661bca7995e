//! `keyferry secrets delete`.

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::{Kind, TargetArgs};
use crate::failure::usage;
use crate::output::{OutputArgs, print_json};
use crate::secrets;
use crate::session;
use crate::terminal::{self, tell};

/// Arguments of `secrets delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The keys.
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// Everybody's value, or only your own.
    #[arg(long = "type", value_enum, default_value_t = Kind::Shared)]
    kind: Kind,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Deletes them, all or none.
pub async fn run(args: DeleteArgs) -> anyhow::Result<()> {
    let api = session::open(&args.target.server).await?;
    let place = args.target.place.resolve(&api).await?;
    if !args.yes {
        if !terminal::is_interactive() {
            return Err(usage("nobody can be asked here; give --yes to delete"));
        }
        let question = format!("Delete {} from {} of {}?", args.keys.join(", "), place.path, place.environment);
        if !terminal::confirm(&question)? {
            bail!("nothing was deleted");
        }
    }
    secrets::delete(&api, &place, &args.keys, args.kind.as_str()).await?;
    if args.output.json {
        print_json(&json!({ "deleted": args.keys, "type": args.kind.as_str() }));
    } else {
        tell(format_args!("Deleted {} from {} of {}.", args.keys.len(), place.path, place.environment));
    }
    Ok(())
}
