//! Additional privileges: what they give to one member, in the shapes that clients send, and who may hand them out.

use http::{Method, StatusCode};
use keyferry_domain::{Actor, Caller};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api};

const USERS: &str = "/api/v1/user-project-additional-privilege";
const IDENTITIES: &str = "/api/v2/identity-project-additional-privilege";
const BY_SLUG: &str = "/api/v1/additional-privilege/identity";

struct Place {
    api: Api,
    project_id: Uuid,
    project_slug: String,
    admin: String,
}

impl Place {
    async fn new() -> Self {
        let api = Api::new().await;
        let project_id = api.world.project("shop").await.unwrap();
        let admin = api.token(&api.world.admin);
        let project = api.get(&admin, &format!("/api/v1/projects/{project_id}")).await;
        let project_slug = project.body["project"]["slug"].as_str().unwrap().to_owned();
        Self { api, project_id, project_slug, admin }
    }

    async fn call(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        self.api.call(token, method, path, body).await
    }

    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.call(&self.admin, method.clone(), path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.body);
        answer.body
    }

    /// A person with a role in the project, and their membership.
    async fn person(&self, email: &str, role: &str) -> (Caller, String) {
        let person = self.api.world.user(self.api.world.org_id, email, "member").await.unwrap();
        self.api.world.grant(self.project_id, &person, role).await.unwrap();
        let Actor::User { id, .. } = person.actor else { panic!("a user is a user") };
        let path = format!("/api/v1/projects/{}/memberships", self.project_id);
        let listed = self.ok(Method::GET, &path, Value::Null).await;
        let mine = listed["memberships"].as_array().unwrap().iter().find(|row| row["user"]["id"] == json!(id)).unwrap();
        (person, mine["id"].as_str().unwrap().to_owned())
    }

    /// A machine identity with a role in the project, and its id.
    async fn robot(&self, role: &str) -> (Caller, Uuid) {
        let robot = self.api.world.identity(self.api.world.org_id, "robot", "no-access").await.unwrap();
        self.api.world.grant(self.project_id, &robot, role).await.unwrap();
        let id = robot.actor.id().unwrap();
        (robot, id)
    }

    async fn reads(&self, who: &Caller, environment: &str) -> bool {
        let path = format!("/api/v4/secrets?projectId={}&environment={environment}", self.project_id);
        self.api.get(&self.api.token(who), &path).await.status == StatusCode::OK
    }
}

fn read_secrets(environment: &str) -> Value {
    json!([{ "subject": "secrets", "action": ["describeSecret", "readValue"], "conditions": { "environment": environment } }])
}

#[tokio::test]
async fn a_person_gets_rights_beside_their_roles_for_good_or_for_a_time() {
    let place = Place::new().await;
    let (ada, membership) = place.person("ada@example.com", "no-access").await;
    assert!(!place.reads(&ada, "dev").await);
    let body = json!({
        "projectMembershipId": membership, "slug": "read-dev", "permissions": read_secrets("dev"), "type": { "isTemporary": false },
    });
    let made = place.ok(Method::POST, USERS, body.clone()).await;
    let privilege = &made["privilege"];
    assert_eq!((&privilege["slug"], &privilege["isTemporary"]), (&json!("read-dev"), &json!(false)), "{made}");
    assert_eq!(privilege["permissions"], read_secrets("dev"));
    assert_eq!(privilege["projectMembershipId"], json!(membership));
    assert!(place.reads(&ada, "dev").await && !place.reads(&ada, "prod").await);
    let taken = place.call(&place.admin, Method::POST, USERS, body).await;
    assert_eq!(taken.status, StatusCode::BAD_REQUEST);
    assert!(taken.body["message"].as_str().unwrap().contains("already exists"), "{}", taken.body);

    let now = keyferry_api::wire::timestamp(place.api.world.app.now_ms());
    let kind = json!({
        "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": now,
    });
    let body = json!({ "projectMembershipId": membership, "permissions": read_secrets("prod"), "type": kind });
    let temporary = place.ok(Method::POST, USERS, body).await;
    assert_eq!(temporary["privilege"]["temporaryRange"], "1h");
    assert!(place.reads(&ada, "prod").await);
    place.api.world.clock.advance_ms(3_600_000);
    assert!(!place.reads(&ada, "prod").await, "it ended by itself");
    let listed = place.ok(Method::GET, &format!("{USERS}?projectMembershipId={membership}"), Value::Null).await;
    assert_eq!(listed["privileges"].as_array().unwrap().len(), 2, "an expired one stays listed: {listed}");
    assert!(listed["privileges"][0].get("permissions").is_none());

    let one = format!("{USERS}/{}", privilege["id"].as_str().unwrap());
    assert_eq!(place.ok(Method::GET, &one, Value::Null).await["privilege"]["slug"], "read-dev");
    let changed = place.ok(Method::PATCH, &one, json!({ "slug": "read-staging", "permissions": read_secrets("staging") })).await;
    assert_eq!(changed["privilege"]["slug"], "read-staging");
    assert!(place.reads(&ada, "staging").await && !place.reads(&ada, "dev").await);
    place.ok(Method::DELETE, &one, Value::Null).await;
    assert!(!place.reads(&ada, "staging").await);
    let gone = place.call(&place.admin, Method::GET, &one, Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let events: Vec<String> = crate::arrange::audit_rows(&place.api.world).await.into_iter().map(|row| row.event_type).collect();
    for wanted in ["create-additional-privilege", "update-additional-privilege", "delete-additional-privilege"] {
        assert!(events.iter().any(|event| event == wanted), "{wanted} is missing from {events:?}");
    }
}

#[tokio::test]
async fn a_machine_identity_gets_rights_as_the_terraform_provider_asks_for_them() {
    let place = Place::new().await;
    let (robot, id) = place.robot("no-access").await;
    // Filled with zeroes where the grant does not end.
    let zero = "0001-01-01T00:00:00Z";
    let kind = json!({ "isTemporary": false, "temporaryMode": "", "temporaryRange": "", "temporaryAccessStartTime": zero });
    let body = json!({ "projectId": place.project_id, "identityId": id, "permissions": read_secrets("dev"), "type": kind });
    let made = place.ok(Method::POST, IDENTITIES, body).await;
    assert_eq!(made["privilege"]["identityId"], json!(id), "{made}");
    assert!(!made["privilege"]["slug"].as_str().unwrap().is_empty(), "a slug is made up");
    assert!(place.reads(&robot, "dev").await);
    let one = format!("{IDENTITIES}/{}", made["privilege"]["id"].as_str().unwrap());
    let body = json!({ "slug": "edited", "permissions": read_secrets("prod"), "type": kind });
    assert_eq!(place.ok(Method::PATCH, &one, body).await["privilege"]["permissions"], read_secrets("prod"));
    let found = format!("{IDENTITIES}/slug/edited?identityId={id}&projectSlug={}", place.project_slug);
    assert_eq!(place.ok(Method::GET, &found, Value::Null).await["privilege"]["slug"], "edited");
    let listed =
        place.ok(Method::GET, &format!("{IDENTITIES}?identityId={id}&projectId={}", place.project_id), Value::Null).await;
    assert_eq!(listed["privileges"].as_array().unwrap().len(), 1);
    let of_people = place.call(&place.admin, Method::GET, &one.replace(IDENTITIES, USERS), Value::Null).await;
    assert_eq!(of_people.status, StatusCode::NOT_FOUND, "the privilege of a machine is none of people");
    place.ok(Method::DELETE, &one, Value::Null).await;
    assert!(!place.reads(&robot, "prod").await);

    let permission = json!({
        "actions": ["describeSecret", "readValue"], "subject": "secrets",
        "conditions": { "environment": "dev", "secretPath": { "$glob": "/**" } },
    });
    let named = json!({ "projectSlug": place.project_slug, "identityId": id, "slug": "old", "privilegePermission": permission });
    let made = place.ok(Method::POST, &format!("{BY_SLUG}/permanent"), named).await;
    let actions: Vec<&Value> = made["privilege"]["permissions"].as_array().unwrap().iter().map(|rule| &rule["action"]).collect();
    assert_eq!(actions, ["describeSecret", "readValue"], "one rule an action, as its clients read them");
    assert!(place.reads(&robot, "dev").await);
    let path = format!("{BY_SLUG}/old?projectSlug={}&identityId={id}", place.project_slug);
    assert_eq!(place.ok(Method::GET, &path, Value::Null).await["privilege"]["slug"], "old");
    let now = keyferry_api::wire::timestamp(place.api.world.app.now_ms());
    let details = json!({
        "slug": "older", "privilegePermission": permission, "isTemporary": true, "temporaryMode": "relative",
        "temporaryRange": "2h", "temporaryAccessStartTime": now,
    });
    let change = json!({
        "projectSlug": place.project_slug, "identityId": id, "privilegeSlug": "old", "privilegeDetails": details,
    });
    let changed = place.ok(Method::PATCH, BY_SLUG, change).await;
    assert_eq!((&changed["privilege"]["slug"], &changed["privilege"]["isTemporary"]), (&json!("older"), &json!(true)));
    let temporary = json!({
        "projectSlug": place.project_slug, "identityId": id, "slug": "soon", "permissions": read_secrets("prod"),
        "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": now,
    });
    place.ok(Method::POST, &format!("{BY_SLUG}/temporary"), temporary).await;
    assert!(place.reads(&robot, "prod").await);
    let listed = format!("{BY_SLUG}?projectSlug={}&identityId={id}", place.project_slug);
    assert_eq!(place.ok(Method::GET, &listed, Value::Null).await["privileges"].as_array().unwrap().len(), 2);
    place.api.world.clock.advance_ms(3_600_000);
    assert!(!place.reads(&robot, "prod").await && place.reads(&robot, "dev").await);
    let gone = json!({ "projectSlug": place.project_slug, "identityId": id, "privilegeSlug": "older" });
    place.ok(Method::DELETE, BY_SLUG, gone).await;
    assert!(!place.reads(&robot, "dev").await);
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold() {
    let place = Place::new().await;
    let role = json!({
        "slug": "helper", "name": "Helper",
        "permissions": [
            { "subject": "member", "action": ["read", "assign-additional-privileges"] },
            { "subject": "identity", "action": ["read", "assign-additional-privileges"] },
            read_secrets("dev")[0],
        ],
    });
    place.ok(Method::POST, &format!("/api/v1/projects/{}/roles", place.project_id), role).await;
    let (ada, own) = place.person("ada@example.com", "no-access").await;
    let membership = format!("/api/v1/projects/{}/memberships/{own}", place.project_id);
    place.ok(Method::PATCH, &membership, json!({ "roles": [{ "role": "helper" }] })).await;
    let (bob, others) = place.person("bob@example.com", "no-access").await;
    let (_, stronger) = place.person("eve@example.com", "member").await;
    let ada = place.api.token(&ada);
    let give = |membership: &str, permissions: Value| json!({ "projectMembershipId": membership, "permissions": permissions, "type": { "isTemporary": false } });
    let made = place.call(&ada, Method::POST, USERS, give(&others, read_secrets("dev"))).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert!(place.reads(&bob, "dev").await);
    for (to, permissions) in [
        (&others, read_secrets("prod")),
        (&own, read_secrets("prod")),
        (&own, json!([{ "subject": "member", "action": "delete" }])),
        (&stronger, read_secrets("dev")),
    ] {
        let refused = place.call(&ada, Method::POST, USERS, give(to, permissions)).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (StatusCode::FORBIDDEN, &json!("PermissionBoundaryError")),
            "{}",
            refused.body
        );
    }
    let one = format!("{USERS}/{}", made.body["privilege"]["id"].as_str().unwrap());
    let refused = place.call(&ada, Method::PATCH, &one, json!({ "permissions": read_secrets("prod") })).await;
    assert_eq!(refused.body["error"], "PermissionBoundaryError", "{}", refused.body);
    let forbidden = place.call(&place.api.token(&bob), Method::DELETE, &one, Value::Null).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "{}", forbidden.body);

    // A prohibition of somebody's own is not theirs to lift.
    let rule = json!([{ "subject": "secrets", "action": ["readValue"], "inverted": true }]);
    let ban = place.ok(Method::POST, USERS, give(&own, rule)).await;
    let ban = format!("{USERS}/{}", ban["privilege"]["id"].as_str().unwrap());
    for (method, body) in [(Method::DELETE, Value::Null), (Method::PATCH, json!({ "permissions": [] }))] {
        let refused = place.call(&ada, method, &ban, body).await;
        assert_eq!(refused.body["error"], "PermissionBoundaryError", "{}", refused.body);
    }
    place.ok(Method::DELETE, &ban, Value::Null).await;

    let wrong = json!([{ "subject": "secrets", "action": "read", "inverted": true, "conditions": { "secretPath": "app" } }]);
    let invalid = place.call(&place.admin, Method::POST, USERS, give(&others, wrong)).await;
    assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", invalid.body);
    let body = json!({ "projectMembershipId": others, "permissions": [], "type": { "isTemporary": true } });
    let invalid = place.call(&place.admin, Method::POST, USERS, body).await;
    assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", invalid.body);
}
