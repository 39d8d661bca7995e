//! Failed sign-ins counted per subject (user, or identity and client id).

use sea_orm::entity::prelude::*;

/// A row of `login_lockouts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_lockouts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub subject: String,
    pub identity_id: Option<Uuid>,
    pub failures: i32,
    pub last_failure_at_ms: i64,
    pub locked_until_ms: Option<i64>,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
