//! Whether the embedded database's file is sound.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::connect::{Backend, Db};
use crate::error::DbError;

impl Db {
    /// What SQLite finds wrong with the structure of its file, a few lines at most; `None` on PostgreSQL, which looks after its
    /// own files. Reads the whole file.
    ///
    /// # Errors
    /// [`DbError`] when the file is too damaged to be looked at.
    pub async fn structural_faults(&self) -> Result<Option<Vec<String>>, DbError> {
        if self.backend() != Backend::Sqlite {
            return Ok(None);
        }
        let rows = self.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA quick_check(5)")).await?;
        let mut faults = Vec::new();
        for row in rows {
            faults.push(row.try_get_by_index::<String>(0)?);
        }
        faults.retain(|fault| fault != "ok");
        Ok(Some(faults))
    }
}
