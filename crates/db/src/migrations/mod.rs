//! Append-only migrations: one set for both backends.

use sea_orm_migration::{MigrationTrait, MigratorTrait};

mod columns;
mod m0001_initial;
mod m0002_webhooks;
mod m0007_kms_keys;
mod m0008_second_factors;
mod m0009_secret_changes;
mod m0010_service_tokens;
mod m0011_groups;
mod m0012_folder_commits;
mod m0013_themes;
mod m0014_access;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Migration),
            Box::new(m0002_webhooks::Migration),
            Box::new(m0007_kms_keys::Migration),
            Box::new(m0008_second_factors::Migration),
            Box::new(m0009_secret_changes::Migration),
            Box::new(m0010_service_tokens::Migration),
            Box::new(m0011_groups::Migration),
            Box::new(m0012_folder_commits::Migration),
            Box::new(m0013_themes::Migration),
            Box::new(m0014_access::Migration),
        ]
    }
}
