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
        if is_away(&error) {
            return Self::Unavailable(error.to_string());
        }
        match error {
            DbErr::Conn(e) => Self::Unavailable(e.to_string()),
            DbErr::ConnectionAcquire(e) => Self::Unavailable(e.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Whether the same statement may well succeed later: the connection broke, the disk is full, the server is going down or busy.
pub(crate) fn is_away(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    match &**error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_away_code(&code)),
        _ => false,
    }
}

/// SQLite's result codes are numbers, extended ones above the low byte; PostgreSQL's have five characters.
fn is_away_code(code: &str) -> bool {
    const SQLITE: [u32; 5] = [5, 8, 10, 13, 14]; // BUSY, READONLY, IOERR, FULL, CANTOPEN
    const POSTGRES: [&str; 7] = ["08", "25006", "40001", "40P01", "53", "57P0", "58030"];
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => SQLITE.contains(&(number & 0xff)),
        _ => POSTGRES.iter().any(|start| code.starts_with(start)),
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

#[cfg(test)]
mod tests {
    use super::is_away_code;

    #[test]
    fn codes_that_pass_by_themselves() {
        for code in ["13", "10", "778", "5", "8", "53100", "57P01", "08006", "40P01", "25006"] {
            assert!(is_away_code(code), "{code}");
        }
        for code in ["19", "2067", "1", "23505", "42P01", "1811", "22003"] {
            assert!(!is_away_code(code), "{code}");
        }
    }
}
