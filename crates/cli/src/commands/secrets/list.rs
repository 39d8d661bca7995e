//! `keyferry secrets list`.

use clap::Args;
use serde_json::json;

use super::{ReadingArgs, TargetArgs, as_json, shown};
use crate::output::{OutputArgs, print_json, print_table};
use crate::secrets;
use crate::session;
use crate::terminal::tell;

/// Arguments of `secrets list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Show the values; without it they are not even fetched.
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists.
pub async fn run(args: ListArgs) -> anyhow::Result<()> {
    let api = session::open(&args.target.server).await?;
    let place = args.target.place.resolve(&api).await?;
    let mut found = secrets::list(&api, &place, args.reading.reading(args.reveal)).await?;
    found.sort_by(|a, b| (a.is_imported, &a.path, &a.key).cmp(&(b.is_imported, &b.path, &b.key)));
    if args.output.json {
        print_json(&json!({ "secrets": found.iter().map(as_json).collect::<Vec<_>>() }));
        return Ok(());
    }
    if found.is_empty() {
        tell(format_args!("There are no secrets in {} of {}.", place.path, place.environment));
        return Ok(());
    }
    let rows = found.iter().map(|secret| {
        let from =
            if secret.is_imported { format!("import {}:{}", secret.environment, secret.path) } else { secret.path.clone() };
        [secret.key.clone(), shown(secret, args.reveal), secret.kind.clone(), from, secret.version.to_string()]
    });
    print_table(["key", "value", "type", "from", "version"], rows);
    Ok(())
}
