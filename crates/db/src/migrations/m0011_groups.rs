//! Groups of people: an organization's, with a role in it, and as members of projects.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index, unique};

/// Creates the tables of groups and their people, and lets a project membership belong to a group.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_groups"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let c = Columns::new(backend);
        let groups = Table::create()
            .table("groups")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.key("name"))
            .col(c.key("slug"))
            .col(c.text("role"))
            .col(c.uuid_null("role_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("groups", "org_id", "organizations", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("groups", "role_id", "org_roles", ForeignKeyAction::Restrict))
            .to_owned();
        manager.create_table(groups).await?;
        manager.create_index(unique("groups", &["org_id", "slug"])).await?;
        manager.create_index(unique("groups", &["org_id", "name"])).await?;
        let members = Table::create()
            .table("group_members")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("group_id"))
            .col(c.uuid("user_id"))
            .col(c.big("created_at_ms"))
            .foreign_key(&mut foreign_key("group_members", "group_id", "groups", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("group_members", "user_id", "users", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(members).await?;
        manager.create_index(unique("group_members", &["group_id", "user_id"])).await?;
        manager.create_index(index("group_members", &["user_id"])).await?;
        // SQLite adds a foreign key only together with its column, which the builder does not write.
        let kind = if backend == DbBackend::Postgres { "uuid" } else { "uuid_text" };
        let column = format!(
            "ALTER TABLE \"project_memberships\" ADD COLUMN \"group_id\" {kind} NULL \
             CONSTRAINT \"fk_project_memberships_group_id\" REFERENCES \"groups\" (\"id\") ON DELETE CASCADE"
        );
        manager.get_connection().execute_unprepared(&column).await?;
        manager.create_index(unique("project_memberships", &["project_id", "group_id"])).await?;
        manager.create_index(index("project_memberships", &["group_id"])).await
    }
}
