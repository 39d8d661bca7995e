use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// What can go wrong at the database, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique constraint refused the row; the text names the constraint or columns.
    #[error("a row with these values already exists ({0})")]
    Unique(String),
    /// A foreign key refused the change: the parent is gone, or children are still there.
    #[error("a related row is missing or still in use ({0})")]
    ForeignKey(String),
    /// The database cannot be reached or refuses work for now (connection lost, pool exhausted, disk full).
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The schema does not fit this program.
    #[error("{0}")]
    Schema(String),
    /// Anything else, a defect of ours.
    #[error("database operation failed: {0}")]
    Other(String),
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(name)) => return Self::Unique(name),
            Some(SqlErr::ForeignKeyConstraintViolation(name)) => return Self::ForeignKey(name),
            _ => {}
        }
        if restricts(&error) {
            return Self::ForeignKey(error.to_string());
        }
        match error {
            DbErr::Conn(e) => Self::Unavailable(e.to_string()),
            DbErr::ConnectionAcquire(e) => Self::Unavailable(e.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Whether `ON DELETE RESTRICT` refused: SQLite reports it as a trigger's constraint, PostgreSQL 18 under a code of its own.
fn restricts(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let sqlx::Error::Database(error) = &**error else { return false };
    match error.code().as_deref() {
        Some("1811") => error.message().starts_with("FOREIGN KEY"),
        code => code == Some("23001"),
    }
}
