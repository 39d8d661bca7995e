//! Runs that are killed, pile up, overlap, or remove.

use std::sync::Mutex;
use std::time::Duration;

use keyferry_checkly_sim::{CallRecord, ErrorBody, Fault, FaultEffect};
use keyferry_test_support::eventually;
use serde_json::{Value, json};

use super::{Place, Scene, Setup, on_stage};

/// Changes of one key in five seconds.
const CHANGES: usize = 100;
const CHANGE_EVERY: Duration = Duration::from_millis(50);

fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("KEY_{n:03}")).collect()
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

impl Scene<'_> {
    /// From now on changes go out by themselves.
    async fn follow(&self) {
        self.stage.api("PATCH", &self.route(), json!({"isAutoSyncEnabled": true})).await;
        self.stage.settle(self.id).await;
        self.stage.calls();
    }

    fn value(&self, key: &str) -> Option<String> {
        self.stage.checkly().variable(&self.account, key).map(|variable| variable.value)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j01_calls_are_the_pages_and_the_differences() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.synced(Place::Account, 500, json!({"deletionBreaker": null})).await;
        let pages = 6;
        stage.calls();
        scene.run().await;
        assert_eq!(stage.calls().len(), pages, "nothing to do");
        scene.put(&["KEY_123"]).await;
        scene.plan().await;
        stage.advance(61_000);
        scene.run().await;
        assert_eq!(stage.calls().len(), pages + 1);
        scene.put(&texts(&names(200..250))).await;
        scene.remove(&texts(&names(300..310))).await;
        scene.plan().await;
        scene.run().await;
        assert_eq!(stage.calls().len(), pages + 60);
        scene.check_kept().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j07_a_run_killed_anywhere_is_taken_up_and_ends_exactly() {
    let setup = Setup { latency: Duration::from_millis(5), ..Setup::default() };
    on_stage(setup, |stage| async move {
        // From the first read to the last delete.
        for calls in [1, 2, 3, 6, 9] {
            for place in [Place::Account, Place::Group] {
                let scene = stage.scene(place).await;
                scene.trigger().await;
                let calls = if place == Place::Group { calls.min(3) } else { calls };
                eventually("so many calls are made", async || (stage.checkly().log().len() >= calls).then_some(())).await;
                stage.kill_workers().await;
                stage.advance(60_000);
                stage.start_workers().await;
                scene.heal_alone().await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j08_the_newest_value_wins_and_never_an_older_after_a_newer() {
    let setup = Setup { latency: Duration::from_millis(200), real_clock: true, ..Setup::default() };
    on_stage(setup, |stage| async move {
        let scene = stage.synced(Place::Account, 3, json!({})).await;
        scene.follow().await;
        let values: Vec<String> = (0..CHANGES).map(|n| format!("canary-version-{n:03}")).collect();
        let watch = {
            let (checkly, account) = (stage.checkly().clone(), scene.account.clone());
            let last = values.last().unwrap().clone();
            tokio::spawn(async move {
                let seen = Mutex::new(Vec::new());
                eventually("the last value arrives", async || {
                    let is = checkly.variable(&account, "KEY_000")?.value;
                    let is_last = is == last;
                    let mut seen = seen.lock().unwrap();
                    if seen.last() != Some(&is) {
                        seen.push(is);
                    }
                    is_last.then_some(())
                })
                .await;
                seen.into_inner().unwrap()
            })
        };
        let mut pace = tokio::time::interval(CHANGE_EVERY);
        for value in &values {
            pace.tick().await;
            scene.put_values(&[("KEY_000".to_owned(), value.clone())]).await;
        }
        let puts = || stage.checkly().log().iter().filter(|call| call.method == "PUT").count();
        let before_last = puts();
        let seen = watch.await.unwrap();
        let versions: Vec<&String> = seen.iter().filter(|value| value.starts_with("canary-version")).collect();
        assert!(versions.is_sorted(), "an older value came after a newer one: {versions:?}");
        eventually("it is over", async || {
            (stage.is_settled(scene.id).await && scene.sync().await["syncStatus"] == json!("succeeded")).then_some(())
        })
        .await;
        assert!(puts() <= before_last + 2, "more than two runs after the last change");
        assert_eq!(scene.value("KEY_000").as_deref(), values.last().map(String::as_str));
    })
    .await;
}

/// Whether a run read the list while another one wrote.
fn overlaps(calls: &[CallRecord]) -> bool {
    let during = |call: &CallRecord, at: u64| call.at_ms < at && call.answered_at_ms.is_none_or(|end| at < end);
    let (reads, writes): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.method == "GET");
    reads.iter().any(|read| {
        writes.iter().any(|write| during(write, read.at_ms) || read.answered_at_ms.is_some_and(|end| during(write, end)))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn j14_two_processes_never_run_one_sync_at_a_time() {
    let setup = Setup { latency: Duration::from_millis(8), real_clock: true, workers: 2, ..Setup::default() };
    on_stage(setup, |stage| async move {
        let scene = stage.synced(Place::Account, 20, json!({})).await;
        scene.follow().await;
        for round in 0..12 {
            scene.put(&texts(&names(0..20))).await;
            if round % 3 == 0 {
                // Refused while one is at work; else it joins what waits.
                let (status, answer) = stage.try_api("POST", &format!("{}/sync-secrets", scene.route()), Value::Null).await;
                assert!(matches!(status, 200 | 400), "{answer}");
            }
        }
        eventually("all is there", async || {
            let wanted = scene.wanted();
            let there = wanted.iter().all(|(key, value)| scene.value(key).as_ref() == Some(value));
            (there && stage.is_settled(scene.id).await).then_some(())
        })
        .await;
        assert!(!overlaps(&stage.checkly().log()), "two runs of one sync at a time");
        scene.assert_status("succeeded").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j15_removal_takes_exactly_what_the_sync_owns_however_often_it_is_interrupted() {
    let setup = Setup { latency: Duration::from_millis(5), ..Setup::default() };
    on_stage(setup, |stage| async move {
        for (place, deletes_sync) in [(Place::Account, false), (Place::Account, true), (Place::Group, true)] {
            let scene = stage.synced(place, 25, json!({})).await;
            let theirs = scene.shelf().unwrap()["THEIRS"].clone();
            // Another sync of the same account owns a key of its own.
            stage.checkly().set_variable(&scene.account, "MADE_BY_HAND", "somebody's", true, true);
            stage.calls();
            let trouble = FaultEffect::Status { status: 502, body: ErrorBody::Html, apply: true };
            let method = if place == Place::Group { "PUT" } else { "DELETE" };
            stage.arm(&[Fault::new(trouble).on_method(method).nth(6).times(2)]).await;
            if deletes_sync {
                stage.api("DELETE", &format!("{}?removeSecrets=true", scene.route()), Value::Null).await;
            } else {
                stage.api("POST", &format!("{}/remove-secrets", scene.route()), Value::Null).await;
            }
            eventually("it has begun", async || {
                let calls = stage.checkly().log();
                (calls.iter().filter(|call| call.method == method).count() >= if place == Place::Group { 1 } else { 8 })
                    .then_some(())
            })
            .await;
            stage.kill_workers().await;
            stage.advance(60_000);
            stage.start_workers().await;
            eventually("all that is ours is gone", async || {
                stage.settle(scene.id).await;
                let shelf = scene.shelf().unwrap();
                let left = shelf.keys().filter(|key| key.starts_with("KEY_")).count();
                let (status, body) = stage.try_api("GET", &scene.route(), Value::Null).await;
                let over = if deletes_sync { status == 404 } else { body["secretSync"]["removeStatus"] == json!("succeeded") };
                if left == 0 && over {
                    return Some(());
                }
                assert!(status == 200 || left == 0, "the sync is gone before its variables");
                stage.advance(61_000);
                None
            })
            .await;
            stage.disarm().await;
            assert_eq!(scene.shelf().unwrap()["THEIRS"], theirs);
            assert!(stage.checkly().variable(&scene.account, "MADE_BY_HAND").is_some());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j16_a_renamed_key_loses_its_old_name_only_after_the_new_one_is_confirmed() {
    on_stage(Setup::default(), |stage| async move {
        for refused in [false, true] {
            let scene = stage.synced(Place::Account, 3, json!({})).await;
            let value = scene.wanted()["KEY_001"].clone();
            scene.remove(&["KEY_001"]).await;
            scene.put_values(&[("RENAMED".to_owned(), value)]).await;
            // Keys that differ by case are different keys.
            scene.put(&["key_000", "Key_000"]).await;
            scene.plan().await;
            if refused {
                scene.strike(&[Fault::new(FaultEffect::RefuseValue).on_key("RENAMED")]).await;
                let shelf = scene.shelf().unwrap();
                assert!(
                    shelf.contains_key("KEY_001") && !shelf.contains_key("RENAMED"),
                    "the old name stays until the new is there"
                );
                scene.heal_when_asked().await;
            } else {
                scene.run().await;
                let calls = stage.checkly().log();
                let at = |method: &str, key: &str| {
                    calls.iter().find(|call| call.method == method && call.variable_key.as_deref() == Some(key)).unwrap()
                };
                assert!(at("POST", "RENAMED").answered_at_ms.unwrap() <= at("DELETE", "KEY_001").at_ms);
                assert!(at("POST", "RENAMED").seq < at("DELETE", "KEY_001").seq);
                scene.check_kept().await;
            }
        }
    })
    .await;
}
