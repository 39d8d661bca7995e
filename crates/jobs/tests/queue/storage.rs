use std::collections::HashSet;

use keyferry_db::jobs::{self, Finished, Stats};
use serde_json::json;

use crate::{Bench, KIND};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_job_is_claimed_exactly_once() {
    const JOBS: usize = 400;
    for bench in Bench::each().await {
        let tx = bench.db.begin().await.unwrap();
        let all = (0..JOBS).map(|n| bench.job(&n.to_string(), json!({ "n": n }))).collect();
        bench.queue.enqueue_all(&tx, all, bench.now_ms()).await.unwrap();
        tx.commit().await.unwrap();

        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let (db, now_ms) = (bench.db.clone(), bench.now_ms());
                tokio::spawn(async move {
                    let mut claimed = Vec::new();
                    loop {
                        let tx = db.begin().await.unwrap();
                        let row = jobs::claim(&tx, &[KIND], &format!("task {n}"), now_ms, 1_000).await.unwrap();
                        tx.commit().await.unwrap();
                        match row {
                            Some(row) => claimed.push(row.key),
                            None => return claimed,
                        }
                    }
                })
            })
            .collect();
        let mut claimed = Vec::new();
        for task in tasks {
            claimed.extend(task.await.unwrap());
        }
        assert_eq!(claimed.len(), JOBS);
        assert_eq!(claimed.into_iter().collect::<HashSet<_>>().len(), JOBS);
    }
}

#[tokio::test]
async fn waiting_jobs_of_one_key_become_one() {
    for bench in Bench::each().await {
        let now_ms = bench.now_ms();
        let mut late = bench.job("a", json!({ "version": 1 }));
        (late.priority, late.run_at_ms) = (5, now_ms + 500);
        let id = late.id;
        bench.put(late).await;
        let mut soon = bench.job("a", json!({ "version": 2 }));
        (soon.priority, soon.run_at_ms) = (9, now_ms + 100);
        bench.put(soon).await;
        let mut urgent = bench.job("a", json!({ "version": 3 }));
        (urgent.priority, urgent.run_at_ms) = (1, now_ms + 900);
        bench.put(urgent).await;

        let row = bench.row("a").await.unwrap();
        assert_eq!((row.id, row.priority, row.run_at_ms, row.is_dirty), (id, 1, now_ms + 100, false));
        assert_eq!(row.payload, r#"{"version":3}"#);
        let stats = jobs::stats(bench.db.read()).await.unwrap();
        assert_eq!(stats, Stats { waiting: 1, running: 0, oldest_waiting_ms: Some(now_ms + 100) });
        assert!(!jobs::is_due(bench.db.read(), &[KIND], now_ms + 99).await.unwrap());
        assert!(bench.claim_at("x", now_ms + 99).await.is_none());
        assert!(jobs::is_due(bench.db.read(), &[KIND], now_ms + 100).await.unwrap());
        assert!(bench.claim_at("x", now_ms + 100).await.is_some());
    }
}

#[tokio::test]
async fn priority_comes_before_time_and_only_asked_kinds_are_claimed() {
    for bench in Bench::each().await {
        for (key, priority, age_ms) in [("old", 5, 900), ("urgent", 1, 0), ("older", 5, 950)] {
            let mut job = bench.job(key, json!({}));
            (job.priority, job.run_at_ms) = (priority, bench.now_ms() - age_ms);
            bench.put(job).await;
        }
        let mut foreign = bench.job("foreign", json!({}));
        (foreign.kind, foreign.priority) = ("unknown", 0);
        bench.put(foreign).await;

        let mut order = Vec::new();
        while let Some(row) = bench.claim("x").await {
            order.push(row.key);
        }
        assert_eq!(order, ["urgent", "older", "old"]);
        assert!(jobs::find(bench.db.read(), "unknown", "foreign").await.unwrap().is_some());
        assert!(!jobs::is_due(bench.db.read(), &[KIND], bench.now_ms()).await.unwrap());
    }
}

#[tokio::test]
async fn job_enqueued_during_its_run_waits_for_one_more_at_the_time_asked_for() {
    for bench in Bench::each().await {
        bench.put(bench.job("a", json!({ "version": 1 }))).await;
        let row = bench.claim("x").await.unwrap();
        let mut later = bench.job("a", json!({ "version": 2 }));
        (later.run_at_ms, later.priority) = (bench.now_ms() + 5_000, 7);
        bench.put(later).await;
        let marked = bench.row("a").await.unwrap();
        assert!(marked.is_dirty);
        assert_eq!((marked.state.as_str(), marked.fence), (jobs::RUNNING, row.fence));

        let tx = bench.db.begin().await.unwrap();
        assert_eq!(jobs::finish(&tx, row.id, row.fence, bench.now_ms()).await.unwrap(), Finished::Again);
        tx.commit().await.unwrap();
        let again = bench.row("a").await.unwrap();
        assert_eq!((again.state.as_str(), again.is_dirty, again.attempts), (jobs::WAITING, false, 0));
        assert_eq!((again.run_at_ms, again.priority), (bench.now_ms() + 5_000, 7));
        assert_eq!(again.payload, r#"{"version":2}"#);

        bench.pass(5_000);
        let row = bench.claim("x").await.unwrap();
        let tx = bench.db.begin().await.unwrap();
        assert_eq!(jobs::finish(&tx, row.id, row.fence, bench.now_ms()).await.unwrap(), Finished::Deleted);
        tx.commit().await.unwrap();
        assert!(bench.row("a").await.is_none());
    }
}

#[tokio::test]
async fn retry_waits_for_its_time_unless_the_job_was_enqueued_meanwhile() {
    for bench in Bench::each().await {
        for (is_enqueued_meanwhile, wait_ms) in [(false, 60_000), (true, 0)] {
            bench.put(bench.job("a", json!({}))).await;
            let row = bench.claim("x").await.unwrap();
            if is_enqueued_meanwhile {
                bench.put(bench.job("a", json!({}))).await;
            }
            let tx = bench.db.begin().await.unwrap();
            let at_ms = bench.now_ms() + 60_000;
            assert!(jobs::retry(&tx, row.id, row.fence, at_ms, "network", bench.now_ms()).await.unwrap());
            tx.commit().await.unwrap();
            let waiting = bench.row("a").await.unwrap();
            assert_eq!((waiting.run_at_ms, waiting.attempts, waiting.is_dirty), (bench.now_ms() + wait_ms, 1, false));
            assert_eq!(waiting.last_error.as_deref(), Some("network"));

            bench.pass(wait_ms);
            let row = bench.claim("x").await.unwrap();
            assert_eq!(row.attempts, 2);
            let tx = bench.db.begin().await.unwrap();
            jobs::finish(&tx, row.id, row.fence, bench.now_ms()).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn expired_lease_is_taken_over_and_the_old_fence_writes_nothing() {
    for bench in Bench::each().await {
        bench.put(bench.job("a", json!({}))).await;
        let old = bench.claim("old").await.unwrap();
        bench.pass(1_000);
        assert!(bench.claim("new").await.is_none(), "the lease lasts to its last millisecond");
        bench.pass(1);
        let new = bench.claim("new").await.unwrap();
        assert_eq!((new.id, new.attempts), (old.id, 2));
        assert!(new.fence > old.fence);

        let now_ms = bench.now_ms();
        let tx = bench.db.begin().await.unwrap();
        assert!(!jobs::renew(&tx, old.id, old.fence, now_ms + 9_000).await.unwrap());
        assert!(!jobs::retry(&tx, old.id, old.fence, now_ms, "network", now_ms).await.unwrap());
        assert!(!jobs::release(&tx, old.id, old.fence, now_ms).await.unwrap());
        assert_eq!(jobs::finish(&tx, old.id, old.fence, now_ms).await.unwrap(), Finished::Lost);
        tx.commit().await.unwrap();
        assert_eq!(bench.row("a").await.unwrap(), new);

        let tx = bench.db.begin().await.unwrap();
        assert!(jobs::renew(&tx, new.id, new.fence, now_ms + 9_000).await.unwrap());
        assert!(jobs::release(&tx, new.id, new.fence, now_ms).await.unwrap());
        assert!(!jobs::renew(&tx, new.id, new.fence, now_ms + 9_000).await.unwrap(), "given back");
        tx.commit().await.unwrap();
        let waiting = bench.row("a").await.unwrap();
        assert_eq!((waiting.state.as_str(), waiting.attempts, waiting.lease_owner), (jobs::WAITING, 1, None));
    }
}

#[tokio::test]
async fn job_of_a_transaction_that_is_rolled_back_does_not_exist() {
    for bench in Bench::each().await {
        let tx = bench.db.begin().await.unwrap();
        bench.queue.enqueue(&tx, bench.job("a", json!({})), bench.now_ms()).await.unwrap();
        drop(tx);
        bench.put(bench.job("b", json!({}))).await;
        assert_eq!(bench.claim("x").await.unwrap().key, "b");
        assert!(bench.claim("x").await.is_none());
    }
}

/// An enqueue that races with the end of the run is either seen by it or makes a new row: never lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn enqueue_at_the_end_of_a_run_is_not_lost() {
    for bench in Bench::each().await {
        for _ in 0..50 {
            bench.put(bench.job("a", json!({ "version": 1 }))).await;
            let row = bench.claim("x").await.unwrap();
            let (db, now_ms) = (bench.db.clone(), bench.now_ms());
            let end = tokio::spawn(async move {
                let tx = db.begin().await.unwrap();
                let finished = jobs::finish(&tx, row.id, row.fence, now_ms).await.unwrap();
                tx.commit().await.unwrap();
                finished
            });
            bench.put(bench.job("a", json!({ "version": 2 }))).await;
            assert_ne!(end.await.unwrap(), Finished::Lost);
            let next = bench.claim("x").await.unwrap();
            assert_eq!(next.payload, r#"{"version":2}"#);
            let tx = bench.db.begin().await.unwrap();
            assert_eq!(jobs::finish(&tx, next.id, next.fence, now_ms).await.unwrap(), Finished::Deleted);
            tx.commit().await.unwrap();
        }
    }
}
