//! Checkly answers with errors, breaks connections off, or not at all.

use std::time::Duration;

use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};

use super::{Fate, Place, Setup, on_stage};

fn status(status: u16, apply: bool) -> FaultEffect {
    FaultEffect::Status { status, body: ErrorBody::Html, apply }
}

#[tokio::test(flavor = "multi_thread")]
async fn j05_servers_in_trouble_are_tried_again_until_all_is_there() {
    on_stage(Setup::default(), |stage| async move {
        for (code, apply, place, method) in [
            (500, false, Place::Account, "POST"),
            (502, true, Place::Account, "PUT"),
            (503, false, Place::Account, "DELETE"),
            (504, true, Place::Account, "DELETE"),
            (502, false, Place::Group, "PUT"),
            (504, true, Place::Group, "PUT"),
        ] {
            let scene = stage.scene(place).await;
            scene.strike(&[Fault::new(status(code, apply)).on_method(method)]).await;
            scene.check(Fate::goes_on("Checkly", &code.to_string())).await;
            scene.heal_alone().await;
        }
        let scene = stage.scene(Place::Account).await;
        scene.strike(&[Fault::new(status(502, false)).on_method("GET")]).await;
        scene.check(Fate::goes_on("Checkly", "502")).await;
        scene.heal_alone().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j05_broken_connections_lose_and_repeat_nothing() {
    on_stage(Setup::default(), |stage| async move {
        for (effect, place, method) in [
            (FaultEffect::ResetBeforeApply, Place::Account, "GET"),
            (FaultEffect::ResetBeforeApply, Place::Account, "POST"),
            (FaultEffect::ResetDuringApply, Place::Account, "PUT"),
            (FaultEffect::ResetAfterApply, Place::Account, "POST"),
            (FaultEffect::ResetAfterApply, Place::Account, "DELETE"),
            (FaultEffect::ResetBeforeApply, Place::Group, "PUT"),
            (FaultEffect::ResetAfterApply, Place::Group, "PUT"),
        ] {
            let scene = stage.scene(place).await;
            scene.strike(&[Fault::new(effect).on_method(method)]).await;
            scene.check(Fate::goes_on("The network", "The connection to Checkly broke")).await;
            scene.heal_alone().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j05_one_broken_connection_is_not_even_noticed() {
    on_stage(Setup::default(), |stage| async move {
        for effect in [FaultEffect::ResetBeforeApply, FaultEffect::ResetDuringApply, FaultEffect::ResetAfterApply] {
            let scene = stage.scene(Place::Account).await;
            let faults = ["GET", "POST", "PUT", "DELETE"].map(|method| Fault::new(effect.clone()).on_method(method).times(1));
            scene.strike(&faults).await;
            stage.disarm().await;
            scene.check_kept().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j05_a_server_that_says_nothing_is_given_up_at_the_deadline() {
    let setup = Setup { deadline: Duration::from_millis(400), ..Setup::default() };
    on_stage(setup, |stage| async move {
        for (method, apply) in [("GET", false), ("POST", false), ("PUT", true), ("DELETE", true)] {
            let scene = stage.scene(Place::Account).await;
            scene.strike(&[Fault::new(FaultEffect::Hang { ms: None, apply }).on_method(method).times(3)]).await;
            scene.check(Fate::goes_on("The network", "did not answer within 400 ms")).await;
            scene.heal_alone().await;
        }
        let scene = stage.scene(Place::Group).await;
        scene.strike(&[Fault::new(FaultEffect::Hang { ms: None, apply: true }).on_method("PUT")]).await;
        scene.check(Fate::goes_on("The network", "did not answer within 400 ms")).await;
        scene.heal_alone().await;
        // One that is only slow, a byte at a time.
        let scene = stage.scene(Place::Account).await;
        scene.strike(&[Fault::new(FaultEffect::Drip { ms: 60 }).on_method("GET")]).await;
        scene.check(Fate::goes_on("The network", "did not answer within 400 ms")).await;
        scene.heal_alone().await;
    })
    .await;
}
