use keyferry_db::folder_commits::Wanted;
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

#[tokio::test]
async fn changes_that_could_be_undone_become_commits() {
    for fresh in Fresh::each().await {
        let db = fresh.open().await;
        keyferry_db::testing::migrate_to(&db, "m0011_groups").await.unwrap();
        let id = |number: u8| match db.backend() {
            keyferry_db::Backend::Sqlite => format!("x'{}'", format!("{number:02x}").repeat(16)),
            keyferry_db::Backend::Postgres => format!("'{}'", uuid::Uuid::from_bytes([number; 16])),
        };
        let (org, project, environment, folder, user) = (id(1), id(2), id(3), id(4), id(5));
        let text = |number: u8| uuid::Uuid::from_bytes([number; 16]);
        let entries = serde_json::json!([
            { "effect": "created", "id": text(7), "key": "NEW", "version": 1 },
            { "effect": "changed", "id": text(8), "key": "OLD", "before": 2, "after": 3 },
            { "effect": "deleted", "secret": { "id": text(9), "key": "GONE", "version": 4 }, "versions": [] },
        ]);
        let change = |number: u8, undone: &str| {
            format!(
                "INSERT INTO secret_changes (id, project_id, folder_id, entries, actor_type, actor_id, actor_name, created_at_ms, \
                 undone_at_ms) VALUES ({}, {project}, {folder}, '{entries}', 'user', {user}, 'ada', {number}, {undone})",
                id(number)
            )
        };
        let tx = db.begin().await.unwrap();
        for statement in [
            format!(
                "INSERT INTO organizations (id, name, slug, block_duplicate_secret_sync_destinations, created_at_ms, \
                 updated_at_ms) VALUES ({org}, 'o', 'o', FALSE, 0, 0)"
            ),
            format!(
                "INSERT INTO projects (id, org_id, name, slug, type, version, auto_capitalization, pit_version_limit, \
                 has_delete_protection, secret_sharing, show_snapshots_legacy, secret_detection_ignore_values, \
                 enforce_encrypted_metadata, permission_epoch, created_at_ms, updated_at_ms) VALUES ({project}, {org}, 'p', 'p', \
                 'secret-manager', 3, FALSE, 10, FALSE, TRUE, FALSE, '[]', FALSE, 0, 0, 0)"
            ),
            format!(
                "INSERT INTO environments (id, project_id, name, slug, position, created_at_ms, updated_at_ms) \
                 VALUES ({environment}, {project}, 'e', 'e', 1, 0, 0)"
            ),
            format!(
                "INSERT INTO folders (id, project_id, environment_id, name, version, is_reserved, created_at_ms, updated_at_ms) \
                 VALUES ({folder}, {project}, {environment}, 'root', 1, FALSE, 0, 0)"
            ),
            change(20, "NULL"),
            change(21, "99"),
        ] {
            tx.execute_unprepared(&statement).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.migrate().await.unwrap();

        let (commits, total) =
            keyferry_db::folder_commits::list(db.read(), text(4), &Wanted { limit: 10, ..Wanted::default() }).await.unwrap();
        assert_eq!((total, commits[0].sequence, commits[1].sequence), (2, 2, 1));
        assert_eq!((commits[0].reverted_by, commits[1].reverted_by), (Some(text(21)), None));
        let kept = &commits[1];
        assert_eq!((kept.id, kept.environment_id, kept.actor_name.as_deref()), (text(20), text(3), Some("ada")));
        assert_eq!((kept.added, kept.updated, kept.removed), (1, 1, 1));
        let changes = keyferry_db::folder_commits::changes(db.read(), &[kept.id]).await.unwrap().remove(&kept.id).unwrap();
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.effect.as_str(), change.name.as_str(), change.version_before, change.version))
            .collect();
        assert_eq!(told, [("add", "NEW", None, Some(1)), ("update", "OLD", Some(2), Some(3)), ("remove", "GONE", Some(4), None)]);
        assert!(changes[2].image.as_deref().unwrap().contains("\"versions\":[]"));
    }
}
