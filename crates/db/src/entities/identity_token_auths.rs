//! Token auth as attached to an identity (core API contract 6.5).

use sea_orm::entity::prelude::*;

/// A row of `identity_token_auths`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_token_auths")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub identity_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub access_token_trusted_ips: String,
    pub access_token_ttl_s: i64,
    pub access_token_max_ttl_s: i64,
    pub access_token_num_uses_limit: i64,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
