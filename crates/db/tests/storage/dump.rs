//! Dumps hold every lasting table, and can be loaded in the order in which they are written.

use std::collections::BTreeSet;

use keyferry_db::dump::{self, Kind};
use keyferry_db::{Conn as _, DbError};
use sea_orm::{DbBackend, Statement};

use crate::Fresh;

#[tokio::test]
async fn every_table_is_dumped_whole_or_transient() {
    let fresh = Fresh::sqlite();
    let db = fresh.migrated().await;
    let sql = "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
               WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'seaql_migrations'";
    let found = db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    let mut stored = BTreeSet::new();
    for row in found {
        let table: String = row.try_get_by_index(0).unwrap();
        if !dump::TRANSIENT.contains(&table.as_str()) {
            let kind: String = row.try_get_by_index(2).unwrap();
            stored.insert((table, row.try_get_by_index::<String>(1).unwrap(), kind.to_lowercase()));
        }
    }
    let kind = |kind: Kind| match kind {
        Kind::Bool => "boolean",
        // SQLite has one kind of integer.
        Kind::Int | Kind::Long => "integer",
        Kind::Text => "text",
        Kind::Bytes => "blob",
        Kind::Uuid => "uuid_text",
    };
    let mut dumped = BTreeSet::new();
    for table in dump::tables().unwrap() {
        for column in table.columns {
            dumped.insert((table.name.clone(), column.name, kind(column.kind).to_owned()));
        }
    }
    assert_eq!(stored, dumped, "add the new table or column to its entity and to dump::tables()");
}

#[tokio::test]
async fn a_table_follows_those_it_refers_to() {
    let fresh = Fresh::sqlite();
    let db = fresh.migrated().await;
    let mut before = BTreeSet::new();
    for table in dump::tables().unwrap() {
        let sql = format!("SELECT \"table\" FROM pragma_foreign_key_list('{}')", table.name);
        for row in db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap() {
            let target: String = row.try_get_by_index(0).unwrap();
            assert!(before.contains(&target) || target == table.name, "{} comes before {target}", table.name);
            assert!(target != table.name || table.name == "folders", "{} refers to itself: list it in dump", table.name);
        }
        before.insert(table.name);
    }
}

#[tokio::test]
async fn a_dump_is_loaded_into_the_schema_of_its_time() {
    for fresh in Fresh::each().await {
        let db = fresh.open().await;
        assert_eq!(db.schema_level().await.unwrap(), None);
        db.migrate_to("m0001_initial").await.unwrap();
        assert_eq!(db.schema_level().await.unwrap().as_deref(), Some("m0001_initial"));
        db.migrate_to("m0001_initial").await.unwrap();
        let refused = db.migrate_to("m9999_from_the_future").await.unwrap_err();
        assert!(matches!(&refused, DbError::Schema(text) if text.contains("newer version")), "{refused}");
    }
}
