//! A client secret of universal auth, stored as a keyed hash.

use sea_orm::entity::prelude::*;

/// A row of `universal_auth_client_secrets`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "universal_auth_client_secrets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub universal_auth_id: Uuid,
    pub identity_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    #[sea_orm(column_type = "Text")]
    pub secret_prefix: String,
    #[sea_orm(column_type = "Blob")]
    pub secret_hash: Vec<u8>,
    pub num_uses: i64,
    pub num_uses_limit: i64,
    pub ttl_s: i64,
    pub is_revoked: bool,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
