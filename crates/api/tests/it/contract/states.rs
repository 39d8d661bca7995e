//! What a sync shows of its runs (sections 4.5 and 4.6), and what goes with its connection's app and its project.

use http::{Method, StatusCode};
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};
use keyferry_db::entities::app_connections;
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::Bench;
use crate::secret_syncs::{PATH, refused};

const CONNECTIONS: &str = "/api/v1/app-connections/checkly";

#[tokio::test(flavor = "multi_thread")]
async fn success_and_failure_leave_what_the_contract_says() {
    on_each_backend(|world| async move {
        let mut bench = Bench::new(world).await;
        bench.put("TOKEN", "one").await;
        let mut body = bench.s.body("states");
        body["syncOptions"]["keySchema"] = json!("SHOP_{{secretKey}}");
        let id = bench.s.made(body).await["id"].clone();
        bench.work();
        let good = bench.once(&id, "syncStatus", "succeeded").await;
        assert_eq!(good["lastSyncMessage"], Value::Null);
        assert_eq!(good["lastSyncedAt"], "2026-03-02T12:00:00.000Z");
        assert!(good["lastSyncJobId"].is_string());

        bench.s.api.world.clock.advance_ms(1_000);
        let effect = FaultEffect::Status { status: 401, body: ErrorBody::Json, apply: false };
        bench.s.api.world.sim.state().push_fault(Fault::new(effect).on_method("PUT"));
        bench.put("TOKEN", "two").await;
        let bad = bench.once(&id, "syncStatus", "failed").await;
        assert_eq!(bad["lastSyncedAt"], good["lastSyncedAt"], "the time of the last success");
        assert_ne!(bad["lastSyncJobId"], good["lastSyncJobId"]);
        // A JSON text that names the key, with the text of Checkly's answer inside.
        let message: Value = serde_json::from_str(bad["lastSyncMessage"].as_str().unwrap()).unwrap();
        assert_eq!(message["secretKey"], "SHOP_TOKEN");
        let inner: Value = serde_json::from_str(message["error"].as_str().unwrap()).unwrap();
        assert_eq!(inner["statusCode"], 401, "{message}");

        bench.s.api.world.sim.state().set_faults(Vec::new());
        bench.s.api.world.clock.advance_ms(1_000);
        bench.put("TOKEN", "three").await;
        let mended = bench.once(&id, "syncStatus", "succeeded").await;
        assert_eq!((&mended["lastSyncMessage"], &mended["lastSyncedAt"]), (&Value::Null, &json!("2026-03-02T12:00:02.000Z")));
        assert_eq!(bench.value("SHOP_TOKEN").as_deref(), Some("three"));
    })
    .await;
}

/// A connection of another app, as a later release may store them, is told apart on every route.
#[tokio::test]
async fn connections_of_another_app_are_refused_by_name() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.s.connection_id.clone();
        let sync = bench.s.made(bench.s.body("of-another")).await;
        let app = &bench.s.api.world.app;
        let tx = app.db.begin().await.unwrap();
        let row = keyferry_db::find_by_id::<app_connections::Model>(&tx, id.parse().unwrap()).await.unwrap().unwrap();
        keyferry_db::update(&tx, app_connections::Model { app: "humio".to_owned(), ..row }).await.unwrap();
        tx.commit().await.unwrap();

        let path = format!("{CONNECTIONS}/{id}");
        let text = format!("App Connection with ID {id} is not for App \"checkly\"");
        for (method, path) in
            [(Method::GET, &path), (Method::PATCH, &path), (Method::DELETE, &path), (Method::GET, &format!("{path}/usage"))]
        {
            let answer = bench.s.api.call(&bench.s.token, method, path, json!({})).await;
            refused(&answer, StatusCode::BAD_REQUEST, &text);
        }
        let answer = bench.s.api.get(&bench.s.token, &format!("{CONNECTIONS}/connection-name/eu")).await;
        refused(&answer, StatusCode::BAD_REQUEST, "App Connection with name eu is not for App \"checkly\"");
        let text = format!("humio Connection with ID {id} cannot be used to connect to Checkly");
        for path in [format!("{path}/accounts"), format!("{path}/accounts/a/groups")] {
            refused(&bench.s.api.get(&bench.s.token, &path).await, StatusCode::BAD_REQUEST, &text);
        }
        refused(&bench.s.create(bench.s.body("y")).await, StatusCode::BAD_REQUEST, &text);
        assert_eq!(bench.call(Method::GET, CONNECTIONS, Value::Null).await.1, json!({"appConnections": []}));

        let one = bench.s.path(&sync["id"]);
        let text = format!("Secret sync with ID \"{}\" is not configured for Checkly", sync["id"].as_str().unwrap());
        for (method, path) in [
            (Method::GET, one.clone()),
            (Method::GET, format!("{PATH}/sync-name/of-another?projectId={}", bench.s.project_id)),
            (Method::PATCH, one.clone()),
            (Method::DELETE, one.clone()),
            (Method::POST, format!("{one}/sync-secrets")),
            (Method::POST, format!("{one}/remove-secrets")),
        ] {
            let answer = bench.s.api.call(&bench.s.token, method.clone(), &path, json!({})).await;
            assert_eq!((answer.status, &answer.body["message"]), (StatusCode::BAD_REQUEST, &json!(text)), "{method} {path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_project_takes_its_syncs_and_connections_along() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let own = crate::secret_syncs::connection(&bench.s.api, &bench.s.token, "own", Some(bench.s.project_id)).await;
        let mut body = bench.s.body("x");
        body["connectionId"] = json!(own);
        let sync = bench.s.made(body).await;
        let project = format!("/api/v1/projects/{}", bench.s.project_id);
        let (status, answer) = bench.call(Method::DELETE, &project, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(bench.s.get(&sync["id"]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(bench.call(Method::GET, &format!("{CONNECTIONS}/{own}"), Value::Null).await.0, StatusCode::NOT_FOUND);
        let shared = format!("{CONNECTIONS}/{}", bench.s.connection_id);
        assert_eq!(bench.call(Method::DELETE, &shared, Value::Null).await.0, StatusCode::OK, "nothing uses it any more");
    })
    .await;
}
