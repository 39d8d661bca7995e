//! What a backup says of itself, before the rows.

use keyferry_db::dump::Table;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The first frame of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Version of the row format.
    pub format: u32,
    /// When its snapshot was taken, RFC 3339 in UTC.
    pub created_at: String,
    /// Version of the program that wrote it.
    pub program: String,
    /// Newest migration of the database it was taken from.
    pub migration: String,
    /// Fingerprint of the root key that its rows need.
    pub root_key_fingerprint: String,
    /// Which installation it was taken from.
    pub instance_id: Uuid,
    /// The tables in the order they follow.
    pub tables: Vec<TableSummary>,
}

/// A table of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    /// Name, key and columns.
    #[serde(flatten)]
    pub table: Table,
    /// How many rows follow.
    pub rows: u64,
}

impl Header {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Rows of one table; 0 when it is not there.
    #[must_use]
    pub fn rows_of(&self, table: &str) -> u64 {
        self.tables.iter().find(|summary| summary.table.name == table).map_or(0, |summary| summary.rows)
    }
}
