//! Point in time over the wire (core API contract, section 12).

use http::{Method, StatusCode};
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use crate::support::Api;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_looked_back_at_reverted_and_rolled_back() {
    on_each_backend(|world| async move {
        let api = Api::over(world);
        let token = api.token(&api.world.admin);
        let project_id = api.world.project("shop").await.unwrap();
        let secret = |value: &str| json!({ "projectId": project_id, "environment": "dev", "secretValue": value });
        let read = async |key: &str| {
            let path = format!("/api/v4/secrets/{key}?projectId={project_id}&environment=dev");
            let answer = api.call(&token, Method::GET, &path, Value::Null).await;
            (answer.status, answer.body["secret"]["secretValue"].clone())
        };
        for (method, key, value) in [(Method::POST, "A", "1"), (Method::POST, "B", "1"), (Method::PATCH, "A", "2")] {
            let answer = api.call(&token, method, &format!("/api/v4/secrets/{key}"), secret(value)).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
        let place = format!("projectId={project_id}&environment=dev&path=/");
        let count = api.call(&token, Method::GET, &format!("/api/v1/pit/commits/count?{place}"), Value::Null).await;
        assert_eq!(count.body["count"], 3);
        let folder_id = count.body["folderId"].clone();
        let list = api.call(&token, Method::GET, &format!("/api/v1/pit/commits?{place}&limit=2"), Value::Null).await;
        assert_eq!((&list.body["total"], &list.body["hasMore"]), (&json!(3), &json!(true)));
        let last = &list.body["commits"][0];
        assert_eq!((&last["commitId"], &last["message"], &last["actorType"]), (&json!("3"), &json!("Changed 1 secret"), &json!("user")));
        assert_eq!(last["folderId"], folder_id);
        let (third, second) = (last["id"].as_str().unwrap(), list.body["commits"][1]["id"].as_str().unwrap());

        let path = format!("/api/v1/pit/commits/{third}/changes?projectId={project_id}");
        let changes = api.call(&token, Method::GET, &path, Value::Null).await;
        let change = &changes.body["changes"]["changes"][0];
        assert_eq!((&change["type"], &change["isUpdate"], &change["secretKey"]), (&json!("add"), &json!(true), &json!("A")));
        assert!(!changes.body.to_string().contains("secretValue"), "no values");

        let path = format!("/api/v1/pit/commits/{third}/revert");
        let reverted = api.call(&token, Method::POST, &path, json!({ "projectId": project_id })).await;
        assert_eq!((&reverted.body["success"], &reverted.body["changesReverted"]), (&json!(true), &json!(1)));
        assert_eq!(read("A").await, (StatusCode::OK, json!("1")));
        let twice = api.call(&token, Method::POST, &path, json!({ "projectId": project_id })).await;
        assert_eq!(twice.status, StatusCode::BAD_REQUEST);

        let gone = api.call(&token, Method::DELETE, "/api/v4/secrets/B", json!({ "projectId": project_id, "environment": "dev" })).await;
        assert_eq!(gone.status, StatusCode::OK);
        let path = format!("/api/v1/pit/commits/{second}/compare?projectId={project_id}&folderId={}", folder_id.as_str().unwrap());
        let compared = api.call(&token, Method::GET, &path, Value::Null).await;
        assert_eq!((&compared.body[0]["folderPath"], &compared.body[0]["changes"][0]["secretKey"]), (&json!("/"), &json!("B")));
        let body = json!({ "projectId": project_id, "folderId": folder_id, "environment": "dev", "message": "back", "deepRollback": true });
        let path = format!("/api/v1/pit/commits/{second}/rollback");
        let back = api.call(&token, Method::POST, &path, body.clone()).await;
        assert_eq!((&back.body["success"], &back.body["totalChanges"]), (&json!(true), &json!(1)));
        assert_eq!(read("B").await, (StatusCode::OK, json!("1")));
        let again = api.call(&token, Method::POST, &path, body).await;
        assert_eq!((&again.body["totalChanges"], &again.body["message"]), (&json!(0), &json!("No changes to roll back")));

        let path = format!("/api/v1/workspace/{project_id}/secret-snapshots?environment=dev&path=/");
        let snapshots = api.call(&token, Method::GET, &path, Value::Null).await;
        let first = snapshots.body["secretSnapshots"].as_array().unwrap().last().unwrap();
        let path = format!("/api/v1/secret-snapshot/{}", list.body["commits"][0]["id"].as_str().unwrap());
        let held = api.call(&token, Method::GET, &path, Value::Null).await;
        let then: Vec<(&str, i64)> = held.body["secretSnapshot"]["secretVersions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|secret| (secret["secretKey"].as_str().unwrap(), secret["version"].as_i64().unwrap()))
            .collect();
        assert_eq!(then, [("A", 2), ("B", 1)]);
        let path = format!("/api/v1/secret-snapshot/{}/rollback", first["id"].as_str().unwrap());
        let back = api.call(&token, Method::POST, &path, Value::Null).await;
        assert_eq!((back.status, &back.body["secretSnapshot"]["secretChangesCount"]), (StatusCode::OK, &json!(1)));
        assert_eq!(read("B").await.0, StatusCode::NOT_FOUND);

        for path in ["/api/v1/pit/commits/nonsense/changes", "/api/v1/pit/commits/00000000-0000-0000-0000-000000000000/changes"] {
            let missing = api.call(&token, Method::GET, &format!("{path}?projectId={project_id}"), Value::Null).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND);
        }
        let long = json!({ "projectId": project_id, "folderId": folder_id, "environment": "dev", "message": "m".repeat(257) });
        let refused = api.call(&token, Method::POST, &format!("/api/v1/pit/commits/{second}/rollback"), long).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}
