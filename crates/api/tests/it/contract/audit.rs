//! Section 7.2: each event's type and metadata, and what is not audited.

use http::{Method, StatusCode};
use keyferry_db::entities::audit_logs;
use keyferry_test_support::{eventually, on_each_backend};
use serde_json::{Value, json};

use super::Bench;
use crate::arrange;
use crate::secret_syncs::PATH;

const CONNECTIONS: &str = "/api/v1/app-connections/checkly";

impl Bench {
    /// The rows of a request, without those before it.
    async fn rows_of(&self, method: Method, path: &str, body: Value) -> Vec<audit_logs::Model> {
        let before = arrange::audit_rows(&self.s.api.world).await.len();
        let (status, answer) = self.call(method, path, body).await;
        assert!(status == StatusCode::OK || status == StatusCode::BAD_REQUEST, "{path}: {answer}");
        let mut rows = arrange::audit_rows(&self.s.api.world).await;
        rows.truncate(rows.len() - before);
        rows
    }

    /// The one event of a request: its type, and its metadata.
    async fn event(&self, method: Method, path: &str, body: Value) -> (String, Value) {
        let rows = self.rows_of(method.clone(), path, body).await;
        assert_eq!(rows.len(), 1, "{method} {path}: {:?}", rows.iter().map(|row| &row.event_type).collect::<Vec<_>>());
        assert_eq!(rows[0].actor_type, "user", "{method} {path}");
        assert!(!rows[0].event_metadata.contains(&self.s.api.world.api_key), "no credential");
        (rows[0].event_type.clone(), serde_json::from_str(&rows[0].event_metadata).unwrap())
    }
}

#[tokio::test]
async fn events_of_connections() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = &bench.s.connection_id;
        let one = format!("{CONNECTIONS}/{id}");
        let project = bench.s.project_id;
        let get = async |path: &str| bench.event(Method::GET, path, Value::Null).await;
        let listed = |app: bool, ids: Value| {
            let mut metadata = json!({"count": ids.as_array().unwrap().len(), "connectionIds": ids});
            if app {
                metadata["app"] = json!("checkly");
            }
            ("get-app-connections".to_owned(), metadata)
        };
        assert_eq!(get("/api/v1/app-connections").await, listed(false, json!([id])));
        assert_eq!(get(CONNECTIONS).await, listed(true, json!([id])));
        assert_eq!(get(&format!("{CONNECTIONS}?projectId={project}")).await, listed(true, json!([])));
        let available =
            ("get-available-app-connections-details".to_owned(), json!({"app": "checkly", "count": 1, "connectionIds": [id]}));
        assert_eq!(get(&format!("{CONNECTIONS}/available?projectId={project}")).await, available);
        let read = ("get-app-connection".to_owned(), json!({"connectionId": id}));
        assert_eq!(get(&one).await, read);
        assert_eq!(get(&format!("{CONNECTIONS}/connection-name/eu")).await, read);
        assert_eq!(get(&format!("{one}/usage")).await, ("get-app-connection-usage".to_owned(), json!({"connectionId": id})));
        let key = &bench.s.api.world.api_key;
        let body = json!({"name": "us", "method": "api-key", "credentials": {"apiKey": key}, "description": "x"});
        let (kind, metadata) = bench.event(Method::POST, CONNECTIONS, body).await;
        assert_eq!(kind, "create-app-connection");
        let made = metadata["connectionId"].clone();
        assert_eq!(
            metadata,
            json!({
                "name": "us", "method": "api-key", "app": "checkly", "connectionId": made, "isPlatformManagedCredentials": false
            })
        );
        let made = format!("{CONNECTIONS}/{}", made.as_str().unwrap());
        let id = made.rsplit('/').next().unwrap();
        let body = json!({"name": "us-2", "description": "y", "credentials": {"apiKey": key}});
        assert_eq!(
            bench.event(Method::PATCH, &made, body).await,
            (
                "update-app-connection".to_owned(),
                json!({
                    "name": "us-2", "description": "y", "credentialsUpdated": true, "connectionId": id,
                    "isPlatformManagedCredentials": false
                })
            )
        );
        assert_eq!(
            bench.event(Method::DELETE, &made, Value::Null).await,
            ("delete-app-connection".to_owned(), json!({"connectionId": id}))
        );
        for path in ["/api/v1/app-connections/options", &format!("{one}/accounts"), &format!("{one}/accounts/a/groups")] {
            assert_eq!(bench.rows_of(Method::GET, path, Value::Null).await.len(), 0, "{path} is not audited");
        }
    })
    .await;
}

#[tokio::test]
async fn events_of_syncs() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let mut body = bench.s.body("audited");
        body["isAutoSyncEnabled"] = json!(false);
        body["description"] = json!("d");
        let (kind, metadata) = bench.event(Method::POST, PATH, body.clone()).await;
        assert_eq!(kind, "create-secret-sync");
        let id = metadata["syncId"].clone();
        let mut expected = body;
        expected["syncId"] = id.clone();
        expected["destination"] = json!("checkly");
        assert_eq!(metadata, expected, "the whole body");

        let one = bench.s.path(&id);
        let get = async |path: &str| bench.event(Method::GET, path, Value::Null).await;
        let query = format!("projectId={}", bench.s.project_id);
        assert_eq!(
            get(&format!("/api/v1/secret-syncs?{query}")).await,
            ("get-secret-syncs".to_owned(), json!({"count": 1, "syncIds": [id]}))
        );
        assert_eq!(
            get(&format!("{PATH}?{query}")).await,
            ("get-secret-syncs".to_owned(), json!({"destination": "checkly", "count": 1, "syncIds": [id]}))
        );
        let read = ("get-secret-sync".to_owned(), json!({"syncId": id, "destination": "checkly"}));
        assert_eq!(get(&one).await, read);
        assert_eq!(get(&format!("{PATH}/sync-name/audited?{query}")).await, read);

        let change = json!({
            "name": "changed", "description": null, "environment": "prod", "secretPath": "/",
            "connectionId": bench.s.connection_id, "isAutoSyncEnabled": false,
            "syncOptions": {"initialSyncBehavior": "overwrite-destination", "keySchema": "A_{{secretKey}}"},
            "destinationConfig": {"accountId": bench.s.api.world.account_id}
        });
        let mut expected = change.clone();
        expected["syncId"] = id.clone();
        expected["destination"] = json!("checkly");
        assert_eq!(bench.event(Method::PATCH, &one, change).await, ("update-secret-sync".to_owned(), expected));

        let check = json!({"destinationConfig": {"accountId": "a"}, "projectId": bench.s.project_id});
        assert_eq!(bench.rows_of(Method::POST, &format!("{PATH}/check-destination"), check).await.len(), 0);
        assert_eq!(bench.rows_of(Method::GET, "/api/v1/secret-syncs/options", Value::Null).await.len(), 0);
        let import = format!("{one}/import-secrets?importBehavior=prioritize-source");
        assert_eq!(bench.rows_of(Method::POST, &import, Value::Null).await.len(), 0);
        for remove in [true, false] {
            let (kind, metadata) = bench.event(Method::DELETE, &format!("{one}?removeSecrets={remove}"), Value::Null).await;
            assert_eq!(kind, "delete-secret-sync");
            assert_eq!(metadata, json!({"destination": "checkly", "syncId": id, "removeSecrets": remove}));
        }
    })
    .await;
}

/// The events of jobs: whose they are, and what they tell.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_jobs() {
    on_each_backend(|world| async move {
        let mut bench = Bench::new(world).await;
        bench.put("TOKEN", "canary-of-the-audit-log").await;
        let made = bench.s.made(bench.s.body("job")).await;
        let id = made["id"].clone();
        bench.work();
        bench.once(&id, "syncStatus", "succeeded").await;
        let of_jobs = |kind: &'static str, count: usize| {
            let bench = &bench;
            async move {
                eventually(kind, || async {
                    let rows = arrange::audit_rows(&bench.s.api.world).await;
                    let rows: Vec<_> = rows.into_iter().filter(|row| row.event_type == kind).collect();
                    (rows.len() >= count).then_some(rows)
                })
                .await
            }
        };
        let rows = of_jobs("secret-sync-sync-secrets", 1).await;
        assert_eq!((rows.len(), rows[0].actor_type.as_str(), rows[0].actor_id), (1, "platform", None));
        let shown = bench.sync(&id).await;
        let expected = json!({
            "syncId": id, "syncOptions": shown["syncOptions"], "destination": "checkly",
            "destinationConfig": shown["destinationConfig"], "folderId": shown["folderId"],
            "connectionId": bench.s.connection_id, "jobRanAt": "2026-03-02T12:00:00.000Z", "jobId": shown["lastSyncJobId"],
            "syncStatus": "succeeded", "syncMessage": null
        });
        assert_eq!(serde_json::from_str::<Value>(&rows[0].event_metadata).unwrap(), expected);
        assert_eq!(rows[0].project_id, Some(bench.s.project_id));

        eventually("the run's lease is free", || async {
            (bench.s.post(&id, "sync-secrets").await.status == StatusCode::OK).then_some(())
        })
        .await;
        let rows = of_jobs("secret-sync-sync-secrets", 2).await;
        assert_eq!((rows[0].actor_type.as_str(), rows[0].actor_id), ("user", bench.s.api.world.admin.actor.id()));

        eventually("the run's lease is free", || async {
            (bench.s.post(&id, "remove-secrets").await.status == StatusCode::OK).then_some(())
        })
        .await;
        let rows = of_jobs("secret-sync-remove-secrets", 1).await;
        assert_eq!((rows[0].actor_type.as_str(), rows[0].actor_id), ("user", bench.s.api.world.admin.actor.id()));
        let shown = bench.once(&id, "removeStatus", "succeeded").await;
        let mut expected = expected;
        for name in ["syncStatus", "syncMessage"] {
            expected.as_object_mut().unwrap().remove(name);
        }
        expected["jobId"] = shown["lastRemoveJobId"].clone();
        expected["removeStatus"] = json!("succeeded");
        expected["removeMessage"] = Value::Null;
        assert_eq!(serde_json::from_str::<Value>(&rows[0].event_metadata).unwrap(), expected);
        let all = arrange::audit_rows(&bench.s.api.world).await;
        assert!(all.iter().all(|row| !row.event_metadata.contains("canary-of-the-audit-log")));
    })
    .await;
}
