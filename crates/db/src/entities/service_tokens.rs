//! A bearer token of a project. Its secret is stored as a keyed hash; `scopes` and `permissions` are JSON. `encrypted_key`, `iv`
//! and `tag` are what old clients encrypt for themselves, and are given back to them as they are.

use sea_orm::entity::prelude::*;

/// A row of `service_tokens`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub project_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    #[sea_orm(column_type = "Text")]
    pub permissions: String,
    #[sea_orm(column_type = "Blob")]
    pub secret_hash: Vec<u8>,
    #[sea_orm(column_type = "Text", nullable)]
    pub encrypted_key: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub iv: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub tag: Option<String>,
    pub created_by_id: Option<Uuid>,
    pub expires_at_ms: Option<i64>,
    pub last_used_at_ms: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
