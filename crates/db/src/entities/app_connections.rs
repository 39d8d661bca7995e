//! A stored credential for a destination. `scope_id` is the project's id, or the nil UUID for organization scope.

use sea_orm::entity::prelude::*;

/// A row of `app_connections`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_connections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub project_id: Option<Uuid>,
    pub scope_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub app: String,
    #[sea_orm(column_type = "Text")]
    pub method: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    #[sea_orm(column_type = "Blob")]
    pub credentials: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub credentials_hash: String,
    #[sea_orm(column_type = "Blob")]
    pub api_key_hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub api_origin: String,
    pub version: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub health_status: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub health_message: Option<String>,
    pub health_checked_at_ms: Option<i64>,
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
