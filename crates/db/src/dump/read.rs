use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Order, Query};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{Cell, Column, Kind, Row, Table};
use crate::error::DbError;

/// How many rows a table has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, table: &Table) -> Result<u64, DbError> {
    let query = Query::select().expr(Func::count(Expr::col(Alias::new(&table.key)))).from(Alias::new(&table.name)).to_owned();
    let rows = match conn.query_one(&query).await? {
        Some(row) => row.try_get_by_index::<i64>(0)?,
        None => 0,
    };
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// The next rows of a table by its primary key, after a key where one is given.
///
/// # Errors
/// [`DbError`] when the database does not answer, or a column holds what it should not.
pub async fn page(conn: &impl ConnectionTrait, table: &Table, after: Option<&Cell>, limit: u64) -> Result<Vec<Row>, DbError> {
    let (_, key) = table.key_column()?;
    let mut query = Query::select()
        .columns(table.columns.iter().map(|column| Alias::new(&column.name)))
        .from(Alias::new(&table.name))
        .order_by(Alias::new(&key.name), Order::Asc)
        .limit(limit)
        .to_owned();
    if let Some(after) = after {
        let after = after
            .clone()
            .value(key.kind)
            .ok_or_else(|| DbError::Other(format!("the key of table {} is of another kind", table.name)))?;
        query.and_where(Expr::col(Alias::new(&key.name)).gt(Expr::value(after)));
    }
    conn.query_all(&query).await?.iter().map(|found| row(found, &table.columns)).collect()
}

fn row(found: &QueryResult, columns: &[Column]) -> Result<Row, DbError> {
    columns.iter().enumerate().map(|(at, column)| Ok(cell(found, at, column.kind)?)).collect()
}

fn cell(found: &QueryResult, at: usize, kind: Kind) -> Result<Cell, sea_orm::DbErr> {
    Ok(match kind {
        Kind::Bool => found.try_get_by_index::<Option<bool>>(at)?.map(Cell::Bool),
        Kind::Int => found.try_get_by_index::<Option<i32>>(at)?.map(|it| Cell::Integer(i64::from(it))),
        Kind::Long => found.try_get_by_index::<Option<i64>>(at)?.map(Cell::Integer),
        Kind::Text => found.try_get_by_index::<Option<String>>(at)?.map(Cell::Text),
        Kind::Bytes => found.try_get_by_index::<Option<Vec<u8>>>(at)?.map(Cell::Bytes),
        Kind::Uuid => found.try_get_by_index::<Option<uuid::Uuid>>(at)?.map(Cell::Uuid),
    }
    .unwrap_or(Cell::Null))
}
