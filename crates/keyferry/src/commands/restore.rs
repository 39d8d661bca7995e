//! `keyferry restore`: puts a backup into an empty database, of either kind.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use keyferry_domain::backups::{Restored, check_empty};
use keyferry_domain::{Clock as _, SystemClock, SystemIds};

use super::passphrase::PassphraseArgs;
use super::serve::SettingArgs;
use super::{backup, database, say};
use crate::config::Config;
use crate::server::{data_dir, root_key};

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    settings: SettingArgs,
}

/// Restores all or nothing.
///
/// # Errors
/// One line: the database is in use, the root key is missing or another, the file is damaged, the passphrase wrong.
pub async fn run(args: RestoreArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.settings.sources()?)?;
    let sqlite = config.sqlite_file();
    let _lock = match &sqlite {
        Some(file) => {
            data_dir::prepare(&config.data_dir.value)?;
            Some(data_dir::Lock::take(file)?)
        }
        None => None,
    };
    let made = sqlite.filter(|file| !file.exists());
    let restored = restore(&args.file, &args.passphrase, &config).await;
    if let (Err(_), Some(file)) = (&restored, &made) {
        remove_database(file);
    }
    let Restored { header, paused_syncs } = restored?;
    say(format_args!(
        "Restored {} rows, {} of them secrets, as of {}.",
        header.rows(),
        header.rows_of("secrets"),
        header.created_at
    ));
    if paused_syncs > 0 {
        say(format_args!("Paused syncs: {paused_syncs}, so that this server does not write into live accounts by itself."));
        say(
            "Make sure that the server the backup came from is stopped; then resume each: trigger it, or PATCH isAutoSyncEnabled.",
        );
    }
    say("Everybody has to sign in again. Start the server with: keyferry serve");
    Ok(())
}

async fn restore(file: &Path, passphrase: &PassphraseArgs, config: &Config) -> anyhow::Result<Restored> {
    let backup = backup::open(file, passphrase)?;
    let root = root_key::find(config, Some(&backup.header().root_key_fingerprint))?;
    let db = database::open(config).await?;
    let restored = async {
        check_empty(&db).await?;
        backup.restore(&db, &root, SystemClock.now_ms(), &SystemIds).await
    }
    .await;
    db.close().await;
    restored.with_context(|| format!("nothing was restored from {}", file.display()))
}

/// Removes the files of an embedded database that was not there before.
fn remove_database(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = OsString::from(file);
        name.push(ending);
        std::fs::remove_file(name).ok();
    }
}
