//! Keys held for projects.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, unique};

/// Creates the table of keys.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_kms_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        let table = Table::create()
            .table("kms_keys")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid("project_id"))
            .col(c.key("name"))
            .col(c.text("description"))
            .col(c.text("key_usage"))
            .col(c.text("encryption_algorithm"))
            .col(c.bool("is_disabled"))
            .col(c.int("version"))
            .col(c.blob("material"))
            .col(c.blob_null("public_key"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("kms_keys", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(unique("kms_keys", &["project_id", "name"])).await
    }
}
