//! `keyferry secrets set`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{Kind, TargetArgs};
use crate::failure::usage;
use crate::files;
use crate::output::{OutputArgs, print_json};
use crate::place::Place;
use crate::secrets::{self, Pair, Reading};
use crate::session;
use crate::terminal::{self, tell};

/// Arguments of `secrets set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// `KEY` to be asked for the value (or to read it from a pipe), `KEY=@FILE` for a file's text, `KEY=@-` for standard input,
    /// `KEY=VALUE` when others may see it: arguments are visible to everybody on this machine and stay in the shell's history.
    /// `KEY=@@x` sets `@x`.
    #[arg(value_name = "KEY[=VALUE]", required_unless_present = "file")]
    pairs: Vec<String>,
    /// Set what a .env file holds.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Everybody's value, or your own in place of it.
    #[arg(long = "type", value_enum, default_value_t = Kind::Shared)]
    kind: Kind,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Sets them.
pub async fn run(args: SetArgs) -> anyhow::Result<()> {
    let mut pairs = Vec::new();
    if let Some(file) = &args.file {
        pairs.extend(files::read_pairs(file, None)?);
    }
    for text in &args.pairs {
        pairs.push(pair(text)?);
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = pairs.iter().find(|pair| !seen.insert(pair.key.as_str())) {
        return Err(usage(format!("{} is set twice", twice.key)));
    }
    let api = session::open(&args.target.server).await?;
    let place = args.target.place.resolve(&api).await?;
    let existing = keys_of(&api, &place).await?;
    if args.kind == Kind::Personal {
        for (done, pair) in pairs.iter().enumerate() {
            secrets::set_personal(&api, &place, pair).await.with_context(|| format!("{} ({done} set before it)", pair.key))?;
        }
    } else {
        write(&api, &place, &pairs).await?;
    }
    let (updated, created): (Vec<&str>, Vec<&str>) =
        pairs.iter().map(|pair| pair.key.as_str()).partition(|key| existing.contains(*key));
    if args.output.json {
        print_json(&json!({ "created": created, "updated": updated, "type": args.kind.as_str() }));
    } else if args.kind == Kind::Personal {
        tell(format_args!("Set {} of your own in {} of {}.", pairs.len(), place.path, place.environment));
    } else {
        tell(format_args!("Created {}, updated {} in {} of {}.", created.len(), updated.len(), place.path, place.environment));
    }
    Ok(())
}

/// Writes shared secrets.
pub async fn write(api: &crate::api::Api, place: &Place, pairs: &[Pair]) -> anyhow::Result<()> {
    let (written, outcome) = secrets::upsert(api, place, pairs).await;
    match outcome {
        Err(error) if written > 0 => bail!("{written} of {} were written, then: {error}", pairs.len()),
        other => Ok(other?),
    }
}

async fn keys_of(api: &crate::api::Api, place: &Place) -> anyhow::Result<BTreeSet<String>> {
    let reading = Reading { values: false, expand: false, recursive: false, imports: false, personal: false };
    match secrets::list(api, place, reading).await {
        Ok(found) => Ok(found.into_iter().map(|secret| secret.key).collect()),
        // Somebody may write who must not read.
        Err(error) if error.status() == Some(403) => Ok(BTreeSet::new()),
        Err(error) => Err(error.into()),
    }
}

fn pair(text: &str) -> anyhow::Result<Pair> {
    let (key, value) = match text.split_once('=') {
        None => (text, typed(text)?),
        Some((key, value)) => (
            key,
            match value.strip_prefix('@') {
                Some("-") => terminal::secret_of_stdin()?,
                Some(rest) if rest.starts_with('@') => SecretString::from(rest),
                Some(file) => read(Path::new(file))?,
                None => SecretString::from(value),
            },
        ),
    };
    if key.trim().is_empty() {
        return Err(usage("a key is missing before ="));
    }
    if value.expose_secret().contains('\0') {
        bail!("the value of {key} holds a NUL character");
    }
    Ok(Pair { key: key.trim().to_owned(), value, comment: None })
}

fn typed(key: &str) -> anyhow::Result<SecretString> {
    if terminal::is_interactive() { terminal::ask_hidden(&format!("Value of {key}: ")) } else { terminal::secret_of_stdin() }
}

fn read(file: &Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {} as UTF-8 text", file.display()))?;
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_arguments_and_files() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key.pem");
        std::fs::write(&file, "line one\nline two\n").unwrap();
        let value = |text: &str| pair(text).unwrap().value.expose_secret().to_owned();
        assert_eq!(value("A=b=c"), "b=c");
        assert_eq!(value("A="), "");
        assert_eq!(value("A=@@x"), "@x");
        assert_eq!(value(&format!("A=@{}", file.display())), "line one\nline two\n");
        assert!(pair("=x").is_err());
        let error = format!("{:#}", pair("A=s3cret\0").unwrap_err());
        assert!(!error.contains("s3cret"), "{error}");
    }
}
