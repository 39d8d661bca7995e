//! A change of many secrets that can be undone. `entries` is JSON; values in it are envelopes, bound as in `secrets`.

use sea_orm::entity::prelude::*;

/// A row of `secret_changes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret_changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub project_id: Uuid,
    pub folder_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub entries: String,
    #[sea_orm(column_type = "Text")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_name: Option<String>,
    pub created_at_ms: i64,
    pub undone_at_ms: Option<i64>,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
