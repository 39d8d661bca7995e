//! Rows that a bad disk or a bad person changed: clean failures, and nothing at the destination is deleted for it.

use keyferry_db::entities::{secrets as secret_rows, sync_ledger};
use keyferry_db::testing::flip_bit;
use keyferry_domain::keys::Scope;
use keyferry_domain::{Error, secret_syncs as syncs};
use keyferry_test_support::on_each_backend;
use uuid::Uuid;

use super::{Bench, many};

/// A sync that holds four keys, and a deletion that its next run should carry out.
async fn with_deletion(bench: &Bench) -> Uuid {
    bench.put_all(&many(4)).await;
    let id = bench.sync(|input| input.is_auto_sync_enabled = false).await;
    bench.trigger(id).await;
    bench.succeeded(id).await;
    bench.remove(&["KEY_003"]).await;
    bench.calls();
    id
}

/// The request for a run is refused, or the run fails; nothing is written.
async fn fails_and_keeps(bench: &Bench, id: Uuid, what: &str) {
    match syncs::sync_secrets(&bench.world.app, bench.admin(), "checkly", id).await {
        Ok(_) => {
            bench.failed(id).await;
        }
        Err(error) => assert!(matches!(error, Error::Internal { .. }), "{what}: {error}"),
    }
    assert_eq!(bench.writes(), Vec::<String>::new(), "{what}");
    assert_eq!(bench.keys().len(), 4, "{what}");
}

async fn works_again(bench: &Bench, id: Uuid) {
    bench.trigger(id).await;
    bench.succeeded(id).await;
    assert_eq!(bench.writes(), ["DELETE KEY_003"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn d02_a_ciphertext_in_another_row_does_not_open_and_deletes_nothing() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = with_deletion(&bench).await;
        let honest = bench.stored().await;
        let mut swapped = honest.clone();
        let (first, second) = (honest[0].value.clone(), honest[1].value.clone());
        swapped[0].value = second;
        swapped[1].value = first;
        bench.store(&swapped).await;
        fails_and_keeps(&bench, id, "values of two rows exchanged").await;
        assert_eq!(bench.outcome(id, "KEY_000").await, "failed");
        assert_eq!(bench.outcome(id, "KEY_001").await, "failed");

        // An older value of the same row is no better: the version is bound too.
        bench.store(&honest).await;
        bench.put("KEY_000", "newer").await;
        let mut rolled_back = bench.stored().await;
        rolled_back[0].value = honest[0].value.clone();
        bench.store(&rolled_back).await;
        fails_and_keeps(&bench, id, "an older value put back").await;
        bench.put("KEY_000", "newest").await;
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["DELETE KEY_003", "PUT KEY_000"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j09_damaged_keys_and_credentials_stop_the_sync_and_delete_nothing() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = with_deletion(&bench).await;
        let db = &bench.world.app.db;

        flip_bit(db, "app_connections", "credentials", bench.connection_id).await.unwrap();
        fails_and_keeps(&bench, id, "the connection's credentials").await;
        flip_bit(db, "app_connections", "credentials", bench.connection_id).await.unwrap();

        let scope = Scope::Project { org_id: bench.world.org_id, project_id: bench.project_id };
        for key in bench.data_keys().await {
            flip_bit(db, "data_keys", "wrapped", key).await.unwrap();
            bench.world.app.keys.forget(scope).await;
            fails_and_keeps(&bench, id, "a data key").await;
            flip_bit(db, "data_keys", "wrapped", key).await.unwrap();
            bench.world.app.keys.forget(scope).await;
        }
        works_again(&bench, id).await;

        // A ledger row that no longer says what was written costs one write, not a deletion.
        let destination = bench.row(id).await.unwrap().destination_id;
        let rows: Vec<sync_ledger::Model> = keyferry_db::sync_ledger::list(db.read(), id, &destination).await.unwrap();
        let row = rows.iter().find(|row| row.destination_key == "KEY_001").unwrap();
        flip_bit(db, "sync_ledger", "fingerprint", row.id).await.unwrap();
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["PUT KEY_001"]);
    })
    .await;
}

impl Bench {
    /// The stored secrets of the folder, by key.
    async fn stored(&self) -> Vec<secret_rows::Model> {
        let conn = self.world.app.db.read();
        let folder =
            keyferry_domain::folders::resolve(conn, self.project_id, &self.at.environment, &self.at.path).await.unwrap().unwrap();
        let mut rows = keyferry_db::secrets::list_in_folders(conn, &[folder.folder.id], &[Uuid::nil()]).await.unwrap();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows
    }

    async fn store(&self, rows: &[secret_rows::Model]) {
        let tx = self.world.app.db.begin().await.unwrap();
        for row in rows {
            keyferry_db::update(&tx, row.clone()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Ids of the keys that the project's values are under.
    async fn data_keys(&self) -> Vec<Uuid> {
        let rows =
            keyferry_db::data_keys::list(self.world.app.db.read(), self.world.org_id, Some(self.project_id)).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }
}
