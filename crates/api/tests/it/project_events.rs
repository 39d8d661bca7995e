//! Events of a project as a stream, over the wire (core API contract, section 13.3).

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use keyferry_test_support::{World, canary, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Api;

const PATH: &str = "/api/v1/events/subscribe/project-events";
const PATIENCE: Duration = Duration::from_secs(60);

/// An open stream.
struct Stream {
    body: Body,
    read: String,
}

impl Stream {
    async fn open(api: &Api, token: &str, project_id: Uuid, register: Value) -> Self {
        let request = Request::builder()
            .method(Method::POST)
            .uri(PATH)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({ "projectId": project_id, "register": register }).to_string()))
            .unwrap();
        let response = api.open(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut stream = Self { body: response.into_body(), read: String::new() };
        assert_eq!(stream.next().await, ("ping".to_owned(), json!(1)));
        stream
    }

    /// The next event and its data.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let frame: String = self.read.drain(..end + 2).collect();
                let field =
                    |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned());
                return (field("event:").unwrap_or_default(), serde_json::from_str(&field("data:").unwrap()).unwrap());
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.unwrap().unwrap().unwrap();
            self.read.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }

    async fn event(&mut self) -> (String, Value) {
        loop {
            let (event, data) = self.next().await;
            if event != "ping" {
                return (event, data);
            }
        }
    }
}

async fn write(api: &Api, token: &str, method: Method, project_id: Uuid, environment: &str, key: &str, value: &str) {
    let body = json!({ "projectId": project_id, "environment": environment, "secretPath": "/", "secretValue": value });
    let answer = api.call(token, method, &format!("/api/v4/secrets/{key}"), body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn changes_of_secrets_are_told_without_values() {
    on_each_backend(|world| async move {
        let api = Api::over(world);
        let project_id = api.world.project("shop").await.unwrap();
        let token = api.token(&api.world.admin);
        let value = canary("value");
        write(&api, &token, Method::POST, project_id, "prod", "BEFORE", &value).await;
        let register = json!([
            { "event": "secret:create", "conditions": { "environmentSlug": "prod", "secretPath": "/**" } },
            { "event": "secret:update", "conditions": { "environmentSlug": "prod", "secretPath": "/" } },
            { "event": "secret:delete" },
        ]);
        let mut stream = Stream::open(&api, &token, project_id, register).await;
        write(&api, &token, Method::POST, project_id, "dev", "ELSEWHERE", &value).await;
        write(&api, &token, Method::POST, project_id, "prod", "DB_URL", &value).await;
        let (event, data) = stream.event().await;
        assert_eq!(event, "secret:create");
        let expected = json!({
            "eventType": "secret:create", "projectId": project_id, "environment": "prod", "secretPath": "/",
            "secretKeys": ["DB_URL"], "timestamp": data["timestamp"],
        });
        assert_eq!(data, expected, "only what was asked for, and nothing from before");
        write(&api, &token, Method::PATCH, project_id, "prod", "DB_URL", &canary("value")).await;
        assert_eq!(stream.event().await.0, "secret:update");
        let body = json!({ "projectId": project_id, "environment": "dev", "secretPath": "/" });
        api.call(&token, Method::DELETE, "/api/v4/secrets/ELSEWHERE", body).await;
        let (event, data) = stream.event().await;
        assert_eq!((event.as_str(), &data["environment"]), ("secret:delete", &json!("dev")));
        assert!(!data.to_string().contains("canary"));
    })
    .await;
}

#[tokio::test]
async fn streams_are_few_a_caller_and_end_with_the_right() {
    let api = Api::over(World::new().await.unwrap());
    let project_id = api.world.project("shop").await.unwrap();
    let world = &api.world;
    let user = world.user(world.org_id, "eve@example.com", "member").await.unwrap();
    world.grant(project_id, &user, "viewer").await.unwrap();
    let token = api.token(&user);
    let register = json!([{ "event": "secret:create" }]);
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(Stream::open(&api, &token, project_id, register.clone()).await);
    }
    let body = json!({ "projectId": project_id, "register": register });
    let sixth = api.call(&token, Method::POST, PATH, body.clone()).await;
    assert_eq!(sixth.status, StatusCode::TOO_MANY_REQUESTS, "{}", sixth.body);
    streams.truncate(1);
    let mut again = Stream::open(&api, &token, project_id, json!([{ "event": "secret:create" }])).await;

    let admin = api.token(&world.admin);
    let removed = json!({ "usernames": ["eve@example.com"] });
    let answer = api.call(&admin, Method::DELETE, &format!("/api/v1/projects/{project_id}/memberships"), removed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // The memory of abilities lasts half a second of the world's clock, which stands still.
    world.clock.advance_ms(1_000);
    let ended = tokio::time::timeout(PATIENCE, async {
        while let Some(frame) = again.body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            assert!(std::str::from_utf8(&data).unwrap().contains("ping"));
        }
    });
    ended.await.unwrap();
    assert_eq!(api.call(&token, Method::POST, PATH, body).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_cannot_be_waited_for_is_refused() {
    let api = Api::over(World::new().await.unwrap());
    let project_id = api.world.project("shop").await.unwrap();
    let token = api.token(&api.world.admin);
    let eleven: Vec<Value> = (0..11).map(|_| json!({ "event": "secret:create" })).collect();
    for register in [
        json!([]),
        json!(eleven),
        json!([{ "event": "secret:read" }]),
        json!([{ "event": "secret:create", "conditions": { "secretPath": "a/../b" } }]),
    ] {
        let answer = api.call(&token, Method::POST, PATH, json!({ "projectId": project_id, "register": register })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{register}: {}", answer.body);
    }
    let user = api.world.user(api.world.org_id, "nix@example.com", "member").await.unwrap();
    api.world.grant(project_id, &user, "no-access").await.unwrap();
    let body = json!({ "projectId": project_id, "register": [{ "event": "secret:create" }] });
    assert_eq!(api.call(&api.token(&user), Method::POST, PATH, body).await.status, StatusCode::FORBIDDEN);
}
