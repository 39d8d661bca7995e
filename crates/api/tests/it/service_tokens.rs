//! Service tokens, and the lists of an organization.

use http::{Method, StatusCode};
use keyferry_test_support::canary;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api};

struct Place {
    api: Api,
    project_id: Uuid,
    admin: String,
}

impl Place {
    async fn new() -> Self {
        let api = Api::new().await;
        let project_id = api.world.project("shop").await.unwrap();
        let admin = api.token(&api.world.admin);
        let place = Self { api, project_id, admin };
        let folder = json!({ "projectId": project_id, "environment": "dev", "path": "/", "name": "app" });
        place.ok(&place.admin, Method::POST, "/api/v2/folders", folder).await;
        place
    }

    async fn ok(&self, token: &str, method: Method, path: &str, body: Value) -> Value {
        let answer = self.api.call(token, method.clone(), path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.body);
        answer.body
    }

    async fn try_make(&self, by: &str, scopes: Value, permissions: Value, expires_in: Value) -> Answer {
        let body = json!({
            "name": "deploy", "workspaceId": self.project_id, "scopes": scopes, "permissions": permissions,
            "expiresIn": expires_in, "encryptedKey": "key", "iv": "iv", "tag": "tag", "randomBytes": "dropped",
        });
        self.api.call(by, Method::POST, "/api/v2/service-token", body).await
    }

    /// The token and its id.
    async fn make(&self, scopes: Value, permissions: Value, expires_in: Value) -> (String, String) {
        let made = self.try_make(&self.admin, scopes, permissions, expires_in).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.body);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made.body["serviceToken"]), text(&made.body["serviceTokenData"]["id"]))
    }

    fn at(&self, path: &str) -> Value {
        json!({ "workspaceId": self.project_id, "projectId": self.project_id, "environment": "dev", "secretPath": path })
    }

    async fn write(&self, token: &str, path: &str, key: &str, value: &str) -> Answer {
        let mut body = self.at(path);
        body["secretValue"] = json!(value);
        self.api.call(token, Method::POST, &format!("/api/v3/secrets/raw/{key}"), body).await
    }

    async fn list(&self, token: &str, environment: &str, path: &str) -> Answer {
        let id = self.project_id;
        let url = format!("/api/v4/secrets?projectId={id}&environment={environment}&secretPath={path}");
        self.api.get(token, &url).await
    }
}

#[tokio::test]
async fn a_token_reads_and_writes_where_its_scopes_say() {
    let place = Place::new().await;
    let value = canary("app");
    let app = json!([{ "environment": "dev", "secretPath": "/app/**" }]);
    let (writer, _) = place.make(app.clone(), json!(["read", "write"]), json!(null)).await;
    let (reader, id) = place.make(app, json!(["read"]), json!(3600)).await;
    let made = place.write(&writer, "/app", "URL", &value).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert_eq!(made.body["secret"]["actor"]["actorType"], "service");
    let listed = place.list(&reader, "dev", "/app").await;
    assert_eq!(listed.body["secrets"][0]["secretValue"], json!(value));

    assert_eq!(place.write(&reader, "/app", "OTHER", "x").await.status, StatusCode::FORBIDDEN);
    assert_eq!(place.write(&writer, "/", "OTHER", "x").await.status, StatusCode::FORBIDDEN);
    assert_eq!(place.list(&reader, "dev", "/").await.status, StatusCode::FORBIDDEN);
    assert_eq!(place.list(&reader, "prod", "/app").await.status, StatusCode::FORBIDDEN);
    let other = place.api.world.project("other").await.unwrap();
    let elsewhere = place.api.get(&reader, &format!("/api/v4/secrets?projectId={other}&environment=dev&secretPath=/app")).await;
    let text = format!("Service token not a part of the specified project with ID {other}");
    assert_eq!((elsewhere.status, &elsewhere.body["message"]), (StatusCode::FORBIDDEN, &json!(text)));

    // Old clients send a fourth part of their own.
    let own = place.ok(&format!("{reader}.0123abcd"), Method::GET, "/api/v2/service-token", Value::Null).await;
    assert_eq!(own["_id"], json!(id));
    assert_eq!(own["scopes"], json!([{ "environment": "dev", "secretPath": "/app/**" }]));
    assert_eq!((&own["encryptedKey"], &own["user"]["email"]), (&json!("key"), &json!("admin@example.com")));
    assert!(own["lastUsed"].is_string() && own["expiresAt"].is_string(), "{own}");
}

#[tokio::test]
async fn a_token_with_one_place_needs_to_name_none_and_owns_nothing() {
    let place = Place::new().await;
    let value = canary("root");
    assert_eq!(place.write(&place.admin, "/app", "URL", &value).await.status, StatusCode::OK);
    let (token, _) =
        place.make(json!([{ "environment": "dev", "secretPath": "/app/" }]), json!(["read", "write"]), json!(0)).await;
    let listed = place.ok(&token, Method::GET, "/api/v3/secrets/raw?environment=prod&secretPath=/", Value::Null).await;
    assert_eq!(listed["secrets"][0]["secretValue"], json!(value));
    let one = place.ok(&token, Method::GET, "/api/v3/secrets/raw/URL?type=personal", Value::Null).await;
    assert_eq!(one["secret"]["secretValue"], json!(value));
    let mut body = place.at("/app");
    body["secretValue"] = json!("changed");
    body["type"] = json!("personal");
    let changed = place.ok(&token, Method::PATCH, "/api/v3/secrets/raw/URL", body).await;
    assert_eq!(changed["secret"]["type"], "shared");
}

#[tokio::test]
async fn tokens_end_by_time_by_revocation_and_with_a_wrong_secret() {
    let place = Place::new().await;
    let scope = json!([{ "environment": "dev", "secretPath": "/app" }]);
    let (short, _) = place.make(scope.clone(), json!(["read"]), json!(60)).await;
    let (token, id) = place.make(scope, json!(["read"]), json!(null)).await;
    assert_eq!(place.list(&token, "dev", "/app").await.status, StatusCode::OK);
    let wrong = place.list(&format!("st.{id}.00112233445566778899aabbccddeeff"), "dev", "/app").await;
    assert_eq!((wrong.status, &wrong.body["message"]), (StatusCode::UNAUTHORIZED, &json!("Invalid service token")));
    let unknown = place.list(&format!("st.{}.00", Uuid::from_u128(7)), "dev", "/app").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(place.list("st.nonsense", "dev", "/app").await.body["error"], "TokenError");

    assert_eq!(place.list(&short, "dev", "/app").await.status, StatusCode::OK);
    place.api.world.clock.advance_ms(61_000);
    let over = place.list(&short, "dev", "/app").await;
    assert_eq!((over.status, &over.body["message"]), (StatusCode::FORBIDDEN, &json!("Service token has expired")));

    let listing = format!("/api/v1/workspace/{}/service-token-data", place.project_id);
    let listed = place.ok(&place.admin, Method::GET, &listing, Value::Null).await;
    assert_eq!(listed["serviceTokenData"].as_array().unwrap().len(), 2);
    for hidden in [token.rsplit('.').next().unwrap(), "encryptedKey"] {
        assert!(!listed.to_string().contains(hidden), "{listed}");
    }
    place.ok(&place.admin, Method::DELETE, &format!("/api/v2/service-token/{id}"), Value::Null).await;
    assert_eq!(place.list(&token, "dev", "/app").await.status, StatusCode::NOT_FOUND);
    let again = place.api.call(&place.admin, Method::DELETE, &format!("/api/v2/service-token/{id}"), Value::Null).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_hands_out_a_token_for_more_than_they_hold() {
    let place = Place::new().await;
    let world = &place.api.world;
    let member = world.user(world.org_id, "member@example.com", "member").await.unwrap();
    let rules = json!([
        { "subject": "service-tokens", "action": ["read", "create", "delete"] },
        { "subject": "secrets", "action": ["read"], "conditions": { "environment": "dev", "secretPath": { "$glob": "/app/**" } } },
        { "subject": "secret-folders", "action": "read" }, { "subject": "secret-imports", "action": "read" },
    ]);
    let rules: Vec<keyferry_domain::access::Rule> = serde_json::from_value(rules).unwrap();
    world.grant_rules(place.project_id, &member, &rules).await.unwrap();
    let by = place.api.token(&member);
    let scope = |environment: &str, path: &str| json!([{ "environment": environment, "secretPath": path }]);
    for (scopes, permissions) in [
        (scope("dev", "/**"), json!(["read"])),
        (scope("prod", "/app"), json!(["read"])),
        (scope("dev", "/app"), json!(["write"])),
        (scope("dev", "/{app,x}"), json!(["readValue"])),
    ] {
        let refused = place.try_make(&by, scopes.clone(), permissions, json!(null)).await;
        assert_eq!(refused.body["error"], "PermissionBoundaryError", "{scopes}: {}", refused.body);
    }
    assert_eq!(place.try_make(&by, scope("dev", "/app/x/**"), json!(["read"]), json!(null)).await.status, StatusCode::OK);
    let no_environment = place.try_make(&place.admin, scope("qa", "/"), json!(["read"]), json!(null)).await;
    assert_eq!(no_environment.status, StatusCode::NOT_FOUND);
    for (scopes, permissions) in
        [(json!([]), json!(["read"])), (scope("dev", "app"), json!(["read"])), (scope("dev", "/"), json!(["admin"]))]
    {
        let invalid = place.try_make(&place.admin, scopes, permissions, json!(null)).await;
        assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", invalid.body);
    }
}

#[tokio::test]
async fn an_organization_lists_its_projects_and_identities() {
    let place = Place::new().await;
    let world = &place.api.world;
    world.identity(world.org_id, "ci", "member").await.unwrap();
    let base = format!("/api/v2/organizations/{}", world.org_id);
    let listed = place.ok(&place.admin, Method::GET, &format!("{base}/workspaces"), Value::Null).await;
    let row = &listed["workspaces"][0];
    assert_eq!((&row["_id"], &row["organization"]), (&json!(place.project_id), &json!(world.org_id)));
    assert_eq!(row["environments"].as_array().unwrap().len(), 3);
    let listed = place.ok(&place.admin, Method::GET, &format!("{base}/identity-memberships?limit=1"), Value::Null).await;
    assert_eq!((&listed["identityMemberships"][0]["identity"]["name"], &listed["totalCount"]), (&json!("ci"), &json!(1)));
    let foreign = world.organization("foreign").await.unwrap();
    let refused = place.api.get(&place.admin, &format!("/api/v2/organizations/{foreign}/workspaces")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
