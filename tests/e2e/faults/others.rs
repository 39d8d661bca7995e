//! Somebody else writes to the same destination while a run is at work, or after it.

use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect, Variable};
use serde_json::json;

use super::{Fate, GROUP, Place, Setup, on_stage};

fn edit(key: &str, secret: bool) -> FaultEffect {
    FaultEffect::EditVariable { key: key.to_owned(), value: "somebody's".to_owned(), secret, locked: secret }
}

fn status(status: u16) -> FaultEffect {
    FaultEffect::Status { status, body: ErrorBody::Json, apply: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn j05_a_409_on_create_becomes_an_update_and_a_404_on_update_a_create() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        let delete = |key: &str| FaultEffect::DeleteVariable { key: key.to_owned() };
        let faults = [
            Fault::new(edit("NEW_000", false)).on_method("POST").on_key("NEW_000").times(1),
            Fault::new(edit("NEW_001", true)).on_method("POST").on_key("NEW_001").times(1),
            Fault::new(delete("KEY_000")).on_method("PUT").on_key("KEY_000").times(1),
            Fault::new(delete("KEY_006")).on_method("DELETE").on_key("KEY_006").times(1),
        ];
        scene.strike(&faults).await;
        stage.disarm().await;
        scene.check_kept().await;

        // It comes and goes for as long as we look.
        let scene = stage.scene(Place::Account).await;
        scene.strike(&[Fault::new(status(409)).on_method("POST"), Fault::new(status(404)).on_method("PUT")]).await;
        scene.check(Fate::goes_on("Checkly", "by turns")).await;
        scene.heal_alone().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j11_what_a_person_edits_during_the_run_is_mended_by_the_next() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        // After our writes of these, before the run is over.
        let by_others = ["KEY_000", "KEY_003", "THEIRS", "ANOTHER"];
        let faults: Vec<Fault> = by_others.iter().map(|key| Fault::new(edit(key, false)).on_method("DELETE").times(1)).collect();
        scene.strike(&faults).await;
        stage.disarm().await;
        scene.assert_status("succeeded").await;
        let there = |key: &str| stage.checkly().variable(&scene.account, key).map(|v| v.value);
        assert_eq!(there("KEY_000").as_deref(), Some("somebody's"), "it came last");
        scene.run().await;
        scene.check_kept_beside(&["THEIRS", "ANOTHER"]).await;
        assert_eq!(there("THEIRS").as_deref(), Some("somebody's"), "what is theirs stays theirs");
        assert_eq!(there("ANOTHER").as_deref(), Some("somebody's"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j11_drift_is_mended_where_it_shows_and_by_force_where_it_does_not() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.synced(Place::Account, 4, json!({})).await;
        scene.plan().await;
        assert!(scene.promise().writes.is_empty());
        // Deleted by hand, and made again unlocked; changed where it can be read; unlocked.
        assert!(stage.checkly().delete_variable(&scene.account, "KEY_000"));
        assert!(stage.checkly().delete_variable(&scene.account, "KEY_001"));
        let set = |key: &str, secret, locked| stage.checkly().set_variable(&scene.account, key, "somebody's", secret, locked);
        assert!(set("KEY_001", false, false) && set("KEY_002", true, false));
        scene.run().await;
        scene.check_kept().await;
        // A secret's value cannot be read back: the record counts, until somebody asks for force.
        assert!(set("KEY_003", true, true));
        scene.run().await;
        scene.assert_status("succeeded").await;
        assert_eq!(stage.checkly().variable(&scene.account, "KEY_003").unwrap().value, "somebody's");
        scene.force().await;
        scene.check_kept().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_writer_of_the_same_group_loses_nothing() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Group).await;
        let theirs = |key: &str, value: &str| FaultEffect::EditGroupVariable {
            key: key.to_owned(),
            value: value.to_owned(),
            secret: false,
            locked: false,
        };
        // Between the plan and the write: they add one, change one of theirs, and delete one of ours.
        let gone = FaultEffect::DeleteGroupVariable { key: "KEY_004".to_owned() };
        let faults: Vec<Fault> = [theirs("ANOTHER", "somebody's"), theirs("THEIRS", "somebody's"), gone]
            .into_iter()
            .map(|effect| Fault::new(effect).on_method("GET").nth(2).times(1))
            .collect();
        scene.strike(&faults).await;
        let by_others = ["ANOTHER", "THEIRS", "KEY_004"];
        let fate = Fate { by_others: &by_others, ..Fate::goes_on("Checkly", "Somebody changed the check group") };
        scene.check(fate).await;
        stage.disarm().await;
        stage.advance(61_000);
        stage.settle(scene.id).await;
        scene.check_kept_beside(&["ANOTHER", "THEIRS"]).await;
        let group = stage.checkly().group(&scene.account, GROUP).unwrap();
        let of = |key: &str| group.variables.iter().find(|v: &&Variable| v.key == key).map(|v| v.value.as_str());
        assert_eq!((of("ANOTHER"), of("THEIRS")), (Some("somebody's"), Some("somebody's")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j03_what_is_not_in_the_schema_or_not_ours_is_never_touched() {
    on_stage(Setup::default(), |stage| async move {
        for (rule, gone) in [("keep", false), ("delete", true)] {
            let options = json!({"keySchema": "SHOP_{{secretKey}}", "unmanagedSecrets": rule});
            let scene = stage.synced(Place::Account, 3, options).await;
            for key in ["SHOP", "SHO_P", "shop_lower", "OTHER"] {
                stage.checkly().set_variable(&scene.account, key, "somebody's", false, false);
            }
            stage.checkly().set_variable(&scene.account, "SHOP_BY_HAND", "somebody's", false, false);
            scene.put(&["KEY_000", "MORE"]).await;
            scene.remove(&["KEY_002"]).await;
            scene.plan().await;
            scene.run().await;
            scene.check_kept().await;
            let shelf = scene.shelf().unwrap();
            for key in ["THEIRS", "SHOP", "SHO_P", "shop_lower", "OTHER"] {
                assert!(shelf.contains_key(key), "{key} lies outside the schema");
            }
            assert_eq!(shelf.contains_key("SHOP_BY_HAND"), !gone, "{rule}");
            assert!(shelf.contains_key("SHOP_MORE") && !shelf.contains_key("SHOP_KEY_002"));
        }
    })
    .await;
}
