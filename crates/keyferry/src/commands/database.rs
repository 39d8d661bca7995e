//! Opening a database that is there already, beside a server that may be running on it.

use anyhow::{Context as _, bail};
use keyferry_db::{Db, DbConfig};
use secrecy::ExposeSecret as _;

use crate::config::Config;

/// Opens it without touching its schema; no lock is needed.
///
/// # Errors
/// When the file does not exist, or the database cannot be reached.
pub async fn open_existing(config: &Config) -> anyhow::Result<Db> {
    if let Some(file) = config.sqlite_file()
        && !file.exists()
    {
        bail!("there is no database at {}; choose the directory with --data-dir, or start the server first", file.display());
    }
    open(config).await
}

/// Opens it; makes the file of an embedded one when there is none.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open(config: &Config) -> anyhow::Result<Db> {
    let url = config.database_url.value.expose_secret().to_owned();
    Db::connect(&DbConfig { url, max_connections: 4 })
        .await
        .with_context(|| format!("cannot open the database (database_url from {})", config.database_url.origin))
}
