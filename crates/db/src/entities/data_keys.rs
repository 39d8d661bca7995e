//! A data key or fingerprint key of an organization or project, wrapped by the root key.

use sea_orm::entity::prelude::*;

/// A row of `data_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub project_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    pub version: i32,
    #[sea_orm(column_type = "Blob")]
    pub wrapped: Vec<u8>,
    pub is_active: bool,
    pub created_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
