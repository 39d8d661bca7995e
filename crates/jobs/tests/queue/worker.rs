use std::collections::HashSet;
use std::time::Duration;

use keyferry_db::{Db, DbConfig, jobs};
use keyferry_jobs::{Outcome, Queue, WorkerConfig};
use serde_json::json;

use crate::{Bench, DEADLINE, KIND, NEVER, OFTEN, Script, Step};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_side_by_side_run_each_job_once() {
    const JOBS: usize = 100;
    for bench in Bench::each().await {
        let script = Script::new([]);
        let workers = [bench.worker(&script, OFTEN), bench.worker(&script, OFTEN)];
        for n in 0..JOBS {
            bench.put_and_wake(&n.to_string()).await;
        }
        let runs = script.until_runs(JOBS).await;
        for n in 0..JOBS {
            bench.until_row(&n.to_string(), |row| row.is_none()).await;
        }
        assert_eq!(runs.iter().map(|run| run.key.clone()).collect::<HashSet<_>>().len(), JOBS);
        assert_eq!(script.runs().len(), JOBS);
        for worker in workers {
            assert!(worker.is_healthy());
            worker.stop(DEADLINE).await;
            assert!(!worker.is_healthy());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_changes_are_one_run_and_changes_during_it_one_more() {
    for bench in Bench::each().await {
        for version in 1..=100 {
            bench.put(bench.job("a", json!({ "version": version }))).await;
        }
        let script = Script::new([Step::Wait]);
        let worker = bench.worker(&script, NEVER);
        let runs = script.until_runs(1).await;
        assert_eq!(runs[0].payload, json!({ "version": 100 }));
        assert_eq!((runs[0].attempt, runs[0].max_attempts), (1, 3));

        for version in 101..=200 {
            bench.put(bench.job("a", json!({ "version": version }))).await;
            bench.queue.wake();
        }
        assert_eq!(script.runs().len(), 1, "never two runs of a key at a time");
        script.gate.add_permits(1);
        bench.until_row("a", |row| row.is_none()).await;
        let runs = script.runs();
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[1].payload, json!({ "version": 200 }));
        assert!(runs[1].fence > runs[0].fence);
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn polling_alone_finds_jobs() {
    for bench in Bench::each().await {
        let script = Script::new([]);
        let worker = bench.worker(&script, OFTEN);
        let mut job = bench.job("a", json!({}));
        job.run_at_ms += 1_000;
        bench.put(job).await;
        bench.pass(1_000);
        script.until_runs(1).await;
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn full_worker_goes_on_when_a_run_ends() {
    for bench in Bench::each().await {
        let script = Script::new([Step::Wait, Step::Wait, Step::Wait]);
        let worker = bench.worker_with(&script, WorkerConfig { concurrency: 1, ..bench.config(NEVER) });
        for key in ["a", "b", "c"] {
            bench.put_and_wake(key).await;
        }
        for count in 1..=3 {
            assert_eq!(script.until_runs(count).await.len(), count);
            script.gate.add_permits(1);
        }
        bench.until_row("c", |row| row.is_none()).await;
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unknown_kind_stays_where_it_is() {
    for bench in Bench::each().await {
        let mut foreign = bench.job("foreign", json!({}));
        foreign.kind = "unknown";
        bench.put(foreign).await;
        let script = Script::new([]);
        let worker = bench.worker(&script, OFTEN);
        bench.put_and_wake("a").await;
        bench.until_row("a", |row| row.is_none()).await;
        worker.stop(DEADLINE).await;
        let foreign = jobs::find(bench.db.read(), "unknown", "foreign").await.unwrap().unwrap();
        assert_eq!((foreign.state.as_str(), foreign.attempts), (jobs::WAITING, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn panic_is_tried_again_and_retries_end() {
    for bench in Bench::each().await {
        let again = |at_ms| Step::Answer(Outcome::Retry { at_ms, error_class: "network".to_owned() });
        let script = Script::new([Step::Panic, again(bench.now_ms() + 50_000), again(0)]);
        let worker = bench.worker(&script, OFTEN);
        bench.put_and_wake("a").await;
        bench.until_row("a", |row| row.is_some_and(|row| row.last_error.as_deref() == Some("panic"))).await;
        let row = bench.row("a").await.unwrap();
        assert_eq!((row.state.as_str(), row.attempts), (jobs::WAITING, 1));
        assert!(row.run_at_ms > bench.now_ms());

        bench.pass(40_000);
        bench.until_row("a", |row| row.is_some_and(|row| row.last_error.as_deref() == Some("network"))).await;
        bench.pass(40_000);
        bench.until_row("a", |row| row.is_none()).await;
        let attempts: Vec<_> = script.runs().iter().map(|run| run.attempt).collect();
        assert_eq!(attempts, [1, 2, 3], "max_attempts is 3");
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn failed_job_goes_unless_it_was_enqueued_meanwhile() {
    for bench in Bench::each().await {
        let fail = || Step::Answer(Outcome::Fail { error_class: "unauthorized".to_owned() });
        let script = Script::new([fail(), Step::WaitAndFail]);
        let worker = bench.worker(&script, OFTEN);
        bench.put_and_wake("a").await;
        bench.until_row("a", |row| row.is_none()).await;
        assert_eq!(script.runs().len(), 1);

        bench.put_and_wake("a").await;
        script.until_runs(2).await;
        bench.put_and_wake("a").await;
        script.gate.add_permits(1);
        bench.until_row("a", |row| row.is_none()).await;
        assert_eq!(script.runs().len(), 3);
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lease_is_renewed_while_the_handler_runs() {
    for bench in Bench::each().await {
        let script = Script::new([Step::Wait]);
        let worker = bench.worker_with(&script, WorkerConfig { lease_ms: 300, ..bench.config(OFTEN) });
        bench.put_and_wake("a").await;
        let run = script.until_runs(1).await.remove(0);
        let first = run.lease.deadline_ms();
        bench.pass(250);
        bench.until_row("a", |row| row.is_some_and(|row| row.lease_until_ms > Some(first))).await;
        let watch = async {
            while run.lease.deadline_ms() == first {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DEADLINE, watch).await.unwrap();
        assert!(run.lease.is_live(first));
        assert!(!run.lease.is_live(run.lease.deadline_ms()));
        script.gate.add_permits(1);
        bench.until_row("a", |row| row.is_none()).await;
        assert_eq!(script.runs().len(), 1);
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn run_learns_that_its_job_was_taken_over() {
    for bench in Bench::each().await {
        let script = Script::new([Step::UntilStopped]);
        let worker = bench.worker_with(&script, WorkerConfig { lease_ms: 300, ..bench.config(OFTEN) });
        bench.put_and_wake("a").await;
        let run = script.until_runs(1).await.remove(0);
        let thief = bench.claim_at("thief", bench.now_ms() + 1_000_000).await.unwrap();
        tokio::time::timeout(DEADLINE, run.lease.stopped()).await.unwrap();
        assert!(run.lease.is_lost());
        assert!(!run.lease.is_live(bench.now_ms()));
        worker.stop(DEADLINE).await;
        assert_eq!(bench.row("a").await.unwrap(), thief, "the old run wrote nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stop_gives_jobs_back_without_counting_the_attempt() {
    for bench in Bench::each().await {
        let script = Script::new([Step::UntilStopped, Step::Hang]);
        let worker = bench.worker(&script, OFTEN);
        bench.put_and_wake("polite").await;
        script.until_runs(1).await;
        bench.put_and_wake("deaf").await;
        script.until_runs(2).await;
        worker.stop(Duration::from_millis(100)).await;
        for key in ["polite", "deaf"] {
            let row = bench.row(key).await.unwrap();
            assert_eq!((row.state.as_str(), row.attempts, row.lease_until_ms), (jobs::WAITING, 0, None), "{key}");
        }
        bench.put_and_wake("late").await;
        assert_eq!(bench.row("late").await.unwrap().state, jobs::WAITING);
        assert_eq!(script.runs().len(), 2, "a stopped worker claims nothing");

        let next = bench.worker(&script, OFTEN);
        for key in ["polite", "deaf", "late"] {
            bench.until_row(key, |row| row.is_none()).await;
        }
        next.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unreadable_payload_fails_the_job_alone() {
    for bench in Bench::each().await {
        let tx = bench.db.begin().await.unwrap();
        let broken = jobs::NewJob {
            id: crate::job_id(),
            kind: KIND.to_owned(),
            key: "broken".to_owned(),
            payload: "{".to_owned(),
            priority: 0,
            run_at_ms: bench.now_ms(),
            max_attempts: 0,
        };
        jobs::enqueue(&tx, broken, bench.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
        let script = Script::new([]);
        let worker = bench.worker(&script, OFTEN);
        bench.until_row("broken", |row| row.is_none()).await;
        assert!(script.runs().is_empty());
        worker.stop(DEADLINE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commit_in_one_replica_wakes_the_worker_of_another() {
    let Some(bench) = Bench::postgres().await else { return };
    let script = Script::new([]);
    let worker = bench.worker(&script, NEVER);
    // The first job may be found by the look-up at the start; the ones after it only by the signal.
    let other = Db::connect(&DbConfig { url: bench.url.clone(), max_connections: 2 }).await.unwrap();
    let unheard = Queue::new();
    for n in 1..=3 {
        let tx = other.begin().await.unwrap();
        unheard.enqueue(&tx, bench.job(&format!("job {n}"), json!({})), bench.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
        script.until_runs(n).await;
    }
    // Lost listeners come back, and look up what was signalled meanwhile.
    let tx = other.begin().await.unwrap();
    let ended = keyferry_db::Conn::execute_unprepared(
        &tx,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .await
    .unwrap();
    assert_eq!(ended.rows_affected(), 1);
    unheard.enqueue(&tx, bench.job("job 4", json!({})), bench.now_ms()).await.unwrap();
    tx.commit().await.unwrap();
    script.until_runs(4).await;
    worker.stop(DEADLINE).await;
}
