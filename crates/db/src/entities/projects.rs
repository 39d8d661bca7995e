//! A project: environments, folders, secrets, syncs.

use sea_orm::entity::prelude::*;

/// A row of `projects`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub r#type: String,
    pub version: i32,
    pub auto_capitalization: bool,
    pub pit_version_limit: i32,
    pub audit_logs_retention_days: Option<i32>,
    pub has_delete_protection: bool,
    pub secret_sharing: bool,
    pub show_snapshots_legacy: bool,
    #[sea_orm(column_type = "Text")]
    pub secret_detection_ignore_values: String,
    pub enforce_encrypted_metadata: bool,
    pub permission_epoch: i32,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
