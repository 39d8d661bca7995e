//! Checkly says no: to the key, to the target, or to one value.

use keyferry_checkly_sim::{Account, ErrorBody, Fault, FaultEffect, Group, Role, Variable};
use keyferry_test_support::canary;
use serde_json::{Value, json};

use super::{Fate, GROUP, Place, Scene, Setup, on_stage};

fn status(status: u16) -> FaultEffect {
    FaultEffect::Status { status, body: ErrorBody::Json, apply: false }
}

/// Time goes by, and nobody asks Checkly again.
async fn assert_quiet(scene: &Scene<'_>) {
    scene.stage.calls();
    assert_eq!(scene.sync().await["nextRetryAt"], Value::Null, "only somebody can mend this");
    for _ in 0..3 {
        scene.stage.advance(8 * 60 * 60_000);
        scene.stage.settle(scene.id).await;
    }
    assert!(scene.stage.calls().is_empty(), "a refusal is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn j12_a_401_or_403_in_the_middle_stops_the_rest() {
    on_stage(Setup::default(), |stage| async move {
        for (code, says) in [(401, "does not accept the API key"), (403, "Read & Write")] {
            for (place, method, nth) in [(Place::Account, "POST", 2), (Place::Account, "DELETE", 1), (Place::Group, "PUT", 1)] {
                let scene = stage.scene(place).await;
                scene.strike(&[Fault::new(status(code)).on_method(method).nth(nth)]).await;
                scene.check(Fate::failed("Your settings", says)).await;
                assert_quiet(&scene).await;
                scene.heal_when_asked().await;
            }
            let scene = stage.scene(Place::Account).await;
            scene.strike(&[Fault::new(status(code)).on_method("GET")]).await;
            scene.check(Fate::failed("Your settings", says)).await;
            assert_eq!(stage.calls().len(), 1, "one call finds out");
            scene.heal_when_asked().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j12_a_key_that_may_only_read_is_found_out_by_its_first_write() {
    on_stage(Setup::default(), |stage| async move {
        for place in [Place::Account, Place::Group] {
            let scene = stage.scene(place).await;
            stage.checkly().set_role(&scene.api_key, Role::ReadOnly);
            scene.run().await;
            scene.check(Fate::failed("Your settings", "Read & Write")).await;
            let calls = stage.calls();
            assert!(calls.len() <= 3, "{calls:?}");
            assert_quiet(&scene).await;
            stage.checkly().set_role(&scene.api_key, Role::ReadWrite);
            scene.heal_when_asked().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j12_a_key_revoked_between_plan_and_apply_is_replaced_and_all_goes_on() {
    on_stage(Setup::default(), |stage| async move {
        for (place, method, nth) in [(Place::Account, "POST", 1), (Place::Account, "PUT", 2), (Place::Group, "PUT", 1)] {
            let scene = stage.scene(place).await;
            scene.strike(&[Fault::new(FaultEffect::RevokeKey).on_method(method).nth(nth).times(1)]).await;
            scene.check(Fate::failed("Your settings", "does not accept the API key")).await;
            assert_quiet(&scene).await;
            let api_key = format!("cu_{}", canary("api-key"));
            stage.checkly().add_key(&api_key, Role::ReadWrite, &[&scene.account]);
            let path = format!("/api/v1/app-connections/checkly/{}", scene.connection);
            stage.api("PATCH", &path, json!({"credentials": {"apiKey": api_key}})).await;
            scene.heal_when_asked().await;
        }
    })
    .await;
}

/// Somebody restores from a backup what vanished.
fn restore(scene: &Scene<'_>) {
    let checkly = scene.stage.checkly();
    let variables: Vec<Variable> = scene
        .promise()
        .before
        .into_iter()
        .map(|(key, held)| Variable { key, value: held.value, secret: held.secret, locked: held.locked })
        .collect();
    if scene.place == Place::Group {
        checkly.add_group(&scene.account, Group { id: GROUP, name: "Checkout".to_owned(), variables, ..Group::default() });
        return;
    }
    checkly.add_account(Account { id: scene.account.clone(), name: "Acme".to_owned(), ..Account::default() });
    let theirs = Variable { key: "THEIRS".to_owned(), value: canary("theirs"), ..Variable::default() };
    checkly
        .add_group(&scene.account, Group { id: GROUP, name: "Checkout".to_owned(), variables: vec![theirs], ..Group::default() });
    for variable in variables {
        checkly.set_variable(&scene.account, variable.key, variable.value, variable.secret, variable.locked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j12_an_account_or_group_that_vanished_stops_at_once() {
    on_stage(Setup::default(), |stage| async move {
        for (place, effect, method) in [
            (Place::Account, FaultEffect::RemoveAccount, "GET"),
            (Place::Account, FaultEffect::RemoveAccount, "PUT"),
            (Place::Group, FaultEffect::RemoveGroup, "GET"),
            (Place::Group, FaultEffect::RemoveGroup, "PUT"),
        ] {
            let scene = stage.scene(place).await;
            scene.strike(&[Fault::new(effect).on_method(method).times(1)]).await;
            scene.check(Fate::failed("Your settings", if place == Place::Group { "404" } else { "403" })).await;
            assert_quiet(&scene).await;
            stage.disarm().await;
            restore(&scene);
            scene.plan().await;
            scene.heal_when_asked().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j10_one_refused_value_among_200_leaves_the_others_applied() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.synced(Place::Account, 0, json!({})).await;
        let names: Vec<String> = (0..200).map(|n| format!("GOOD_{n:03}")).collect();
        let mut keys: Vec<&str> = names.iter().map(String::as_str).collect();
        keys.push("BAD");
        scene.put(&keys).await;
        scene.plan().await;
        scene.strike(&[Fault::new(FaultEffect::EchoValue).on_key("BAD")]).await;
        scene.check(Fate::failed("Your settings", "BAD: Checkly refuses this (400)")).await;
        let run = scene.last_run().await;
        assert_eq!((&run["counts"]["done"], &run["counts"]["failed"]), (&json!(200), &json!(1)), "{run:#}");
        assert!(scene.sync().await["lastSyncMessage"].as_str().unwrap().contains("\"secretKey\":\"BAD\""));
        stage.advance(61_000);
        scene.heal_when_asked().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j10_refusals_of_single_keys_are_told_key_by_key() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        let faults = [
            Fault::new(FaultEffect::EchoValue).on_key("NEW_000"),
            Fault::new(status(402)).on_key("NEW_001"),
            Fault::new(status(422)).on_method("PUT").on_key("KEY_001"),
            Fault::new(status(400)).on_method("DELETE").on_key("KEY_007"),
        ];
        scene.strike(&faults).await;
        scene.check(Fate::failed("Your settings", "also failed: KEY_007, NEW_000, NEW_001")).await;
        let run = scene.last_run().await;
        assert_eq!((&run["counts"]["done"], &run["counts"]["failed"]), (&json!(4), &json!(4)), "{run:#}");
        scene.heal_when_asked().await;

        // A group is one call about all of them.
        let scene = stage.scene(Place::Group).await;
        scene.strike(&[Fault::new(FaultEffect::EchoValue).on_key("NEW_000")]).await;
        scene.check(Fate::failed("Your settings", "Checkly refuses this (400)")).await;
        scene.heal_when_asked().await;
    })
    .await;
}
