//! A version of a secret as it was; envelopes are those of the secret at that version.

use sea_orm::entity::prelude::*;

/// A row of `secret_versions`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "secret_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub secret_id: Uuid,
    pub project_id: Uuid,
    pub folder_id: Uuid,
    pub owner_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub key: String,
    pub version: i32,
    #[sea_orm(column_type = "Blob")]
    #[serde(with = "super::base64_bytes")]
    pub value: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    #[serde(with = "super::base64_bytes")]
    pub value_fingerprint: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    #[serde(with = "super::base64_bytes::optional")]
    pub comment: Option<Vec<u8>>,
    pub skip_multiline_encoding: Option<bool>,
    #[sea_orm(column_type = "Text", nullable)]
    pub tags: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub actor_type: String,
    pub actor_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub actor_name: Option<String>,
    pub created_at_ms: i64,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
