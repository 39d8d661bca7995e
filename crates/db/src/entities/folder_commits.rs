//! A change of a folder: what one transaction did to its shared secrets and its subfolders. `sequence` counts a folder's commits from one. The folder may be gone: a commit outlives it, so that it can come back.

use sea_orm::entity::prelude::*;

/// A row of `folder_commits`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "folder_commits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub project_id: Uuid,
    pub environment_id: Uuid,
    pub folder_id: Uuid,
    pub sequence: i64,
    #[sea_orm(column_type = "Text")]
    pub message: String,
    pub added: i32,
    pub updated: i32,
    pub removed: i32,
    #[sea_orm(column_type = "Text")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_name: Option<String>,
    pub created_at_ms: i64,
    pub reverted_by: Option<Uuid>,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
