//! A metadata entry of a secret; the value is enveloped, its fingerprint answers filters unless it is marked encrypted.

use sea_orm::entity::prelude::*;

/// A row of `secret_metadata`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "secret_metadata")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub project_id: Uuid,
    pub secret_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub key: String,
    #[sea_orm(column_type = "Blob")]
    #[serde(with = "super::base64_bytes")]
    pub value: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    #[serde(with = "super::base64_bytes::optional")]
    pub value_fingerprint: Option<Vec<u8>>,
    pub is_encrypted: bool,
    pub position: i32,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
