//! Fresh databases for tests. Not part of the shipped program.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

use crate::error::DbError;

/// Creates an empty database with a unique name on a PostgreSQL server and answers its URL.
///
/// # Errors
/// [`DbError`] when the server does not answer or `admin_url` is no URL.
pub async fn fresh_postgres(admin_url: &str) -> Result<String, DbError> {
    let mut url = url::Url::parse(admin_url).map_err(|e| DbError::Other(format!("not a database URL: {e}")))?;
    let name = format!("keyferry_test_{}", unique());
    let admin = Database::connect(admin_url).await?;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    admin.close().await?;
    url.set_path(&name);
    Ok(url.into())
}

/// The URL of a SQLite file in `dir` that does not exist yet.
#[must_use]
pub fn fresh_sqlite(dir: &Path) -> String {
    format!("sqlite://{}/{}.db", dir.display(), unique())
}

#[expect(clippy::disallowed_methods, reason = "test databases must not meet each other, whatever ids a test decides on")]
fn unique() -> impl std::fmt::Display {
    Uuid::new_v4().simple()
}
