//! `keyferry secrets get`.

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{Kind, ReadingArgs, TargetArgs, as_json, shown};
use crate::output::{OutputArgs, print_json, print_table};
use crate::secrets;
use crate::session;
use crate::terminal::say;

/// Arguments of `secrets get`.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// The keys.
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Everybody's value, or your own.
    #[arg(long = "type", value_enum)]
    kind: Option<Kind>,
    /// Show the values.
    #[arg(long)]
    reveal: bool,
    /// Print the values and nothing else, one after the other.
    #[arg(long, visible_aliases = ["raw-value", "silent"], conflicts_with = "json")]
    plain: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Shows them.
pub async fn run(args: GetArgs) -> anyhow::Result<()> {
    let reveal = args.reveal || args.plain;
    let api = session::open(&args.target.server).await?;
    let place = args.target.place.resolve(&api).await?;
    let reading = args.reading.reading(reveal);
    let mut found = Vec::new();
    if reading.recursive {
        let (all, _) = secrets::effective(secrets::list(&api, &place, reading).await?);
        for key in &args.keys {
            let one = all.iter().find(|secret| secret.key == *key);
            found.push(one.cloned().with_context(|| format!("there is no secret {key} in or below {}", place.path))?);
        }
    } else {
        for key in &args.keys {
            let kind = args.kind.map(Kind::as_str);
            // A person's own value stands in for the shared one where there is one.
            let own = kind.is_none() && reading.personal && api.is_user();
            let personal = if own { secrets::get(&api, &place, key, reading, Some("personal")).await.ok() } else { None };
            found.push(match personal {
                Some(secret) if secret.kind == "personal" => secret,
                _ => secrets::get(&api, &place, key, reading, kind).await?,
            });
        }
    }
    if args.output.json {
        print_json(&json!({ "secrets": found.iter().map(as_json).collect::<Vec<_>>() }));
    } else if args.plain {
        for secret in &found {
            let Some(value) = &secret.value else { bail!("the value of {} is hidden from you", secret.key) };
            say(value.expose_secret());
        }
    } else {
        let rows = found.iter().map(|s| [s.key.clone(), shown(s, reveal), s.kind.clone(), s.path.clone(), s.version.to_string()]);
        print_table(["key", "value", "type", "from", "version"], rows);
    }
    Ok(())
}
