//! Check groups, whose variables are written as a whole.

use keyferry_checkly_sim::{Group, Variable};
use keyferry_domain::secret_syncs::UnmanagedSecrets;
use keyferry_test_support::on_each_backend;
use uuid::Uuid;

use super::{Bench, many};

const GROUP: u64 = 271_828;

async fn sync(bench: &Bench, unmanaged: Option<UnmanagedSecrets>, keep: bool) -> Uuid {
    bench
        .sync(|input| {
            input.destination_config.group_id = Some(GROUP.to_string());
            input.sync_options.unmanaged_secrets = unmanaged;
            input.sync_options.disable_secret_deletion = Some(keep);
        })
        .await
}

fn variables(bench: &Bench) -> Vec<(String, String, bool)> {
    let group = bench.world.sim.state().group(bench.account(), GROUP).unwrap();
    let mut all: Vec<_> = group.variables.into_iter().map(|v| (v.key, v.value, v.secret)).collect();
    all.sort();
    all
}

fn add_group(bench: &Bench, variables: Vec<Variable>) {
    let group = Group { id: GROUP, name: "Checkout".to_owned(), variables, ..Group::default() };
    assert!(bench.world.sim.state().add_group(bench.account(), group));
}

fn three(key: &str, value: &str, secret: bool) -> (String, String, bool) {
    (key.to_owned(), value.to_owned(), secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_written_in_one_call_and_foreign_variables_stay_as_they_are() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        add_group(&bench, vec![Variable { key: "THEIRS".to_owned(), value: "x".to_owned(), ..Variable::default() }]);
        bench.put_all(&many(2)).await;
        let id = sync(&bench, Some(UnmanagedSecrets::Keep), false).await;
        bench.succeeded(id).await;
        assert_eq!(
            variables(&bench),
            [three("KEY_000", "value-0", true), three("KEY_001", "value-1", true), three("THEIRS", "x", false)]
        );
        assert_eq!(bench.calls().len(), 2, "one read and one write");
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.calls().len(), 1);
        bench.put("KEY_001", "new").await;
        bench.remove(&["KEY_000"]).await;
        bench.succeeded(id).await;
        assert_eq!(variables(&bench), [three("KEY_001", "new", true), three("THEIRS", "x", false)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_must_stay_keeps_its_value_without_a_source() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        add_group(&bench, Vec::new());
        bench.put_all(&many(2)).await;
        let id = sync(&bench, None, true).await;
        bench.succeeded(id).await;
        bench.remove(&["KEY_000"]).await;
        bench.put("KEY_001", "new").await;
        bench.succeeded(id).await;
        assert_eq!(variables(&bench), [three("KEY_000", "value-0", true), three("KEY_001", "new", true)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_secret_that_would_be_blanked_stops_the_write_and_is_named() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let theirs = Variable { key: "THEIRS".to_owned(), value: "x".to_owned(), secret: true, locked: false };
        add_group(&bench, vec![theirs]);
        bench.put_all(&many(1)).await;
        let id = sync(&bench, Some(UnmanagedSecrets::Keep), false).await;
        let row = bench.failed(id).await;
        assert_eq!(variables(&bench), [three("THEIRS", "x", true)]);
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
