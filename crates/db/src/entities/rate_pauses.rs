//! Until when a credential must not be used, as the destination asked.

use sea_orm::entity::prelude::*;

/// A row of `rate_pauses`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_pauses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Blob")]
    pub credential_hash: Vec<u8>,
    pub until_ms: i64,
    pub is_probing: bool,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
