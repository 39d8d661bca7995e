//! Secrets over the wire (core API contract, section 10; client traffic, sections 1 to 6).

use http::{Method, StatusCode, header};
use keyferry_domain::access::Rule;
use keyferry_test_support::World;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api};

struct Bench {
    api: Api,
    token: String,
    project_id: Uuid,
}

impl Bench {
    async fn new() -> Self {
        let world = World::new().await.unwrap();
        let project_id = world.project("shop").await.unwrap();
        let api = Api::over(world);
        let token = api.token(&api.world.admin);
        Self { api, token, project_id }
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.api.call(&self.token, method, path, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.api.get(&self.token, path).await
    }

    /// A v3 body with what is given beside the scope.
    fn body(&self, rest: Value) -> Value {
        let mut body = json!({ "workspaceId": self.project_id, "environment": "dev" });
        for (name, value) in rest.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    fn scope(&self) -> String {
        format!("workspaceId={}&environment=dev", self.project_id)
    }
}

const MESSAGE: &str = "message";

#[tokio::test]
async fn the_full_set_of_fields_is_everywhere() {
    let bench = Bench::new().await;
    let created = bench
        .send(
            Method::POST,
            "/api/v3/secrets/raw/API_URL",
            bench.body(json!({ "secretValue": " https://x \n\n", "secretComment": " why ", "secretPath": "/", "type": "shared",
                "tagIds": null, "secretReminderRepeatDays": 0, "secretReminderNote": "", "skipMultilineEncoding": false,
                "secretMetadata": [{ "key": "team", "value": "a" }], "unknown": 1 })),
        )
        .await;
    assert_eq!(created.status, StatusCode::OK, "{}", created.body);
    let id = created.body["secret"]["id"].as_str().unwrap().to_owned();
    let actor_id = bench.api.world.admin.actor.id().unwrap();
    let expected = json!({
        "id": id, "_id": id, "workspace": bench.project_id, "environment": "dev", "secretPath": "/", "version": 1, "type": "shared",
        "secretKey": "API_URL", "secretValue": "https://x\n", "secretValueHidden": false, "secretComment": "why",
        "secretReminderNote": null, "secretReminderRepeatDays": null, "skipMultilineEncoding": false,
        "actor": { "actorId": actor_id, "actorType": "user", "name": "admin@example.com" },
        "isRotatedSecret": false, "rotationId": null, "tags": [],
        "secretMetadata": [{ "key": "team", "value": "a", "isEncrypted": false }],
        "createdAt": "2026-03-02T12:00:00.000Z", "updatedAt": "2026-03-02T12:00:00.000Z"
    });
    assert_eq!(created.body, json!({ "secret": expected }));
    let project = bench.project_id;
    for path in [
        format!("/api/v3/secrets/raw/API_URL?{}", bench.scope()),
        format!("/api/v3/secrets/raw/id/{id}"),
        format!("/api/v4/secrets/API_URL?projectId={project}&environment=dev"),
        format!("/api/v4/secrets/id/{id}"),
    ] {
        assert_eq!(bench.get(&path).await.body, json!({ "secret": expected }), "{path}");
    }
    for path in [format!("/api/v3/secrets/raw?{}", bench.scope()), format!("/api/v4/secrets?projectId={project}&environment=dev")]
    {
        let answer = bench.get(&path).await;
        assert_eq!(answer.body, json!({ "secrets": [expected], "imports": [] }), "{path}");
        assert!(answer.headers.contains_key(header::ETAG));
    }
    let versions = bench.get(&format!("/api/v1/secret/{id}/secret-versions?offset=0&limit=20")).await;
    assert_eq!(versions.body["secretVersions"][0]["secretValue"], "https://x\n");
    assert_ne!(versions.body["secretVersions"][0]["id"], json!(id));
}

#[tokio::test]
async fn clients_scopes_in_all_their_spellings() {
    let bench = Bench::new().await;
    let slug = keyferry_db_slug(&bench).await;
    let made = bench
        .send(Method::POST, "/api/v3/secrets/raw/A", json!({ "projectSlug": slug, "environment": "dev", "secretValue": "1" }))
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let project = bench.project_id;
    for query in [
        format!("workspaceId=&workspaceSlug={slug}&environment=dev&tagSlugs=&metadataFilter="),
        format!(
            "workspaceId={project}&workspaceSlug=nobody&environment=dev&secretPath=/&recursive=false&secretName=A&includeImports=true"
        ),
    ] {
        assert_eq!(bench.get(&format!("/api/v3/secrets/raw?{query}")).await.body["secrets"][0]["secretValue"], "1", "{query}");
        assert_eq!(bench.get(&format!("/api/v3/secrets/raw/A?{query}")).await.body["secret"]["secretValue"], "1", "{query}");
    }
    let unknown = Uuid::from_u128(7);
    for (path, status, message) in [
        ("/api/v3/secrets/raw?environment=dev".to_owned(), 400, "You must provide projectSlug or workspaceId"),
        (format!("/api/v3/secrets/raw?workspaceId={project}"), 400, "Missing project id or environment"),
        ("/api/v3/secrets/raw/A?environment=dev".to_owned(), 400, "You must provide workspaceSlug or workspaceId"),
        (format!("/api/v3/secrets/raw/A?workspaceId={project}"), 400, "Missing environment"),
        ("/api/v3/secrets/raw?workspaceSlug=nobody&environment=dev".to_owned(), 404, "No project found with slug nobody"),
        (format!("/api/v3/secrets/raw/B?{}", bench.scope()), 404, "Secret with name 'B' not found"),
        (
            format!("/api/v3/secrets/raw?workspaceId={unknown}&environment=dev"),
            404,
            "Project with 00000000-0000-0000-0000-000000000007 not found",
        ),
    ] {
        let answer = bench.get(&path).await;
        assert_eq!((answer.status.as_u16(), &answer.body[MESSAGE]), (status, &json!(message)), "{path}");
    }
    let missing = bench.get(&format!("/api/v3/secrets/raw?workspaceId={project}&environment=nope")).await;
    assert_eq!((missing.status.as_u16(), &missing.body["error"]), (404, &json!("SecretPathNotFound")));
    let invalid = bench.get("/api/v4/secrets").await;
    assert_eq!((invalid.status.as_u16(), invalid.body[MESSAGE].as_array().unwrap().len()), (422, 2));
    let flag = bench.get(&format!("/api/v3/secrets/raw?{}&recursive=True", bench.scope())).await;
    assert_eq!(flag.status.as_u16(), 422);
    for name in ["a%2Fb", "a:b"] {
        let answer =
            bench.send(Method::POST, &format!("/api/v3/secrets/raw/{name}"), bench.body(json!({ "secretValue": "" }))).await;
        assert_eq!(answer.body[MESSAGE][0]["message"], "Secret name cannot contain colon or forward slash.");
    }
}

async fn keyferry_db_slug(bench: &Bench) -> String {
    let caller = &bench.api.world.admin;
    let app = &bench.api.world.app;
    let (project, _) = keyferry_domain::access::project_ability(app, app.db.read(), caller, bench.project_id).await.unwrap();
    project.slug.clone()
}

#[tokio::test]
async fn writes_by_both_versions() {
    let bench = Bench::new().await;
    let project = bench.project_id;
    let v4 = |rest: Value| {
        let mut body = json!({ "projectId": project, "environment": "dev" });
        for (name, value) in rest.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let created = bench.send(Method::POST, "/api/v4/secrets/A", v4(json!({ "secretValue": "1" }))).await;
    assert_eq!(created.body["secret"]["secretValue"], "1", "{}", created.body);
    let changed = bench
        .send(Method::PATCH, "/api/v3/secrets/raw/A", bench.body(json!({ "secretValue": null, "newSecretName": "B" })))
        .await;
    assert_eq!((&changed.body["secret"]["secretKey"], &changed.body["secret"]["version"]), (&json!("B"), &json!(2)));
    assert_eq!(changed.body["secret"]["secretValue"], "1");
    let gone =
        bench.send(Method::DELETE, "/api/v3/secrets/raw/B", bench.body(json!({ "type": "shared", "secretName": "B" }))).await;
    assert_eq!(gone.body["secret"]["secretKey"], "B");

    let items = json!({ "secrets": [{ "secretKey": "X", "secretValue": "1" }, { "secretKey": "Y", "secretValue": "2" }] });
    let batch = bench.send(Method::POST, "/api/v4/secrets/batch", v4(items.clone())).await;
    assert_eq!(batch.body["secrets"].as_array().unwrap().len(), 2, "{}", batch.body);
    let again = bench.send(Method::POST, "/api/v3/secrets/batch/raw", bench.body(items)).await;
    assert_eq!((again.status.as_u16(), &again.body[MESSAGE]), (400, &json!("Secret already exists: X,Y")));
    let upsert = json!({ "mode": "upsert", "secrets": [{ "secretKey": "X", "secretValue": "3" }, { "secretKey": "Z", "secretValue": "4" }] });
    let upserted = bench.send(Method::PATCH, "/api/v3/secrets/batch/raw", bench.body(upsert)).await;
    let values: Vec<&Value> = upserted.body["secrets"].as_array().unwrap().iter().map(|s| &s["secretValue"]).collect();
    assert_eq!(values, ["3", "4"]);
    let empty = bench.send(Method::POST, "/api/v4/secrets/batch", v4(json!({ "secrets": [] }))).await;
    assert_eq!(empty.status.as_u16(), 422);
    let deleted = bench
        .send(Method::DELETE, "/api/v4/secrets/batch", v4(json!({ "secrets": [{ "secretKey": "X" }, { "secretKey": "Y" }] })))
        .await;
    assert_eq!(deleted.body["secrets"].as_array().unwrap().len(), 2);

    let z = upserted.body["secrets"][1]["id"].clone();
    let moved = bench
        .send(
            Method::POST,
            "/api/v4/secrets/move",
            json!({ "projectId": project, "sourceEnvironment": "dev", "destinationEnvironment": "prod", "secretIds": [z] }),
        )
        .await;
    assert_eq!(moved.body, json!({ "isSourceUpdated": true, "isDestinationUpdated": true }));
    let tree = bench.get(&format!("/api/v4/secrets/Z/secret-reference-tree?projectId={project}&environment=prod")).await;
    assert_eq!(tree.body["tree"]["key"], "root", "{}", tree.body);
}

#[tokio::test]
async fn hidden_values_are_masked_and_etags_follow_the_body() {
    let bench = Bench::new().await;
    for key in ["B", "A"] {
        bench.send(Method::POST, &format!("/api/v3/secrets/raw/{key}"), bench.body(json!({ "secretValue": "canary" }))).await;
    }
    let world = &bench.api.world;
    let reader = world.identity(world.org_id, "reader", "no-access").await.unwrap();
    world.grant_rules(bench.project_id, &reader, &[Rule::allow("secrets", &["describeSecret"])]).await.unwrap();
    let token = bench.api.token(&reader);
    let list = bench.api.get(&token, &format!("/api/v3/secrets/raw?{}&viewSecretValue=false", bench.scope())).await;
    assert_eq!(list.body["secrets"][0]["secretValue"], "<hidden-by-infisical>");
    assert_eq!(list.body["secrets"][0]["secretValueHidden"], true);
    let denied = bench.api.get(&token, &format!("/api/v3/secrets/raw/A?{}", bench.scope())).await;
    assert_eq!((denied.status.as_u16(), &denied.body["error"]), (403, &json!("ForbiddenReadSecretError")));
    assert_eq!(denied.body[MESSAGE], "You do not have permission to view secret value on secret with name 'A'");
    let denied = bench.api.get(&token, &format!("/api/v3/secrets/raw?{}", bench.scope())).await;
    assert_eq!(denied.status.as_u16(), 403);

    let path = format!("/api/v3/secrets/raw?{}", bench.scope());
    let (first, second) = (bench.get(&path).await, bench.get(&path).await);
    assert_eq!(first.headers[header::ETAG], second.headers[header::ETAG]);
    let keys: Vec<&Value> = first.body["secrets"].as_array().unwrap().iter().map(|s| &s["secretKey"]).collect();
    assert_eq!(keys, ["A", "B"]);
    bench.send(Method::PATCH, "/api/v3/secrets/raw/A", bench.body(json!({ "secretValue": "x" }))).await;
    assert_ne!(first.headers[header::ETAG], bench.get(&path).await.headers[header::ETAG]);
}
