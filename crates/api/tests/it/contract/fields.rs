//! Every field of the bodies (sections 1.3, 2.4, 2.5, 3.4, 3.5): what is refused, with which issue, and what is let through.

use http::{Method, StatusCode};
use keyferry_test_support::{World, on_each_backend};
use serde_json::{Value, json};

use super::Bench;
use crate::arrange;
use crate::secret_syncs::{PATH, connection, refused};

const CONNECTIONS: &str = "/api/v1/app-connections/checkly";

fn too_big(most: u64, message: &str, path: Value) -> Value {
    json!({
        "code": "too_big", "maximum": most, "type": "string", "inclusive": true, "exact": false, "message": message, "path": path
    })
}

fn too_small(message: &str, path: Value) -> Value {
    json!({
        "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false, "message": message, "path": path
    })
}

fn wrong_type(expected: &str, received: &str, path: Value) -> Value {
    let message =
        if received == "undefined" { "Required".to_owned() } else { format!("Expected {expected}, received {received}") };
    json!({"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": message})
}

fn uuid(path: Value) -> Value {
    json!({"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": path})
}

/// The body with something else, or nothing, at a pointer.
fn with(mut body: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match value {
        Some(value) => parent[key] = value,
        None => {
            parent.as_object_mut().unwrap().remove(key);
        }
    }
    body
}

#[tokio::test]
async fn connection_fields() {
    let bench = Bench::new(World::new().await.unwrap()).await;
    let base = json!({"name": "us", "method": "api-key", "credentials": {"apiKey": bench.s.api.world.api_key}});
    let managed = json!({
        "received": true, "code": "invalid_literal", "expected": false, "path": ["isPlatformManagedCredentials"],
        "message": "Not supported for Checkly Connections"
    });
    let description = "Description cannot exceed 256 characters";
    let both = [
        ("/credentials/apiKey", None, wrong_type("string", "undefined", json!(["credentials", "apiKey"]))),
        ("/credentials/apiKey", Some(json!("  ")), too_small("API Key required", json!(["credentials", "apiKey"]))),
        (
            "/credentials/apiKey",
            Some(json!("k".repeat(256))),
            too_big(255, "String must contain at most 255 character(s)", json!(["credentials", "apiKey"])),
        ),
        ("/credentials", Some(json!("x")), wrong_type("object", "string", json!(["credentials"]))),
        ("/description", Some(json!("d".repeat(257))), too_big(256, description, json!(["description"]))),
        ("/description", Some(json!(7)), wrong_type("string", "number", json!(["description"]))),
        ("/isPlatformManagedCredentials", Some(json!(true)), managed),
        ("/name", Some(json!(7)), wrong_type("string", "number", json!(["name"]))),
    ];
    let path = format!("{CONNECTIONS}/{}", bench.s.connection_id);
    for (pointer, value, expected) in both {
        for (method, path) in [(Method::POST, CONNECTIONS), (Method::PATCH, path.as_str())] {
            let (status, answer) = bench.call(method.clone(), path, with(base.clone(), pointer, value.clone())).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {pointer}: {answer}");
            assert_eq!(answer["message"], json!([expected]), "{method} {pointer}");
            assert_eq!((&answer["error"], &answer["statusCode"]), (&json!("ValidationFailure"), &json!(422)));
        }
    }
    let discriminator = json!([{
        "code": "invalid_union_discriminator", "options": ["api-key"], "path": ["method"],
        "message": "Invalid discriminator value. Expected 'api-key'"
    }]);
    for method in [None, Some(json!("oauth"))] {
        let (_, answer) = bench.call(Method::POST, CONNECTIONS, with(base.clone(), "/method", method)).await;
        assert_eq!(answer["message"], discriminator);
    }
    for field in ["gatewayId", "gatewayPoolId", "rotation"] {
        let body = with(base.clone(), &format!("/{field}"), Some(json!("5a0d0f1e-7c65-4c02-8a2d-2f7d6b9b4410")));
        let (_, answer) = bench.call(Method::POST, CONNECTIONS, body).await;
        let issue = &answer["message"][0];
        assert_eq!((&issue["code"], &issue["path"]), (&json!("invalid_union"), &json!([field])), "{answer}");
        assert_eq!(issue["message"], "Invalid input");
        assert!(issue["unionErrors"].is_array());
    }
    // Issues of method and credentials come before those of the common fields, and all are told at once.
    let body = json!({"name": "A", "method": "api-key", "credentials": {"apiKey": ""}, "description": 1});
    let (_, answer) = bench.call(Method::POST, CONNECTIONS, body).await;
    let paths: Vec<&Value> = answer["message"].as_array().unwrap().iter().map(|issue| &issue["path"]).collect();
    assert_eq!(paths, [&json!(["credentials", "apiKey"]), &json!(["name"]), &json!(["description"])]);
    assert_eq!(bench.calls(), 0, "nothing of this reaches Checkly");

    // What means "no" is let through, and stray members are dropped.
    let (status, answer) = bench
        .call(
            Method::POST,
            CONNECTIONS,
            json!({
                "name": "us", "method": "api-key", "credentials": {"apiKey": format!(" {} ", bench.s.api.world.api_key), "x": 1},
                "description": null, "isPlatformManagedCredentials": false, "gatewayId": null, "gatewayPoolId": null,
                "isAutoRotationEnabled": false, "rotation": null, "App": "checkly", "ID": ""
            }),
        )
        .await;
    assert_eq!((status, &answer["appConnection"]["description"]), (StatusCode::OK, &Value::Null), "{answer}");
    let (status, answer) =
        bench.call(Method::PATCH, &path, json!({"method": "oauth", "projectId": "x", "app": "aws", "version": 9})).await;
    assert_eq!((status, &answer["appConnection"]["method"]), (StatusCode::OK, &json!("api-key")));
    assert_eq!((&answer["appConnection"]["projectId"], &answer["appConnection"]["version"]), (&Value::Null, &json!(1)));
    // Terraform's empty note is an empty note.
    let (_, answer) = bench.call(Method::PATCH, &path, json!({"description": ""})).await;
    assert_eq!(answer["appConnection"]["description"], "");
}

#[tokio::test]
async fn sync_fields() {
    let bench = Bench::new(World::new().await.unwrap()).await;
    let id = bench.s.made(bench.s.body("made")).await["id"].clone();
    let path = bench.s.path(&id);
    let long = "a".repeat(256);
    let config = |field: &str| json!(["destinationConfig", field]);
    let option = |field: &str| json!(["syncOptions", field]);
    let boolean = |path: Value| wrong_type("boolean", "string", path);
    let environment = |message: &str| format!("environment field {message}");
    let both = [
        ("/connectionId", json!("x"), uuid(json!(["connectionId"]))),
        ("/environment", json!(7), wrong_type("string", "number", json!(["environment"]))),
        (
            "/environment",
            json!("a".repeat(65)),
            too_big(64, &environment("must be at most 64 lowercase characters"), json!(["environment"])),
        ),
        (
            "/environment",
            json!("Prod"),
            json!({
                "code": "custom", "message": environment("can only contain lowercase letters, numbers, and hyphens"),
                "path": ["environment"]
            }),
        ),
        (
            "/description",
            json!(long.clone() + "a"),
            too_big(256, "Description cannot exceed 256 characters", json!(["description"])),
        ),
        ("/isAutoSyncEnabled", json!("true"), boolean(json!(["isAutoSyncEnabled"]))),
        ("/includeAllSubFolders", json!("true"), boolean(json!(["includeAllSubFolders"]))),
        ("/syncOptions", json!([]), wrong_type("object", "array", json!(["syncOptions"]))),
        ("/syncOptions", json!({}), wrong_type("string", "undefined", option("initialSyncBehavior"))),
        ("/syncOptions/keySchema", json!(7), wrong_type("string", "number", option("keySchema"))),
        ("/syncOptions/disableSecretDeletion", json!("no"), boolean(option("disableSecretDeletion"))),
        ("/syncOptions/includeAllSubFolders", json!("no"), boolean(option("includeAllSubFolders"))),
        ("/destinationConfig", json!({}), wrong_type("string", "undefined", config("accountId"))),
        ("/destinationConfig/accountId", json!(""), too_small("Account ID is required", config("accountId"))),
        (
            "/destinationConfig/accountId",
            json!(long),
            too_big(255, "Account ID must be less than 255 characters", config("accountId")),
        ),
        ("/destinationConfig/accountName", json!(""), too_small("Account Name is required", config("accountName"))),
        (
            "/destinationConfig/accountName",
            json!(long),
            // The original's text names the wrong field.
            too_big(255, "Account ID must be less than 255 characters", config("accountName")),
        ),
        ("/destinationConfig/groupId", json!(""), too_small("Group ID is required", config("groupId"))),
        ("/destinationConfig/groupId", json!(long), too_big(255, "Group ID must be less than 255 characters", config("groupId"))),
        ("/destinationConfig/groupName", json!(""), too_small("Group Name is required", config("groupName"))),
        (
            "/destinationConfig/groupName",
            json!(long),
            too_big(255, "Group Name must be less than 255 characters", config("groupName")),
        ),
    ];
    for (pointer, value, mut expected) in both {
        for (method, path) in [(Method::POST, PATH), (Method::PATCH, path.as_str())] {
            let body = with(bench.s.body("x"), pointer, Some(value.clone()));
            let (status, answer) = bench.call(method.clone(), path, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {pointer}: {answer}");
            if expected["path"] == option("initialSyncBehavior") {
                // A literal that is missing is an issue of the literal's kind in the original's library.
                expected = answer["message"][0].clone();
                assert_eq!(expected["path"], option("initialSyncBehavior"));
            }
            assert_eq!(answer["message"], json!([expected]), "{method} {pointer}");
        }
    }
    for (field, kind) in [
        ("name", "string"),
        ("projectId", "string"),
        ("connectionId", "string"),
        ("environment", "string"),
        ("secretPath", "string"),
        ("syncOptions", "object"),
        ("destinationConfig", "object"),
    ] {
        let (_, answer) = bench.call(Method::POST, PATH, with(bench.s.body("x"), &format!("/{field}"), None)).await;
        assert_eq!(answer["message"], json!([wrong_type(kind, "undefined", json!([field]))]), "{field}");
    }
    let (_, answer) = bench.call(Method::POST, PATH, with(bench.s.body("x"), "/projectId", Some(json!(" ")))).await;
    assert_eq!(answer["message"], json!([too_small("Project ID required", json!(["projectId"]))]));
    let (_, answer) = bench.call(Method::POST, PATH, with(bench.s.body("x"), "/secretPath", Some(json!(" ")))).await;
    assert_eq!(answer["message"], json!([too_small("Secret path required", json!(["secretPath"]))]));
    let (_, answer) = bench.call(Method::PATCH, &path, json!({"secretPath": " "})).await;
    assert_eq!(answer["message"], json!([too_small("Invalid secret path", json!(["secretPath"]))]));
    let (_, answer) = bench.call(Method::GET, &format!("{PATH}/no-uuid"), Value::Null).await;
    assert_eq!(answer["message"], json!([uuid(json!(["syncId"]))]));
    for route in ["/api/v1/secret-syncs", PATH, &format!("{PATH}/sync-name/x")] {
        let (_, answer) = bench.call(Method::GET, route, Value::Null).await;
        assert_eq!(answer["message"], json!([wrong_type("string", "undefined", json!(["projectId"]))]), "{route}");
        let (_, answer) = bench.call(Method::GET, &format!("{route}?projectId=%20"), Value::Null).await;
        assert_eq!(answer["message"], json!([too_small("Project ID required", json!(["projectId"]))]), "{route}");
    }
    let (_, answer) = bench.call(Method::GET, &format!("{PATH}/sync-name/%20?projectId=x"), Value::Null).await;
    assert_eq!(answer["message"], json!([too_small("Sync name required", json!(["syncName"]))]));
    let (_, answer) = bench.call(Method::GET, &format!("{CONNECTIONS}/connection-name/%20"), Value::Null).await;
    assert_eq!(answer["message"], json!([too_small("Connection name required", json!(["connectionName"]))]));
    let (_, answer) = bench.call(Method::GET, &format!("{CONNECTIONS}/no-uuid"), Value::Null).await;
    assert_eq!(answer["message"], json!([uuid(json!(["connectionId"]))]));
    let body = json!({"destinationConfig": {}, "projectId": "x", "excludeSyncId": "y"});
    let (_, answer) = bench.call(Method::POST, &format!("{PATH}/check-destination"), body).await;
    assert_eq!(answer["message"].as_array().unwrap().len(), 2, "{answer}");
}

#[tokio::test]
async fn defaults_and_what_is_kept_as_given() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let made = bench.s.made(bench.s.body("plain")).await;
        assert_eq!((&made["isAutoSyncEnabled"], &made["syncStatus"]), (&json!(true), &json!("pending")));
        assert_eq!((&made["description"], &made["version"]), (&Value::Null, &json!(1)));
        assert_eq!(made["syncOptions"], json!({"initialSyncBehavior": "overwrite-destination"}));
        let mut body = bench.s.body("terraform");
        body["isAutoSyncEnabled"] = json!(false);
        body["syncOptions"]["keySchema"] = json!("");
        body["syncOptions"]["stray"] = json!(1);
        body["destinationConfig"]["stray"] = json!(1);
        for (key, value) in [("App", json!("checkly")), ("ID", json!("")), ("isEnabled", json!(false))] {
            body[key] = value;
        }
        let made = bench.s.made(body).await;
        assert_eq!(made["syncStatus"], Value::Null, "nothing is queued");
        assert_eq!(made["syncOptions"], json!({"initialSyncBehavior": "overwrite-destination", "keySchema": ""}));
        let account = &bench.s.api.world.account_id;
        assert_eq!(made["destinationConfig"], json!({"accountId": account, "accountName": "Acme EU"}));
        // With auto-sync off no change of the sync queues anything; on again, a rename does.
        let off = bench.s.patch(&made["id"], json!({"name": "renamed"})).await;
        assert_eq!(off.body["secretSync"]["syncStatus"], Value::Null);
        let on = bench.s.patch(&made["id"], json!({"isAutoSyncEnabled": true})).await;
        assert_eq!(on.body["secretSync"]["syncStatus"], "pending");
        assert_eq!(bench.calls(), 0, "no request about a sync calls Checkly");
    })
    .await;
}

/// Whoever breaks several rules at once hears of them in this order (section 3.4).
#[tokio::test]
async fn the_order_of_the_checks_of_a_new_sync() {
    use keyferry_domain::access::Rule;
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        let other = world.project("other").await.unwrap();
        let foreign = connection(&bench.s.api, &bench.s.token, "foreign", Some(other)).await;
        bench.s.made(bench.s.body("taken")).await;
        arrange::forbid_duplicate_destinations(world).await;
        // Wrong in every way: the folder, the destination, the connection and the name.
        let mut body = bench.s.body("taken");
        body["secretPath"] = json!("/nowhere");
        body["connectionId"] = json!(foreign);
        let caller = world.user(world.org_id, "maker@example.com", "member").await.unwrap();
        let token = bench.s.api.token(&caller);
        let create = async |body: &Value| bench.s.api.call(&token, Method::POST, PATH, body.clone()).await;
        assert_eq!(create(&body).await.status, StatusCode::FORBIDDEN, "not in the project");
        let mut rules = vec![Rule::allow("secret-syncs", &["read"])];
        world.grant_rules(bench.s.project_id, &caller, &rules).await.unwrap();
        refused(&create(&body).await, StatusCode::FORBIDDEN, "You are not allowed to create on secret-syncs");
        let caller = world.user(world.org_id, "maker-2@example.com", "member").await.unwrap();
        let token = bench.s.api.token(&caller);
        rules.push(Rule::allow("secret-syncs", &["create"]));
        world.grant_rules(bench.s.project_id, &caller, &rules).await.unwrap();
        let create = async |body: &Value| bench.s.api.call(&token, Method::POST, PATH, body.clone()).await;
        refused(&create(&body).await, StatusCode::FORBIDDEN, "You are not allowed to readValue on secrets");
        // The rest as somebody who may do everything.
        let create = async |body: &Value| bench.s.create(body.clone()).await;
        let folder = format!(
            "Could not find folder with path \"/nowhere\" in environment \"prod\" for project with ID \"{}\"",
            bench.s.project_id
        );
        refused(&create(&body).await, StatusCode::BAD_REQUEST, &folder);
        body["secretPath"] = json!("/");
        let duplicate = format!("A secret sync with this destination already exists in project {}.", bench.s.project_id);
        refused(&create(&body).await, StatusCode::BAD_REQUEST, &duplicate);
        body["destinationConfig"]["groupId"] = json!("9");
        let cross = format!(
            "You cannot connect project App Connection with ID \"{foreign}\" from project with ID \"{other}\" to project with ID \
             \"{}\"",
            bench.s.project_id
        );
        refused(&create(&body).await, StatusCode::BAD_REQUEST, &cross);
        body["connectionId"] = json!(bench.s.connection_id);
        let taken =
            format!("A Secret Sync with the name \"taken\" already exists for the project with ID \"{}\"", bench.s.project_id);
        refused(&create(&body).await, StatusCode::BAD_REQUEST, &taken);
        body["name"] = json!("free");
        assert_eq!(create(&body).await.status, StatusCode::OK);
    })
    .await;
}

/// The same for a change (section 3.5): destination and connection before a source that is only half given.
#[tokio::test]
async fn the_order_of_the_checks_of_a_change() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        let other = world.project("other").await.unwrap();
        let foreign = connection(&bench.s.api, &bench.s.token, "foreign", Some(other)).await;
        let id = bench.s.lose_folder().await["id"].clone();
        let mut body = bench.s.body("twin");
        body["destinationConfig"]["groupId"] = json!("9");
        bench.s.made(body).await;
        arrange::forbid_duplicate_destinations(world).await;
        let mut change = json!({
            "environment": "prod", "connectionId": foreign,
            "destinationConfig": {"accountId": world.account_id, "groupId": "9"}
        });
        let duplicate = format!("A secret sync with this destination already exists in project {}.", bench.s.project_id);
        refused(&bench.s.patch(&id, change.clone()).await, StatusCode::BAD_REQUEST, &duplicate);
        change.as_object_mut().unwrap().remove("destinationConfig");
        let cross = format!(
            "You cannot connect project App Connection with ID \"{foreign}\" from project with ID \"{other}\" to project with ID \
             \"{}\"",
            bench.s.project_id
        );
        refused(&bench.s.patch(&id, change.clone()).await, StatusCode::BAD_REQUEST, &cross);
        change.as_object_mut().unwrap().remove("connectionId");
        let half = "Must specify both source environment and secret path";
        refused(&bench.s.patch(&id, change.clone()).await, StatusCode::BAD_REQUEST, half);
        change["secretPath"] = json!("/");
        assert_eq!(bench.s.patch(&id, change).await.status, StatusCode::OK);
    })
    .await;
}

/// Routes without a body take one, empty or not, and a trailing slash counts for nothing (section 1.1).
#[tokio::test]
async fn paths_and_bodies_nobody_reads() {
    let bench = Bench::new(World::new().await.unwrap()).await;
    let id = bench.s.made(bench.s.body("x")).await["id"].clone();
    for body in [Value::Null, json!({}), json!({"stray": true})] {
        let path = format!("{}/sync-secrets/", bench.s.path(&id));
        let (status, answer) = bench.call(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let path = format!("{}/?stray=1", bench.s.path(&id));
    assert_eq!(bench.call(Method::GET, &path, Value::Null).await.0, StatusCode::OK);
}
