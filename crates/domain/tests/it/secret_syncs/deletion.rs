//! What may be deleted, and what stops a deletion.

use keyferry_db::entities::secrets as secret_rows;
use keyferry_domain::secret_syncs::{self as syncs, UnmanagedSecrets};
use keyferry_test_support::{eventually, on_each_backend};

use super::{Bench, many};

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_does_not_decrypt_blocks_its_key_and_every_deletion() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(4).await;
        bench.calls();

        bench.kill_row("KEY_002").await;
        bench.remove(&["KEY_003"]).await;
        let row = bench.failed(id).await;
        assert_eq!(bench.writes(), Vec::<String>::new(), "nothing is deleted while the source cannot be trusted");
        assert_eq!(bench.keys().len(), 4);
        assert!(row.last_sync_message.unwrap().contains("KEY_002"));
        assert_eq!(bench.outcome(id, "KEY_002").await, "failed");
        assert_eq!(bench.outcome(id, "KEY_003").await, "skipped");

        bench.put("KEY_002", "mended").await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["DELETE KEY_003", "PUT KEY_002"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unmanaged_variables_go_wait_or_stay_as_told() {
    let cases = [
        (None, vec!["KEY_000", "SECRET"], 1),
        (Some(UnmanagedSecrets::Keep), vec!["KEY_000", "PLAIN", "SECRET"], 0),
        (Some(UnmanagedSecrets::Delete), vec!["KEY_000"], 0),
    ];
    for (rule, remain, waiting) in cases {
        let remain = &remain;
        on_each_backend(|world| async move {
            let bench = Bench::new(world).await;
            bench.set_there("PLAIN", "theirs", false);
            bench.set_there("SECRET", "theirs", true);
            bench.put_all(&many(1)).await;
            let id = bench.sync(|input| input.sync_options.unmanaged_secrets = rule).await;
            let row = bench.succeeded(id).await;
            assert_eq!(&bench.keys(), remain, "{rule:?}");
            assert_eq!(row.pending_count, waiting);
            assert_eq!(row.pending_plan_id.is_some(), waiting > 0);
            if !remain.contains(&"PLAIN") {
                let (_, items) = bench.last_run(id).await;
                let item = items.iter().find(|item| item.destination_key == "PLAIN").unwrap();
                assert_eq!((item.outcome.as_str(), item.reason.as_str()), ("done", "unmanaged"));
                assert!(item.previous_value.is_some(), "a value that could be read is kept");
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_deletions_wait_for_a_yes() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(30).await;
        bench.calls();
        let names: Vec<String> = (0..11).map(|n| format!("KEY_{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        bench.remove(&names).await;
        bench.put("KEY_020", "changed").await;
        let row = bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["PUT KEY_020"], "updates go on, eleven deletions wait");
        assert_eq!(row.pending_count, 11);
        assert_eq!(bench.outcome(id, "KEY_003").await, "awaiting_approval");

        let plan_id = row.pending_plan_id.unwrap();
        bench.trigger(id).await;
        let row = bench.succeeded(id).await;
        assert_eq!(row.pending_plan_id, Some(plan_id), "the same plan as long as it says the same");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removal_takes_what_the_sync_wrote_and_nothing_else() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(5)).await;
        let id = bench.sync(|input| input.sync_options.unmanaged_secrets = Some(UnmanagedSecrets::Keep)).await;
        bench.succeeded(id).await;
        bench.set_there("THEIRS", "x", true);
        bench.remove(&["KEY_004"]).await;
        bench.succeeded(id).await;
        bench.calls();

        syncs::delete(&bench.world.app, bench.admin(), "checkly", id, true).await.unwrap();
        eventually("the sync is gone", || async { bench.row(id).await.is_none().then_some(()) }).await;
        assert_eq!(bench.keys(), ["THEIRS"]);
        let calls = bench.calls();
        assert_eq!(calls.iter().filter(|call| call.method == "DELETE").count(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removal_without_deletion_keeps_the_sync() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(2)).await;
        let id = bench.sync(|_| {}).await;
        syncs::remove_secrets(&bench.world.app, bench.admin(), "checkly", id).await.unwrap();
        let row = eventually("the removal ends", || async {
            bench.row(id).await.filter(|row| row.remove_status.as_deref() == Some("succeeded"))
        })
        .await;
        assert!(row.last_removed_at_ms.is_some() && bench.keys().is_empty());
        bench.settled(id).await;
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_of_another_sync_is_not_unmanaged() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("MINE", "v").await;
        let first = bench.sync(|_| {}).await;
        bench.succeeded(first).await;
        bench.put_at(&bench.root("dev"), "THEIRS", "v").await;
        let second = bench
            .sync(|input| {
                input.environment = "dev".to_owned();
                input.sync_options.unmanaged_secrets = Some(UnmanagedSecrets::Delete);
            })
            .await;
        bench.succeeded(second).await;
        assert_eq!(bench.keys(), ["MINE", "THEIRS"]);
        bench.trigger(first).await;
        bench.succeeded(first).await;
        assert_eq!(bench.keys(), ["MINE", "THEIRS"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_deletes_and_forgets_nothing() {
    use keyferry_checkly_sim::{Fault, FaultEffect};
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(3).await;
        bench.calls();
        bench.world.sim.state().push_fault(Fault::new(FaultEffect::EmptyList).on_method("GET").times(1));
        bench.remove(&["KEY_000"]).await;
        bench.succeeded(id).await;
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["KEY_001", "KEY_002"], "what was written is still known when the list is whole again");
    })
    .await;
}

impl Bench {
    /// Swaps the stored value for one that does not open.
    async fn kill_row(&self, key: &str) {
        let app = &self.world.app;
        let conn = app.db.read();
        let folder =
            keyferry_domain::folders::resolve(conn, self.project_id, &self.at.environment, &self.at.path).await.unwrap().unwrap();
        let rows = keyferry_db::secrets::list_in_folders(conn, &[folder.folder.id], &[uuid::Uuid::nil()]).await.unwrap();
        let mut row: secret_rows::Model = rows.into_iter().find(|row| row.key == key).unwrap();
        let last = row.value.len() - 1;
        row.value[last] ^= 1;
        let tx = app.db.begin().await.unwrap();
        keyferry_db::update(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
    }
}
