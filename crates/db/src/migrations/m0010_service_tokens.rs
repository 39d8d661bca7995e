//! Service tokens: bearer tokens of a project with scopes of their own.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index};

/// Creates the table of service tokens.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_service_tokens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        let table = Table::create()
            .table("service_tokens")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid("project_id"))
            .col(c.text("name"))
            .col(c.text("scopes"))
            .col(c.text("permissions"))
            .col(c.blob("secret_hash"))
            .col(c.text_null("encrypted_key"))
            .col(c.text_null("iv"))
            .col(c.text_null("tag"))
            .col(c.uuid_null("created_by_id"))
            .col(c.big_null("expires_at_ms"))
            .col(c.big_null("last_used_at_ms"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("service_tokens", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("service_tokens", &["project_id"])).await
    }
}
