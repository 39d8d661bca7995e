//! The behaviour checks of section 9, one test each.

use http::{Method, StatusCode};
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};
use keyferry_test_support::{eventually, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Bench;
use crate::arrange;
use crate::secret_syncs::{FOLDER_GONE, PATH, issue, refused};

const CONNECTIONS: &str = "/api/v1/app-connections/checkly";

impl Bench {
    async fn connect(&self, name: &str, key: &str, project_id: Option<Uuid>) -> crate::support::Answer {
        let body = json!({"name": name, "method": "api-key", "credentials": {"apiKey": key}, "projectId": project_id});
        self.s.api.call(&self.s.token, Method::POST, CONNECTIONS, body).await
    }

    fn key(&self) -> &str {
        &self.s.api.world.api_key
    }
}

#[tokio::test]
async fn v9_01_a_key_checkly_answers_401_is_not_stored() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (_, before) = bench.call(Method::GET, CONNECTIONS, Value::Null).await;
        let answer = bench.connect("us", "cu_unknown", None).await;
        refused(&answer, StatusCode::BAD_REQUEST, "Failed to validate credentials: Request failed with status code 401");
        assert_eq!((&answer.body["error"], &answer.body["statusCode"]), (&json!("BadRequest"), &json!(400)));
        assert_eq!(bench.calls(), 1);
        assert_eq!(bench.call(Method::GET, CONNECTIONS, Value::Null).await.1, before, "nothing is stored");
    })
    .await;
}

#[tokio::test]
async fn v9_02_a_name_is_compared_after_the_outbound_call_and_within_its_scope() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        assert_eq!(bench.connect("twice", bench.key(), None).await.status, StatusCode::OK);
        assert_eq!(bench.calls(), 1);
        let text = "An App Connection with the name \"twice\" already exists";
        refused(&bench.connect("twice", bench.key(), None).await, StatusCode::BAD_REQUEST, text);
        assert_eq!(bench.calls(), 1, "the name is compared after the key");
        assert_eq!(bench.connect("twice", bench.key(), Some(bench.s.project_id)).await.status, StatusCode::OK);
        refused(&bench.connect("twice", bench.key(), Some(bench.s.project_id)).await, StatusCode::BAD_REQUEST, text);
        let other = bench.s.api.world.project("other").await.unwrap();
        assert_eq!(bench.connect("twice", bench.key(), Some(other)).await.status, StatusCode::OK, "once per project");
    })
    .await;
}

#[tokio::test]
async fn v9_03_the_hash_moves_only_when_credentials_are_written() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let path = format!("{CONNECTIONS}/{}", bench.s.connection_id);
        let hash = async |body: Value| {
            let (status, answer) = bench.call(Method::PATCH, &path, body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            answer["appConnection"]["credentialsHash"].as_str().unwrap().to_owned()
        };
        let first = hash(json!({})).await;
        assert_eq!(hash(json!({"description": "a note"})).await, first);
        assert_eq!(hash(json!({"name": "renamed"})).await, first);
        assert_eq!(bench.calls(), 0);
        let again = hash(json!({"credentials": {"apiKey": bench.key()}})).await;
        assert_ne!(again, first, "a fresh nonce, so another hash of the same key");
        assert_eq!(bench.calls(), 1);
        let (_, read) = bench.call(Method::GET, &path, Value::Null).await;
        assert_eq!(read["appConnection"]["credentialsHash"], json!(again));
    })
    .await;
}

#[tokio::test]
async fn v9_04_a_connection_in_use_is_not_deleted() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let made = bench.s.made(bench.s.body("user")).await;
        let path = format!("{CONNECTIONS}/{}", bench.s.connection_id);
        let answer = bench.s.api.call(&bench.s.token, Method::DELETE, &path, Value::Null).await;
        let text = "Cannot delete App Connection with existing connections. Remove all existing connections and try again.";
        refused(&answer, StatusCode::BAD_REQUEST, text);
        assert_eq!(bench.call(Method::DELETE, &bench.s.path(&made["id"]), Value::Null).await.0, StatusCode::OK);
        let (status, answer) = bench.call(Method::DELETE, &path, Value::Null).await;
        assert_eq!((status, &answer["appConnection"]["id"]), (StatusCode::OK, &json!(bench.s.connection_id)));
        assert_eq!(bench.call(Method::GET, &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn v9_05_pickers_do_not_serve_identities() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        let identity = world.identity(world.org_id, "robot", "admin").await.unwrap();
        let token = bench.s.api.token(&identity);
        let path = format!("{CONNECTIONS}/{}/accounts", bench.s.connection_id);
        for path in [format!("{path}?x=1"), format!("{path}/a/groups"), path.replace("/accounts", "/usage")] {
            let answer = bench.s.api.get(&token, &path).await;
            refused(&answer, StatusCode::FORBIDDEN, "You are not allowed to access this resource");
            assert_eq!(answer.body["error"], format!("Forbidden access to {path}"));
        }
        assert_eq!(bench.calls(), 0);
    })
    .await;
}

#[tokio::test]
async fn v9_06_only_overwriting_is_an_initial_behaviour() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        for behavior in ["import-prioritize-source", "import-prioritize-destination"] {
            let mut body = bench.s.body("x");
            body["syncOptions"]["initialSyncBehavior"] = json!(behavior);
            assert_eq!(
                *issue(&bench.s.create(body).await),
                json!({
                    "received": behavior, "code": "invalid_literal", "expected": "overwrite-destination",
                    "path": ["syncOptions", "initialSyncBehavior"],
                    "message": "Invalid literal value, expected \"overwrite-destination\""
                })
            );
        }
    })
    .await;
}

#[tokio::test]
async fn v9_07_a_group_id_is_a_string() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let mut body = bench.s.body("x");
        body["destinationConfig"]["groupId"] = json!(271_828);
        assert_eq!(
            *issue(&bench.s.create(body).await),
            json!({
                "code": "invalid_type", "expected": "string", "received": "number", "path": ["destinationConfig", "groupId"],
                "message": "Expected string, received number"
            })
        );
    })
    .await;
}

/// Differs: only a run at work refuses; one that waits, or pauses between attempts, is joined.
#[tokio::test]
async fn v9_08_a_run_at_work_refuses_another() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.s.made(bench.s.body("busy")).await["id"].clone();
        assert_eq!(bench.s.post(&id, "sync-secrets").await.status, StatusCode::OK, "the waiting run is joined");
        assert_eq!(bench.runs(&id).await.len(), 1);
        arrange::hold_sync_lease(&bench.s.api.world, id.as_str().unwrap().parse().unwrap()).await;
        let text = "A job for this sync is already in progress. Please try again shortly.";
        refused(&bench.s.post(&id, "sync-secrets").await, StatusCode::BAD_REQUEST, text);
        refused(&bench.s.post(&id, "remove-secrets").await, StatusCode::BAD_REQUEST, text);
    })
    .await;
}

#[tokio::test]
async fn v9_09_importing_is_refused_after_validation() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.s.made(bench.s.body("x")).await["id"].clone();
        let answer = bench.s.post(&id, "import-secrets").await;
        assert_eq!((&issue(&answer)["path"], &issue(&answer)["message"]), (&json!(["importBehavior"]), &json!("Required")));
        let answer = bench.s.post(&id, "import-secrets?importBehavior=overwrite").await;
        assert_eq!(
            *issue(&answer),
            json!({
                "received": "overwrite", "code": "invalid_enum_value", "options": ["prioritize-source", "prioritize-destination"],
                "path": ["importBehavior"],
                "message": "Invalid enum value. Expected 'prioritize-source' | 'prioritize-destination', received 'overwrite'"
            })
        );
        let text = "Checkly does not support importing secrets.";
        for (id, behavior) in [(id, "prioritize-source"), (json!(Uuid::nil()), "prioritize-destination")] {
            let answer = bench.s.post(&id, &format!("import-secrets?importBehavior={behavior}")).await;
            refused(&answer, StatusCode::BAD_REQUEST, text);
        }
        let answer = bench.s.post(&json!("no-uuid"), "import-secrets?importBehavior=prioritize-source").await;
        assert_eq!(issue(&answer)["message"], "Invalid uuid");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v9_10_removal_ends_with_the_sync() {
    on_each_backend(|world| async move {
        let mut bench = Bench::new(world).await;
        bench.work();
        bench.put("TOKEN", "v").await;
        let id = bench.s.made(bench.s.body("going")).await["id"].clone();
        bench.once(&id, "syncStatus", "succeeded").await;
        assert_eq!(bench.value("TOKEN").as_deref(), Some("v"));
        let path = format!("{}?removeSecrets=true", bench.s.path(&id));
        // A run that has just ended may hold its lease a moment longer.
        let removing = eventually("the removal is taken", || async {
            let (status, answer) = bench.call(Method::DELETE, &path, Value::Null).await;
            (status == StatusCode::OK).then_some(answer)
        })
        .await;
        assert_eq!((&removing["secretSync"]["id"], &removing["secretSync"]["removeStatus"]), (&id, &json!("pending")));
        eventually("the sync is gone", || async { (bench.s.get(&id).await.status == StatusCode::NOT_FOUND).then_some(()) }).await;
        let text = format!("Could not find Checkly Sync with ID \"{}\"", id.as_str().unwrap());
        refused(&bench.s.get(&id).await, StatusCode::NOT_FOUND, &text);
        assert_eq!(bench.value("TOKEN"), None);
    })
    .await;
}

#[tokio::test]
async fn v9_11_a_sync_outlives_its_source() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        arrange::folder(&bench.s.api.world, bench.s.project_id, "prod", "/checkout").await;
        let mut body = bench.s.body("lost");
        body["secretPath"] = json!("/checkout");
        let id = bench.s.made(body).await["id"].clone();
        let folder = json!({"projectId": bench.s.project_id, "environment": "prod", "path": "/"});
        let (status, answer) = bench.call(Method::DELETE, "/api/v2/folders/checkout", folder).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let shown = bench.sync(&id).await;
        for field in ["environment", "folder", "folderId"] {
            assert_eq!(shown[field], Value::Null, "{field}");
        }
        refused(&bench.s.post(&id, "sync-secrets").await, StatusCode::BAD_REQUEST, FOLDER_GONE);
        refused(&bench.s.post(&id, "remove-secrets").await, StatusCode::BAD_REQUEST, FOLDER_GONE);
    })
    .await;
}

#[tokio::test]
async fn v9_12_names_do_not_tell_destinations_apart() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let account = bench.s.api.world.account_id.clone();
        let made = bench.s.made(bench.s.body("first")).await;
        let check = async |config: Value, exclude: Value| {
            let body = json!({"destinationConfig": config, "projectId": bench.s.project_id, "excludeSyncId": exclude});
            let (status, answer) = bench.call(Method::POST, &format!("{PATH}/check-destination"), body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            answer
        };
        let hit = json!({"hasDuplicate": true, "duplicateProjectId": bench.s.project_id});
        let miss = json!({"hasDuplicate": false});
        assert_eq!(check(json!({"accountId": account, "accountName": "Else"}), Value::Null).await, hit);
        assert_eq!(check(json!({"accountId": account, "groupId": "1"}), Value::Null).await, miss);
        assert_eq!(check(json!({"accountId": account}), made["id"].clone()).await, miss);
        let mut body = bench.s.body("second");
        body["destinationConfig"]["groupId"] = json!("1");
        body["destinationConfig"]["groupName"] = json!("One");
        bench.s.made(body).await;
        assert_eq!(check(json!({"accountId": account, "groupId": "1", "groupName": "Uno"}), Value::Null).await, hit);
    })
    .await;
}

/// Differs: nothing waits three seconds; changes coalesce into the run that waits, whenever it starts.
#[tokio::test(flavor = "multi_thread")]
async fn v9_13_ten_quick_writes_are_one_run() {
    on_each_backend(|world| async move {
        let mut bench = Bench::new(world).await;
        let mut body = bench.s.body("quick");
        body["isAutoSyncEnabled"] = json!(true);
        let id = bench.s.made(body).await["id"].clone();
        for n in 0..10 {
            bench.put("TOKEN", &format!("newest-{n}")).await;
        }
        let waiting = bench.runs(&id).await;
        assert_eq!((waiting.len(), &waiting[0]["status"]), (1, &json!("pending")));
        bench.work();
        bench.once(&id, "syncStatus", "succeeded").await;
        assert_eq!(bench.runs(&id).await.len(), 1);
        assert_eq!(bench.value("TOKEN").as_deref(), Some("newest-9"));
        assert_eq!(bench.calls(), 2, "one page read, one value written");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v9_14_a_failed_attempt_leaves_the_sync_running_and_a_trace() {
    on_each_backend(|world| async move {
        let mut bench = Bench::new(world).await;
        let effect = FaultEffect::Status { status: 500, body: ErrorBody::Json, apply: false };
        bench.s.api.world.sim.state().push_fault(Fault::new(effect).on_method("GET"));
        let id = bench.s.made(bench.s.body("failing")).await["id"].clone();
        bench.work();
        let events = eventually("the first attempt has ended", || async {
            let rows = arrange::audit_rows(&bench.s.api.world).await;
            let rows: Vec<_> = rows.into_iter().filter(|row| row.event_type == "secret-sync-sync-secrets").collect();
            (!rows.is_empty()).then_some(rows)
        })
        .await;
        // The clock stands still, so the second attempt never comes.
        assert_eq!(events.len(), 1);
        let metadata: Value = serde_json::from_str(&events[0].event_metadata).unwrap();
        assert_eq!((&metadata["syncId"], &metadata["syncStatus"]), (&id, &json!("failed")));
        assert!(metadata["syncMessage"].is_string(), "{metadata}");
        let shown = bench.sync(&id).await;
        assert_eq!((&shown["syncStatus"], &shown["lastSyncMessage"]), (&json!("running"), &Value::Null));
        let runs = bench.runs(&id).await;
        assert_eq!((runs.len(), &runs[0]["attempt"]), (1, &json!(1)));
    })
    .await;
}
