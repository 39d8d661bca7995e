//! The database as its callers rely on it: migrations, the write gate, and leases, on every backend at hand.
//!
//! PostgreSQL runs too when `KEYFERRY_TEST_POSTGRES_URL` names a server on which databases may be created.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod dump;
mod gate;
mod leases;
mod migrations;
mod schema;

use keyferry_db::{Db, DbConfig, testing};

/// A fresh database and, for SQLite, the directory it lives in.
struct Fresh {
    url: String,
    _dir: Option<tempfile::TempDir>,
}

impl Fresh {
    fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { url: testing::fresh_sqlite(dir.path()), _dir: Some(dir) }
    }

    /// `None` without a PostgreSQL server to test on.
    async fn postgres() -> Option<Self> {
        let admin = std::env::var("KEYFERRY_TEST_POSTGRES_URL").ok()?;
        Some(Self { url: testing::fresh_postgres(&admin).await.unwrap(), _dir: None })
    }

    async fn each() -> Vec<Self> {
        std::iter::once(Self::sqlite()).chain(Self::postgres().await).collect()
    }

    async fn open(&self) -> Db {
        Db::connect(&DbConfig { url: self.url.clone(), max_connections: 8 }).await.unwrap()
    }

    async fn migrated(&self) -> Db {
        let db = self.open().await;
        db.migrate().await.unwrap();
        db
    }
}
