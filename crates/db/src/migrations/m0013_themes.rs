//! The colour scheme that a person chose.

use sea_orm_migration::prelude::*;

use super::columns::Columns;

/// Adds the colour scheme to users; nobody has chosen one yet.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0013_themes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        manager.alter_table(Table::alter().table("users").add_column(c.text_null("theme")).to_owned()).await
    }
}
