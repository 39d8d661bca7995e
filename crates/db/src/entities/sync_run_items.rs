//! The result of one key in a run.

use sea_orm::entity::prelude::*;

/// A row of `sync_run_items`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_run_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub run_id: Uuid,
    pub sync_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub destination_key: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub secret_key: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub action: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    #[sea_orm(column_type = "Text")]
    pub outcome: String,
    pub http_status: Option<i32>,
    pub attempts: i32,
    pub latency_ms: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub message: Option<String>,
    pub secret_version: Option<i32>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub previous_value: Option<Vec<u8>>,
    pub ended_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
