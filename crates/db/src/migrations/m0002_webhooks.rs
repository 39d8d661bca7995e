//! Webhooks: addresses of users that are told about events of an environment.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index};

/// Creates the table of webhooks.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        let table = Table::create()
            .table("webhooks")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid("project_id"))
            .col(c.uuid("environment_id"))
            .col(c.key("secret_path"))
            .col(c.text("type"))
            .col(c.blob("url"))
            .col(c.blob_null("secret_key"))
            .col(c.bool("is_disabled"))
            .col(c.text("events_filter"))
            .col(c.text_null("last_status"))
            .col(c.text_null("last_run_error_message"))
            .col(c.big_null("last_run_at_ms"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("webhooks", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("webhooks", "environment_id", "environments", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("webhooks", &["project_id"])).await?;
        manager.create_index(index("webhooks", &["environment_id"])).await
    }
}
