//! The clock jumps: forward over leases and waits, backward under them.

use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};
use keyferry_test_support::eventually;
use serde_json::json;

use super::{Fate, Place, Scene, Setup, on_stage};

const DAY_MS: i64 = 24 * 60 * 60_000;

async fn in_the_middle(scene: &Scene<'_>) {
    let slow = Fault::new(FaultEffect::Hang { ms: Some(300), apply: false }).on_method("PUT").nth(2).times(1);
    scene.stage.arm(&[slow]).await;
    scene.trigger().await;
    eventually("the run is in the middle of its calls", async || {
        let puts = scene.stage.checkly().log().iter().filter(|call| call.method == "PUT").count();
        (puts >= 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_jump_forward_during_a_run_hands_it_over_and_loses_nothing() {
    on_stage(Setup::default(), |stage| async move {
        for jump_ms in [29_000, 3_600_000, 400 * DAY_MS] {
            let scene = stage.scene(Place::Account).await;
            in_the_middle(&scene).await;
            stage.advance(jump_ms);
            scene.heal_alone().await;
            let runs = stage.api("GET", &format!("{}/runs", scene.route()), json!(null)).await;
            let statuses: Vec<&str> =
                runs["runs"].as_array().unwrap().iter().map(|run| run["status"].as_str().unwrap()).collect();
            assert!(statuses.iter().all(|status| *status == "succeeded"), "{statuses:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_jump_back_during_a_run_or_a_wait_holds_nobody_up() {
    on_stage(Setup::default(), |stage| async move {
        // During a run.
        let scene = stage.scene(Place::Account).await;
        in_the_middle(&scene).await;
        stage.advance(-DAY_MS);
        scene.heal_alone().await;

        // Between two attempts.
        let scene = stage.scene(Place::Account).await;
        let trouble = FaultEffect::Status { status: 503, body: ErrorBody::Html, apply: false };
        scene.strike(&[Fault::new(trouble).on_method("PUT")]).await;
        scene.check(Fate::goes_on("Checkly", "503")).await;
        stage.disarm().await;
        stage.advance(-DAY_MS);
        eventually("the next attempt comes by itself", async || {
            stage.settle(scene.id).await;
            (scene.sync().await["syncStatus"] == json!("succeeded")).then_some(())
        })
        .await;
        scene.check_kept().await;
    })
    .await;
}
