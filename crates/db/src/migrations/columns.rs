//! Column, key and index builders that mean the same on both backends.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// Builds column definitions for one backend.
pub struct Columns {
    backend: DbBackend,
}

macro_rules! plain_columns {
    ($($name:ident, $null:ident, $method:ident;)*) => {$(
        pub fn $name(&self, name: &'static str) -> ColumnDef {
            ColumnDef::new(name).$method().not_null().to_owned()
        }

        pub fn $null(&self, name: &'static str) -> ColumnDef {
            ColumnDef::new(name).$method().null().to_owned()
        }
    )*};
}

impl Columns {
    pub fn new(backend: DbBackend) -> Self {
        Self { backend }
    }

    plain_columns! {
        uuid, uuid_null, uuid;
        int, int_null, integer;
        big, big_null, big_integer;
        bool, bool_null, boolean;
        text, text_null, text;
        blob, blob_null, blob;
    }

    /// Text that is compared bytewise on both backends, so that order, uniqueness and ETags agree.
    pub fn key(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name).text().not_null().to_owned();
        if self.backend == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }
}

/// A foreign key to the `id` of another table.
pub fn foreign_key(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk_{table}_{column}")).from(table, column).to(target, "id").on_delete(on_delete).to_owned()
}

/// An index over the columns, in that order.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(short_name("ix", table, columns)).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index over the columns, in that order.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(short_name("ux", table, columns)).table(table).unique().to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// PostgreSQL cuts names at 63 bytes; ours stay below it by themselves.
fn short_name(prefix: &str, table: &str, columns: &[&str]) -> String {
    let mut name = format!("{prefix}_{table}_{}", columns.join("_"));
    name.truncate(60);
    name
}
