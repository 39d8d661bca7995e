use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait as _, Value};

use super::{Cell, Row, SELF_REFERENCES, Table};
use crate::error::DbError;
use crate::store::MAX_BOUND_VALUES;
use crate::write::WriteTx;

/// About how many bytes one statement carries.
const STATEMENT_BYTES: usize = 4 * 1024 * 1024;

/// Writes dumped rows into empty tables, in the order of [`super::tables`].
pub struct Loader<'a> {
    tx: &'a WriteTx,
    links: Vec<Link>,
}

/// A reference to a row of the same table, which may not be there yet.
struct Link {
    table: String,
    key_column: String,
    key: Value,
    column: &'static str,
    target: Value,
}

impl<'a> Loader<'a> {
    /// Writes in this transaction; nothing counts before it is committed.
    #[must_use]
    pub fn new(tx: &'a WriteTx) -> Self {
        Self { tx, links: Vec::new() }
    }

    /// Inserts rows of a table.
    ///
    /// # Errors
    /// [`DbError`] when the rows do not fit the table, or a constraint refuses one.
    pub async fn insert(&mut self, table: &Table, rows: Vec<Row>) -> Result<(), DbError> {
        let most_rows = (MAX_BOUND_VALUES / table.columns.len().max(1)).max(1);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut insert = Query::insert()
                .into_table(Alias::new(&table.name))
                .columns(table.columns.iter().map(|column| Alias::new(&column.name)))
                .to_owned();
            let (mut count, mut bytes) = (0, 0);
            while count < most_rows
                && bytes < STATEMENT_BYTES
                && let Some(row) = rows.next()
            {
                bytes += row.iter().map(Cell::size).sum::<usize>();
                count += 1;
                let values = self.values(table, row)?.into_iter().map(Expr::value);
                insert.values(values).map_err(|error| DbError::Other(error.to_string()))?;
            }
            self.tx.execute(&insert).await?;
        }
        Ok(())
    }

    /// Sets the references within tables. Call it once, after the last row.
    ///
    /// # Errors
    /// [`DbError::ForeignKey`] when a row is missing.
    pub async fn finish(self) -> Result<(), DbError> {
        for link in self.links {
            let update = Query::update()
                .table(Alias::new(&link.table))
                .value(Alias::new(link.column), Expr::value(link.target))
                .and_where(Expr::col(Alias::new(&link.key_column)).eq(Expr::value(link.key)))
                .to_owned();
            self.tx.execute(&update).await?;
        }
        Ok(())
    }

    fn values(&mut self, table: &Table, row: Row) -> Result<Vec<Value>, DbError> {
        if row.len() != table.columns.len() {
            return Err(DbError::Other(format!("a row of {} has another number of columns", table.name)));
        }
        let mut values = Vec::with_capacity(row.len());
        for (column, cell) in table.columns.iter().zip(row) {
            let value = cell.value(column.kind).ok_or_else(|| {
                DbError::Other(format!("a row of {} holds something in {} that does not belong there", table.name, column.name))
            })?;
            values.push(value);
        }
        if let Some((_, column)) = SELF_REFERENCES.iter().find(|(name, _)| *name == table.name) {
            let (at, (key_at, key)) = (table.position(column)?, table.key_column()?);
            let none = Cell::Null.value(table.columns[at].kind).unwrap_or(Value::Uuid(None));
            let target = std::mem::replace(&mut values[at], none.clone());
            if target != none {
                self.links.push(Link {
                    table: table.name.clone(),
                    key_column: key.name.clone(),
                    key: values[key_at].clone(),
                    column,
                    target,
                });
            }
        }
        Ok(values)
    }
}
