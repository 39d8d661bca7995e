//! `keyferry backup`: makes and checks backups.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use keyferry_cli::new_file::NewFile;
use keyferry_crypto::StreamCost;
use keyferry_domain::backups::{self, Backup, CreateOptions, Header};
use keyferry_domain::{Clock as _, SystemClock};

use super::passphrase::PassphraseArgs;
use super::serve::SettingArgs;
use super::{database, say};
use crate::config::Config;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Write everything into one encrypted file, as it is at one moment. The root key is not inside.
    Create(CreateArgs),
    /// Read a backup to its end and check every byte.
    Verify(VerifyArgs),
}

/// Options of `backup create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The file to write.
    file: PathBuf,
    /// Overwrite the file if it exists.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    settings: SettingArgs,
}

/// Options of `backup verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The backup.
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Does it.
///
/// # Errors
/// One line for the user.
pub async fn run(command: BackupCommand) -> anyhow::Result<()> {
    match command {
        BackupCommand::Create(args) => create(args).await,
        BackupCommand::Verify(args) => verify(&args),
    }
}

async fn create(args: CreateArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.settings.sources()?)?;
    let db = database::open_existing(&config).await?;
    let mut new = NewFile::begin(&args.file, args.force)?;
    let passphrase = args.passphrase.choose()?;
    let options =
        CreateOptions { now_ms: SystemClock.now_ms(), program: env!("CARGO_PKG_VERSION").to_owned(), cost: StreamCost::Standard };
    let mut out = BufWriter::new(new.file());
    let header = backups::create(&db, &mut out, &passphrase, &options).await?;
    out.flush()?;
    drop(out);
    new.finish()?;
    db.close().await;
    say(format_args!("Wrote {}: {} rows, {} of them secrets.", args.file.display(), header.rows(), header.rows_of("secrets")));
    say(format_args!(
        "It is of no use without its passphrase and the root key {}, which is not inside: keep a copy of that key elsewhere.",
        header.root_key_fingerprint
    ));
    Ok(())
}

fn verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let header = open(&args.file, &args.passphrase)?.verify().with_context(|| args.file.display().to_string())?;
    say(format_args!("{} is whole and unchanged.", args.file.display()));
    say(summary(&header));
    Ok(())
}

/// Opens a backup file.
///
/// # Errors
/// When it cannot be read, or the passphrase is wrong.
pub fn open(file: &Path, passphrase: &PassphraseArgs) -> anyhow::Result<Backup<BufReader<File>>> {
    let input = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let passphrase = passphrase.recall()?;
    Backup::open(BufReader::new(input), &passphrase).with_context(|| file.display().to_string())
}

fn summary(header: &Header) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row(["made", &header.created_at]);
    table.add_row(["by version", &header.program]);
    table.add_row(["schema", &header.migration]);
    table.add_row(["root key", &header.root_key_fingerprint]);
    for summary in header.tables.iter().filter(|summary| summary.rows > 0) {
        table.add_row([&summary.table.name, &summary.rows.to_string()]);
    }
    table
}
