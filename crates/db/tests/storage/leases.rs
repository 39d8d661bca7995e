use keyferry_db::{Db, leases};

use crate::Fresh;

const NAME: &str = "checkly:account:1";

async fn acquire(db: &Db, owner: &str, now_ms: i64) -> Option<i64> {
    let tx = db.begin().await.unwrap();
    let fence = leases::acquire(&tx, NAME, owner, now_ms, now_ms + 100).await.unwrap();
    tx.commit().await.unwrap();
    fence
}

#[tokio::test]
async fn lease_has_one_holder_and_its_fence_grows_at_every_change_of_hands() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        let first = acquire(&db, "a", 1_000).await.unwrap();
        assert_eq!(acquire(&db, "b", 1_050).await, None, "held by another");
        assert_eq!(acquire(&db, "a", 1_050).await, Some(first), "already mine");
        assert!(leases::check(db.read(), NAME, "a", first, 1_149).await.unwrap());
        assert!(!leases::check(db.read(), NAME, "a", first, 1_150).await.unwrap(), "ran out");
        assert!(!leases::check(db.read(), NAME, "b", first, 1_100).await.unwrap());

        let second = acquire(&db, "b", 1_150).await.unwrap();
        assert!(second > first);
        let tx = db.begin().await.unwrap();
        assert!(!leases::renew(&tx, NAME, "a", first, 9_000).await.unwrap());
        assert!(!leases::release(&tx, NAME, "a", first).await.unwrap());
        assert!(!leases::guard(&tx, NAME, "a", first, 1_160).await.unwrap());
        assert!(leases::guard(&tx, NAME, "b", second, 1_160).await.unwrap());
        assert!(leases::renew(&tx, NAME, "b", second, 2_000).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(acquire(&db, "a", 1_999).await, None, "renewed");

        let tx = db.begin().await.unwrap();
        assert!(leases::release(&tx, NAME, "b", second).await.unwrap());
        tx.commit().await.unwrap();
        let third = acquire(&db, "a", 1_999).await.unwrap();
        assert!(third > second, "a released lease keeps counting");
        assert!(acquire(&db, "a", 5_000).await.unwrap() > third, "a lease that ran out is taken anew even by its last holder");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_takes_a_free_lease() {
    for fresh in Fresh::each().await {
        let db = fresh.migrated().await;
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move { acquire(&db, &format!("owner {n}"), 1_000).await })
            })
            .collect();
        let mut holders = 0;
        for task in tasks {
            holders += usize::from(task.await.unwrap().is_some());
        }
        assert_eq!(holders, 1);
    }
}

/// A holder that guards its writes finishes them before the next one can take the lease, however late it commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guarded_transaction_holds_off_the_next_holder() {
    let Some(fresh) = Fresh::postgres().await else { return };
    let db = fresh.migrated().await;
    let fence = acquire(&db, "a", 1_000).await.unwrap();
    let guarded = db.begin().await.unwrap();
    assert!(leases::guard(&guarded, NAME, "a", fence, 1_050).await.unwrap());
    let other = db.clone();
    let mut next = tokio::spawn(async move { acquire(&other, "b", 2_000).await });
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), &mut next).await.is_err(), "taken under a guard");
    guarded.commit().await.unwrap();
    assert!(next.await.unwrap().unwrap() > fence);
}
