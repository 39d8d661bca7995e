//! What a sync last confirmed at a destination, per variable.

use sea_orm::entity::prelude::*;

/// A row of `sync_ledger`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_ledger")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub sync_id: Uuid,
    pub project_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub destination_id: String,
    #[sea_orm(column_type = "Text")]
    pub destination_key: String,
    #[sea_orm(column_type = "Text")]
    pub secret_key: String,
    pub secret_id: Option<Uuid>,
    pub secret_version: Option<i32>,
    #[sea_orm(column_type = "Blob")]
    pub fingerprint: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub last_value: Option<Vec<u8>>,
    pub written_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
