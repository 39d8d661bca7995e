//! A secret sync: a folder on one side, an account or group at a destination on the other.

use sea_orm::entity::prelude::*;

/// A row of `secret_syncs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret_syncs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub project_id: Uuid,
    pub connection_id: Uuid,
    pub environment_id: Option<Uuid>,
    pub folder_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub destination: String,
    #[sea_orm(column_type = "Text")]
    pub destination_config: String,
    #[sea_orm(column_type = "Text")]
    pub destination_id: String,
    #[sea_orm(column_type = "Text")]
    pub sync_options: String,
    pub include_all_sub_folders: Option<bool>,
    pub is_auto_sync_enabled: bool,
    pub is_paused: bool,
    pub version: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub sync_status: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_sync_job_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_sync_message: Option<String>,
    pub last_synced_at_ms: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub import_status: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_import_job_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_import_message: Option<String>,
    pub last_imported_at_ms: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub remove_status: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_remove_job_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_remove_message: Option<String>,
    pub last_removed_at_ms: Option<i64>,
    pub attempt: i32,
    pub next_retry_at_ms: Option<i64>,
    pub failing_since_ms: Option<i64>,
    pub last_run_id: Option<Uuid>,
    pub pending_plan_id: Option<Uuid>,
    pub pending_count: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub grants: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
