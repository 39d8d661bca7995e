//! One row: what belongs to the installation as a whole.

use sea_orm::entity::prelude::*;

/// A row of `server_settings`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "server_settings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub instance_id: Uuid,
    pub is_initialized: bool,
    #[sea_orm(column_type = "Text")]
    pub root_key_fingerprint: String,
    #[sea_orm(column_type = "Blob")]
    pub jwt_key: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub token_hash_key: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub setup_token_hash: Option<Vec<u8>>,
    pub allow_sign_up: bool,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
