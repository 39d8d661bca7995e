//! A key held for a project (key management). `material` is an envelope; `public_key` is DER.

use sea_orm::entity::prelude::*;

/// A row of `kms_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kms_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub project_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    #[sea_orm(column_type = "Text")]
    pub key_usage: String,
    #[sea_orm(column_type = "Text")]
    pub encryption_algorithm: String,
    pub is_disabled: bool,
    pub version: i32,
    #[sea_orm(column_type = "Blob")]
    pub material: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub public_key: Option<Vec<u8>>,
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
