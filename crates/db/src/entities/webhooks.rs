//! An address of a user's that is told about events of an environment. `url` and `secret_key` are envelopes.

use sea_orm::entity::prelude::*;

/// A row of `webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub project_id: Uuid,
    pub environment_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub secret_path: String,
    #[sea_orm(column_type = "Text")]
    pub r#type: String,
    #[sea_orm(column_type = "Blob")]
    pub url: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub secret_key: Option<Vec<u8>>,
    pub is_disabled: bool,
    #[sea_orm(column_type = "Text")]
    pub events_filter: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_status: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_run_error_message: Option<String>,
    pub last_run_at_ms: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
