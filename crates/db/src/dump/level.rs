//! Which migration a database stands at, so that a dump is loaded into the schema it was written from.

use sea_orm_migration::{MigratorTrait as _, SchemaManager};

use crate::connect::Db;
use crate::error::DbError;
use crate::migrations::Migrator;

impl Db {
    /// Name of the newest migration applied; `None` for a database without a schema.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn schema_level(&self) -> Result<Option<String>, DbError> {
        if !SchemaManager::new(self.read()).has_table("seaql_migrations").await? {
            return Ok(None);
        }
        let mut applied: Vec<String> =
            Migrator::get_migration_models(self.read()).await?.into_iter().map(|row| row.version).collect();
        applied.sort();
        Ok(applied.pop())
    }

    /// Whether this program knows every migration that was applied; not so for a database of a newer version.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn knows_schema(&self) -> Result<bool, DbError> {
        let known = Migrator::migrations();
        let applied = Migrator::get_migration_models(self.read()).await?;
        Ok(applied.iter().all(|row| known.iter().any(|migration| migration.name() == row.version)))
    }

    /// Applies the migrations up to and with this one, and no later one.
    ///
    /// # Errors
    /// [`DbError::Schema`] when this program does not know it, or the database is past it.
    pub async fn migrate_to(&self, level: &str) -> Result<(), DbError> {
        let known = Migrator::migrations();
        let Some(at) = known.iter().position(|migration| migration.name() == level) else {
            return Err(DbError::Schema(format!(
                "it was written by a newer version of Keyferry (it knows migration {level}); use that version instead"
            )));
        };
        let reached = match self.schema_level().await? {
            None => 0,
            Some(reached) => match known.iter().position(|migration| migration.name() == reached) {
                Some(reached) if reached <= at => reached + 1,
                _ => {
                    return Err(DbError::Schema(format!(
                        "the database has a later schema ({reached}) than the one needed ({level}); use a database without tables"
                    )));
                }
            },
        };
        let steps = u32::try_from(at + 1 - reached).unwrap_or(0);
        if steps > 0 {
            Migrator::up(self.read(), Some(steps)).await?;
        }
        Ok(())
    }
}
