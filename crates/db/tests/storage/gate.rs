use std::sync::Arc;
use std::time::Duration;

use keyferry_db::entities::leases::{Column, Entity, Model};
use keyferry_db::{Conn, Db, DbConfig, DbError, WriteTx, insert};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, TransactionTrait as _};
use tokio::sync::Barrier;

use crate::Fresh;

const TASKS: usize = 8;

fn row(name: &str) -> Model {
    Model { name: name.to_owned(), owner: "test".to_owned(), until_ms: 0, fence: 0 }
}

async fn fence(conn: &impl Conn, name: &str) -> Option<i64> {
    Entity::find_by_id(name).one(conn).await.unwrap().map(|row| row.fence)
}

async fn raise(conn: &impl Conn, name: &str, fence: i64) -> Result<(), sea_orm::DbErr> {
    Entity::update_many()
        .col_expr(Column::Fence, sea_orm::sea_query::Expr::value(fence))
        .filter(Column::Name.eq(name))
        .exec(conn)
        .await?;
    Ok(())
}

async fn store(db: &Db, name: &str) {
    let tx = db.begin().await.unwrap();
    insert(&tx, row(name)).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the gate is for: SQLite's default transaction takes the write lock only when it writes, and a reader whose snapshot is
/// old by then is refused at once, whatever the busy timeout.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deferred_transactions_are_refused_under_contention() {
    let fresh = Fresh::sqlite();
    let db = fresh.migrated().await;
    store(&db, "counter").await;
    let all_have_read = Arc::new(Barrier::new(TASKS));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (db, all_have_read) = (db.clone(), Arc::clone(&all_have_read));
            tokio::spawn(async move {
                let tx = db.read().begin().await.unwrap();
                let seen = fence(&tx, "counter").await.unwrap();
                all_have_read.wait().await;
                raise(&tx, "counter", seen + 1).await?;
                tx.commit().await
            })
        })
        .collect();
    let mut refused = Vec::new();
    for task in tasks {
        if let Err(error) = task.await.unwrap() {
            refused.push(error.to_string());
        }
    }
    assert_eq!(refused.len(), TASKS - 1, "{refused:?}");
    assert!(refused.iter().all(|text| text.contains("locked")), "{refused:?}");
    assert_eq!(fence(db.read(), "counter").await, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gate_lets_every_writer_through() {
    let rounds = 20;
    let fresh = Fresh::sqlite();
    let db = fresh.migrated().await;
    store(&db, "counter").await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..rounds {
                    let tx = db.begin().await.unwrap();
                    let seen = fence(&tx, "counter").await.unwrap();
                    raise(&tx, "counter", seen + 1).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(fence(db.read(), "counter").await, Some(i64::try_from(TASKS * rounds).unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropped_writer_undoes_its_own_work_alone() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        // All but the first wait while the first holds the gate, so that they share its commit.
        let first = db.begin().await.unwrap();
        insert(&first, row("first")).await.unwrap();
        let (started, mut starting) = tokio::sync::mpsc::unbounded_channel();
        let tasks: Vec<_> = (0..TASKS)
            .map(|n| {
                let (db, started) = (db.clone(), started.clone());
                tokio::spawn(async move {
                    started.send(()).unwrap();
                    let tx: WriteTx = db.begin().await.unwrap();
                    insert(&tx, row(&format!("task {n}"))).await.unwrap();
                    if n.is_multiple_of(2) {
                        tx.commit().await.unwrap();
                    } else if n == 1 {
                        // A refused statement must not poison the others either.
                        insert(&tx, row(&format!("task {n}"))).await.unwrap_err();
                        tx.rollback().await.unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..TASKS {
            starting.recv().await.unwrap();
        }
        first.commit().await.unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(fence(db.read(), "first").await.is_some());
        for n in 0..TASKS {
            let is_stored = fence(db.read(), &format!("task {n}")).await.is_some();
            assert_eq!(is_stored, n.is_multiple_of(2), "task {n}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelled_writer_leaves_the_gate_open() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        for n in 0..50_u64 {
            let (other, name) = (db.clone(), format!("cancelled {n}"));
            let task = tokio::spawn(async move {
                let tx = other.begin().await.unwrap();
                insert(&tx, row(&name)).await.unwrap();
                std::future::pending::<()>().await;
                tx.commit().await.unwrap();
            });
            // Cancelled at whatever point it has reached by then.
            tokio::time::sleep(Duration::from_micros(n * 20)).await;
            task.abort();
            let kept = format!("kept {n}");
            tokio::time::timeout(Duration::from_secs(20), store(&db, &kept)).await.unwrap();
            task.await.unwrap_err();
            assert!(fence(db.read(), &kept).await.is_some());
            assert!(fence(db.read(), &format!("cancelled {n}")).await.is_none());
        }
    }
}

/// The driver ends a savepoint twice when whoever asked for it goes away meanwhile, and the second time it is the transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_writer_takes_nobody_with_it() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        for n in 0..200 {
            // Both wait while the first holds the gate, so that they share a commit.
            let first = db.begin().await.unwrap();
            let (at_gate, mut arrived) = tokio::sync::mpsc::unbounded_channel();
            let (db_of_cancelled, arrives) = (db.clone(), at_gate.clone());
            let cancelled = tokio::spawn(async move {
                arrives.send(()).unwrap();
                let tx = db_of_cancelled.begin().await.unwrap();
                insert(&tx, row("cancelled")).await.unwrap();
                std::future::pending::<()>().await;
                drop(tx);
            });
            arrived.recv().await.unwrap();
            let (db_of_kept, kept) = (db.clone(), format!("kept {n}"));
            let name = kept.clone();
            let other = tokio::spawn(async move {
                at_gate.send(()).unwrap();
                store(&db_of_kept, &name).await;
            });
            arrived.recv().await.unwrap();
            drop(first);
            // At whatever point it has reached by then.
            for _ in 0..n {
                tokio::task::yield_now().await;
            }
            cancelled.abort();
            other.await.unwrap();
            assert!(fence(db.read(), &kept).await.is_some());
            assert!(cancelled.await.unwrap_err().is_cancelled());
        }
        assert!(fence(db.read(), "cancelled").await.is_none());
    }
}

#[tokio::test]
async fn only_a_commit_makes_work_visible_and_durable() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        let other = fresh.open().await;
        let tx = db.begin().await.unwrap();
        insert(&tx, row("draft")).await.unwrap();
        assert_eq!(fence(&tx, "draft").await, Some(0));
        assert_eq!(fence(other.read(), "draft").await, None);
        drop(tx);
        assert_eq!(fence(other.read(), "draft").await, None);

        let tx = db.begin().await.unwrap();
        insert(&tx, row("kept")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fence(other.read(), "kept").await, Some(0));
        assert_eq!(fence(other.read(), "draft").await, None);
    }
}

/// The file as a crash leaves it right after the answer: copied without closing the database.
#[tokio::test]
async fn committed_work_survives_a_crash() {
    let fresh = Fresh::sqlite();
    let db = fresh.migrated().await;
    store(&db, "kept").await;
    let open = db.begin().await.unwrap();
    insert(&open, row("draft")).await.unwrap();

    let crashed = tempfile::tempdir().unwrap();
    let file = fresh.url.strip_prefix("sqlite://").unwrap();
    let copy = crashed.path().join("copy.db");
    std::fs::copy(file, &copy).unwrap();
    std::fs::copy(format!("{file}-wal"), crashed.path().join("copy.db-wal")).unwrap();
    let url = format!("sqlite://{}", copy.display());
    let recovered = Db::connect(&keyferry_db::DbConfig { url, max_connections: 2 }).await.unwrap();
    assert_eq!(fence(recovered.read(), "kept").await, Some(0));
    assert_eq!(fence(recovered.read(), "draft").await, None);
    drop(open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_is_opened_by_many_at_once() {
    for _ in 0..20 {
        let fresh = Fresh::sqlite();
        let opening: Vec<_> = (0..12)
            .map(|_| {
                let url = fresh.url.clone();
                tokio::spawn(async move { Db::connect(&DbConfig { url, max_connections: 4 }).await.map(drop) })
            })
            .collect();
        for opened in opening {
            opened.await.unwrap().unwrap();
        }
    }
}

/// Without room SQLite ends the transaction that writers share by itself. Whatever was acknowledged around that is stored all the
/// same, and later writes are stored for good, not into a transaction that never ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i05_a_full_disk_loses_nothing_that_was_acknowledged() {
    let fresh = Fresh::sqlite();
    let db = fresh.migrated().await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                let (mut stored, mut refused) = (Vec::new(), 0);
                for n in 0..40 {
                    if n % 10 == task {
                        // From now on the file may not grow, until the connection is replaced.
                        let Ok(tx) = db.begin().await else { continue };
                        tx.execute_unprepared("PRAGMA max_page_count = 1").await.ok();
                        tx.commit().await.ok();
                    }
                    let name = format!("{task}-{n}");
                    let written = async {
                        let tx = db.begin().await?;
                        let row = Model { owner: "x".repeat(6_000), ..row(&name) };
                        if n % 7 == 3 {
                            // Somebody who gives up in the middle.
                            tokio::time::timeout(Duration::from_micros(50), insert(&tx, row)).await.ok();
                            return Ok(false);
                        }
                        insert(&tx, row).await?;
                        tx.commit().await?;
                        Ok::<bool, DbError>(true)
                    };
                    match written.await {
                        Ok(true) => stored.push(name),
                        Ok(false) => {}
                        Err(error) => {
                            assert!(matches!(error, DbError::Unavailable(_)), "{error}");
                            refused += 1;
                        }
                    }
                }
                (stored, refused)
            })
        })
        .collect();
    let (mut stored, mut refused) = (Vec::new(), 0);
    for task in tasks {
        let (names, count) = task.await.unwrap();
        stored.extend(names);
        refused += count;
    }
    assert!(refused > 0, "the disk was never full");
    store(&db, "afterwards").await;
    stored.push("afterwards".to_owned());
    // Another process sees what is stored, and only that.
    let other = fresh.open().await;
    for name in &stored {
        assert!(fence(other.read(), name).await.is_some(), "{name} was acknowledged and is not there");
    }
}
