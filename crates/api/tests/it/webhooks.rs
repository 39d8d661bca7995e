//! Webhooks over the wire (core API contract, section 13.2).

use http::{Method, StatusCode};
use keyferry_test_support::{Receiver, World, canary, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::arrange;
use crate::support::{Answer, Api};

const PATH: &str = "/api/v1/webhooks";

fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

async fn with_project(world: World) -> (Api, String, Uuid) {
    let api = Api::over(world);
    let project_id = api.world.project("shop").await.unwrap();
    let token = api.token(&api.world.admin);
    (api, token, project_id)
}

#[tokio::test]
async fn a_webhook_is_created_changed_tried_and_deleted_as_the_contract_says() {
    on_each_backend(|world| async move {
        let (api, token, project_id) = with_project(world).await;
        let receiver = Receiver::start().await.unwrap();
        let key = canary("key");
        let body = json!({
            "projectId": project_id, "environment": "prod", "webhookUrl": receiver.url(), "webhookSecretKey": key,
            "secretPath": "app/", "eventsFilter": [{ "eventName": "secret-syncs.failed" }, { "eventName": "secrets.modified" }],
        });
        let made = ok(api.call(&token, Method::POST, PATH, body).await);
        assert_eq!(made["message"], "Successfully created webhook");
        let hook = &made["webhook"];
        let names: Vec<&str> = hook.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "id",
                "secretPath",
                "url",
                "lastStatus",
                "lastRunErrorMessage",
                "isDisabled",
                "createdAt",
                "updatedAt",
                "envId",
                "projectId",
                "type",
                "eventsFilter",
                "environment"
            ]
        );
        assert_eq!((&hook["secretPath"], &hook["type"], &hook["isDisabled"]), (&json!("/app"), &json!("general"), &json!(false)));
        assert_eq!((&hook["url"], &hook["lastStatus"]), (&json!(receiver.url()), &Value::Null));
        assert_eq!(hook["eventsFilter"], json!([{ "eventName": "secret-syncs.failed" }, { "eventName": "secrets.modified" }]));
        assert_eq!(hook["environment"]["slug"], "prod");
        let one = format!("{PATH}/{}", hook["id"].as_str().unwrap());
        assert_eq!(ok(api.get(&token, &one).await), json!({ "webhook": hook }));

        let tried = ok(api.call(&token, Method::POST, &format!("{one}/test"), Value::Null).await);
        assert_eq!(
            (&tried["webhook"]["lastStatus"], &tried["webhook"]["lastRunErrorMessage"]),
            (&json!("success"), &Value::Null)
        );
        let call = receiver.received().remove(0);
        let sent = call.json();
        assert_eq!((&sent["event"], &sent["project"]["workspaceId"]), (&json!("test"), &json!(project_id)));
        let signature = format!("t={};", sent["timestamp"]);
        assert!(call.headers["x-infisical-signature"].starts_with(&signature), "{:?}", call.headers);
        assert!(!call.headers["x-infisical-signature"].contains(&key));
        receiver.answer_next([410]);
        let tried = ok(api.call(&token, Method::POST, &format!("{one}/test"), Value::Null).await);
        assert_eq!(tried["webhook"]["lastRunErrorMessage"], "The receiver answered 410.");
        assert_eq!(tried["webhook"]["lastStatus"], "failed");

        let changed = ok(api.call(&token, Method::PATCH, &one, json!({ "isDisabled": true, "eventsFilter": [] })).await);
        assert_eq!(changed["message"], "Successfully updated webhook");
        assert_eq!((&changed["webhook"]["isDisabled"], &changed["webhook"]["eventsFilter"]), (&json!(true), &json!([])));

        for (query, count) in
            [("", 1), ("&environment=prod", 1), ("&environment=dev", 0), ("&secretPath=/app", 1), ("&secretPath=/", 0)]
        {
            let listed = ok(api.get(&token, &format!("{PATH}?projectId={project_id}{query}")).await);
            assert_eq!(listed["webhooks"].as_array().unwrap().len(), count, "{query}");
            assert!(!listed.to_string().contains(&key));
        }

        // Neither the address nor the key lies open in the database or the audit log.
        let rows = keyferry_db::testing::dump(&api.world.app.db).await.unwrap().join("\n");
        assert!(!rows.contains(&receiver.url()) && !rows.contains(&key));
        let gone = ok(api.call(&token, Method::DELETE, &one, Value::Null).await);
        assert_eq!(gone["message"], "Successfully deleted webhook");
        assert_eq!(api.get(&token, &one).await.status, StatusCode::NOT_FOUND);

        let rows = arrange::audit_rows(&api.world).await;
        let mut kinds: Vec<&str> =
            rows.iter().map(|row| row.event_type.as_str()).filter(|kind| kind.contains("webhook")).collect();
        kinds.reverse();
        assert_eq!(
            kinds,
            ["create-webhook", "webhook-triggered", "webhook-triggered", "update-webhook-status", "delete-webhook"]
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_webhook_is_refused_with_reasons() {
    let (api, token, project_id) = with_project(World::new().await.unwrap()).await;
    let answer = api
        .call(&token, Method::POST, PATH, json!({ "type": "x", "webhookUrl": "no url", "eventsFilter": [{ "eventName": "y" }] }))
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<Value> = answer.body["message"].as_array().unwrap().iter().map(|issue| issue["path"].clone()).collect();
    let expected = json!([["type"], ["projectId"], ["environment"], ["webhookUrl"], ["eventsFilter", 0, "eventName"]]);
    assert_eq!(json!(paths), expected);
    for (url, environment, status, words) in [
        ("http://10.0.0.1/x", "prod", 400, "10.0.0.1 is not a public address"),
        ("http://0xa9fea9fe/x", "prod", 400, "169.254.169.254 is not a public address"),
        ("http://[::ffff:10.0.0.1]/x", "prod", 400, "is not a public address"),
        ("ftp://example.com/x", "prod", 400, "must begin with http://"),
        ("https://user:pass@example.com/x", "prod", 400, "no user name"),
        ("https://hooks.example.invalid/x", "nope", 404, "Environment with slug 'nope'"),
    ] {
        let body = json!({ "workspaceId": project_id, "environment": environment, "webhookUrl": url });
        let answer = api.call(&token, Method::POST, PATH, body).await;
        assert_eq!(answer.status.as_u16(), status, "{url}: {}", answer.body);
        assert!(answer.body["message"].as_str().unwrap().contains(words), "{url}: {}", answer.body);
    }
    let body = json!({ "workspaceId": project_id, "environment": "prod", "webhookUrl": "https://hooks.example.invalid/x" });
    ok(api.call(&token, Method::POST, PATH, body).await);
    let unknown = api.get(&token, &format!("{PATH}/not-an-id")).await;
    assert_eq!(
        (unknown.status, &unknown.body["message"]),
        (StatusCode::NOT_FOUND, &json!("Webhook with ID 'not-an-id' not found"))
    );
}

#[tokio::test]
async fn roles_do_with_webhooks_what_the_contract_lets_them() {
    let (api, owner, project_id) = with_project(World::new().await.unwrap()).await;
    let receiver = Receiver::start().await.unwrap();
    let body = json!({ "projectId": project_id, "environment": "prod", "webhookUrl": receiver.url() });
    let made = ok(api.call(&owner, Method::POST, PATH, body.clone()).await);
    let one = format!("{PATH}/{}", made["webhook"]["id"].as_str().unwrap());
    for (role, may_read, may_write) in [("viewer", true, false), ("no-access", false, false), ("member", true, true)] {
        let identity = api.world.identity(api.world.org_id, role, "no-access").await.unwrap();
        api.world.grant(project_id, &identity, role).await.unwrap();
        let token = api.token(&identity);
        let outcome = |may: bool| if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(api.get(&token, &one).await.status, outcome(may_read), "{role}");
        assert_eq!(api.get(&token, &format!("{PATH}?projectId={project_id}")).await.status, outcome(may_read), "{role}");
        for (method, path, body) in [
            (Method::POST, PATH.to_owned(), body.clone()),
            (Method::PATCH, one.clone(), json!({ "isDisabled": false })),
            (Method::POST, format!("{one}/test"), Value::Null),
            (Method::DELETE, one.clone(), Value::Null),
        ] {
            assert_eq!(api.call(&token, method.clone(), &path, body).await.status, outcome(may_write), "{role} {method} {path}");
        }
    }
}
