//! Projects, environments, folders, tags and imports over the wire, as the official clients send and read them (core API
//! contract, sections 8, 9 and 11; client traffic, section 2.4).

use http::{Method, StatusCode};
use keyferry_domain::secrets::{Location, NewSecret};
use serde_json::{Value, json};

use crate::support::{Answer, Api};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

fn refused(answer: Answer) -> (u16, String, String) {
    let text = |field: &str| answer.body[field].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), text("error"), text("message"))
}

async fn with_project() -> (Api, String, String, String) {
    let api = Api::new().await;
    let token = api.token(&api.world.admin);
    let made = ok(api.call(&token, Method::POST, "/api/v1/projects", json!({ "projectName": " Web Shop " })).await);
    let text = |field: &str| made["project"][field].as_str().unwrap().to_owned();
    let (id, slug) = (text("id"), text("slug"));
    (api, token, id, slug)
}

#[tokio::test]
async fn all_families_tell_the_same_project() {
    let (api, token, id, slug) = with_project().await;
    let project = ok(api.get(&token, &format!("/api/v1/projects/{id}")).await)["project"].clone();
    assert_eq!((&project["_id"], &project["name"], &project["version"]), (&json!(id), &json!("Web Shop"), &json!(3)));
    assert_eq!(project["environments"].as_array().unwrap().len(), 3);
    assert_eq!(keys(&project["environments"][0]), ["id", "name", "slug"]);
    assert_eq!(ok(api.get(&token, &format!("/api/v1/workspace/{id}")).await), json!({ "workspace": project }));
    for path in ["/api/v1/projects/slug", "/api/v1/workspace/slug", "/api/v2/workspace"] {
        assert_eq!(ok(api.get(&token, &format!("{path}/{slug}")).await), project, "bare under {path}");
    }
    assert_eq!(ok(api.get(&token, "/api/v1/workspace").await), json!({ "workspaces": [project] }));
    assert_eq!(ok(api.get(&token, "/api/v1/projects?type=all").await), json!({ "projects": [project] }));
    let with_roles = ok(api.get(&token, "/api/v1/projects?includeRoles=true").await);
    assert_eq!(with_roles["projects"][0]["roles"], json!([{ "slug": "admin", "name": "admin" }]));

    let unknown = "00000000-0000-4000-8000-000000000000";
    for (path, message) in [
        (format!("/api/v1/workspace/{unknown}"), format!("Project with {unknown} not found")),
        ("/api/v1/projects/not-an-id".to_owned(), "Project with not-an-id not found".to_owned()),
        ("/api/v2/workspace/nope".to_owned(), "Project with slug 'nope' not found".to_owned()),
    ] {
        assert_eq!(refused(api.get(&token, &path).await), (404, "NotFound".to_owned(), message));
    }
    assert_eq!(api.get(&token, &format!("/api/v2/workspace/{id}/encrypted-key")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn projects_are_created_changed_and_deleted_as_clients_do() {
    let (api, token, id, _) = with_project().await;
    // Node and Terraform create on v2.
    let body = json!({ "projectName": "Infra", "slug": "infra", "type": "secret-manager", "template": null, "kmsKeyId": null });
    let made = ok(api.call(&token, Method::POST, "/api/v2/workspace", body).await);
    assert_eq!(made["project"]["slug"], "infra");
    let short = api.call(&token, Method::POST, "/api/v1/projects", json!({ "projectName": "", "slug": "abc" })).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<_> = short.body["message"].as_array().unwrap().iter().map(|issue| issue["path"].clone()).collect();
    assert_eq!(paths, [json!(["projectName"]), json!(["slug"])]);

    let body = json!({ "name": "Infra 2", "description": "a note", "autoCapitalization": true, "unknown": 1 });
    let changed = ok(api.call(&token, Method::PATCH, "/api/v2/workspace/infra", body).await);
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Infra 2"), &json!("a note")));
    let path = format!("/api/v1/projects/{id}");
    let bad = api.call(&token, Method::PATCH, &path, json!({ "slug": "a--b", "pitVersionLimit": 0 })).await;
    assert_eq!((bad.status, bad.body["message"].as_array().unwrap().len()), (StatusCode::UNPROCESSABLE_ENTITY, 2));
    let kept = json!({ "hasDeleteProtection": true });
    assert_eq!(ok(api.call(&token, Method::PATCH, &path, kept).await)["project"]["hasDeleteProtection"], true);
    let protected = api.call(&token, Method::DELETE, &path, Value::Null).await;
    assert_eq!(refused(protected), (403, "ForbiddenError".into(), "Project delete protection is enabled".into()));

    let days = json!({ "auditLogsRetentionDays": 7 });
    let set = ok(api.call(&token, Method::PUT, "/api/v1/workspace/infra/audit-logs-retention", days).await);
    assert_eq!(set["workspace"]["auditLogsRetentionDays"], 7);
    let gone = ok(api.call(&token, Method::DELETE, "/api/v2/workspace/infra", Value::Null).await);
    assert_eq!(gone["name"], "Infra 2", "bare");
    assert_eq!(api.get(&token, "/api/v2/workspace/infra").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn environments_answer_both_families() {
    let (api, token, id, _) = with_project().await;
    // Node sends the project's id again in the body.
    let path = format!("/api/v1/workspace/{id}/environments");
    let body = json!({ "name": "Quality", "projectId": id, "slug": "qa", "position": 1 });
    let made = ok(api.call(&token, Method::POST, &path, body).await);
    assert_eq!(keys(&made), ["message", "workspace", "projectId", "environment"]);
    assert_eq!(made["message"], "Successfully created new environment");
    let environment = made["environment"].clone();
    assert_eq!(keys(&environment), ["id", "name", "slug", "position", "projectId", "createdAt", "updatedAt"]);
    let env_id = environment["id"].as_str().unwrap();
    for path in [
        format!("/api/v1/workspace/environments/{env_id}"),
        format!("/api/v1/workspace/{id}/environments/{env_id}"),
        format!("/api/v1/projects/{id}/environments/slug/qa"),
    ] {
        assert_eq!(ok(api.get(&token, &path).await), json!({ "environment": environment }), "{path}");
    }
    let path = format!("/api/v1/projects/{id}/environments/{env_id}");
    let changed = ok(api.call(&token, Method::PATCH, &path, json!({ "slug": "quality", "position": 2 })).await);
    assert_eq!(changed["environment"]["slug"], "quality");
    assert_eq!(changed["message"], "Successfully updated environment");
    let gone = ok(api.call(&token, Method::DELETE, &path, Value::Null).await);
    assert_eq!(gone["message"], "Successfully deleted environment");
    let missing = format!("Environment with id '{env_id}' in project with ID '{id}' not found");
    assert_eq!(refused(api.get(&token, &path).await), (404, "NotFound".into(), missing));
    let dev = json!({ "name": "x", "slug": "dev" });
    let taken = api.call(&token, Method::POST, &format!("/api/v1/projects/{id}/environments"), dev).await;
    assert_eq!(refused(taken), (400, "CreateEnvironment".into(), "Environment with slug already exist".into()));
}

#[tokio::test]
async fn folders_as_python_node_and_the_cli_use_them() {
    let (api, token, id, slug) = with_project().await;
    let body = json!({ "projectId": id, "environment": "dev", "name": "payment", "path": "/app/", "description": null });
    let made = ok(api.call(&token, Method::POST, "/api/v2/folders", body).await)["folder"].clone();
    let common = [
        "id",
        "name",
        "version",
        "createdAt",
        "updatedAt",
        "envId",
        "parentId",
        "isReserved",
        "description",
        "lastSecretModified",
    ];
    assert_eq!(keys(&made)[..10], common);
    assert_eq!(made["path"], "/app/payment");
    let folder_id = made["id"].as_str().unwrap();

    // Python writes booleans with a capital.
    let list = format!("/api/v2/folders?projectId={id}&environment=dev&path=%2F&recursive=");
    let all = ok(api.get(&token, &format!("{list}True")).await);
    let relative: Vec<_> = all["folders"].as_array().unwrap().iter().map(|f| f["relativePath"].clone()).collect();
    assert_eq!(relative, ["/app", "/app/payment"]);
    let direct = ok(api.get(&token, &format!("{list}False")).await);
    assert_eq!(keys(&direct["folders"][0]), common);
    let none = ok(api.get(&token, &format!("{list}True&lastSecretModified=2020-01-01T00:00:00Z")).await);
    assert_eq!(none, json!({ "folders": [] }));

    // The CLI names the parent `directory`.
    let v1 = format!("/api/v1/folders?workspaceId={id}&environment=dev&directory=%2Fapp");
    assert_eq!(ok(api.get(&token, &v1).await)["folders"][0]["name"], "payment");

    let detailed = ok(api.get(&token, &format!("/api/v2/folders/{folder_id}")).await)["folder"].clone();
    assert_eq!((&detailed["path"], &detailed["projectId"]), (&json!("/app/payment"), &json!(id)));
    assert_eq!(keys(&detailed["environment"]), ["envId", "envName", "envSlug"]);
    let by_path = ok(api.get(&token, &format!("/api/v1/folders/{id}/dev/%2Fapp%2Fpayment")).await);
    assert_eq!(by_path["folder"], detailed);

    let body = json!({ "workspaceId": id, "environment": "dev", "name": "pay", "path": "/app" });
    let renamed = ok(api.call(&token, Method::PATCH, "/api/v1/folders/payment", body).await);
    assert_eq!((&renamed["folder"]["path"], &renamed["folder"]["version"]), (&json!("/app/pay"), &json!(2)));
    let item = json!({ "id": folder_id, "environment": "dev", "name": "pay2", "path": "/app" });
    let batch = json!({ "projectSlug": slug, "folders": [item] });
    let renamed = ok(api.call(&token, Method::PATCH, "/api/v2/folders/batch", batch).await);
    assert_eq!(renamed["folders"][0]["name"], "pay2");

    let body = json!({ "projectId": id, "environment": "dev", "path": "/app", "forceDelete": false });
    let gone = ok(api.call(&token, Method::DELETE, &format!("/api/v2/folders/{folder_id}"), body).await);
    assert_eq!(gone["folder"]["id"], json!(folder_id));
    let missing = api.get(&token, &format!("/api/v1/folders/{folder_id}")).await;
    assert_eq!(refused(missing), (404, "NotFound".into(), format!("Folder with ID '{folder_id}' not found")));

    let body = json!({ "projectId": id, "environment": "dev", "name": "a b", "path": "/a/../b" });
    let bad = api.call(&token, Method::POST, "/api/v2/folders", body).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let messages: Vec<_> = bad.body["message"].as_array().unwrap().iter().map(|issue| issue["message"].clone()).collect();
    assert!(messages.contains(&json!("Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.")));
    let body = json!({ "workspaceId": id, "environment": "nope", "name": "a" });
    let unknown = api.call(&token, Method::POST, "/api/v1/folders", body).await;
    let message = format!("Environment with slug 'nope' in project with ID '{id}' not found");
    assert_eq!(refused(unknown), (404, "CreateFolder".into(), message));
}

#[tokio::test]
async fn tags_as_the_cli_uses_them() {
    let (api, token, id, _) = with_project().await;
    let base = format!("/api/v1/projects/{id}/tags");
    let missing = (404, "NotFound".to_owned(), "Tag doesn't exist".to_owned());
    assert_eq!(refused(api.get(&token, &format!("{base}/slug/public")).await), missing);
    let made = ok(api.call(&token, Method::POST, &base, json!({ "slug": "public", "color": "" })).await)["tag"].clone();
    assert_eq!(
        keys(&made),
        ["id", "slug", "name", "color", "projectId", "createdAt", "updatedAt", "createdBy", "createdByActorType"]
    );
    assert_eq!((&made["name"], &made["color"]), (&json!("public"), &json!("")));
    let old = format!("/api/v1/workspace/{id}/tags");
    let tag_id = made["id"].as_str().unwrap();
    assert_eq!(ok(api.get(&token, &format!("{old}/{tag_id}")).await), json!({ "tag": made }));
    assert_eq!(ok(api.get(&token, &format!("{base}/slug/public")).await), json!({ "tag": made }));
    let changed = ok(api.call(&token, Method::PATCH, &format!("{old}/{tag_id}"), json!({ "color": "#fff" })).await);
    assert_eq!((&changed["tag"]["slug"], &changed["tag"]["color"]), (&json!("public"), &json!("#fff")));
    assert_eq!(ok(api.get(&token, &base).await)["tags"].as_array().unwrap().len(), 1);
    ok(api.call(&token, Method::DELETE, &format!("{base}/{tag_id}"), Value::Null).await);
    assert_eq!(refused(api.call(&token, Method::DELETE, &format!("{base}/not-an-id"), Value::Null).await), missing);
}

#[tokio::test]
async fn imports_as_terraform_and_the_operator_use_them() {
    let (api, token, id, _) = with_project().await;
    let project_id = id.parse().unwrap();
    let at = Location { project_id, environment: "prod".into(), path: keyferry_domain::paths::SecretPath::root() };
    let secret = NewSecret {
        key: "API_URL".into(),
        path: None,
        kind: keyferry_domain::secrets::Kind::Shared,
        value: "https://example.com".into(),
        comment: None,
        skip_multiline_encoding: None,
        tag_ids: Vec::new(),
        metadata: Vec::new(),
        reminder_note: None,
        reminder_repeat_days: None,
    };
    keyferry_domain::secrets::create(&api.world.app, &api.world.admin, &at, secret).await.unwrap();

    let source = json!({ "environment": "prod", "path": "/" });
    let body = json!({ "workspaceId": id, "environment": "dev", "path": "/", "import": source, "isReplication": false });
    let made = ok(api.call(&token, Method::POST, "/api/v1/secret-imports", body).await);
    assert_eq!(made["message"], "Successfully created secret import");
    let import = made["secretImport"].clone();
    assert_eq!(
        (&import["importPath"], &import["importEnv"]["slug"], &import["position"]),
        (&json!("/"), &json!("prod"), &json!(1))
    );
    let import_id = import["id"].as_str().unwrap();
    let detailed = ok(api.get(&token, &format!("/api/v1/secret-imports/{import_id}")).await)["secretImport"].clone();
    assert_eq!(
        (&detailed["environment"]["slug"], &detailed["projectId"], &detailed["secretPath"]),
        (&json!("dev"), &json!(id), &json!("/"))
    );
    let listed = ok(api.get(&token, &format!("/api/v2/secret-imports?projectId={id}&environment=dev")).await);
    assert_eq!(listed["secretImports"], json!([import]));

    let query = format!("workspaceId={id}&environment=dev&path=%2F");
    let secrets = ok(api.get(&token, &format!("/api/v1/secret-imports/secrets/raw?{query}")).await)["secrets"].clone();
    assert_eq!(keys(&secrets[0]["environmentInfo"]), ["id", "name", "slug"]);
    assert_eq!(secrets[0]["secrets"][0]["secretValue"], "https://example.com");
    assert_eq!(ok(api.get(&token, &format!("/api/v1/secret-imports/secrets?{query}")).await)["secrets"], secrets);

    let path = format!("/api/v2/secret-imports/{import_id}");
    let body = json!({ "projectId": id, "environment": "dev", "path": "/", "import": { "path": "/shared" } });
    let changed = ok(api.call(&token, Method::PATCH, &path, body).await);
    assert_eq!((&changed["secretImport"]["importPath"], &changed["secretImport"]["version"]), (&json!("/shared"), &json!(2)));
    let body = json!({ "projectId": id, "environment": "dev", "path": "/" });
    ok(api.call(&token, Method::DELETE, &path, body.clone()).await);
    let missing = (404, "DeleteImport".to_owned(), format!("Secret import with folder ID '{import_id}' not found"));
    assert_eq!(refused(api.call(&token, Method::DELETE, &path, body.clone()).await), missing);
    let resync = api.call(&token, Method::POST, &format!("/api/v1/secret-imports/{import_id}/replication-resync"), body).await;
    assert_eq!(resync.status, StatusCode::BAD_REQUEST);
}
