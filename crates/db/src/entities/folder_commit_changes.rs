//! One secret or subfolder of a commit. `image` is JSON: what was removed, as it was; values in it are envelopes, bound as in `secrets`.

use sea_orm::entity::prelude::*;

/// A row of `folder_commit_changes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "folder_commit_changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub commit_id: Uuid,
    pub position: i32,
    #[sea_orm(column_type = "Text")]
    pub resource: String,
    #[sea_orm(column_type = "Text")]
    pub effect: String,
    pub resource_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub name_before: Option<String>,
    pub version: Option<i32>,
    pub version_before: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub image: Option<String>,
}

/// Relations are followed by explicit finders, never by the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
