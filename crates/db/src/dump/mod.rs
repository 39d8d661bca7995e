//! Every lasting row of the database in a form that does not depend on the backend, for backups.
//!
//! What is written here can be read back into either backend. Tables are described by the entities, and a dump carries its
//! own description, so that one written by an older program is loaded into the schema of its time and then migrated.

mod level;
mod load;
mod read;

use sea_orm::{ColumnTrait as _, ColumnType, EntityTrait, IdenStatic as _, Iterable as _, PrimaryKeyToColumn as _, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entities;
use crate::error::DbError;

pub use load::Loader;
pub use read::{count, page};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// True or false.
    Bool,
    /// Signed, 32 bits.
    Int,
    /// Signed, 64 bits.
    Long,
    /// UTF-8.
    Text,
    /// Any bytes.
    Bytes,
    /// A UUID.
    Uuid,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The column of its primary key.
    pub key: String,
    /// Its columns, in the order of a [`Row`]'s cells.
    pub columns: Vec<Column>,
}

/// A value of a row.
#[derive(Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`] or [`Kind::Long`].
    Integer(i64),
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Bytes`].
    Bytes(Vec<u8>),
    /// Of [`Kind::Uuid`].
    Uuid(Uuid),
}

/// Tells the kind only: a cell may hold what must not be shown.
impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool",
            Self::Integer(_) => "Integer",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Uuid(_) => "Uuid",
        })
    }
}

/// A row: one cell a column.
pub type Row = Vec<Cell>;

/// What a row may miss: work and claims of running processes and sign-ins, which mean nothing in another installation.
pub const TRANSIENT: [&str; 5] = ["jobs", "leases", "rate_grants", "rate_pauses", "sessions"];

/// Columns that refer to rows of their own table; they are set when all rows are there.
const SELF_REFERENCES: [(&str, &str); 1] = [("folders", "parent_id")];

/// Every table but the [`TRANSIENT`], each after those its rows refer to. A new entity gets its line here (or there).
///
/// # Errors
/// [`DbError::Schema`] for a column of a kind that dumps do not know.
pub fn tables() -> Result<Vec<Table>, DbError> {
    macro_rules! describe {
        ($($entity:ident),* $(,)?) => { vec![$(describe::<entities::$entity::Entity>()?),*] };
    }
    Ok(describe![
        server_settings,
        organizations,
        users,
        user_totps,
        user_recovery_codes,
        org_roles,
        groups,
        group_members,
        identities,
        group_identities,
        identity_metadata,
        org_memberships,
        identity_universal_auths,
        universal_auth_client_secrets,
        identity_token_auths,
        identity_access_tokens,
        login_lockouts,
        projects,
        data_keys,
        project_roles,
        project_memberships,
        project_membership_roles,
        additional_privileges,
        environments,
        folders,
        secrets,
        secret_versions,
        secret_metadata,
        tags,
        secret_tags,
        secret_references,
        secret_imports,
        folder_commits,
        folder_commit_changes,
        app_connections,
        secret_syncs,
        sync_ledger,
        sync_plans,
        sync_runs,
        sync_run_items,
        webhooks,
        kms_keys,
        service_tokens,
        audit_logs,
    ])
}

fn describe<E: EntityTrait>() -> Result<Table, DbError> {
    let name = E::default().table_name().to_owned();
    let columns = E::Column::iter().map(|column| {
        let kind = match column.def().get_column_type() {
            ColumnType::Boolean => Kind::Bool,
            ColumnType::Integer => Kind::Int,
            ColumnType::BigInteger => Kind::Long,
            ColumnType::Text | ColumnType::String(_) => Kind::Text,
            ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => Kind::Bytes,
            ColumnType::Uuid => Kind::Uuid,
            other => {
                return Err(DbError::Schema(format!(
                    "column {name}.{} has a kind that dumps do not know: {other:?}",
                    column.as_str()
                )));
            }
        };
        Ok(Column { name: column.as_str().to_owned(), kind })
    });
    let columns = columns.collect::<Result<_, _>>()?;
    let key = E::PrimaryKey::iter().next().map(|key| key.into_column().as_str().to_owned());
    Ok(Table { key: key.ok_or_else(|| DbError::Schema(format!("table {name} has no primary key")))?, name, columns })
}

impl Table {
    fn position(&self, column: &str) -> Result<usize, DbError> {
        let at = self.columns.iter().position(|c| c.name == column);
        at.ok_or_else(|| DbError::Schema(format!("table {} has no column {column}", self.name)))
    }

    fn key_column(&self) -> Result<(usize, &Column), DbError> {
        let at = self.position(&self.key)?;
        Ok((at, &self.columns[at]))
    }

    /// The cell of a row that identifies it.
    ///
    /// # Errors
    /// [`DbError::Schema`] when the table does not have the column it names as its key.
    pub fn key_of<'a>(&self, row: &'a Row) -> Result<Option<&'a Cell>, DbError> {
        Ok(row.get(self.key_column()?.0))
    }
}

impl Cell {
    /// About how many bytes it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 1,
            Self::Integer(_) => 8,
            Self::Uuid(_) => 16,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// As a value to bind; `None` when it is not of that kind.
    fn value(self, kind: Kind) -> Option<Value> {
        Some(match (kind, self) {
            (Kind::Bool, Self::Null) => Value::Bool(None),
            (Kind::Bool, Self::Bool(it)) => Value::Bool(Some(it)),
            (Kind::Int, Self::Null) => Value::Int(None),
            (Kind::Int, Self::Integer(it)) => Value::Int(Some(i32::try_from(it).ok()?)),
            (Kind::Long, Self::Null) => Value::BigInt(None),
            (Kind::Long, Self::Integer(it)) => Value::BigInt(Some(it)),
            (Kind::Text, Self::Null) => Value::String(None),
            (Kind::Text, Self::Text(it)) => Value::String(Some(it)),
            (Kind::Bytes, Self::Null) => Value::Bytes(None),
            (Kind::Bytes, Self::Bytes(it)) => Value::Bytes(Some(it)),
            (Kind::Uuid, Self::Null) => Value::Uuid(None),
            (Kind::Uuid, Self::Uuid(it)) => Value::Uuid(Some(it)),
            _ => return None,
        })
    }
}
