//! Crashes, refusals and outages.

use std::time::Duration;

use keyferry_checkly_sim::{Fault, FaultEffect, RetryAfter, Role};
use keyferry_domain::{diagnostics, secret_syncs as syncs};
use keyferry_test_support::{WorldBuilder, backends, eventually, on_each_backend};

use super::arrange::status;
use super::{Bench, many};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_goes_on_and_repeats_no_more_than_was_in_flight() {
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).latency(Duration::from_millis(10)).build().await.unwrap();
        let mut bench = Bench::new(world).await;
        bench.put_all(&many(120)).await;
        let input = bench.input("killed");
        let id = syncs::create(&bench.world.app, bench.admin(), input).await.unwrap().sync.id;
        eventually("half of it is there", || async { (bench.keys().len() >= 50).then_some(()) }).await;
        bench.kill().await;
        let there = bench.keys().len();
        assert!(there < 120, "killed too late to prove anything");
        assert_eq!(bench.row(id).await.unwrap().sync_status.as_deref(), Some("running"));

        // The leases of the dead run out.
        bench.world.clock.advance_ms(60_000);
        bench.start();
        let row = bench.succeeded(id).await;
        assert_eq!(bench.keys().len(), 120);
        for (key, value) in many(120) {
            assert_eq!(bench.value(&key).as_deref(), Some(value.as_str()));
        }
        let writes = bench.writes().len();
        assert!(writes <= 120 + 40, "{writes} writes for 120 keys");
        let runs = bench.runs(id).await;
        assert_eq!(runs.len(), 1, "one run, taken over");
        assert_eq!(row.last_run_id, Some(runs[0].id));
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_sent_belongs_to_the_sync_even_when_its_secret_is_gone() {
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).latency(Duration::from_millis(30)).build().await.unwrap();
        let mut bench = Bench::new(world).await;
        bench.put_all(&many(40)).await;
        let input = bench.input("killed");
        let id = syncs::create(&bench.world.app, bench.admin(), input).await.unwrap().sync.id;
        eventually("the first are there", || async { (bench.keys().len() >= 5).then_some(()) }).await;
        bench.kill().await;
        let names: Vec<String> = many(40).into_iter().map(|(key, _)| key).collect();
        let names: Vec<&str> = names.iter().skip(1).map(String::as_str).collect();
        bench.remove(&names[..10]).await;
        bench.world.clock.advance_ms(60_000);
        bench.start();
        let row = bench.settled(id).await;
        assert_eq!(row.sync_status.as_deref(), Some("succeeded"), "{:?}", row.last_sync_message);
        assert_eq!((bench.keys().len(), row.pending_count), (30, 0), "no orphan, and nothing that asks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_stops_working_leaves_the_rest_unreached() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::RevokeKey).on_method("POST").nth(20));
        bench.put_all(&many(60)).await;
        let id = bench.sync(|_| {}).await;
        let row = bench.failed(id).await;
        assert_eq!(row.next_retry_at_ms, None, "only somebody can mend this");
        let (_, items) = bench.last_run(id).await;
        let of = |outcome: &str| items.iter().filter(|item| item.outcome == outcome).count();
        assert!(
            of("done") >= 10 && of("failed") >= 1 && of("not_reached") >= 30,
            "{} {} {}",
            of("done"),
            of("failed"),
            of("not_reached")
        );
        assert_eq!(items.len(), 60);
        let message: serde_json::Value = serde_json::from_str(&row.last_sync_message.unwrap()).unwrap();
        assert!(message["error"].as_str().unwrap().contains("401"), "{message}");
        let told = diagnostics::inspect(&bench.world.app.db, 0).await.unwrap().failures;
        assert!(told[0].message.contains("(401)") && !told[0].message.starts_with('{'), "for people: {}", told[0].message);

        bench.calls();
        bench.trigger(id).await;
        bench.failed(id).await;
        assert_eq!(bench.calls().len(), 1, "one call finds out");

        bench.world.sim.state().set_faults(Vec::new());
        bench.world.sim.state().add_key(&bench.world.api_key, Role::ReadWrite, &[&bench.world.account_id]);
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys().len(), 60);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_to_wait_is_obeyed_and_nothing_is_lost() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let limited = FaultEffect::RateLimited { retry_after: RetryAfter::Seconds(1) };
        bench.world.sim.state().push_fault(Fault::new(limited).on_method("POST").nth(5).times(1));
        bench.pushed(15).await;
        assert_eq!(bench.keys().len(), 15);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_tried_five_times_and_then_in_the_background() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(2).await;
        bench.world.sim.state().push_fault(Fault::new(status(500)).on_method("PUT"));
        bench.put("KEY_000", "later").await;
        for attempt in 1..5 {
            let row = bench.settled(id).await;
            assert_eq!(row.sync_status.as_deref(), Some("running"), "after attempt {attempt}");
            assert_eq!(bench.last_run(id).await.0.attempt, attempt);
            bench.advance(60_000);
        }
        let row = bench.failed(id).await;
        let due = row.next_retry_at_ms.unwrap();
        assert!(due > bench.world.app.now_ms());
        let first = bench.last_run(id).await.0;
        assert_eq!((first.status.as_str(), first.attempt), ("failed", 5));

        bench.advance(due - bench.world.app.now_ms() + 1);
        let row = eventually("a try in the background", || async {
            let row = bench.settled(id).await;
            (row.last_run_id != Some(first.id)).then_some(row)
        })
        .await;
        assert_eq!(row.sync_status.as_deref(), Some("failed"));
        assert!(row.next_retry_at_ms.is_some_and(|at| at > due));

        bench.world.sim.state().set_faults(Vec::new());
        bench.trigger(id).await;
        let row = bench.succeeded(id).await;
        assert_eq!((row.next_retry_at_ms, row.failing_since_ms), (None, None));
        assert_eq!(bench.value("KEY_000").as_deref(), Some("later"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_repeated_safely() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::ResetAfterApply).on_method("POST").nth(2).times(3));
        bench.put_all(&many(8)).await;
        let id = bench.sync(|_| {}).await;
        let row = eventually("it converges", || async {
            let row = bench.settled(id).await;
            if row.sync_status.as_deref() == Some("succeeded") {
                return Some(row);
            }
            bench.advance(60_000);
            None
        })
        .await;
        assert_eq!((bench.keys().len(), row.pending_count), (8, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_list_deletes_nothing() {
    for effect in [
        FaultEffect::Truncate,
        FaultEffect::Nonsense { body: None },
        FaultEffect::WrongContentType { content_type: None },
        status(403),
        status(404),
    ] {
        let effect = &effect;
        on_each_backend(|world| async move {
            let bench = Bench::new(world).await;
            let id = bench.pushed(3).await;
            bench.calls();
            bench.world.sim.state().push_fault(Fault::new(effect.clone()).on_method("GET"));
            bench.remove(&["KEY_000"]).await;
            let row = bench.settled(id).await;
            assert_ne!(row.sync_status.as_deref(), Some("succeeded"), "{effect:?}");
            assert_eq!(bench.writes(), Vec::<String>::new(), "{effect:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_start_finds_left_over_is_taken_up() {
    on_each_backend(|world| async move {
        let mut bench = Bench::new(world).await;
        bench.put_all(&many(2)).await;
        let id = bench.sync(|_| {}).await;
        let mut row = bench.succeeded(id).await;
        bench.kill().await;
        row.sync_status = Some("running".to_owned());
        let tx = bench.world.app.db.begin().await.unwrap();
        keyferry_db::update(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
        syncs::recover(&bench.world.app).await.unwrap();
        bench.start();
        eventually("the state is true again", || async {
            bench.row(id).await.filter(|row| row.sync_status.as_deref() == Some("succeeded"))
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_taken_back_after_a_lost_answer_is_sent_again() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("KEY", "first").await;
        let id = bench.sync(|_| {}).await;
        bench.succeeded(id).await;
        // The write takes effect, and nobody hears of it.
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::ResetAfterApply).on_method("PUT"));
        bench.put("KEY", "second").await;
        bench.settled(id).await;
        assert_eq!(bench.value("KEY").as_deref(), Some("second"));
        bench.world.sim.state().set_faults(Vec::new());
        bench.put("KEY", "first").await;
        bench.succeeded(id).await;
        assert_eq!(bench.value("KEY").as_deref(), Some("first"), "the record of the first value no longer counts");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_value_that_is_taken_back_needs_no_write() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("KEY", "first").await;
        let id = bench.sync(|_| {}).await;
        bench.succeeded(id).await;
        bench.calls();
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::RefuseValue).on_method("PUT").times(1));
        bench.put("KEY", "second").await;
        bench.failed(id).await;
        assert_eq!(bench.writes(), ["PUT KEY"]);
        bench.put("KEY", "first").await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_deleted_during_its_run_leaves_no_trace_in_the_queue() {
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).latency(Duration::from_millis(10)).build().await.unwrap();
        let bench = Bench::new(world).await;
        bench.put_all(&many(80)).await;
        let input = bench.input("deleted");
        let id = syncs::create(&bench.world.app, bench.admin(), input).await.unwrap().sync.id;
        eventually("the run is at work", || async { (!bench.keys().is_empty()).then_some(()) }).await;
        syncs::delete(&bench.world.app, bench.admin(), "checkly", id, false).await.unwrap();
        eventually("the job is gone", || async {
            let conn = bench.world.app.db.read();
            keyferry_db::jobs::find(conn, "sync-secrets", &id.to_string()).await.unwrap().is_none().then_some(())
        })
        .await;
        // The destination is free for the next one.
        let next = bench.sync(|_| {}).await;
        bench.succeeded(next).await;
        assert_eq!(bench.keys().len(), 80);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_gives_everything_back_at_once() {
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).latency(Duration::from_millis(10)).build().await.unwrap();
        let mut bench = Bench::new(world).await;
        bench.put_all(&many(120)).await;
        let input = bench.input("stopped");
        let id = syncs::create(&bench.world.app, bench.admin(), input).await.unwrap().sync.id;
        eventually("some of it is there", || async { (bench.keys().len() >= 20).then_some(()) }).await;
        bench.stop().await;
        let there = bench.keys().len();
        assert!(there < 120, "stopped too late to prove anything");
        // No lease is left to run out: the clock stands still.
        bench.start();
        bench.succeeded(id).await;
        assert_eq!(bench.keys().len(), 120);
        assert_eq!(bench.writes().len(), 120, "everything was recorded before the stop");
        assert_eq!(bench.last_run(id).await.0.attempt, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_wait_for_ever_end_as_a_failure_without_a_storm() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let limited = FaultEffect::RateLimited { retry_after: RetryAfter::Seconds(1) };
        bench.world.sim.state().push_fault(Fault::new(limited).on_method("POST"));
        bench.put_all(&many(30)).await;
        let id = bench.sync(|_| {}).await;
        let row = eventually("it gives up", || async {
            let row = bench.settled(id).await;
            if row.sync_status.as_deref() != Some("running") {
                return Some(row);
            }
            bench.advance(60_000);
            None
        })
        .await;
        assert_eq!(row.sync_status.as_deref(), Some("failed"));
        assert!(row.next_retry_at_ms.is_some() && row.last_sync_message.is_some());
        assert!(bench.keys().is_empty());
        let refused: Vec<u64> = bench.calls().iter().filter(|call| call.status == 429).map(|call| call.at_ms).collect();
        // What was in flight with the first refusal counts once; after that one call at a time asks whether the wait is over.
        let probes = refused.iter().filter(|at| **at > refused[0] + 900).count();
        assert!(probes <= 2 * 5, "{probes} probes in five attempts: {refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_only_read_fails_at_once() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(1).await;
        bench.calls();
        bench.world.sim.state().set_role(&bench.world.api_key, Role::ReadOnly);
        bench.put("KEY_000", "new").await;
        let row = bench.failed(id).await;
        assert_eq!((row.next_retry_at_ms, bench.calls().len()), (None, 2));
        bench.world.sim.state().set_role(&bench.world.api_key, Role::ReadWrite);
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.value("KEY_000").as_deref(), Some("new"));
    })
    .await;
}
