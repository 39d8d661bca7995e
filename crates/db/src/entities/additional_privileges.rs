//! Rules given to one member of a project beside their roles, for good or for a time.

use sea_orm::entity::prelude::*;

/// A row of `additional_privileges`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "additional_privileges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub project_id: Uuid,
    pub membership_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub permissions: String,
    pub is_temporary: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub temporary_mode: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub temporary_range: Option<String>,
    pub temporary_start_at_ms: Option<i64>,
    pub temporary_end_at_ms: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
