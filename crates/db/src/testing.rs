//! Fresh databases for tests. Not part of the shipped program.

use std::path::Path;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait, Database, Statement};
use sea_orm_migration::MigratorTrait as _;
use uuid::Uuid;

use crate::connect::{Backend, Db};
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

/// Brings an empty database to the schema of a migration of the past.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn migrate_to(db: &Db, last: &str) -> Result<(), DbError> {
    let known = crate::migrations::Migrator::migrations();
    let steps = known.iter().position(|migration| migration.name() == last).map_or(known.len(), |index| index + 1);
    crate::migrations::Migrator::up(db.read(), Some(u32::try_from(steps).unwrap_or(u32::MAX))).await?;
    Ok(())
}

/// Every row of every table as text, `table: column=value | …`, sorted. Bytes are lower-case hexadecimal: on SQLite ids, too.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn dump(db: &Db) -> Result<Vec<String>, DbError> {
    let columns = match db.backend() {
        Backend::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid"
        }
        Backend::Postgres => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        }
    };
    let conn = db.read();
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for row in conn.query_all_raw(Statement::from_string(conn.get_database_backend(), columns)).await? {
        let (table, column): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    let mut rows = Vec::new();
    for (table, columns) in tables {
        let as_text = |column: &String| match db.backend() {
            Backend::Sqlite => {
                format!("CASE typeof(\"{column}\") WHEN 'blob' THEN lower(hex(\"{column}\")) ELSE CAST(\"{column}\" AS TEXT) END")
            }
            Backend::Postgres => format!("\"{column}\"::text"),
        };
        let list = columns.iter().map(as_text).collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {list} FROM \"{table}\"");
        for row in conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await? {
            let mut cells = Vec::with_capacity(columns.len());
            for (index, column) in columns.iter().enumerate() {
                let value: Option<String> = row.try_get_by_index(index)?;
                cells.push(format!("{column}={}", value.unwrap_or_else(|| "NULL".to_owned())));
            }
            rows.push(format!("{table}: {}", cells.join(" | ")));
        }
    }
    rows.sort_unstable();
    Ok(rows)
}

#[expect(clippy::disallowed_methods, reason = "test databases must not meet each other, whatever ids a test decides on")]
fn unique() -> impl std::fmt::Display {
    Uuid::new_v4().simple()
}

/// Makes the database look as if a newer version of the program had brought its schema up to date.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn mark_as_newer(db: &Db) -> Result<(), DbError> {
    let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_the_future', 0)";
    db.read().execute_unprepared(insert).await?;
    Ok(())
}

/// Damages a stored value as a failing disk would: flips the lowest bit of its last byte.
///
/// # Errors
/// [`DbError`] when there is no such row, or the column holds nothing.
pub async fn flip_bit(db: &Db, table: &str, column: &str, id: Uuid) -> Result<(), DbError> {
    let tx = db.begin().await?;
    let find = Query::select()
        .column(Alias::new(column))
        .from(Alias::new(table))
        .and_where(Expr::col(Alias::new("id")).eq(id))
        .to_owned();
    let missing = || DbError::Other(format!("no {table}.{column} to damage"));
    let mut bytes: Vec<u8> = tx.query_one(&find).await?.ok_or_else(missing)?.try_get_by_index(0)?;
    *bytes.last_mut().ok_or_else(missing)? ^= 1;
    let update = Query::update()
        .table(Alias::new(table))
        .value(Alias::new(column), Expr::value(bytes))
        .and_where(Expr::col(Alias::new("id")).eq(id))
        .to_owned();
    tx.execute(&update).await?;
    tx.commit().await
}
