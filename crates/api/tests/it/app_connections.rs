//! App connections over the wire (contract "connections and syncs", sections 2 and 9).

use http::{Method, StatusCode};
use keyferry_checkly_sim::{Fault, FaultEffect, Group, RetryAfter};
use keyferry_domain::Caller;
use keyferry_domain::access::Rule;
use keyferry_test_support::{World, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::arrange;
use crate::support::{Answer, Api};

const PATH: &str = "/api/v1/app-connections/checkly";

async fn create(api: &Api, token: &str, name: &str, project_id: Option<Uuid>) -> Answer {
    let mut body = json!({"name": name, "method": "api-key", "credentials": {"apiKey": api.world.api_key}});
    if let Some(id) = project_id {
        body["projectId"] = json!(id);
    }
    api.call(token, Method::POST, PATH, body).await
}

async fn made(api: &Api, token: &str, name: &str, project_id: Option<Uuid>) -> String {
    let answer = create(api, token, name, project_id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["appConnection"]["id"].as_str().unwrap().to_owned()
}

fn admin(world: World) -> (Api, String) {
    let api = Api::over(world);
    let token = api.token(&api.world.admin.clone());
    (api, token)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn calls(api: &Api) -> usize {
    api.world.sim.state().log().len()
}

fn refused(answer: &Answer, status: StatusCode, message: &str) {
    assert_eq!(answer.body["message"], message, "{}", answer.body);
    assert_eq!(answer.status, status);
}

#[tokio::test]
async fn a_connection_looks_like_the_published_sample() {
    on_each_backend(|world| async {
        let (api, token) = admin(world);
        let project_id = api.world.project("shop").await.unwrap();
        let answer = create(&api, &token, "my-checkly-connection", Some(project_id)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let made = &answer.body["appConnection"];
        assert_eq!(
            keys(made),
            [
                "id",
                "name",
                "projectId",
                "description",
                "version",
                "orgId",
                "createdAt",
                "updatedAt",
                "isPlatformManagedCredentials",
                "credentialsHash",
                "app",
                "method",
                "credentials"
            ]
        );
        let hash = made["credentialsHash"].as_str().unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{hash}");
        let expected = json!({
            "id": made["id"], "name": "my-checkly-connection", "projectId": project_id, "description": null, "version": 1,
            "orgId": api.world.org_id, "createdAt": "2026-03-02T12:00:00.000Z", "updatedAt": "2026-03-02T12:00:00.000Z",
            "isPlatformManagedCredentials": false, "credentialsHash": hash, "app": "checkly", "method": "api-key",
            "credentials": {}
        });
        assert_eq!(*made, expected);
        assert!(!answer.body.to_string().contains(&api.world.api_key));

        let id = made["id"].as_str().unwrap();
        let read = api.get(&token, &format!("{PATH}/{id}")).await;
        assert_eq!(read.body["appConnection"], expected);
        let named = api.get(&token, &format!("{PATH}/connection-name/my-checkly-connection?projectId={project_id}")).await;
        assert_eq!(named.body["appConnection"], expected);
        let listed = api.get(&token, &format!("{PATH}?projectId={project_id}")).await;
        let project = &listed.body["appConnections"][0]["project"];
        assert_eq!(keys(project), ["name", "id", "type", "slug"]);
        assert_eq!(project["id"], json!(project_id));
    })
    .await;
}

#[tokio::test]
async fn a_key_checkly_refuses_is_not_stored() {
    on_each_backend(|world| async {
        let (api, token) = admin(world);
        let body = json!({"name": "eu", "method": "api-key", "credentials": {"apiKey": "cu_unknown"}});
        let answer = api.call(&token, Method::POST, PATH, body).await;
        refused(&answer, StatusCode::BAD_REQUEST, "Failed to validate credentials: Request failed with status code 401");
        assert_eq!(answer.body["error"], "BadRequest");
        assert_eq!(api.get(&token, PATH).await.body, json!({"appConnections": []}));
    })
    .await;
}

#[tokio::test]
async fn a_rate_limited_validation_gives_up_at_once() {
    let (api, token) = admin(World::new().await.unwrap());
    api.world.sim.state().set_faults(vec![Fault::new(FaultEffect::RateLimited { retry_after: RetryAfter::default() })]);
    let answer = create(&api, &token, "eu", None).await;
    refused(&answer, StatusCode::BAD_REQUEST, "Failed to validate credentials: Request failed with status code 429");
    assert_eq!(calls(&api), 1);
}

#[tokio::test]
async fn a_key_without_an_account_is_refused() {
    let (api, token) = admin(World::new().await.unwrap());
    api.world.sim.state().add_key("cu_lonely", keyferry_checkly_sim::Role::Admin, &[] as &[&str]);
    let body = json!({"name": "eu", "method": "api-key", "credentials": {"apiKey": "cu_lonely"}});
    let answer = api.call(&token, Method::POST, PATH, body).await;
    let message = answer.body["message"].as_str().unwrap();
    assert!(message.starts_with("Failed to validate credentials: "), "{message}");
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_name_is_taken_per_scope_and_checked_after_the_outbound_call() {
    on_each_backend(|world| async {
        let (api, token) = admin(world);
        let project_id = api.world.project("shop").await.unwrap();
        made(&api, &token, "eu", None).await;
        let before = calls(&api);
        let again = create(&api, &token, "eu", None).await;
        refused(&again, StatusCode::BAD_REQUEST, "An App Connection with the name \"eu\" already exists");
        assert_eq!(calls(&api), before + 1);
        made(&api, &token, "eu", Some(project_id)).await;
        let again = create(&api, &token, "eu", Some(project_id)).await;
        refused(&again, StatusCode::BAD_REQUEST, "An App Connection with the name \"eu\" already exists");
    })
    .await;
}

#[tokio::test]
async fn the_hash_moves_only_when_credentials_are_written() {
    on_each_backend(|world| async {
        let (api, token) = admin(world);
        let id = made(&api, &token, "eu", None).await;
        let path = format!("{PATH}/{id}");
        let first = api.get(&token, &path).await.body["appConnection"]["credentialsHash"].clone();
        let before = calls(&api);
        api.world.clock.advance_ms(1000);

        let noted = api.call(&token, Method::PATCH, &path, json!({"description": "x", "projectId": "y"})).await;
        assert_eq!(noted.body["appConnection"]["credentialsHash"], first);
        assert_eq!(noted.body["appConnection"]["description"], "x");
        assert_eq!(noted.body["appConnection"]["updatedAt"], "2026-03-02T12:00:01.000Z");
        let empty = api.call(&token, Method::PATCH, &path, json!({})).await;
        assert_eq!(empty.status, StatusCode::OK);
        assert_eq!(empty.body["appConnection"]["description"], "x");
        let cleared = api.call(&token, Method::PATCH, &path, json!({"description": null})).await;
        assert_eq!(cleared.body["appConnection"]["description"], Value::Null);
        assert_eq!(calls(&api), before, "no outbound call without credentials");

        let body = json!({"credentials": {"apiKey": api.world.api_key}, "App": "checkly", "ID": id});
        let written = api.call(&token, Method::PATCH, &path, body).await;
        assert_eq!(written.status, StatusCode::OK);
        assert_ne!(written.body["appConnection"]["credentialsHash"], first);
        assert_eq!(written.body["appConnection"]["version"], 1);
        assert_eq!(calls(&api), before + 1);

        let body = json!({"name": "other", "credentials": {"apiKey": "cu_wrong"}});
        let refusal = api.call(&token, Method::PATCH, &path, body).await;
        refused(&refusal, StatusCode::BAD_REQUEST, "Failed to validate credentials: Request failed with status code 401");
        assert_eq!(api.get(&token, &path).await.body["appConnection"], written.body["appConnection"]);
    })
    .await;
}

#[tokio::test]
async fn every_issue_of_a_body_is_told() {
    let (api, token) = admin(World::new().await.unwrap());
    let body = json!({
        "name": "Checkly_EU", "method": "api-key", "credentials": {"apiKey": "  "}, "isPlatformManagedCredentials": true,
        "gatewayId": "x", "description": "d".repeat(257)
    });
    let answer = api.call(&token, Method::POST, PATH, body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.body["error"], "ValidationFailure");
    let issues = answer.body["message"].as_array().unwrap();
    assert_eq!(
        issues[0],
        json!({"code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
               "message": "API Key required", "path": ["credentials", "apiKey"]})
    );
    let told: Vec<(Value, Value)> = issues.iter().map(|issue| (issue["path"].clone(), issue["message"].clone())).collect();
    assert_eq!(
        told[1..],
        [
            (json!(["name"]), json!("name field can only contain lowercase letters, numbers, and hyphens")),
            (json!(["description"]), json!("Description cannot exceed 256 characters")),
            (json!(["isPlatformManagedCredentials"]), json!("Not supported for Checkly Connections")),
            (json!(["gatewayId"]), json!("Invalid input")),
        ]
    );
    let answer = api.call(&token, Method::POST, PATH, json!({"name": "a", "method": "oauth"})).await;
    assert_eq!(
        answer.body["message"],
        json!([{"code": "invalid_union_discriminator", "options": ["api-key"], "path": ["method"],
                "message": "Invalid discriminator value. Expected 'api-key'"}])
    );
    let answer = api.get(&token, &format!("{PATH}/not-a-uuid")).await;
    assert_eq!(answer.body["message"][0]["path"], json!(["connectionId"]));
    assert_eq!(calls(&api), 0);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let (api, token) = admin(World::new().await.unwrap());
    let id = Uuid::nil();
    let path = format!("{PATH}/{id}");
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let answer = api.call(&token, method, &path, json!({})).await;
        refused(&answer, StatusCode::NOT_FOUND, &format!("Could not find App Connection with ID {id}"));
    }
    let answer = api.get(&token, &format!("{PATH}/connection-name/x")).await;
    refused(&answer, StatusCode::NOT_FOUND, "Could not find App Connection with name x in organization scope.");
    let answer = api.get(&token, &format!("{PATH}/connection-name/x?projectId={id}")).await;
    refused(&answer, StatusCode::NOT_FOUND, "Could not find App Connection with name x in project scope.");
    for project in ["nope", "00000000-0000-0000-0000-000000000000"] {
        let body = json!({"name": "a", "method": "api-key", "credentials": {"apiKey": "k"}, "projectId": project});
        let answer = api.call(&token, Method::POST, PATH, body).await;
        refused(&answer, StatusCode::BAD_REQUEST, &format!("Could not find project with ID {project}"));
        let answer = api.get(&token, &format!("{PATH}/available?projectId={project}")).await;
        refused(&answer, StatusCode::BAD_REQUEST, &format!("Could not find project with ID {project}"));
    }
}

#[tokio::test]
async fn other_organizations_see_nothing() {
    on_each_backend(|world| async {
        let (api, token) = admin(world);
        let project_id = api.world.project("shop").await.unwrap();
        let ids = [made(&api, &token, "eu", None).await, made(&api, &token, "us", Some(project_id)).await];
        let other = api.world.organization("other").await.unwrap();
        let stranger = api.world.user(other, "stranger@example.com", "admin").await.unwrap();
        let stranger = api.token(&stranger);
        for id in &ids {
            for (method, path) in [
                (Method::GET, format!("{PATH}/{id}")),
                (Method::PATCH, format!("{PATH}/{id}")),
                (Method::DELETE, format!("{PATH}/{id}")),
                (Method::GET, format!("{PATH}/{id}/accounts")),
                (Method::GET, format!("{PATH}/{id}/usage")),
            ] {
                let answer = api.call(&stranger, method, &path, json!({})).await;
                refused(&answer, StatusCode::NOT_FOUND, &format!("Could not find App Connection with ID {id}"));
            }
        }
        assert_eq!(api.get(&stranger, "/api/v1/app-connections").await.body, json!({"appConnections": []}));
        let answer = api.get(&stranger, &format!("{PATH}?projectId={project_id}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn lists_follow_scope_and_permission() {
    let (api, token) = admin(World::new().await.unwrap());
    let project_id = api.world.project("shop").await.unwrap();
    let org_wide = made(&api, &token, "b-org", None).await;
    let own = made(&api, &token, "a-shop", Some(project_id)).await;
    let ids = |answer: &Answer| -> Vec<String> {
        answer.body["appConnections"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = api.get(&token, "/api/v1/app-connections").await;
    assert_eq!(ids(&all), [own.clone(), org_wide.clone()], "sorted by name");
    assert_eq!(all.body["appConnections"][1]["project"], Value::Null);
    assert_eq!(ids(&api.get(&token, &format!("{PATH}?projectId={project_id}")).await), std::slice::from_ref(&own));

    // Members of the organization may connect and nothing else; members of a project likewise.
    let member = api.world.user(api.world.org_id, "member@example.com", "member").await.unwrap();
    api.world.grant(project_id, &member, "member").await.unwrap();
    let member = api.token(&member);
    let denied = api.get(&member, PATH).await;
    refused(&denied, StatusCode::FORBIDDEN, "You are not allowed to read on app-connections");
    assert_eq!(denied.body["error"], "PermissionDenied");
    let available = api.get(&member, &format!("{PATH}/available?projectId={project_id}")).await;
    assert_eq!(ids(&available), [own.clone(), org_wide.clone()]);
    assert_eq!(keys(&available.body["appConnections"][0]), ["app", "name", "id", "projectId", "orgId"]);
    assert_eq!(ids(&api.get(&member, &format!("{PATH}/available")).await), std::slice::from_ref(&org_wide));

    // A condition on the connection hides it.
    let narrow = api.world.user(api.world.org_id, "narrow@example.com", "no-access").await.unwrap();
    let mut rule = Rule::allow("app-connections", &["read-app-connections", "connect-app-connections"]);
    rule.conditions = json!({"connectionId": {"$eq": own}}).as_object().cloned();
    let hidden = made(&api, &token, "z-shop", Some(project_id)).await;
    api.world.grant_rules(project_id, &narrow, &[rule]).await.unwrap();
    let narrow = api.token(&narrow);
    assert_eq!(ids(&api.get(&narrow, &format!("{PATH}?projectId={project_id}")).await), std::slice::from_ref(&own));
    assert_eq!(ids(&api.get(&narrow, &format!("{PATH}/available?projectId={project_id}")).await), [own]);
    let answer = api.get(&narrow, &format!("{PATH}/{hidden}")).await;
    refused(&answer, StatusCode::FORBIDDEN, "You are not allowed to read on app-connections");
    assert_eq!(answer.body["details"][0]["inverted"], false);
}

#[tokio::test]
async fn pickers_list_and_never_fail() {
    let (api, token) = admin(World::new().await.unwrap());
    for id in 1..=120u64 {
        let group = Group { id, name: format!("Group {id}"), ..Group::default() };
        assert!(api.world.sim.state().add_group(&api.world.account_id, group));
    }
    let id = made(&api, &token, "eu", None).await;
    let accounts = api.get(&token, &format!("{PATH}/{id}/accounts")).await;
    assert_eq!(accounts.body["accounts"][0]["id"], json!(api.world.account_id));
    assert_eq!(accounts.body["accounts"][0]["name"], "Acme EU");
    let path = format!("{PATH}/{id}/accounts/{}/groups", api.world.account_id);
    let groups = api.get(&token, &path).await;
    assert_eq!(groups.body["groups"].as_array().unwrap().len(), 120, "every page");
    assert_eq!(groups.body["groups"][0], json!({"id": "1", "name": "Group 1"}));

    assert!(api.world.sim.state().revoke_key(&api.world.api_key));
    let accounts = api.get(&token, &format!("{PATH}/{id}/accounts")).await;
    assert_eq!((accounts.status, accounts.body), (StatusCode::OK, json!({"accounts": []})));
    let groups = api.get(&token, &path).await;
    assert_eq!((groups.status, groups.body), (StatusCode::OK, json!({"groups": []})));
}

#[tokio::test]
async fn pickers_are_for_people() {
    let (api, token) = admin(World::new().await.unwrap());
    let id = made(&api, &token, "eu", None).await;
    let identity = api.world.identity(api.world.org_id, "ci", "admin").await.unwrap();
    let identity = api.token(&identity);
    let path = format!("{PATH}/{id}/accounts");
    let answer = api.get(&identity, &path).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.body["error"], format!("Forbidden access to {path}"));
    assert_eq!(api.get(&identity, PATH).await.status, StatusCode::OK);
}

#[tokio::test]
async fn options_name_checkly_alone() {
    let (api, token) = admin(World::new().await.unwrap());
    let answer = api.get(&token, "/api/v1/app-connections/options?projectType=secret-manager").await;
    let expected = json!({"appConnectionOptions": [{"name": "Checkly", "app": "checkly", "methods": ["api-key"]}]});
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_project_connection_asks_for_the_projects_permission() {
    let (api, token) = admin(World::new().await.unwrap());
    let project_id = api.world.project("shop").await.unwrap();
    let id = made(&api, &token, "eu", Some(project_id)).await;
    let outsider: Caller = api.world.user(api.world.org_id, "outsider@example.com", "admin").await.unwrap();
    let outsider = api.token(&outsider);
    let answer = api.get(&outsider, &format!("{PATH}/{id}")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = create(&api, &outsider, "us", Some(project_id)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_audit_log_tells_what_was_done_and_no_credential() {
    on_each_backend(|world| async {
        let (api, token) = admin(world);
        let id = made(&api, &token, "eu", None).await;
        let path = format!("{PATH}/{id}");
        let body = json!({"name": "eu-2", "credentials": {"apiKey": api.world.api_key}});
        api.call(&token, Method::PATCH, &path, body).await;
        api.get(&token, &path).await;
        api.get(&token, &format!("{path}/accounts")).await;
        api.get(&token, &format!("{path}/usage")).await;
        api.call(&token, Method::DELETE, &path, Value::Null).await;
        api.world.app.audit.flush().await;
        let rows = arrange::audit_rows(&api.world).await;
        let mut told: Vec<String> = rows.iter().map(|row| row.event_type.clone()).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "create-app-connection",
                "delete-app-connection",
                "get-app-connection",
                "get-app-connection-usage",
                "update-app-connection"
            ]
        );
        let created = rows.iter().find(|row| row.event_type == "create-app-connection").unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&created.event_metadata).unwrap(),
            json!({"name": "eu", "method": "api-key", "app": "checkly", "connectionId": id,
                   "isPlatformManagedCredentials": false})
        );
        let updated = rows.iter().find(|row| row.event_type == "update-app-connection").unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&updated.event_metadata).unwrap(),
            json!({"name": "eu-2", "credentialsUpdated": true, "connectionId": id, "isPlatformManagedCredentials": false})
        );
        assert!(rows.iter().all(|row| !row.event_metadata.contains(&api.world.api_key)));
    })
    .await;
}
