//! Check groups, whose variables are written as a whole.

use keyferry_checkly_sim::BlankGroupSecret;
use keyferry_domain::secret_syncs::UnmanagedSecrets;
use keyferry_test_support::on_each_backend;
use serde_json::json;
use uuid::Uuid;

use super::arrange::{GROUP, three, variable};
use super::{Bench, many};

async fn sync(bench: &Bench, unmanaged: Option<UnmanagedSecrets>, keep: bool) -> Uuid {
    bench
        .sync(|input| {
            input.destination_config.group_id = Some(GROUP.to_string());
            input.sync_options.unmanaged_secrets = unmanaged;
            input.sync_options.disable_secret_deletion = Some(keep);
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_written_in_one_call_and_foreign_variables_stay_as_they_are() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.add_group(vec![variable("THEIRS", "x", false)]);
        bench.put_all(&many(2)).await;
        let id = sync(&bench, Some(UnmanagedSecrets::Keep), false).await;
        bench.succeeded(id).await;
        assert_eq!(
            bench.group_variables(),
            [three("KEY_000", "value-0", true), three("KEY_001", "value-1", true), three("THEIRS", "x", false)]
        );
        assert_eq!(bench.calls().len(), 3, "one read for the plan, one just before the write, and the write");
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.calls().len(), 1);
        bench.put("KEY_001", "new").await;
        bench.remove(&["KEY_000"]).await;
        bench.succeeded(id).await;
        assert_eq!(bench.group_variables(), [three("KEY_001", "new", true), three("THEIRS", "x", false)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_must_stay_keeps_its_value_without_a_source() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.add_group(Vec::new());
        bench.put_all(&many(2)).await;
        let id = sync(&bench, None, true).await;
        bench.succeeded(id).await;
        bench.remove(&["KEY_000"]).await;
        bench.put("KEY_001", "new").await;
        bench.succeeded(id).await;
        assert_eq!(bench.group_variables(), [three("KEY_000", "value-0", true), three("KEY_001", "new", true)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_secret_that_would_be_blanked_stops_the_write_and_is_named() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.add_group(vec![variable("THEIRS", "x", true)]);
        bench.put_all(&many(1)).await;
        let id = sync(&bench, Some(UnmanagedSecrets::Keep), false).await;
        let row = bench.failed(id).await;
        assert_eq!(bench.group_variables(), [three("THEIRS", "x", true)]);
        let message: serde_json::Value = serde_json::from_str(&row.last_sync_message.unwrap()).unwrap();
        assert_eq!(message["secretKey"], "group_update");
        assert!(message["error"].as_str().unwrap().contains("THEIRS"), "{message}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_gone_stops_at_once() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(1)).await;
        let id = sync(&bench, None, false).await;
        let row = bench.failed(id).await;
        assert_eq!((row.next_retry_at_ms, bench.calls().len()), (None, 1));
    })
    .await;
}

/// Whatever a `PUT` does with members that are left out, and whatever becomes of a blank secret: nothing but the variables moves.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_moves_nothing_but_the_variables_under_every_reading() {
    let readings = [(false, BlankGroupSecret::Blank), (true, BlankGroupSecret::Keep), (true, BlankGroupSecret::Refuse)];
    for (resets, blank) in readings {
        on_each_backend(|world| async move {
            let bench = Bench::new(world).await;
            let state = bench.world.sim.state();
            state.configure(|behaviour| {
                behaviour.put_resets_omitted = resets;
                behaviour.blank_group_secret = blank;
            });
            let settings = json!({
                "activated": false, "muted": true, "locations": ["eu-west-1", "us-east-1"], "tags": ["shop"],
                "concurrency": 7, "runtimeId": "2025.04", "doubleCheck": true, "localSetupScript": "// setup",
                "useGlobalAlertSettings": false, "alertChannelSubscriptions": [], "runParallel": true
            });
            let group = keyferry_checkly_sim::Group {
                id: GROUP,
                name: "Checkout".to_owned(),
                settings: settings.as_object().cloned().unwrap(),
                variables: vec![variable("THEIRS", "x", false)],
                ..keyferry_checkly_sim::Group::default()
            };
            assert!(state.add_group(bench.account(), group));
            let before = state.group(bench.account(), GROUP).unwrap();
            bench.put_all(&many(2)).await;
            let id = sync(&bench, Some(UnmanagedSecrets::Keep), false).await;
            bench.succeeded(id).await;
            bench.put("KEY_000", "new").await;
            bench.remove(&["KEY_001"]).await;
            bench.succeeded(id).await;
            assert_eq!(bench.group_variables(), [three("KEY_000", "new", true), three("THEIRS", "x", false)]);
            let after = state.group(bench.account(), GROUP).unwrap();
            assert_eq!((&after.settings, &after.name), (&before.settings, &before.name));
            assert!(!after.alerts_auto_assigned, "the group became a subscriber of every alert channel");
            let writes: Vec<_> = bench.calls().into_iter().filter(|call| call.method != "GET").collect();
            assert!(!writes.is_empty());
            for call in writes {
                assert_eq!(
                    (call.path.as_str(), call.query.as_deref()),
                    ("/v2/check-groups/271828", Some("autoAssignAlerts=false"))
                );
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_more_than_200_is_refused_with_the_numbers() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.add_group(vec![variable("THEIRS", "x", false)]);
        bench.put_all(&many(200)).await;
        let id = sync(&bench, Some(UnmanagedSecrets::Keep), false).await;
        let row = bench.failed(id).await;
        let message = row.last_sync_message.unwrap();
        assert!(message.contains("at most 200") && message.contains("201"), "{message}");
        assert_eq!(row.next_retry_at_ms, None, "only somebody can mend this");
        assert_eq!(bench.group_variables(), [three("THEIRS", "x", false)]);
        bench.remove(&["KEY_199"]).await;
        bench.succeeded(id).await;
        assert_eq!(bench.group_variables().len(), 200);
    })
    .await;
}
