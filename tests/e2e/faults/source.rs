//! The source, or what the sync hangs on, breaks, moves or goes away. Nothing is deleted because something could not be read.

use keyferry_checkly_sim::{Fault, FaultEffect};
use keyferry_test_support::eventually;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Fate, Place, Scene, Setup, Stage, on_stage};

impl Scene<'_> {
    /// Flips a bit of a stored value.
    async fn damage(&self, key: &str) {
        let app = &self.stage.world.app;
        let folder: Uuid = self.folder["id"].as_str().unwrap().parse().unwrap();
        let rows = keyferry_db::secrets::list_in_folders(app.db.read(), &[folder], &[Uuid::nil()]).await.unwrap();
        let mut row = rows.into_iter().find(|row| row.key == key).unwrap();
        let last = row.value.len() - 1;
        row.value[last] ^= 1;
        let tx = app.db.begin().await.unwrap();
        keyferry_db::update(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Begins a run and waits until it is in the middle of its calls, where it stays for a moment.
    async fn begin_slow_run(&self) {
        let slow = Fault::new(FaultEffect::Hang { ms: Some(400), apply: false }).on_method("POST").nth(2).times(1);
        self.stage.arm(&[slow]).await;
        self.trigger().await;
        eventually("the run is in the middle of its calls", async || {
            let posts = self.stage.checkly().log().iter().filter(|call| call.method == "POST").count();
            (posts >= 2).then_some(())
        })
        .await;
    }

    fn folder_route(&self) -> String {
        format!("/api/v2/folders/{}", self.folder["id"].as_str().unwrap())
    }
}

impl Stage {
    fn in_root(&self) -> Value {
        json!({"projectId": self.project, "environment": "prod", "path": "/"})
    }

    async fn environment(&self, slug: &str) -> Value {
        let path = format!("/api/v1/projects/{}", self.project);
        let project = self.api("GET", &path, Value::Null).await;
        let all = project.get("project").unwrap_or(&project)["environments"].as_array().unwrap().clone();
        all.into_iter().find(|environment| environment["slug"] == json!(slug)).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn j09_a_value_that_does_not_decrypt_blocks_its_key_and_every_deletion() {
    on_stage(Setup::default(), |stage| async move {
        for place in [Place::Account, Place::Group] {
            // Damaged before the change is planned: the plan says so.
            let scene = stage.scene(place).await;
            scene.damage("KEY_001").await;
            scene.plan().await;
            assert!(scene.promise().writes.values().all(|action| action != "delete"));
            scene.run().await;
            scene.check(Fate::failed("Keyferry", "KEY_001: The stored value cannot be decrypted")).await;
            assert_eq!(scene.shelf().unwrap(), scene.promise().after, "the others are there, and nothing is gone");
            // The mended value goes out, and so does what was held back.
            scene.put(&["KEY_001"]).await;
            scene.plan().await;
            assert_eq!(scene.promise().writes.values().filter(|action| *action == "delete").count(), 2);
            scene.run().await;
            scene.check_kept().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j09_a_reference_that_leads_nowhere_blocks_its_key_and_deletes_nothing_for_it() {
    on_stage(Setup::default(), |stage| async move {
        for place in [Place::Account, Place::Group] {
            let scene = stage.scene(place).await;
            scene.put_values(&[("KEY_001".to_owned(), "${nowhere.at.all.KEY}".to_owned())]).await;
            scene.plan().await;
            scene.run().await;
            scene.check(Fate::failed("Your settings", "KEY_001: A reference in the value leads nowhere")).await;
            assert_eq!(scene.shelf().unwrap(), scene.promise().after);
            scene.put(&["KEY_001"]).await;
            scene.plan().await;
            scene.run().await;
            scene.check_kept().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_or_connection_renamed_during_the_run_is_followed() {
    on_stage(Setup::default(), |stage| async move {
        let mut scene = stage.scene(Place::Account).await;
        scene.begin_slow_run().await;
        let mut body = stage.in_root();
        let name = stage.name("renamed");
        body["name"] = json!(name);
        stage.api("PATCH", &scene.folder_route(), body).await;
        let connection = format!("/api/v1/app-connections/checkly/{}", scene.connection);
        stage.api("PATCH", &connection, json!({"name": name.clone()})).await;
        stage.settle(scene.id).await;
        stage.disarm().await;
        scene.check_kept().await;
        // From under the new name too.
        scene.folder["name"] = json!(name);
        scene.put(&["KEY_000", "AFTER"]).await;
        scene.plan().await;
        scene.run().await;
        scene.check_kept().await;
        // A connection that is in use is not deleted.
        let (status, answer) = stage.try_api("DELETE", &connection, Value::Null).await;
        assert_eq!(status, 400, "{answer}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j09_a_folder_deleted_during_the_run_deletes_nothing_at_checkly() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        scene.begin_slow_run().await;
        let mut body = stage.in_root();
        body["forceDelete"] = json!(true);
        stage.api("DELETE", &scene.folder_route(), body).await;
        stage.settle(scene.id).await;
        stage.disarm().await;
        // The run that was at work did what it had read; from now on there is no source, and nothing is concluded from that.
        let shelf = scene.shelf().unwrap();
        stage.calls();
        let (status, answer) = stage.try_api("POST", &format!("{}/sync-secrets", scene.route()), Value::Null).await;
        assert_eq!(status, 400, "{answer}");
        stage.advance(25 * 60 * 60_000);
        stage.settle(scene.id).await;
        assert!(stage.calls().is_empty());
        assert_eq!(scene.shelf().unwrap(), shelf);
        for key in ["KEY_003", "KEY_004", "KEY_005", "THEIRS"] {
            assert_eq!(shelf.get(key), scene.promise().before.get(key), "{key}");
        }
        let sync = scene.sync().await;
        assert_eq!((&sync["folderId"], &sync["environment"]), (&Value::Null, &Value::Null), "{sync:#}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j09_an_environment_renamed_or_deleted_during_the_run_deletes_nothing_at_checkly() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        let environment = stage.environment("prod").await["id"].as_str().unwrap().to_owned();
        let route = format!("/api/v1/projects/{}/environments/{environment}", stage.project);
        scene.begin_slow_run().await;
        stage.api("PATCH", &route, json!({"name": "Live", "slug": "live"})).await;
        stage.settle(scene.id).await;
        stage.disarm().await;
        scene.check_kept().await;
        assert_eq!(scene.sync().await["environment"]["slug"], json!("live"));

        let shelf = scene.shelf().unwrap();
        stage.arm(&[Fault::new(FaultEffect::Hang { ms: Some(400), apply: false }).on_method("GET").times(1)]).await;
        scene.trigger().await;
        eventually("the run reads", async || (!stage.checkly().log().is_empty()).then_some(())).await;
        stage.api("DELETE", &route, Value::Null).await;
        stage.settle(scene.id).await;
        stage.disarm().await;
        stage.advance(25 * 60 * 60_000);
        stage.settle(scene.id).await;
        assert!(stage.calls().iter().all(|call| call.method == "GET"), "nothing is written without a source");
        assert_eq!(scene.shelf().unwrap(), shelf);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_deleted_during_the_run_ends_it_and_leaves_checkly_alone() {
    on_stage(Setup::default(), |stage| async move {
        let scene = stage.scene(Place::Account).await;
        scene.begin_slow_run().await;
        stage.api("DELETE", &format!("/api/v1/projects/{}", stage.project), Value::Null).await;
        eventually("nothing of the run is left", async || {
            let job = keyferry_db::jobs::find(stage.world.app.db.read(), "sync-secrets", &scene.id.to_string()).await.unwrap();
            stage.advance(1_500);
            job.is_none().then_some(())
        })
        .await;
        stage.disarm().await;
        let (shelf, promise) = (scene.shelf().unwrap(), scene.promise());
        for (key, held) in &promise.before {
            let is = shelf.get(key);
            assert!(is == Some(held) || is == promise.after.get(key), "{key} is {is:?}");
        }
        stage.calls();
        stage.advance(25 * 60 * 60_000);
        stage.settle(scene.id).await;
        assert!(stage.calls().is_empty(), "nobody works for a project that is gone");
        let (status, _) = stage.try_api("GET", &scene.route(), Value::Null).await;
        assert_eq!(status, 404);
        // The connection, which belongs to the organization, is free again.
        stage.api("DELETE", &format!("/api/v1/app-connections/checkly/{}", scene.connection), Value::Null).await;
    })
    .await;
}
