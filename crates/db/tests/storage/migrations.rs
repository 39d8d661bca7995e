use keyferry_db::{Conn as _, DbError};

use crate::Fresh;

#[tokio::test]
async fn migrations_are_idempotent() {
    for fresh in Fresh::each().await {
        let db = fresh.open().await;
        assert!(db.is_new().await.unwrap());
        assert!(!db.is_migrated().await.unwrap());
        db.migrate().await.unwrap();
        assert!(db.is_migrated().await.unwrap());
        assert!(!db.is_new().await.unwrap());

        let applied = applied(&db).await;
        db.migrate().await.unwrap();
        assert_eq!(self::applied(&db).await, applied);
        db.close().await;

        let reopened = fresh.open().await;
        assert!(reopened.is_migrated().await.unwrap());
        reopened.ping().await.unwrap();
    }
}

#[tokio::test]
async fn replicas_may_migrate_at_once() {
    let Some(fresh) = Fresh::postgres().await else { return };
    let replicas: Vec<_> = [fresh.open().await, fresh.open().await, fresh.open().await]
        .into_iter()
        .map(|db| tokio::spawn(async move { db.migrate().await }))
        .collect();
    for replica in replicas {
        replica.await.unwrap().unwrap();
    }
    assert!(fresh.open().await.is_migrated().await.unwrap());
}

#[tokio::test]
async fn older_program_refuses_newer_database() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        keyferry_db::testing::mark_as_newer(&db).await.unwrap();
        let refused = fresh.open().await.migrate().await.unwrap_err();
        assert!(matches!(&refused, DbError::Schema(text) if text.contains("m9999_from_the_future")), "{refused}");
    }
}

#[tokio::test]
async fn unknown_url_scheme_is_refused_without_printing_it() {
    let config = keyferry_db::DbConfig { url: "mysql://root:hunter2@localhost/x".to_owned(), max_connections: 2 };
    let Err(refused) = keyferry_db::Db::connect(&config).await else { panic!("opened a database of an unknown kind") };
    assert!(matches!(refused, DbError::Schema(_)));
    assert!(!refused.to_string().contains("hunter2"));
    assert!(!format!("{config:?}").contains("hunter2"));
}

async fn applied(db: &keyferry_db::Db) -> u64 {
    let statement = "DELETE FROM seaql_migrations WHERE 1 = 0";
    db.read().execute_unprepared(statement).await.unwrap();
    let tx = db.begin().await.unwrap();
    let rows = tx.execute_unprepared("UPDATE seaql_migrations SET version = version").await.unwrap().rows_affected();
    tx.rollback().await.unwrap();
    rows
}
