//! Answers that make no sense, lie, or attack. Nothing is deleted, doubled or believed on doubt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyferry_checkly_sim::{Fault, FaultEffect, Filling, Group};
use keyferry_test_support::eventually;
use serde_json::json;
use tokio::net::TcpListener;

use super::{Fate, GROUP, Place, Scene, Setup, on_stage};

fn nonsense(body: &str) -> FaultEffect {
    FaultEffect::Nonsense { body: Some(body.to_owned()) }
}

impl Scene<'_> {
    /// Nothing is deleted, nothing is there twice, and whatever is there is as before or as promised.
    fn check_doubted(&self) {
        let calls = self.stage.checkly().log();
        assert!(calls.iter().all(|call| call.method != "DELETE"), "something was deleted on doubt");
        let (promise, shelf) = (self.promise(), self.shelf().unwrap());
        assert_eq!(self.stage.checkly().variables(&self.account).len(), shelf.len(), "a key is there twice");
        for (key, held) in &shelf {
            assert!(promise.before.get(key) == Some(held) || promise.after.get(key) == Some(held), "{key} is {held:?}");
        }
        for key in promise.before.keys() {
            assert!(shelf.contains_key(key), "{key} is gone");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j13_a_list_that_makes_no_sense_changes_nothing() {
    on_stage(Setup::default(), |stage| async move {
        let deep = format!("[{}", "[".repeat(100_000));
        for effect in [
            FaultEffect::Truncate,
            FaultEffect::WrongContentType { content_type: None },
            FaultEffect::Nonsense { body: None },
            nonsense("null"),
            nonsense(""),
            nonsense("\"[]\""),
            nonsense(r#"[{"value":"x"}]"#),
            nonsense(r#"[{"key":7,"value":"x"}]"#),
            nonsense(r#"[{"key":"KEY_000","value":{"x":1}}]"#),
            nonsense(&deep),
            nonsense("[{\"key\":\"\u{0}\\ud800\"}]"),
        ] {
            for place in [Place::Account, Place::Group] {
                let scene = stage.scene(place).await;
                scene.strike(&[Fault::new(effect.clone()).on_method("GET")]).await;
                let whose = if effect == FaultEffect::Truncate { "The network" } else { "Checkly" };
                scene.check(Fate::goes_on(whose, "Checkly")).await;
                assert_eq!(scene.shelf().unwrap(), scene.promise().before, "{effect:?}");
                scene.heal_alone().await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j13_a_confirmation_that_makes_no_sense_confirms_nothing() {
    on_stage(Setup::default(), |stage| async move {
        for (effect, whose) in [
            (FaultEffect::Truncate, "The network"),
            (FaultEffect::WrongContentType { content_type: None }, "Checkly"),
            (FaultEffect::Nonsense { body: None }, "Checkly"),
            (nonsense("[]"), "Checkly"),
            (nonsense(r#"{"key":"ANOTHER","secret":true}"#), "Checkly"),
            (nonsense(r#"{"key":"KEY_000","secret":false}"#), "Checkly"),
        ] {
            let scene = stage.scene(Place::Account).await;
            scene.strike(&[Fault::new(effect.clone()).on_method("PUT"), Fault::new(effect.clone()).on_method("POST")]).await;
            scene.check(Fate::goes_on(whose, "KEY_000: ")).await;
            scene.heal_alone().await;
            let scene = stage.scene(Place::Group).await;
            scene.strike(&[Fault::new(effect).on_method("PUT")]).await;
            scene.check(Fate::goes_on(whose, "")).await;
            scene.heal_alone().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j13_an_empty_list_is_no_proof_that_all_is_gone() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        scene.strike(&[Fault::new(FaultEffect::EmptyList).on_method("GET")]).await;
        scene.check_doubted();
        stage.disarm().await;
        scene.run().await;
        scene.check_kept().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j13_an_empty_group_is_looked_at_twice_before_it_is_believed() {
    on_stage(Setup::default(), |stage| async move {
        let empty = nonsense(&format!(r#"{{"id":{GROUP},"name":"Checkout","environmentVariables":[]}}"#));
        // It lies to the plan and to the look before the write.
        let scene = stage.scene(Place::Group).await;
        scene.strike(&[Fault::new(empty.clone()).on_method("GET").times(2)]).await;
        scene.check(Fate::goes_on("Checkly", "Nothing is done on doubt")).await;
        assert_eq!(scene.shelf().unwrap(), scene.promise().before);
        scene.heal_alone().await;

        // A removal does not take it for done.
        stage.arm(&[Fault::new(empty).on_method("GET").times(1)]).await;
        stage.api("POST", &format!("{}/remove-secrets", scene.route()), json!(null)).await;
        eventually("the removal ends", async || {
            stage.settle(scene.id).await;
            let over = scene.sync().await["removeStatus"] == json!("succeeded");
            stage.advance(5_000);
            over.then_some(())
        })
        .await;
        assert_eq!(scene.shelf().unwrap().keys().collect::<Vec<_>>(), ["THEIRS"]);

        // Somebody did empty it.
        let scene = stage.scene(Place::Group).await;
        let group = Group { id: GROUP, name: "Checkout".to_owned(), ..Group::default() };
        assert!(stage.checkly().add_group(&scene.account, group));
        scene.plan().await;
        scene.run().await;
        scene.heal_alone().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j02_every_page_is_read_and_pages_that_shift_orphan_nothing() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.synced(Place::Account, 230, json!({"deletionBreaker": null})).await;
        for effect in [FaultEffect::RepeatKeys { by: 7 }, FaultEffect::DropKeys { by: 7 }, FaultEffect::DropKeys { by: 150 }] {
            stage.advance(61_000);
            let present: Vec<String> = scene.wanted().into_keys().collect();
            scene.put(&["KEY_000", "KEY_001"]).await;
            scene.remove(&present.iter().rev().take(2).map(String::as_str).collect::<Vec<_>>()).await;
            scene.plan().await;
            assert_eq!(scene.promise().writes.len(), 4, "each page is seen: nothing else is new, nothing is gone");
            scene.strike(&[Fault::new(effect).on_method("GET")]).await;
            let shelf = scene.shelf().unwrap();
            assert_eq!(stage.checkly().variables(&scene.account).len(), shelf.len(), "a key is there twice");
            for (key, held) in &scene.promise().after {
                assert_eq!(shelf.get(key), Some(held), "{key}");
            }
            stage.disarm().await;
            stage.advance(61_000);
            scene.run().await;
            scene.check_kept().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_j13_an_answer_without_an_end_is_not_read_to_the_end() {
    on_stage(Setup::default(), |stage| async move {
        for filling in [Filling::Items, Filling::Blanks, Filling::Nested, Filling::Value] {
            // Ten gigabytes: whoever reads on is found out by the deadline of this test.
            let huge = FaultEffect::Huge { bytes: 10 << 30, filling };
            let scene = stage.scene(Place::Account).await;
            scene.strike(&[Fault::new(huge.clone()).on_method("GET")]).await;
            scene.check(Fate::goes_on("Checkly", "larger than 16777216 bytes")).await;
            scene.heal_alone().await;
        }
        let scene = stage.scene(Place::Account).await;
        let huge = FaultEffect::Huge { bytes: 10 << 30, filling: Filling::Items };
        let other = stage.scene(Place::Account).await;
        scene.strike(&[Fault::new(huge).on_method("PUT").on_key("KEY_001")]).await;
        scene.check(Fate::goes_on("Checkly", "larger than 4194304 bytes")).await;
        scene.heal_alone().await;
        other.plan().await;
        other.run().await;
        other.check_kept().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f03_the_key_never_follows_a_redirect() {
    on_stage(Setup::default(), |stage| async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let elsewhere = format!("http://{}/v1/variables", listener.local_addr().unwrap());
        let visits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&visits);
        let task = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        for status in [301, 302, 303, 307, 308] {
            let method = if status % 2 == 0 { "GET" } else { "PUT" };
            let scene = stage.scene(Place::Account).await;
            let redirect = FaultEffect::Redirect { status: Some(status), location: elsewhere.clone() };
            scene.strike(&[Fault::new(redirect).on_method(method)]).await;
            scene.check(Fate::goes_on("Checkly", "redirect")).await;
            scene.heal_alone().await;
        }
        assert_eq!(visits.load(Ordering::SeqCst), 0, "somebody came");
        task.abort();
    })
    .await;
}
