//! I6: a restored installation does not write into live accounts before somebody says so.

use std::sync::Arc;

use keyferry_domain::secret_syncs::{self as syncs, UpdateSync};
use keyferry_test_support::{WorldBuilder, backends};

use super::{Empty, back_up, installed_on, restore};
use crate::secret_syncs::{Bench, many};

#[tokio::test(flavor = "multi_thread")]
async fn restored_syncs_wait_until_somebody_resumes_them() {
    for backend in backends() {
        let mut bench = Bench::new(WorldBuilder::default().build().await.unwrap()).await;
        bench.put_all(&many(2)).await;
        let (by_hand, by_change) = (bench.sync(|_| {}).await, bench.sync(|_| {}).await);
        bench.kill().await;
        bench.put("KEY_000", "waits at the time of the backup").await;
        assert_eq!(bench.row(by_hand).await.unwrap().sync_status.as_deref(), Some("pending"));
        let (file, _) = back_up(&bench.world, &bench.world.app.db).await;

        let target = Empty::on(backend).await;
        assert_eq!(restore(&bench.world, &file, &target.db).await.unwrap().paused_syncs, 2);
        bench.world.app = installed_on(&bench.world, &target.db).await;
        bench.calls();
        syncs::recover(&bench.world.app).await.unwrap();
        bench.start();
        bench.put("KEY_001", "changed after the restore").await;
        bench.advance(24 * 60 * 60_000);
        for id in [by_hand, by_change] {
            let row = bench.settled(id).await;
            assert!(row.is_paused);
            assert_eq!(row.sync_status.as_deref(), Some("failed"));
            assert!(row.last_sync_message.unwrap().contains("restored from a backup"));
            let conn = bench.world.app.db.read();
            assert!(keyferry_db::sync_runs::open(conn, id, "sync-secrets").await.unwrap().is_empty());
            assert!(keyferry_db::jobs::find(conn, "sync-secrets", &id.to_string()).await.unwrap().is_none());
        }
        assert_eq!(keyferry_db::secret_syncs::count_paused(bench.world.app.db.read()).await.unwrap(), 2);
        assert!(bench.calls().is_empty(), "not even a read goes out");
        assert_eq!(bench.value("KEY_000").as_deref(), Some("value-0"));

        bench.trigger(by_hand).await;
        assert!(!bench.succeeded(by_hand).await.is_paused);
        assert_eq!(bench.value("KEY_000").as_deref(), Some("waits at the time of the backup"));
        assert_eq!(bench.value("KEY_001").as_deref(), Some("changed after the restore"));

        let off = UpdateSync { is_auto_sync_enabled: Some(false), ..UpdateSync::default() };
        syncs::update(&bench.world.app, bench.admin(), "checkly", by_change, off).await.unwrap();
        let row = bench.settled(by_change).await;
        assert!(!row.is_paused && !row.is_auto_sync_enabled);
        bench.put("KEY_001", "again").await;
        bench.succeeded(by_hand).await;
        assert_eq!(bench.value("KEY_001").as_deref(), Some("again"), "a resumed sync follows changes");
        drop(Arc::clone(&bench.world.app));
        bench.kill().await;
    }
}
