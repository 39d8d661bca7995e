//! Makes a backup beside the running server.

use std::io::Write;

use keyferry_crypto::{SealedWriter, StreamCost};
use keyferry_db::dump::{self, Cell, Table};
use keyferry_db::{Db, Snapshot, server_settings};
use secrecy::SecretString;

use super::header::{Header, TableSummary};
use super::{BackupError, FORMAT, PURPOSE, record};

/// Rows of a page at most, and about how many bytes a page shall take.
const PAGE_ROWS: u64 = 500;
const PAGE_BYTES: u64 = 4 * 1024 * 1024;

/// What a backup says of its making.
#[derive(Clone, Debug)]
pub struct CreateOptions {
    /// Unix milliseconds.
    pub now_ms: i64,
    /// Version of the program.
    pub program: String,
    /// How hard the passphrase is to guess.
    pub cost: StreamCost,
}

/// Writes all lasting rows as they are at one moment; writers are not held up. Answers what was written; nothing counts unless
/// it answers so.
///
/// # Errors
/// [`BackupError::Target`] for a database that was never served, or by another version; else when reading or writing fails.
pub async fn create(
    db: &Db,
    out: &mut impl Write,
    passphrase: &SecretString,
    options: &CreateOptions,
) -> Result<Header, BackupError> {
    let never = || BackupError::Target("the database is empty: no server was ever started on it".to_owned());
    let migration = db.schema_level().await?.ok_or_else(never)?;
    if !db.is_migrated().await? {
        return Err(BackupError::Target(
            "the database was written by another version of Keyferry; start this version on it first".to_owned(),
        ));
    }
    let snapshot = db.snapshot().await?;
    let settings = server_settings::find(&snapshot).await?.ok_or_else(never)?;
    let mut tables = Vec::new();
    for table in dump::tables()? {
        let rows = dump::count(&snapshot, &table).await?;
        tables.push(TableSummary { table, rows });
    }
    let header = Header {
        format: FORMAT,
        created_at: timestamp(options.now_ms),
        program: options.program.clone(),
        migration,
        root_key_fingerprint: settings.root_key_fingerprint,
        instance_id: settings.instance_id,
        tables,
    };
    let mut out = SealedWriter::new(out, PURPOSE, passphrase, options.cost)?;
    let text = serde_json::to_vec(&header).map_err(|error| BackupError::Format(error.to_string()))?;
    record::write_frame(&mut out, &text)?;
    for TableSummary { table, rows } in &header.tables {
        let written = copy(&snapshot, table, &mut out).await?;
        if written != *rows {
            return Err(BackupError::Target(format!("the rows of {} changed while they were read; try again", table.name)));
        }
    }
    out.finish()?;
    Ok(header)
}

async fn copy(snapshot: &Snapshot, table: &Table, out: &mut impl Write) -> Result<u64, BackupError> {
    let (mut written, mut limit) = (0, PAGE_ROWS);
    let mut after: Option<Cell> = None;
    let mut bytes = Vec::new();
    loop {
        let page = dump::page(snapshot, table, after.as_ref(), limit).await?;
        let Some(last) = page.last() else { return Ok(written) };
        after = table.key_of(last)?.cloned();
        let mut size = 0;
        for row in &page {
            bytes.clear();
            record::encode(row, &mut bytes);
            record::write_frame(out, &bytes)?;
            size += bytes.len() as u64;
        }
        let rows = page.len() as u64;
        written += rows;
        limit = (PAGE_BYTES / (size / rows).max(1)).clamp(1, PAGE_ROWS);
    }
}

fn timestamp(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        .unwrap_or_default()
}
