//! Authenticator apps of users, and the codes that stand in for them.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index};

/// Creates the tables.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_second_factors"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        let table = Table::create()
            .table("user_totps")
            .col(c.uuid("user_id").primary_key())
            .col(c.blob("secret"))
            .col(c.big_null("confirmed_at_ms"))
            .col(c.big_null("last_step"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("user_totps", "user_id", "users", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(table).await?;
        let table = Table::create()
            .table("user_recovery_codes")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("user_id"))
            .col(c.blob("hash"))
            .col(c.big_null("used_at_ms"))
            .col(c.big("created_at_ms"))
            .foreign_key(&mut foreign_key("user_recovery_codes", "user_id", "users", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("user_recovery_codes", &["user_id"])).await
    }
}
