//! The one way to write.
//!
//! SQLite has a single writer, so writers queue at a gate in the order they came. The transaction behind the gate is shared by
//! those who already wait when it begins: each works in a savepoint of its own, and one commit (one fsync) makes all of them
//! durable. A writer is answered only after that commit. PostgreSQL gets an ordinary transaction per writer.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::error::DbError;

/// Where writers queue.
pub(crate) enum Gate {
    /// One writer connection and the transaction that is open on it, if any.
    Sqlite(Arc<Mutex<Writer>>),
    /// The pool; the server orders the writers.
    Postgres(DatabaseConnection),
}

/// The SQLite writer connection.
pub(crate) struct Writer {
    connection: DatabaseConnection,
    open: Option<Batch>,
}

/// A transaction shared by the writers that waited when it began.
struct Batch {
    transaction: DatabaseTransaction,
    outcome: watch::Sender<Outcome>,
}

/// How the shared commit ended.
#[derive(Clone, Debug)]
enum Outcome {
    Waiting,
    Committed,
    Failed(String),
}

impl Gate {
    pub(crate) fn sqlite(connection: DatabaseConnection) -> Self {
        Self::Sqlite(Arc::new(Mutex::new(Writer { connection, open: None })))
    }

    pub(crate) fn postgres(pool: DatabaseConnection) -> Self {
        Self::Postgres(pool)
    }

    pub(crate) async fn begin(&self) -> Result<WriteTx, DbError> {
        match self {
            Self::Postgres(pool) => {
                let pool = pool.clone();
                let options = TransactionOptions {
                    isolation_level: Some(IsolationLevel::ReadCommitted),
                    access_mode: None,
                    sqlite_transaction_mode: None,
                };
                let transaction = uninterrupted(async move { pool.begin_with_options(options).await }).await?;
                Ok(WriteTx { transaction, shared: None })
            }
            Self::Sqlite(writer) => {
                let mut guard = Arc::clone(writer).lock_owned().await;
                if guard.open.is_none() {
                    let transaction = guard
                        .connection
                        .begin_with_options(TransactionOptions {
                            isolation_level: None,
                            access_mode: None,
                            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        })
                        .await?;
                    guard.open = Some(Batch { transaction, outcome: watch::channel(Outcome::Waiting).0 });
                    // The lock is fair: this task gets its turn after everybody who waits now, so their work shares the commit,
                    // and it runs even if the writer that began is cancelled.
                    tokio::spawn(commit_batch(Arc::clone(writer)));
                }
                let Some(batch) = guard.open.as_ref() else {
                    return Err(DbError::Other("the writer lost its transaction".to_owned()));
                };
                let transaction = batch.transaction.begin().await?;
                let outcome = batch.outcome.subscribe();
                Ok(WriteTx { transaction, shared: Some((guard, outcome)) })
            }
        }
    }

    pub(crate) async fn close(&self) {
        if let Self::Sqlite(writer) = self {
            let mut writer = writer.lock().await;
            if let Some(batch) = writer.open.take() {
                finish(batch).await;
            }
            writer.connection.close_by_ref().await.ok();
        }
    }
}

/// Begins a transaction in a task of its own. A caller that goes away while `BEGIN` is on its way would otherwise leave a
/// connection in the pool that is inside a transaction without knowing it.
pub(crate) async fn uninterrupted(
    begin: impl Future<Output = Result<DatabaseTransaction, DbErr>> + Send + 'static,
) -> Result<DatabaseTransaction, DbError> {
    match tokio::spawn(begin).await {
        Ok(begun) => Ok(begun?),
        Err(error) => Err(DbError::Other(format!("a transaction could not be begun: {error}"))),
    }
}

async fn commit_batch(writer: Arc<Mutex<Writer>>) {
    if let Some(batch) = writer.lock().await.open.take() {
        finish(batch).await;
    }
}

async fn finish(batch: Batch) {
    let outcome = match batch.transaction.commit().await {
        Ok(()) => Outcome::Committed,
        Err(error) => Outcome::Failed(error.to_string()),
    };
    batch.outcome.send_replace(outcome);
}

/// A writing transaction. Dropping it rolls back; nothing is promised before [`WriteTx::commit`] has answered.
pub struct WriteTx {
    transaction: DatabaseTransaction,
    shared: Option<(OwnedMutexGuard<Writer>, watch::Receiver<Outcome>)>,
}

impl WriteTx {
    /// Makes the work durable; answers after the disk (or server) has it.
    ///
    /// # Errors
    /// [`DbError`] when the commit failed: then nothing of the transaction is stored.
    pub async fn commit(self) -> Result<(), DbError> {
        let Self { transaction, shared } = self;
        transaction.commit().await?;
        if let Some((guard, mut outcome)) = shared {
            drop(guard);
            let ended = outcome
                .wait_for(|o| !matches!(o, Outcome::Waiting))
                .await
                .map_err(|_| DbError::Unavailable("the writer stopped before the commit".to_owned()))?;
            if let Outcome::Failed(reason) = &*ended {
                return Err(DbError::Unavailable(reason.clone()));
            }
        }
        Ok(())
    }

    /// Undoes the work at once instead of at the drop.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer; the work is undone all the same.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.transaction.rollback().await?;
        Ok(())
    }

    /// Whether row locks must be taken by hand (PostgreSQL); SQLite's writer is alone anyway.
    #[must_use]
    pub fn needs_row_locks(&self) -> bool {
        self.shared.is_none()
    }
}

#[async_trait]
impl ConnectionTrait for WriteTx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
