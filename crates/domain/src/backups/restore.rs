//! Puts a backup into an empty database, on either backend.

use std::io::Read;

use keyferry_crypto::RootKey;
use keyferry_db::dump::{Cell, Loader, Row};
use keyferry_db::entities::audit_logs;
use keyferry_db::{Db, WriteTx, server_settings};
use serde_json::json;

use super::BackupError;
use super::header::Header;
use super::open::Backup;
use crate::clock::Ids;

/// What an interrupted run says after a restore.
const ENDED: &str = "The server was restored from a backup. This sync is paused until it is changed or triggered by hand.";

/// Rows gathered for one statement at most, and about how many bytes.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What a restore did.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The backup.
    pub header: Header,
    /// Syncs that wait to be resumed.
    pub paused_syncs: u64,
}

/// Makes sure that nobody ever started a server on the database.
///
/// # Errors
/// [`BackupError::Target`] when somebody did.
pub async fn check_empty(db: &Db) -> Result<(), BackupError> {
    if !db.is_new().await? && server_settings::find(db.read()).await?.is_some() {
        return Err(BackupError::Target(
            "the database is in use; restore into a new one (another data directory or another PostgreSQL database)".to_owned(),
        ));
    }
    Ok(())
}

impl<R: Read> Backup<R> {
    /// Restores everything in one transaction, and pauses every sync so that none writes into live accounts by itself. A backup
    /// of an older version is loaded into the schema of its time and then migrated.
    ///
    /// # Errors
    /// [`BackupError::WrongRootKey`], [`BackupError::Target`] when the database is in use; else when the file or the database
    /// fails. Then no row was stored.
    pub async fn restore(self, db: &Db, root: &RootKey, now_ms: i64, ids: &dyn Ids) -> Result<Restored, BackupError> {
        let header = self.header().clone();
        let given = root.fingerprint();
        if given != header.root_key_fingerprint {
            return Err(BackupError::WrongRootKey { needed: header.root_key_fingerprint, given });
        }
        check_empty(db).await?;
        db.migrate_to(&header.migration).await?;
        let is_current = db.is_migrated().await?;
        let tx = db.begin().await?;
        self.load(&tx).await?;
        let paused_syncs = keyferry_db::secret_syncs::pause_all(&tx, ENDED).await?;
        keyferry_db::sync_runs::end_open(&tx, ENDED, now_ms).await?;
        if is_current {
            record(&tx, &header, now_ms, ids).await?;
        }
        tx.commit().await?;
        if !is_current {
            db.migrate().await?;
            let tx = db.begin().await?;
            record(&tx, &header, now_ms, ids).await?;
            tx.commit().await?;
        }
        Ok(Restored { header, paused_syncs })
    }

    async fn load(mut self, tx: &WriteTx) -> Result<(), BackupError> {
        let mut loader = Loader::new(tx);
        let tables = self.header().tables.clone();
        for summary in &tables {
            let columns = summary.table.columns.len();
            let (mut batch, mut size) = (Vec::<Row>::new(), 0);
            for _ in 0..summary.rows {
                let row = self.rows.next(columns)?;
                size += row.iter().map(Cell::size).sum::<usize>();
                batch.push(row);
                if batch.len() >= BATCH_ROWS || size >= BATCH_BYTES {
                    loader.insert(&summary.table, std::mem::take(&mut batch)).await?;
                    size = 0;
                }
            }
            loader.insert(&summary.table, batch).await?;
        }
        self.rows.end()?;
        loader.finish().await?;
        Ok(())
    }
}

/// Tells every organization's audit log that time was turned back.
async fn record(tx: &WriteTx, header: &Header, now_ms: i64, ids: &dyn Ids) -> Result<(), BackupError> {
    for organization in keyferry_db::organizations::list(tx).await? {
        let row = audit_logs::Model {
            id: ids.v7(now_ms),
            org_id: Some(organization.id),
            project_id: None,
            event_type: "restore-server-backup".to_owned(),
            event_metadata: json!({"backupCreatedAt": header.created_at, "program": header.program}).to_string(),
            actor_type: "platform".to_owned(),
            actor_id: None,
            actor_metadata: "{}".to_owned(),
            ip: None,
            user_agent: None,
            user_agent_type: "other".to_owned(),
            request_id: None,
            outcome: "success".to_owned(),
            chain_sequence: None,
            chain_hash: None,
            created_at_ms: now_ms,
        };
        keyferry_db::insert(tx, row).await?;
    }
    Ok(())
}
