//! An access token issued to an identity; the JWT carries only its id, so it can be revoked by row.

use sea_orm::entity::prelude::*;

/// A row of `identity_access_tokens`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_access_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub identity_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub auth_method: String,
    pub client_secret_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    pub ttl_s: i64,
    pub max_ttl_s: i64,
    pub period_s: i64,
    pub num_uses: i64,
    pub num_uses_limit: i64,
    #[sea_orm(column_type = "Text")]
    pub trusted_ips: String,
    pub last_used_at_ms: Option<i64>,
    pub last_renewed_at_ms: Option<i64>,
    pub is_revoked: bool,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
