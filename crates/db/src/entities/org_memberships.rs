//! Membership of a user or an identity in an organization; exactly one of the two ids is set.

use sea_orm::entity::prelude::*;

/// A row of `org_memberships`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "org_memberships")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub user_id: Option<Uuid>,
    pub identity_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub role: String,
    pub role_id: Option<Uuid>,
    pub is_active: bool,
    #[sea_orm(column_type = "Text")]
    pub status: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_login_auth_method: Option<String>,
    pub last_login_at_ms: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
