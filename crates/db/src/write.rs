//! The one way to write.
//!
//! SQLite has a single writer, so writers queue at a gate in the order they came. The transaction behind the gate is shared by
//! those who already wait when it begins: each works in a savepoint of its own, and one commit (one fsync) makes all of them
//! durable. A writer is answered only after that commit. PostgreSQL gets an ordinary transaction per writer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::connect::open_sqlite;
use crate::error::{DbError, is_away};

/// Where writers queue.
pub(crate) enum Gate {
    /// One writer connection and the transaction that is open on it, if any.
    Sqlite(Arc<Mutex<Writer>>),
    /// The pool; the server orders the writers.
    Postgres(DatabaseConnection),
}

/// The SQLite writer connection.
pub(crate) struct Writer {
    path: PathBuf,
    connection: DatabaseConnection,
    open: Option<Batch>,
    /// Whether the connection may be inside a transaction that nobody knows of. It is replaced before it is used again.
    is_broken: bool,
}

/// A transaction shared by the writers that waited when it began.
struct Batch {
    transaction: DatabaseTransaction,
    outcome: watch::Sender<Outcome>,
    health: Arc<Health>,
}

/// What the writers of a batch saw.
///
/// When the disk is full SQLite may end the whole transaction by itself, in the middle. The driver does not notice: it would go on
/// with savepoints that belong to nothing, and "commit" what is never stored. So after such an error the batch counts as failed,
/// and where an error may have gone unseen (a writer that was cancelled) the connection is asked.
#[derive(Default)]
struct Health {
    is_broken: AtomicBool,
    /// Writers that have neither committed nor rolled back.
    unsettled: AtomicUsize,
}

impl Health {
    fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    fn break_off(&self) {
        self.is_broken.store(true, Ordering::Release);
    }
}

/// How the shared commit ended.
#[derive(Clone, Debug)]
enum Outcome {
    Waiting,
    Committed,
    Failed(String),
}

impl Gate {
    pub(crate) fn sqlite(connection: DatabaseConnection, path: PathBuf) -> Self {
        Self::Sqlite(Arc::new(Mutex::new(Writer { path, connection, open: None, is_broken: false })))
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
                let transaction = uninterrupted(async move { pool.begin_with_options(options).await }).await??;
                Ok(WriteTx { transaction, shared: None, health: None })
            }
            Self::Sqlite(writer) => {
                let guard = Arc::clone(writer).lock_owned().await;
                uninterrupted(join_batch(Arc::clone(writer), guard)).await?
            }
        }
    }

    pub(crate) async fn close(&self) {
        if let Self::Sqlite(writer) = self {
            let mut writer = writer.lock().await;
            writer.settle().await;
            writer.connection.close_by_ref().await.ok();
        }
    }
}

/// Does in a task of its own what must not be left in the middle. A caller that goes away while `BEGIN` is on its way would leave
/// a connection in the pool that is inside a transaction without knowing it; while `SAVEPOINT` or `RELEASE` is, the driver would
/// roll back once more than it began, and with that the work of the others in the commit.
pub(crate) async fn uninterrupted<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, DbError> {
    tokio::spawn(work).await.map_err(|error| DbError::Other(format!("a transaction could not be begun or ended: {error}")))
}

/// Gives the writer at the gate a savepoint in the open batch, or in a new one.
async fn join_batch(writer: Arc<Mutex<Writer>>, mut guard: OwnedMutexGuard<Writer>) -> Result<WriteTx, DbError> {
    if guard.open.as_ref().is_some_and(|batch| batch.health.is_broken()) {
        guard.settle().await;
    }
    guard.mend().await?;
    if guard.open.is_none() {
        guard.begin_batch().await?;
        // The lock is fair: this task gets its turn after everybody who waits now, so their work shares the commit, and it runs
        // even if the writer that began is cancelled.
        tokio::spawn(commit_batch(writer));
    }
    let Some(batch) = guard.open.as_ref() else {
        return Err(DbError::Other("the writer lost its transaction".to_owned()));
    };
    let (outcome, health) = (batch.outcome.subscribe(), Arc::clone(&batch.health));
    health.unsettled.fetch_add(1, Ordering::AcqRel);
    let transaction = batch.transaction.begin().await.inspect_err(|_| health.break_off())?;
    Ok(WriteTx { transaction, shared: Some((guard, outcome)), health: Some(health) })
}

async fn commit_batch(writer: Arc<Mutex<Writer>>) {
    writer.lock().await.settle().await;
}

impl Writer {
    async fn begin_batch(&mut self) -> Result<(), DbError> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let begun = self.connection.begin_with_options(options).await;
        let transaction = begun.inspect_err(|error| self.is_broken |= is_away(error))?;
        self.open = Some(Batch { transaction, outcome: watch::channel(Outcome::Waiting).0, health: Arc::default() });
        Ok(())
    }

    /// Commits the open batch, or gives it up, and tells its writers.
    async fn settle(&mut self) {
        let Some(Batch { transaction, outcome, health }) = self.open.take() else { return };
        let ended = match self.commit(transaction, &health).await {
            Ok(()) => Outcome::Committed,
            Err(reason) => {
                self.is_broken = true;
                Outcome::Failed(reason)
            }
        };
        outcome.send_replace(ended);
    }

    async fn commit(&self, transaction: DatabaseTransaction, health: &Health) -> Result<(), String> {
        if health.is_broken() {
            return Err("a write of the same commit failed".to_owned());
        }
        let is_suspect = health.unsettled.load(Ordering::Acquire) > 0;
        if is_suspect && !is_inside(&transaction).await {
            return Err("the transaction ended before its commit".to_owned());
        }
        transaction.commit().await.map_err(|error| error.to_string())?;
        if is_suspect && self.connection.execute_unprepared("BEGIN; ROLLBACK").await.is_err() {
            return Err("the transaction was not ended by its commit".to_owned());
        }
        Ok(())
    }

    /// Replaces a connection whose state is not known; closing the old one undoes whatever it had begun.
    async fn mend(&mut self) -> Result<(), DbError> {
        if self.is_broken {
            self.connection.close_by_ref().await.ok();
            self.connection = open_sqlite(&self.path, 1).await?;
            self.is_broken = false;
        }
        Ok(())
    }
}

/// Whether a transaction is open: then none can be begun.
async fn is_inside(transaction: &DatabaseTransaction) -> bool {
    let begun = transaction.execute_unprepared("BEGIN").await;
    begun.is_err_and(|error| error.to_string().contains("within a transaction"))
}

/// A writing transaction. Dropping it rolls back; nothing is promised before [`WriteTx::commit`] has answered.
pub struct WriteTx {
    transaction: DatabaseTransaction,
    shared: Option<(OwnedMutexGuard<Writer>, watch::Receiver<Outcome>)>,
    health: Option<Arc<Health>>,
}

impl WriteTx {
    /// Makes the work durable; answers after the disk (or server) has it.
    ///
    /// # Errors
    /// [`DbError`] when the commit failed: then nothing of the transaction is stored.
    pub async fn commit(self) -> Result<(), DbError> {
        self.refuse_when_over()?;
        let Self { transaction, shared, health } = self;
        let released = async move {
            settled(health.as_deref(), transaction.commit().await)?;
            Ok::<_, DbErr>(shared.map(|(_gate, outcome)| outcome))
        };
        if let Some(mut outcome) = uninterrupted(released).await?? {
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
        let Self { transaction, shared, health } = self;
        settled(health.as_deref(), transaction.rollback().await)?;
        drop(shared);
        Ok(())
    }

    /// After an error that may have ended the transaction, a further statement would be one of its own.
    fn refuse_when_over(&self) -> Result<(), DbErr> {
        match &self.health {
            Some(health) if health.is_broken() => {
                Err(DbErr::Conn(RuntimeErr::Internal("an earlier error ended the transaction".to_owned())))
            }
            _ => Ok(()),
        }
    }

    fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let (Some(health), Err(error)) = (&self.health, &result)
            && is_away(error)
        {
            health.break_off();
        }
        result
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
        self.refuse_when_over()?;
        self.note(self.transaction.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.refuse_when_over()?;
        self.note(self.transaction.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.refuse_when_over()?;
        self.note(self.transaction.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.refuse_when_over()?;
        self.note(self.transaction.query_all_raw(statement).await)
    }
}

/// Notes that a writer of the batch came to its end, or that its savepoint did not.
fn settled(health: Option<&Health>, result: Result<(), DbErr>) -> Result<(), DbErr> {
    if let Some(health) = health {
        match &result {
            Ok(()) => {
                health.unsettled.fetch_sub(1, Ordering::AcqRel);
            }
            Err(_) => health.break_off(),
        }
    }
    result
}
