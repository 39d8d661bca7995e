//! Reading several things as they were at one moment.

use async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult, Statement,
    TransactionTrait,
};

use crate::connect::{Backend, Db};
use crate::error::DbError;
use crate::write::uninterrupted;

/// A reading transaction: what it reads first fixes what it sees from then on. Dropping it ends it.
pub struct Snapshot(DatabaseTransaction);

impl Db {
    /// Begins a snapshot; it neither waits for writers nor holds them up.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, DbError> {
        Ok(Snapshot(match self.backend() {
            // The write-ahead log gives every SQLite reader a snapshot.
            Backend::Sqlite => self.read().begin().await?,
            Backend::Postgres => {
                let pool = self.read().clone();
                let level = Some(IsolationLevel::RepeatableRead);
                uninterrupted(async move { pool.begin_with_config(level, Some(AccessMode::ReadOnly)).await }).await??
            }
        }))
    }
}

#[async_trait]
impl ConnectionTrait for Snapshot {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}
