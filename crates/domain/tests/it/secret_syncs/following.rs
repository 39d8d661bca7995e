//! What a change sets in motion, and with whose right.

use std::time::Duration;

use keyferry_domain::secret_syncs as syncs;
use keyferry_test_support::{WorldBuilder, backends, eventually, on_each_backend};

use super::{Bench, many};

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_many_quick_changes_wins_with_few_runs() {
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).latency(Duration::from_millis(40)).build().await.unwrap();
        let bench = Bench::new(world).await;
        let id = bench.pushed(3).await;
        for n in 0..40 {
            bench.put("KEY_000", &format!("newest-{n}")).await;
        }
        let before = bench.runs(id).await.len();
        bench.succeeded(id).await;
        assert_eq!(bench.value("KEY_000").as_deref(), Some("newest-39"));
        let after = bench.runs(id).await;
        assert!(after.len() <= before + 1, "{} runs after the last change was stored", after.len() - before);
        assert!(after.iter().all(|run| run.status == "succeeded"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_behind_a_reference_reaches_the_destination() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let base = bench.root("dev");
        bench.put_at(&base, "HOST", "one.example").await;
        bench.put("URL", "https://${dev.HOST}/").await;
        let id = bench.sync(|_| {}).await;
        bench.succeeded(id).await;
        assert_eq!(bench.value("URL").as_deref(), Some("https://one.example/"));
        let change = keyferry_domain::secrets::Change {
            key: "HOST".to_owned(),
            value: Some("two.example".to_owned().into()),
            ..Default::default()
        };
        keyferry_domain::secrets::update(&bench.world.app, bench.admin(), &base, change).await.unwrap();
        bench.succeeded(id).await;
        assert_eq!(bench.value("URL").as_deref(), Some("https://two.example/"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_leads_nowhere_blocks_its_key_only() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("GOOD", "v").await;
        bench.put("URL", "https://${dev.MISSING}/").await;
        let id = bench.sync(|_| {}).await;
        let row = bench.failed(id).await;
        assert_eq!(bench.keys(), ["GOOD"]);
        assert!(row.last_sync_message.unwrap().contains("URL"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_granted_is_not_carried_off() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let vault = bench.root("dev");
        bench.put_at(&vault, "CROWN", "jewels").await;
        bench.put("OWN", "v").await;
        let id = bench.sync(|_| {}).await;
        bench.succeeded(id).await;
        // A reference that is written afterwards reaches a place outside the grant.
        bench.put("LEAK", "${dev.CROWN}").await;
        let row = bench.failed(id).await;
        assert_eq!(bench.keys(), ["OWN"]);
        assert!(row.last_sync_message.unwrap().contains("LEAK"));
        // Somebody who may read it there triggers the sync, and so grants it.
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.value("LEAK").as_deref(), Some("jewels"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_beneath_goes_too_and_clashes_are_named() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let below = bench.folder("prod", "/below").await;
        bench.put("TOP", "1").await;
        bench.put_at(&below, "DEEP", "2").await;
        let id = bench.sync(|input| input.include_all_sub_folders = Some(true)).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["DEEP", "TOP"]);

        bench.put_at(&below, "LATER", "3").await;
        bench.succeeded(id).await;
        assert_eq!(bench.value("LATER").as_deref(), Some("3"));

        bench.put_at(&below, "TOP", "clash").await;
        let row = bench.failed(id).await;
        assert_eq!(bench.value("TOP").as_deref(), Some("1"));
        let message = row.last_sync_message.unwrap();
        assert!(message.contains("TOP") && message.contains("/below"), "{message}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_with_auto_sync_off_waits_to_be_asked() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("A", "1").await;
        let id = bench.sync(|input| input.is_auto_sync_enabled = false).await;
        bench.put("B", "2").await;
        let row = bench.settled(id).await;
        assert!(row.sync_status.is_none() && bench.calls().is_empty());
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["A", "B"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_of_one_destination_never_write_at_the_same_time() {
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).latency(Duration::from_millis(20)).build().await.unwrap();
        let bench = Bench::new(world).await;
        bench.put_all(&many(30)).await;
        let mut ids = Vec::new();
        for schema in ["A_{{secretKey}}", "B_{{secretKey}}", "C_{{secretKey}}"] {
            let mut input = bench.input(&format!("sync-{}", schema[..1].to_lowercase()));
            input.sync_options.key_schema = Some(schema.to_owned());
            ids.push(syncs::create(&bench.world.app, bench.admin(), input).await.unwrap().sync.id);
        }
        for id in &ids {
            eventually("each has its turn", || async {
                bench.row(*id).await.filter(|row| row.sync_status.as_deref() == Some("succeeded"))
            })
            .await;
        }
        assert_eq!(bench.keys().len(), 90);
        let calls = bench.calls();
        let mut order: Vec<char> =
            calls.iter().filter_map(|call| call.variable_key.as_ref()).filter_map(|key| key.chars().next()).collect();
        order.dedup();
        assert_eq!(order.len(), 3, "one sync after the other: {order:?}");
    }
}
