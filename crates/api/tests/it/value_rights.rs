//! Rights that depend on a secret's name or tags are not widened by changing those.

use http::{Method, StatusCode};
use keyferry_domain::access::Rule;
use serde_json::{Value, json};

use crate::support::Api;

#[tokio::test]
async fn nobody_renames_or_tags_a_secret_into_their_own_sight() {
    let api = Api::new().await;
    let admin = api.token(&api.world.admin);
    let project_id = api.world.project("shop").await.unwrap();
    let place = |more: Value| {
        let mut body = json!({ "projectId": project_id, "environment": "prod" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let tag = json!({ "slug": "open", "color": "#00ff00" });
    let tag = api.call(&admin, Method::POST, &format!("/api/v1/projects/{project_id}/tags"), tag).await;
    for key in ["DB_PASSWORD", "APP_NAME"] {
        let made = api.call(&admin, Method::POST, &format!("/api/v4/secrets/{key}"), place(json!({ "secretValue": "v" }))).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    }
    let rules: Vec<Rule> = serde_json::from_value(json!([
        { "subject": "secrets", "action": ["describeSecret", "edit"] },
        { "subject": "secrets", "action": ["readValue"], "conditions": { "secretName": { "$glob": "APP_*" } } },
        { "subject": "secrets", "action": ["readValue"], "conditions": { "secretTags": { "$in": ["open"] } } },
    ]))
    .unwrap();
    let editor = api.world.identity(api.world.org_id, "editor", "no-access").await.unwrap();
    api.world.grant_rules(project_id, &editor, &rules).await.unwrap();
    let editor = api.token(&editor);
    let patch =
        async |key: &str, more: Value| api.call(&editor, Method::PATCH, &format!("/api/v4/secrets/{key}"), place(more)).await;
    for change in [
        json!({ "newSecretName": "APP_PASSWORD" }),
        json!({ "newSecretName": "APP_PASSWORD", "secretValue": "w" }),
        json!({ "tagIds": [tag.body["tag"]["id"]] }),
    ] {
        let refused = patch("DB_PASSWORD", change).await;
        assert_eq!((refused.status, &refused.body["error"]), (StatusCode::FORBIDDEN, &json!("ForbiddenReadSecretError")));
    }
    assert_eq!(patch("DB_PASSWORD", json!({ "newSecretName": "DB_SECRET" })).await.status, StatusCode::OK, "still out of sight");
    assert_eq!(patch("APP_NAME", json!({ "newSecretName": "APP_TITLE" })).await.status, StatusCode::OK, "in sight before");
    assert_eq!(patch("APP_TITLE", json!({ "newSecretName": "TITLE" })).await.status, StatusCode::OK, "out of sight");
}
