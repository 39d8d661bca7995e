//! What a change of many secrets was, so that it can be undone.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index};

/// Adds the table of changes that can be undone.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_secret_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        manager
            .create_table(
                Table::create()
                    .table("secret_changes")
                    .col(c.uuid("id").primary_key())
                    .col(c.uuid("project_id"))
                    .col(c.uuid("folder_id"))
                    .col(c.text("entries"))
                    .col(c.text("actor_type"))
                    .col(c.uuid_null("actor_id"))
                    .col(c.text_null("actor_name"))
                    .col(c.big("created_at_ms"))
                    .col(c.big_null("undone_at_ms"))
                    .foreign_key(&mut foreign_key("secret_changes", "project_id", "projects", ForeignKeyAction::Cascade))
                    .foreign_key(&mut foreign_key("secret_changes", "folder_id", "folders", ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("secret_changes", &["project_id", "created_at_ms"])).await?;
        manager.create_index(index("secret_changes", &["folder_id"])).await
    }
}
