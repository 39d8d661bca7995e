//! `keyferry import`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::secrets::{TargetArgs, write};
use crate::failure::usage;
use crate::files::{self, Format};
use crate::output::{OutputArgs, print_json, print_table};
use crate::secrets::{self, Pair, Reading, as_stored};
use crate::session;
use crate::terminal::{self, tell};

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The format; without it the ending of the file's name decides, otherwise dotenv.
    #[arg(long, short, value_enum)]
    format: Option<Format>,
    /// Say what would change and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What an import does to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Added,
    Changed,
    Unchanged,
}

/// Imports. Secrets that the file does not name stay as they are.
pub async fn run(args: ImportArgs) -> anyhow::Result<()> {
    let pairs = files::read_pairs(&args.file, args.format)?;
    let api = session::open(&args.target.server).await?;
    let place = args.target.place.resolve(&api).await?;
    let reading = Reading { values: true, expand: false, recursive: false, imports: false, personal: false };
    let stored = secrets::list(&api, &place, reading).await?;
    let stored: BTreeMap<String, Option<SecretString>> = stored.into_iter().map(|secret| (secret.key, secret.value)).collect();
    let effects: Vec<Effect> = pairs.iter().map(|pair| effect(pair, &stored)).collect();
    let of = |wanted: Effect| -> Vec<&str> {
        pairs.iter().zip(&effects).filter(|(_, effect)| **effect == wanted).map(|(pair, _)| pair.key.as_str()).collect()
    };
    let (added, changed, unchanged) = (of(Effect::Added), of(Effect::Changed), of(Effect::Unchanged));
    let report = |applied: bool| {
        if args.output.json {
            print_json(&json!({ "added": added, "changed": changed, "unchanged": unchanged, "applied": applied }));
        }
    };
    if !args.output.json {
        let rows = [("added", &added), ("changed", &changed)];
        let rows = rows.iter().flat_map(|(word, keys)| keys.iter().map(|key| [(*key).to_owned(), (*word).to_owned()]));
        if !added.is_empty() || !changed.is_empty() {
            print_table(["key", "import"], rows);
        }
        let (place, environment) = (&place.path, &place.environment);
        tell(format_args!(
            "{place} of {environment}: {} added, {} changed, {} unchanged.",
            added.len(),
            changed.len(),
            unchanged.len()
        ));
    }
    let trimmed = pairs.iter().filter(|pair| as_stored(pair.value.expose_secret()) != pair.value.expose_secret()).count();
    if trimmed > 0 {
        tell(format_args!("{trimmed} values begin or end with blanks, which the server does not keep."));
    }
    if args.dry_run || added.len() + changed.len() == 0 {
        report(false);
        return Ok(());
    }
    if !args.yes {
        if !terminal::is_interactive() {
            return Err(usage("nobody can be asked here; give --yes to import, or --dry-run to look"));
        }
        if !terminal::confirm("Go on?")? {
            bail!("nothing was changed");
        }
    }
    let to_write: Vec<Pair> =
        pairs.iter().zip(&effects).filter(|(_, effect)| **effect != Effect::Unchanged).map(|(pair, _)| pair.clone()).collect();
    write(&api, &place, &to_write).await?;
    tell(format_args!("Imported {}.", to_write.len()));
    report(true);
    Ok(())
}

fn effect(pair: &Pair, stored: &BTreeMap<String, Option<SecretString>>) -> Effect {
    match stored.get(&pair.key) {
        None => Effect::Added,
        Some(Some(value)) if value.expose_secret() == as_stored(pair.value.expose_secret()) => Effect::Unchanged,
        Some(_) => Effect::Changed,
    }
}
