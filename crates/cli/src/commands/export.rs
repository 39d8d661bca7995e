//! `keyferry export`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use secrecy::ExposeSecret as _;

use super::secrets::{ReadingArgs, TargetArgs};
use crate::files::{self, Format};
use crate::new_file::NewFile;
use crate::secrets::{self, Pair, Secret};
use crate::session;
use crate::terminal::{self, tell};

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The format; without it the ending of the file's name decides, otherwise dotenv.
    #[arg(long, short, value_enum)]
    format: Option<Format>,
    /// Write to this file, which only you can read, instead of standard output.
    #[arg(long, short, visible_alias = "output-file", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
    /// With comments, where the format has them.
    #[arg(long)]
    comments: bool,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// Writes them.
pub async fn run(args: ExportArgs) -> anyhow::Result<()> {
    let format = args.format.unwrap_or_else(|| args.output.as_deref().map_or(Format::Dotenv, Format::of));
    let api = session::open(&args.target.server).await?;
    let place = args.target.place.resolve(&api).await?;
    let (found, shadowed) = secrets::effective(secrets::list(&api, &place, args.reading.reading(true)).await?);
    warn_shadowed(&shadowed);
    let count = found.len();
    let pairs = found.into_iter().map(|secret| pair(secret, args.comments)).collect::<anyhow::Result<Vec<_>>>()?;
    let written = files::write(format, &pairs);
    if !written.left_out.is_empty() {
        tell(format_args!("left out, as the format cannot hold these keys: {}", written.left_out.join(", ")));
    }
    let Some(path) = &args.output else { return terminal::write_out(written.text.expose_secret()) };
    let mut file = NewFile::begin(path, args.force)?;
    file.file().write_all(written.text.expose_secret().as_bytes())?;
    file.finish()?;
    tell(format_args!("Wrote {} to {}.", count - written.left_out.len(), path.display()));
    Ok(())
}

fn pair(secret: Secret, with_comment: bool) -> anyhow::Result<Pair> {
    let Secret { key, value, comment, .. } = secret;
    let Some(value) = value else { bail!("the value of {key} is hidden from you; nothing was written") };
    Ok(Pair { key, value, comment: Some(comment).filter(|text| with_comment && !text.is_empty()) })
}

/// Says which keys several folders give.
pub fn warn_shadowed(keys: &[String]) {
    if !keys.is_empty() {
        tell(format_args!("in several folders, the one nearest to the top counts: {}", keys.join(", ")));
    }
}
