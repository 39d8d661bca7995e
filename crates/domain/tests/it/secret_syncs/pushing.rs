//! What is sent, and what is not.

use keyferry_checkly_sim::Fault;
use keyferry_checkly_sim::FaultEffect;
use keyferry_domain::secret_syncs::EmptyValues;
use keyferry_test_support::on_each_backend;

use super::{Bench, many};

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_run_sends_nothing_and_a_change_sends_one_write() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(3)).await;
        let id = bench.sync(|_| {}).await;
        let row = bench.succeeded(id).await;
        assert!(row.last_synced_at_ms.is_some() && row.last_sync_message.is_none());
        assert_eq!(row.last_sync_job_id, row.last_run_id.map(|id| id.to_string()));
        assert_eq!(bench.writes().len(), 3);
        let there = bench.world.sim.state().variable(bench.account(), "KEY_001").unwrap();
        assert!(there.secret && there.locked && there.value == "value-1");

        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.calls().len(), 1, "one page and nothing else");

        bench.put("KEY_001", "other").await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["PUT KEY_001"]);
        assert_eq!(bench.value("KEY_001").as_deref(), Some("other"));
        let (run, items) = bench.last_run(id).await;
        assert_eq!((run.status.as_str(), run.trigger.as_str(), run.calls), ("succeeded", "change", 2));
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].outcome.as_str(), items[0].http_status, items[0].secret_version), ("done", Some(200), Some(2)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_pages_are_read_to_the_end() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(250).await;
        assert_eq!(bench.keys().len(), 250);
        assert_eq!(bench.calls().len(), 251, "an empty page and 250 creates");
        bench.remove(&["KEY_249"]).await;
        bench.succeeded(id).await;
        let calls = bench.calls();
        assert_eq!(calls.len(), 4, "three pages and a deletion");
        assert_eq!(bench.keys().len(), 249);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_does_not_stop_the_others() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::RefuseValue).on_key("KEY_001"));
        bench.put_all(&many(4)).await;
        let id = bench.sync(|_| {}).await;
        let row = bench.failed(id).await;
        assert_eq!(bench.keys(), ["KEY_000", "KEY_002", "KEY_003"]);
        let message = row.last_sync_message.unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&message).unwrap();
        assert_eq!(parsed["secretKey"], "KEY_001");
        assert!(!message.contains("value-1"), "{message}");
        assert_eq!(row.next_retry_at_ms, None, "the value has to change first");
        assert_eq!(bench.outcome(id, "KEY_001").await, "failed");
        assert_eq!(bench.outcome(id, "KEY_002").await, "done");

        bench.world.sim.state().set_faults(Vec::new());
        bench.calls();
        bench.put("KEY_001", "accepted").await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["POST KEY_001"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_schema_keeps_the_rest_out_of_reach() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.set_there("OTHER", "theirs", false);
        bench.set_there("SHOP_OLD", "theirs", false);
        bench.put("TOKEN", "v").await;
        let id = bench.sync(|input| input.sync_options.key_schema = Some("SHOP_{{secretKey}}".to_owned())).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["OTHER", "SHOP_TOKEN"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_values_go_stay_or_fail_as_told() {
    for (rule, remains, status) in
        [(None, false, "succeeded"), (Some(EmptyValues::Skip), true, "succeeded"), (Some(EmptyValues::Fail), true, "failed")]
    {
        on_each_backend(|world| async move {
            let bench = Bench::new(world).await;
            bench.put_all(&many(2)).await;
            let id = bench.sync(|input| input.sync_options.empty_values = rule).await;
            bench.put("KEY_000", "").await;
            let row = bench.settled(id).await;
            assert_eq!(row.sync_status.as_deref(), Some(status));
            assert_eq!(bench.value("KEY_000").is_some(), remains, "{rule:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_is_kept_in_runs_plans_or_the_audit_log() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let canary = keyferry_test_support::canary("value");
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::RefuseValue).on_key("BAD"));
        bench.put("BAD", &canary).await;
        bench.put("GOOD", &canary).await;
        let id = bench.sync(|_| {}).await;
        let row = bench.failed(id).await;
        let (run, items) = bench.last_run(id).await;
        let plan =
            keyferry_domain::secret_syncs::plans::create_for_sync(&bench.world.app, bench.admin(), "checkly", id).await.unwrap();
        for text in [format!("{row:?}"), format!("{run:?}"), format!("{items:?}"), format!("{plan:?}")] {
            assert!(!text.contains(&canary), "{text}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_removed_or_unlocked_by_hand_is_mended_by_the_next_run() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(3).await;
        bench.calls();
        bench.world.sim.state().delete_variable(bench.account(), "KEY_000");
        bench.set_there("KEY_001", "drifted", false);
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["POST KEY_000", "PUT KEY_001"]);
        let there = bench.world.sim.state().variable(bench.account(), "KEY_001").unwrap();
        assert!(there.secret && there.locked && there.value == "value-1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_key_goes_only_after_its_new_name_is_there() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("OLD", "same").await;
        let id = bench.sync(|_| {}).await;
        bench.succeeded(id).await;
        bench.calls();
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::RefuseValue).on_key("NEW").times(1));
        let change =
            keyferry_domain::secrets::Change { key: "OLD".to_owned(), new_key: Some("NEW".to_owned()), ..Default::default() };
        keyferry_domain::secrets::update(&bench.world.app, bench.admin(), &bench.at, change).await.unwrap();
        bench.failed(id).await;
        assert_eq!(bench.keys(), ["OLD"], "nothing is lost while the new name is refused");
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["NEW"]);
        let calls = bench.calls();
        let order: Vec<&str> =
            calls.iter().filter(|call| call.method != "GET" && call.status < 300).map(|call| call.method.as_str()).collect();
        assert_eq!(order, ["POST", "DELETE"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_in_the_database_and_the_record_do_not_block_each_other() {
    on_each_backend(|mut world| async move {
        let app = std::sync::Arc::get_mut(&mut world.app).unwrap();
        let budget = keyferry_domain::rate_budget::SharedBudget::new(
            app.db.clone(),
            std::sync::Arc::clone(&app.clock),
            std::sync::Arc::clone(&app.ids),
        );
        app.budget = std::sync::Arc::new(budget);
        let bench = Bench::new(world).await;
        bench.pushed(300).await;
        assert_eq!(bench.keys().len(), 300);
    })
    .await;
}
