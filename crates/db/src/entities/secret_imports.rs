//! An import of another folder into a folder; a higher position wins.

use sea_orm::entity::prelude::*;

/// A row of `secret_imports`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret_imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub project_id: Uuid,
    pub folder_id: Uuid,
    pub import_environment_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub import_path: String,
    pub position: i32,
    pub version: i32,
    pub is_replication: bool,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
