//! The record of one run of a sync.

use sea_orm::entity::prelude::*;

/// A row of `sync_runs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub sync_id: Uuid,
    pub project_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub trigger: String,
    #[sea_orm(column_type = "Text")]
    pub status: String,
    pub attempt: i32,
    pub plan_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub approved: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub counts: String,
    pub calls: i32,
    pub waited_ms: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub message: Option<String>,
    pub delete_sync_on_success: bool,
    pub fence: i64,
    #[sea_orm(column_type = "Text")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub actor_metadata: String,
    pub started_at_ms: Option<i64>,
    pub ended_at_ms: Option<i64>,
    pub next_retry_at_ms: Option<i64>,
    pub created_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
