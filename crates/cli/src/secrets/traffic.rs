//! What goes over the wire, against the description of what other servers take (core API contract, sections 2.3 and 10).

use serde_json::json;
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::server::Server;

const PROJECT: &str = "7ffbb072-2575-495a-b5b0-127f88caef78";

fn place() -> Place {
    Place { project_id: PROJECT.to_owned(), environment: "dev".to_owned(), path: "/a".to_owned() }
}

fn reading() -> Reading {
    Reading { values: true, expand: true, recursive: false, imports: true, personal: true }
}

async fn api(mock: &MockServer) -> Api {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    Api::new(&Server::parse(&mock.uri(), false).unwrap()).unwrap().with_token(SecretString::from("token-of-ann"))
}

/// How a server answers a route it does not have.
fn no_route() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({
        "message": "Route GET:/api/v4/secrets not found", "error": "Not Found", "statusCode": 404
    }))
}

fn item(key: &str, value: &str, kind: &str) -> Value {
    json!({
        "id": "i", "_id": "i", "workspace": PROJECT, "environment": "dev", "version": 1, "type": kind, "secretKey": key,
        "secretValue": value, "secretComment": "", "secretPath": "/a"
    })
}

#[tokio::test]
async fn every_parameter_of_a_list_is_said() {
    let mock = MockServer::start().await;
    let answer = json!({
        "secrets": [item("A", "own", "shared")],
        "imports": [
            {"secretPath": "/one", "environment": "dev", "folderId": "f", "secrets": [item("A", "x", "shared"), item("B", "one", "shared")]},
            {"secretPath": "/two", "environment": "dev", "folderId": "f", "secrets": [item("B", "two", "shared")]}
        ]
    });
    let mut given = Mock::given(method("GET")).and(path("/api/v4/secrets")).and(header("user-agent", "cli"));
    for (name, value) in [
        ("projectId", PROJECT),
        ("environment", "dev"),
        ("secretPath", "/a"),
        ("includeImports", "true"),
        ("recursive", "false"),
        ("expandSecretReferences", "true"),
        ("includePersonalOverrides", "true"),
        ("viewSecretValue", "true"),
    ] {
        given = given.and(query_param(name, value));
    }
    given.respond_with(ResponseTemplate::new(200).set_body_json(answer)).expect(1).mount(&mock).await;
    let (found, _) = effective(list(&api(&mock).await, &place(), reading()).await.unwrap());
    let values: Vec<_> = found.iter().map(|s| s.value.as_ref().unwrap().expose_secret().to_owned()).collect();
    assert_eq!(values, ["own", "two"], "the last import wins");
}

#[tokio::test]
async fn servers_without_version_4_are_spoken_to_in_version_3() {
    let mock = MockServer::start().await;
    Mock::given(method("GET")).and(path("/api/v4/secrets")).respond_with(no_route()).mount(&mock).await;
    Mock::given(method("PATCH")).and(path("/api/v4/secrets/batch")).respond_with(no_route()).mount(&mock).await;
    Mock::given(method("DELETE")).and(path("/api/v4/secrets/batch")).respond_with(no_route()).mount(&mock).await;
    let answer = json!({"secrets": [item("A", "shared", "shared"), item("A", "mine", "personal")], "imports": []});
    Mock::given(method("GET"))
        .and(path("/api/v3/secrets/raw"))
        .and(query_param("workspaceId", PROJECT))
        .and(query_param("environment", "dev"))
        .and(query_param("secretPath", "/a"))
        .and(query_param("include_imports", "true"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&mock)
        .await;
    let scope = json!({"workspaceId": PROJECT, "environment": "dev", "secretPath": "/a"});
    for (verb, secret) in
        [("PATCH", json!({"secretKey": "A", "secretValue": "v"})), ("DELETE", json!({"secretKey": "A", "type": "shared"}))]
    {
        let mut body = scope.clone();
        body["secrets"] = json!([secret]);
        Mock::given(method(verb))
            .and(path("/api/v3/secrets/batch/raw"))
            .and(body_partial_json(body))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"secrets": []})))
            .expect(1)
            .mount(&mock)
            .await;
    }
    let api = api(&mock).await;
    let found = list(&api, &place(), reading()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value.as_ref().unwrap().expose_secret(), "mine");
    let shared = list(&api, &place(), Reading { personal: false, ..reading() }).await.unwrap();
    assert_eq!(shared[0].value.as_ref().unwrap().expose_secret(), "shared");
    let pair = Pair { key: "A".to_owned(), value: SecretString::from("v"), comment: None };
    let (written, outcome) = upsert(&api, &place(), &[pair]).await;
    assert!(outcome.is_ok() && written == 1);
    delete(&api, &place(), &["A".to_owned()], "shared").await.unwrap();
}

#[tokio::test]
async fn a_personal_value_is_changed_or_made() {
    let mock = MockServer::start().await;
    let missing = json!({"statusCode": 404, "message": "Secret with name A not found", "error": "UpdateSecret"});
    let route = "/api/v3/secrets/raw/A%2Fb";
    Mock::given(method("PATCH"))
        .and(path(route))
        .respond_with(ResponseTemplate::new(404).set_body_json(missing))
        .mount(&mock)
        .await;
    let body = json!({"workspaceId": PROJECT, "type": "personal", "secretValue": "v"});
    Mock::given(method("POST"))
        .and(path(route))
        .and(body_partial_json(body))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"secret": {}})))
        .expect(1)
        .mount(&mock)
        .await;
    let pair = Pair { key: "A/b".to_owned(), value: SecretString::from("v"), comment: None };
    set_personal(&api(&mock).await, &place(), &pair).await.unwrap();
}
