//! Keyferry's own optional fields on the contract's routes: `overlaps` of saved syncs, `force` of a trigger.

use http::{Method, StatusCode};
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::Bench;
use crate::arrange;
use crate::secret_syncs::{issue, refused};

#[tokio::test]
async fn saved_syncs_name_those_they_overlap_with() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let first = bench.s.made(bench.s.body("first")).await;
        assert_eq!(first.get("overlaps"), None, "absent when there is none");
        let second = bench.s.made(bench.s.body("second")).await;
        let project_id = bench.s.project_id;
        let expected = json!([{"projectId": project_id, "syncId": first["id"], "syncName": "first"}]);
        assert_eq!(second["overlaps"], expected);
        assert_eq!(bench.sync(&second["id"]).await.get("overlaps"), None, "the sync itself is the contract's");
        let schema = |text: &str| json!({"initialSyncBehavior": "overwrite-destination", "keySchema": text});
        let apart = bench.s.patch(&second["id"], json!({"syncOptions": schema("A_{{secretKey}}")})).await;
        assert_eq!(apart.body["secretSync"]["overlaps"], expected, "no schema can make any key");
        bench.s.patch(&first["id"], json!({"syncOptions": schema("B_{{secretKey}}")})).await;
        let apart = bench.s.patch(&second["id"], json!({"description": "x"})).await;
        assert_eq!(apart.body["secretSync"].get("overlaps"), None);
        let back = bench.s.patch(&second["id"], json!({"syncOptions": schema("B_A_{{secretKey}}")})).await;
        assert_eq!(back.body["secretSync"]["overlaps"], expected);
        let (status, answer) = bench.call(Method::POST, &format!("{}/plan", bench.s.path(&second["id"])), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let warnings = answer["plan"]["warnings"].as_array().unwrap();
        assert_eq!((warnings.len(), &warnings[0]["code"]), (1, &json!("overlapping_sync")), "{answer}");
        assert!(warnings[0]["message"].as_str().unwrap().contains("\"first\""));

        arrange::forbid_duplicate_destinations(&bench.s.api.world).await;
        let text = format!("A secret sync with this destination already exists in project {project_id}.");
        refused(&bench.s.create(bench.s.body("third")).await, StatusCode::BAD_REQUEST, &text);
    })
    .await;
}

#[tokio::test]
async fn a_trigger_can_force() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let mut body = bench.s.body("x");
        body["isAutoSyncEnabled"] = json!(false);
        let id = bench.s.made(body).await["id"].clone();
        let path = format!("{}/sync-secrets", bench.s.path(&id));
        for (body, trigger) in [(json!({"force": false}), "manual"), (json!({"force": true}), "force"), (Value::Null, "force")] {
            let (status, answer) = bench.call(Method::POST, &path, body).await;
            assert_eq!((status, &answer["secretSync"]["syncStatus"]), (StatusCode::OK, &json!("pending")));
            let runs = bench.runs(&id).await;
            assert_eq!((runs.len(), &runs[0]["trigger"]), (1, &json!(trigger)), "the waiting run takes the stronger cause");
        }
        let answer = bench.s.api.call(&bench.s.token, Method::POST, &path, json!({"force": "yes"})).await;
        assert_eq!(
            *issue(&answer),
            json!({
                "code": "invalid_type", "expected": "boolean", "received": "string", "path": ["force"],
                "message": "Expected boolean, received string"
            })
        );
    })
    .await;
}
