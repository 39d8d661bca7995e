//! Opening the database: SQLite (embedded, default) or PostgreSQL, chosen by URL.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::error::DbError;
use crate::migrations::Migrator;
use crate::write::{Gate, WriteTx};

/// Advisory lock of PostgreSQL that a migrating replica holds; an arbitrary number of our own.
const MIGRATION_LOCK: i64 = 0x6b65_7966_6572_7279;

/// Which database answers behind the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default: one file.
    Sqlite,
    /// A PostgreSQL server, shared by any number of replicas.
    Postgres,
}

/// How to open the database.
#[derive(Clone)]
pub struct DbConfig {
    /// `sqlite://<path>` or `postgres://…`; may hold a password, so it is never printed.
    pub url: String,
    /// Connections for reading (SQLite) or for everything (PostgreSQL); at least two are opened if needed.
    pub max_connections: u32,
}

impl std::fmt::Debug for DbConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DbConfig").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    reader: DatabaseConnection,
    gate: Arc<Gate>,
}

impl Db {
    /// Opens the database without touching its schema.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it cannot be reached or opened, [`DbError::Schema`] for an unknown URL scheme.
    pub async fn connect(config: &DbConfig) -> Result<Self, DbError> {
        if let Some(path) = sqlite_path(&config.url) {
            let first = switch_to_wal(&path).await?;
            let reader = open_sqlite(&path, config.max_connections.max(2)).await?;
            let writer = open_sqlite(&path, 1).await?;
            first.close().await.ok();
            Ok(Self { backend: Backend::Sqlite, reader, gate: Arc::new(Gate::sqlite(writer, path)) })
        } else if config.url.starts_with("postgres://") || config.url.starts_with("postgresql://") {
            let pool = open_postgres(&config.url, config.max_connections.max(2)).await?;
            Ok(Self { backend: Backend::Postgres, reader: pool.clone(), gate: Arc::new(Gate::postgres(pool)) })
        } else {
            Err(DbError::Schema("the database URL must start with sqlite:// or postgres://".to_owned()))
        }
    }

    /// Which backend this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The connection for reads.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins the one kind of writing transaction there is: immediate on SQLite, READ COMMITTED on PostgreSQL.
    ///
    /// # Errors
    /// [`DbError`] when the transaction cannot be started.
    pub async fn begin(&self) -> Result<WriteTx, DbError> {
        self.gate.begin().await
    }

    /// Whether the database holds no schema at all.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn is_new(&self) -> Result<bool, DbError> {
        let manager = sea_orm_migration::SchemaManager::new(&self.reader);
        Ok(!manager.has_table("server_settings").await?)
    }

    /// Brings the schema up to date. Replicas that start together do it one after the other.
    ///
    /// # Errors
    /// [`DbError::Schema`] when the database was written by a newer version; other variants when it does not answer.
    pub async fn migrate(&self) -> Result<(), DbError> {
        let turn = match self.backend {
            Backend::Sqlite => None,
            Backend::Postgres => {
                let tx = self.begin().await?;
                tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
                Some(tx)
            }
        };
        let manager = sea_orm_migration::SchemaManager::new(&self.reader);
        if manager.has_table("seaql_migrations").await? {
            let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
            for applied in Migrator::get_migration_models(&self.reader).await? {
                if !known.contains(&applied.version) {
                    return Err(DbError::Schema(format!(
                        "the database was written by a newer version of Keyferry (it knows migration {}); start that version instead",
                        applied.version
                    )));
                }
            }
        }
        Migrator::up(&self.reader, None).await?;
        match turn {
            Some(tx) => tx.commit().await,
            None => Ok(()),
        }
    }

    /// Whether every migration of this program is applied.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn is_migrated(&self) -> Result<bool, DbError> {
        Ok(Migrator::get_pending_migrations(&self.reader).await?.is_empty())
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Closes the connections of every clone; on SQLite this also folds the write-ahead log back into the file.
    pub async fn close(self) {
        self.gate.close().await;
        self.reader.close().await.ok();
    }
}

/// The file behind a `sqlite://` URL.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = rest.split('?').next().unwrap_or(rest);
    Some(PathBuf::from(path))
}

/// How long SQLite waits for another connection's lock, everywhere.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// What every connection to the file sets.
fn sqlite_options(options: SqliteConnectOptions, path: &Path) -> SqliteConnectOptions {
    options
        .filename(path)
        .in_memory(false)
        .shared_cache(false)
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(512)
        .pragma("cache_size", "-8192")
        .pragma("temp_store", "memory")
}

/// Opens the file with one connection until its journal is a write-ahead log. Of several connections that switch the journal
/// of a new file at the same time SQLite refuses all but one at once, without the busy timeout (a waiting one would hold the
/// lock the other needs), so the refused ones ask again. Connections that open while the returned one lives find the log there.
async fn switch_to_wal(path: &Path) -> Result<SqliteConnection, DbError> {
    create_private_file(path).map_err(|e| DbError::Unavailable(format!("cannot open {}: {e}", path.display())))?;
    let options = sqlite_options(SqliteConnectOptions::new(), path);
    let deadline = tokio::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        match SqliteConnection::connect_with(&options).await {
            Ok(connection) => return Ok(connection),
            Err(error) if is_busy(&error) && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => return Err(DbError::Unavailable(format!("cannot open {}: {error}", path.display()))),
        }
    }
}

/// Whether SQLite said `SQLITE_BUSY` (5, extended codes above the low byte).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|c| c.parse::<u32>().ok()).is_some_and(|c| c & 0xff == 5)
}

pub(crate) async fn open_sqlite(path: &Path, connections: u32) -> Result<DatabaseConnection, DbError> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let file = path.to_path_buf();
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| sqlite_options(o, &file));
    Ok(Database::connect(options).await?)
}

/// Makes the file readable for its owner only, whatever the umask, before SQLite opens it.
fn create_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

async fn open_postgres(url: &str, connections: u32) -> Result<DatabaseConnection, DbError> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .set_application_name("keyferry");
    Database::connect(options).await.map_err(|e| DbError::Unavailable(e.to_string()))
}
