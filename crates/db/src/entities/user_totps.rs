//! The authenticator app of a user. `secret` is sealed under the root key.

use sea_orm::entity::prelude::*;

/// A row of `user_totps`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_totps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(column_type = "Blob")]
    pub secret: Vec<u8>,
    /// When a first code proved it; until then it is asked for nowhere.
    pub confirmed_at_ms: Option<i64>,
    /// The step of the last code that was taken.
    pub last_step: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
