//! A sign-in of a user; access tokens and refresh cookies point at it.

use sea_orm::entity::prelude::*;

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub org_id: Option<Uuid>,
    #[sea_orm(column_type = "Blob")]
    pub refresh_hash: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub previous_refresh_hash: Option<Vec<u8>>,
    pub access_version: i32,
    #[sea_orm(column_type = "Text")]
    pub ip: String,
    #[sea_orm(column_type = "Text")]
    pub user_agent: String,
    pub is_mfa_verified: bool,
    pub last_used_at_ms: i64,
    pub expires_at_ms: i64,
    pub revoked_at_ms: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
