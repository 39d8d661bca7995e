//! What one member of a project may do beside their roles, and machine identities in groups.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index, unique};

/// Creates the tables of additional privileges and of a group's machine identities.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0014_access"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        let privileges = Table::create()
            .table("additional_privileges")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("membership_id"))
            .col(c.key("slug"))
            .col(c.text("permissions"))
            .col(c.bool("is_temporary"))
            .col(c.text_null("temporary_mode"))
            .col(c.text_null("temporary_range"))
            .col(c.big_null("temporary_start_at_ms"))
            .col(c.big_null("temporary_end_at_ms"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("additional_privileges", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key(
                "additional_privileges",
                "membership_id",
                "project_memberships",
                ForeignKeyAction::Cascade,
            ))
            .to_owned();
        manager.create_table(privileges).await?;
        manager.create_index(unique("additional_privileges", &["membership_id", "slug"])).await?;
        manager.create_index(index("additional_privileges", &["project_id"])).await?;
        let identities = Table::create()
            .table("group_identities")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("group_id"))
            .col(c.uuid("identity_id"))
            .col(c.big("created_at_ms"))
            .foreign_key(&mut foreign_key("group_identities", "group_id", "groups", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("group_identities", "identity_id", "identities", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(identities).await?;
        manager.create_index(unique("group_identities", &["group_id", "identity_id"])).await?;
        manager.create_index(index("group_identities", &["identity_id"])).await
    }
}
