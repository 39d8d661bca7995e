//! Section 7.1, cell by cell: what each built-in role and each single action may do with connections and syncs.

use http::{Method, StatusCode};
use keyferry_domain::Caller;
use keyferry_domain::access::Rule;
use keyferry_test_support::{World, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Bench;
use crate::secret_syncs::{PATH, connection};

const CONNECTIONS: &str = "/api/v1/app-connections/checkly";
const OF_CONNECTIONS: [&str; 5] = ["read", "create", "edit", "delete", "connect"];
const OF_SYNCS: [&str; 6] = ["read", "create", "edit", "delete", "sync-secrets", "remove-secrets"];

/// A request that needs exactly this action.
struct Ask {
    action: &'static str,
    method: Method,
    path: String,
    body: Value,
}

impl Bench {
    /// Whether a caller may; a refusal has to be the one of the ability check.
    async fn may(&self, token: &str, subject: &str, ask: Ask) -> bool {
        let Ask { action, method, path, body } = ask;
        let answer = self.s.api.call(token, method.clone(), &path, body).await;
        if answer.status == StatusCode::OK {
            return true;
        }
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{action} {method} {path}: {}", answer.body);
        assert_eq!(answer.body["error"], "PermissionDenied", "{action}: {}", answer.body);
        assert_eq!(answer.body["message"], format!("You are not allowed to {action} on {subject}"));
        assert!(answer.body["details"].is_array(), "{}", answer.body);
        false
    }

    /// The actions on connections of a scope that a caller may, each tried on a connection of its own.
    async fn on_connections(&self, caller: &Caller, project_id: Option<Uuid>) -> Vec<&'static str> {
        let token = self.s.api.token(caller);
        let mut may = Vec::new();
        for action in OF_CONNECTIONS {
            let name = format!("c-{}", &self.s.api.world.app.ids.v4().simple().to_string()[..12]);
            let id = connection(&self.s.api, &self.s.token, &name, project_id).await;
            let path = format!("{CONNECTIONS}/{id}");
            let (method, path, body) = match action {
                "read" => (Method::GET, path, Value::Null),
                "create" => {
                    let key = &self.s.api.world.api_key;
                    let body = json!({
                        "name": format!("{name}-x"), "method": "api-key", "credentials": {"apiKey": key}, "projectId": project_id
                    });
                    (Method::POST, CONNECTIONS.to_owned(), body)
                }
                "edit" => (Method::PATCH, path, json!({"description": "x"})),
                "delete" => (Method::DELETE, path, Value::Null),
                _ => (Method::GET, format!("{path}/accounts"), Value::Null),
            };
            if self.may(&token, "app-connections", Ask { action, method, path, body }).await {
                may.push(action);
            }
        }
        may
    }

    /// The actions on syncs that a caller may, each tried on a sync of its own.
    async fn on_syncs(&self, caller: &Caller) -> Vec<&'static str> {
        let token = self.s.api.token(caller);
        let mut may = Vec::new();
        for action in OF_SYNCS {
            let name = format!("s-{}", &self.s.api.world.app.ids.v4().simple().to_string()[..12]);
            let mut body = self.s.body(&name);
            body["isAutoSyncEnabled"] = json!(false);
            let path = self.s.path(&self.s.made(body.clone()).await["id"]);
            let (method, path, body) = match action {
                "read" => (Method::GET, path, Value::Null),
                "create" => {
                    body["name"] = json!(format!("{name}-x"));
                    (Method::POST, PATH.to_owned(), body)
                }
                "edit" => (Method::PATCH, path, json!({"description": "x"})),
                "delete" => (Method::DELETE, path, Value::Null),
                other => (Method::POST, format!("{path}/{other}"), Value::Null),
            };
            if self.may(&token, "secret-syncs", Ask { action, method, path, body }).await {
                may.push(action);
            }
        }
        may
    }
}

#[tokio::test]
async fn organization_roles_on_connections_of_the_organization() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        for (role, expected) in [("admin", &OF_CONNECTIONS[..]), ("member", &["connect"]), ("no-access", &[])] {
            let caller = world.user(world.org_id, &format!("the-{role}@example.com"), role).await.unwrap();
            assert_eq!(bench.on_connections(&caller, None).await, expected, "{role}");
        }
    })
    .await;
}

#[tokio::test]
async fn project_roles_on_connections_and_syncs_of_the_project() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        for (role, connections, syncs) in [
            ("admin", &OF_CONNECTIONS[..], &OF_SYNCS[..]),
            ("member", &["connect"], &OF_SYNCS[..]),
            ("viewer", &[], &["read"]),
            ("no-access", &[], &[]),
        ] {
            // Of the organization's connection, which the syncs use, everybody here may make use.
            let caller = world.user(world.org_id, &format!("the-{role}@example.com"), "member").await.unwrap();
            world.grant(bench.s.project_id, &caller, role).await.unwrap();
            assert_eq!(bench.on_connections(&caller, Some(bench.s.project_id)).await, connections, "{role}");
            assert_eq!(bench.on_syncs(&caller).await, syncs, "{role}");
        }
    })
    .await;
}

/// A role of one single action may that and nothing else.
#[tokio::test]
async fn each_action_by_itself() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        for action in OF_CONNECTIONS {
            let caller = world.user(world.org_id, &format!("c-{action}@example.com"), "no-access").await.unwrap();
            let rules = [Rule::allow("app-connections", &[action])];
            world.grant_rules(bench.s.project_id, &caller, &rules).await.unwrap();
            assert_eq!(bench.on_connections(&caller, Some(bench.s.project_id)).await, [action]);
        }
        for action in OF_SYNCS {
            let caller = world.user(world.org_id, &format!("s-{action}@example.com"), "member").await.unwrap();
            // What carries secrets away also needs the right to read them.
            let rules = [Rule::allow("secret-syncs", &[action]), Rule::allow("secrets", &["readValue"])];
            world.grant_rules(bench.s.project_id, &caller, &rules).await.unwrap();
            assert_eq!(bench.on_syncs(&caller).await, [action]);
        }
    })
    .await;
}

#[tokio::test]
async fn deleting_with_removal_needs_both_actions() {
    let bench = Bench::new(World::new().await.unwrap()).await;
    let world = &bench.s.api.world;
    let caller = world.user(world.org_id, "deleter@example.com", "member").await.unwrap();
    world.grant_rules(bench.s.project_id, &caller, &[Rule::allow("secret-syncs", &["delete"])]).await.unwrap();
    let token = bench.s.api.token(&caller);
    let made = bench.s.made(bench.s.body("x")).await;
    let path = bench.s.path(&made["id"]);
    let ask = |query: &str, action| Ask {
        action,
        method: Method::DELETE,
        path: format!("{path}?removeSecrets={query}"),
        body: Value::Null,
    };
    assert!(!bench.may(&token, "secret-syncs", ask("true", "remove-secrets")).await);
    assert_eq!(bench.sync(&made["id"]).await["removeStatus"], Value::Null);
    assert!(bench.may(&token, "secret-syncs", ask("false", "delete")).await);
}

/// Conditions: `environment`, `secretPath` and `connectionId` of syncs, `connectionId` of connections; for single ones and lists.
#[tokio::test]
async fn conditions_narrow_the_actions() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        crate::arrange::folder(world, bench.s.project_id, "prod", "/app").await;
        let second = connection(&bench.s.api, &bench.s.token, "second", None).await;
        let mut ids = Vec::new();
        for (name, change) in [
            ("plain", json!({})),
            ("dev", json!({"environment": "dev"})),
            ("app", json!({"secretPath": "/app"})),
            ("second", json!({"connectionId": second})),
        ] {
            let mut body = bench.s.body(name);
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            ids.push(bench.s.made(body).await["id"].clone());
        }
        let conditions = [
            (json!({"environment": {"$eq": "dev"}}), 1),
            (json!({"secretPath": {"$glob": "/app*"}}), 2),
            (json!({"connectionId": {"$eq": second}}), 3),
        ];
        for (at, (condition, visible)) in conditions.into_iter().enumerate() {
            let caller = world.user(world.org_id, &format!("narrow-{at}@example.com"), "member").await.unwrap();
            let mut rule = Rule::allow("secret-syncs", &["read", "edit", "remove-secrets"]);
            rule.conditions = condition.as_object().cloned();
            world.grant_rules(bench.s.project_id, &caller, &[rule, Rule::allow("secrets", &["readValue"])]).await.unwrap();
            let token = bench.s.api.token(&caller);
            let listed = bench.s.api.get(&token, &format!("{PATH}?projectId={}", bench.s.project_id)).await;
            let listed: Vec<&Value> = listed.body["secretSyncs"].as_array().unwrap().iter().map(|sync| &sync["id"]).collect();
            assert_eq!(listed, [&ids[visible]], "{condition}");
            for (index, id) in ids.iter().enumerate() {
                let path = bench.s.path(id);
                let asks = [
                    Ask { action: "read", method: Method::GET, path: path.clone(), body: Value::Null },
                    Ask { action: "edit", method: Method::PATCH, path: path.clone(), body: json!({"description": "x"}) },
                    Ask {
                        action: "remove-secrets",
                        method: Method::POST,
                        path: format!("{path}/remove-secrets"),
                        body: Value::Null,
                    },
                ];
                for ask in asks {
                    assert_eq!(bench.may(&token, "secret-syncs", ask).await, index == visible, "{condition}");
                }
            }
        }

        let own = connection(&bench.s.api, &bench.s.token, "own", Some(bench.s.project_id)).await;
        let hidden = connection(&bench.s.api, &bench.s.token, "hidden", Some(bench.s.project_id)).await;
        let caller = world.user(world.org_id, "one@example.com", "no-access").await.unwrap();
        let mut rule = Rule::allow("app-connections", &["read", "connect"]);
        rule.conditions = json!({"connectionId": {"$eq": own}}).as_object().cloned();
        world.grant_rules(bench.s.project_id, &caller, &[rule]).await.unwrap();
        let token = bench.s.api.token(&caller);
        for path in [CONNECTIONS.to_owned(), format!("{CONNECTIONS}/available")] {
            let listed = bench.s.api.get(&token, &format!("{path}?projectId={}", bench.s.project_id)).await;
            let ids: Vec<&Value> = listed.body["appConnections"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
            assert_eq!(ids, [&json!(own)], "{path}");
        }
        for (id, expected) in [(own, true), (hidden, false)] {
            let ask = Ask { action: "read", method: Method::GET, path: format!("{CONNECTIONS}/{id}"), body: Value::Null };
            assert_eq!(bench.may(&token, "app-connections", ask).await, expected);
        }
    })
    .await;
}
