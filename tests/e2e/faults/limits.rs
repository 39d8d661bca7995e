//! Checkly asks to wait: once, for ten minutes, for ever. Time is the test's.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keyferry_checkly_sim::{Fault, FaultEffect, RetryAfter, Role};
use keyferry_test_support::{canary, eventually};
use serde_json::json;

use super::{Place, Scene, Setup, on_stage};

/// A run holds its leases through any wait.
fn patient() -> Setup {
    Setup { lease_ms: 48 * 60 * 60_000, ..Setup::default() }
}

fn limited(retry_after: RetryAfter) -> FaultEffect {
    FaultEffect::RateLimited { retry_after }
}

/// How far time goes at a step while a run waits: a part of the wait, small enough to tell one wait from two.
const STEPS_A_WAIT: i64 = 8;

/// When calls were answered with 429, by the test's clock.
struct Refused {
    at_ms: Vec<i64>,
    step_ms: i64,
}

impl Refused {
    fn after_waits_of(wait_ms: i64) -> Self {
        Self { at_ms: Vec::new(), step_ms: (wait_ms / STEPS_A_WAIT).max(500) }
    }

    fn look(&mut self, scene: &Scene<'_>) {
        let count = scene.stage.checkly().log().iter().filter(|call| call.status == 429).count();
        self.at_ms.resize(count.max(self.at_ms.len()), scene.stage.world.app.now_ms());
    }

    /// Lets time pass until the sync rests.
    async fn pass_time(&mut self, scene: &Scene<'_>) {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            self.look(scene);
            if scene.stage.is_settled(scene.id).await {
                self.look(scene);
                return;
            }
            assert!(Instant::now() < give_up, "the sync does not come to rest");
            // A waiting run looks at the clock every half second.
            tokio::time::sleep(Duration::from_millis(60)).await;
            self.look(scene);
            scene.stage.advance(self.step_ms);
        }
    }

    /// Between two requests that were refused lies the wait that was asked for, as closely as the steps of the clock tell. What was
    /// in flight with the first refusal counts once.
    fn assert_spaced(&self) {
        let mut waits = self.at_ms.clone();
        waits.dedup();
        assert!(self.at_ms.len() <= waits.len() + 10, "{:?}", self.at_ms);
        let first = self.at_ms.iter().filter(|at_ms| self.at_ms.first() == Some(*at_ms)).count();
        assert_eq!(self.at_ms.len(), waits.len() + first.max(1) - 1, "more than one probe a wait: {:?}", self.at_ms);
        for pair in waits.windows(2) {
            let least_ms = (STEPS_A_WAIT - 2) * self.step_ms;
            assert!(pair[1] - pair[0] >= least_ms, "{} ms after a request to wait: {:?}", pair[1] - pair[0], self.at_ms);
        }
    }

    /// Lets time pass until the sync has this status.
    async fn until(&mut self, scene: &Scene<'_>, status: &str) {
        for _ in 0..200 {
            self.pass_time(scene).await;
            if scene.sync().await["syncStatus"] == json!(status) {
                return;
            }
            scene.stage.advance(STEPS_A_WAIT * self.step_ms);
        }
        panic!("the sync never says {status}: {:#}", scene.sync().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j04_one_request_to_wait_is_obeyed_in_all_three_forms() {
    on_stage(patient(), |stage| async move {
        for (retry_after, least_ms) in
            [(RetryAfter::Seconds(30), 30_000), (RetryAfter::Date(30), 28_000), (RetryAfter::None, 60_000)]
        {
            for (place, method, nth) in [(Place::Account, "PUT", 2), (Place::Group, "PUT", 1), (Place::Account, "GET", 1)] {
                let scene = stage.scene(place).await;
                let from = stage.world.app.now_ms();
                stage.arm(&[Fault::new(limited(retry_after)).on_method(method).nth(nth).times(1)]).await;
                scene.trigger().await;
                let mut refused = Refused::after_waits_of(least_ms);
                refused.until(&scene, "succeeded").await;
                assert_eq!(refused.at_ms.len(), 1);
                let due = stage.world.app.now_ms();
                assert!(due - from >= least_ms, "{retry_after:?} was not obeyed: {} ms", due - from);
                scene.check_kept().await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j04_ten_minutes_of_429_cost_one_probe_a_wait_and_lose_nothing() {
    on_stage(patient(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        let from = stage.world.app.now_ms();
        stage.arm(&[Fault::new(limited(RetryAfter::Seconds(60))).on_method("POST")]).await;
        scene.trigger().await;
        let mut refused = Refused::after_waits_of(60_000);
        while stage.world.app.now_ms() < from + 600_000 {
            refused.pass_time(&scene).await;
            assert_ne!(scene.sync().await["syncStatus"], json!("succeeded"));
            stage.advance(5_000);
        }
        refused.assert_spaced();
        scene.check_limited().await;
        stage.disarm().await;
        refused.until(&scene, "succeeded").await;
        scene.check_kept().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j04_a_429_for_ever_ends_as_a_failure_without_a_storm() {
    on_stage(patient(), |stage| async move {
        for (place, retry_after, wait_ms) in [
            (Place::Account, RetryAfter::Seconds(600), 600_000),
            (Place::Account, RetryAfter::None, 60_000),
            (Place::Group, RetryAfter::Seconds(0), 1_000),
        ] {
            let scene = stage.scene(place).await;
            stage.arm(&[Fault::new(limited(retry_after))]).await;
            scene.trigger().await;
            let mut refused = Refused::after_waits_of(wait_ms);
            refused.until(&scene, "failed").await;
            refused.assert_spaced();
            assert!(refused.at_ms.len() <= 12, "{} calls in five attempts", refused.at_ms.len());
            scene.check_limited().await;
            let sync = scene.sync().await;
            assert!(sync["nextRetryAt"].is_string(), "{sync:#}");
            stage.disarm().await;
            refused.until(&scene, "succeeded").await;
            scene.check_kept().await;
        }
    })
    .await;
}

impl Scene<'_> {
    async fn check_limited(&self) {
        let status = self.sync().await["syncStatus"].as_str().unwrap().to_owned();
        assert_ne!(status, "succeeded");
        if status == "failed" {
            assert!(self.sync().await["lastSyncMessage"].as_str().unwrap().contains("429"));
        }
        let shelf = self.shelf().unwrap();
        for (key, held) in &shelf {
            let promise = self.promise();
            assert!(promise.before.get(key) == Some(held) || promise.after.get(key) == Some(held), "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j06_syncs_of_one_key_share_its_budget_and_leave_other_keys_alone() {
    on_stage(patient(), |stage| async move {
        let shared = format!("cu_{}", canary("api-key"));
        let mut scenes = Vec::new();
        for _ in 0..10 {
            scenes.push(stage.synced(Place::Account, 0, json!({})).await);
        }
        let accounts: Vec<&String> = scenes[..8].iter().map(|scene| &scene.account).collect();
        stage.checkly().add_key(&shared, Role::ReadWrite, &accounts);
        let connection = stage.connection(&shared).await;
        let names: Vec<String> = (0..80).map(|n| format!("KEY_{n:03}")).collect();
        for (n, scene) in scenes.iter().enumerate() {
            if n < 8 {
                stage.api("PATCH", &scene.route(), json!({"connectionId": connection})).await;
                stage.settle(scene.id).await;
            }
            let keys: Vec<&str> = names.iter().take(if n < 8 { 80 } else { 10 }).map(String::as_str).collect();
            scene.put(&keys).await;
            scene.plan().await;
        }
        stage.calls();
        join_all(scenes.iter().map(Scene::trigger)).await;
        // The other keys' syncs end although time stands still and the shared key waits for it.
        for scene in &scenes[8..] {
            stage.settle(scene.id).await;
            scene.assert_status("succeeded").await;
        }
        let of_shared = || {
            let calls = stage.checkly().log();
            calls.iter().filter(|call| accounts.iter().any(|account| call.account.as_ref() == Some(*account))).count()
        };
        eventually("the budget is spent", async || (of_shared() >= 520).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(of_shared() <= 580, "{} calls in one window", of_shared());
        let share = |scene: &Scene<'_>| scene.shelf().unwrap().len();
        let (least, most) = (scenes[..8].iter().map(share).min().unwrap(), scenes[..8].iter().map(share).max().unwrap());
        assert!(least * 3 >= most, "one has {least} where another has {most}");
        for scene in &scenes[..8] {
            Refused::after_waits_of(60_000).pass_time(scene).await;
            scene.assert_status("succeeded").await;
        }
        stage.advance(61_000);
        scenes[0].plan().await;
        scenes[0].check_kept().await;
    })
    .await;
}
