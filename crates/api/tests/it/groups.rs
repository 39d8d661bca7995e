//! Groups: what they give, to whom, and who may hand it out.

use http::{Method, StatusCode};
use keyferry_domain::{Actor, Caller};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api};

struct Place {
    api: Api,
    project_id: Uuid,
    admin: String,
    ada: Caller,
}

impl Place {
    async fn new() -> Self {
        let api = Api::new().await;
        let project_id = api.world.project("shop").await.unwrap();
        let admin = api.token(&api.world.admin);
        let ada = api.world.user(api.world.org_id, "ada@example.com", "no-access").await.unwrap();
        Self { api, project_id, admin, ada }
    }

    async fn call(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        self.api.call(token, method, path, body).await
    }

    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.call(&self.admin, method.clone(), path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.body);
        answer.body
    }

    async fn group(&self, name: &str, role: &str) -> String {
        let made = self.ok(Method::POST, "/api/v1/groups", json!({ "name": name, "role": role })).await;
        made["id"].as_str().unwrap().to_owned()
    }

    fn in_project(&self, group: &str) -> String {
        format!("/api/v2/workspace/{}/groups/{group}", self.project_id)
    }

    /// Whether Ada may list, and whether she may create.
    async fn may(&self) -> (bool, bool) {
        let token = self.api.token(&self.ada);
        let id = self.project_id;
        let listed = self.api.get(&token, &format!("/api/v4/secrets?projectId={id}&environment=dev")).await;
        let body = json!({ "projectId": id, "environment": "dev", "secretValue": "x" });
        let key = Uuid::from_u128(self.api.world.app.ids.v4().as_u128()).simple().to_string();
        let made = self.api.call(&token, Method::POST, &format!("/api/v4/secrets/K{key}"), body).await;
        (listed.status == StatusCode::OK, made.status == StatusCode::OK)
    }
}

#[tokio::test]
async fn people_may_do_what_their_groups_may() {
    let place = Place::new().await;
    let readers = place.group("Readers", "no-access").await;
    let writers = place.group("Writers", "no-access").await;
    assert_eq!(place.may().await, (false, false));
    let added = place.ok(Method::POST, &place.in_project("Readers"), json!({ "roles": [{ "role": "viewer" }] })).await;
    assert_eq!(added["groupMembership"]["groupId"], json!(readers));
    place.ok(Method::POST, &place.in_project(&writers), json!({ "role": "member" })).await;
    assert_eq!(place.may().await, (false, false), "a group gives nothing to those who are not in it");

    place.ok(Method::POST, &format!("/api/v1/groups/{readers}/users/ADA@example.com"), Value::Null).await;
    assert_eq!(place.may().await, (true, false));
    place.ok(Method::POST, &format!("/api/v1/groups/{writers}/users/ada@example.com"), Value::Null).await;
    assert_eq!(place.may().await, (true, true), "the union of both groups");
    let token = place.api.token(&place.ada);
    let projects = place.api.get(&token, "/api/v1/projects").await;
    assert_eq!(projects.body["projects"][0]["id"], json!(place.project_id), "{}", projects.body);
    let people = place.ok(Method::GET, &format!("/api/v1/groups/{readers}/users?filter=existingMembers"), Value::Null).await;
    assert_eq!((&people["users"][0]["isPartOfGroup"], &people["totalCount"]), (&json!(true), &json!(1)));

    place.ok(Method::DELETE, &format!("/api/v1/groups/{writers}/users/ada@example.com"), Value::Null).await;
    assert_eq!(place.may().await, (true, false));
    place.ok(Method::PATCH, &place.in_project(&readers), json!({ "roles": [{ "role": "member" }] })).await;
    assert_eq!(place.may().await, (true, true));
    place.ok(Method::DELETE, &place.in_project(&readers), Value::Null).await;
    assert_eq!(place.may().await, (false, false));
    let gone = place.call(&place.admin, Method::GET, &place.in_project(&readers), Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    place.ok(Method::DELETE, &format!("/api/v1/groups/{writers}"), Value::Null).await;
    let listed = place.ok(Method::GET, &format!("/api/v1/projects/{}/groups", place.project_id), Value::Null).await;
    assert_eq!(listed["groupMemberships"], json!([]));
}

#[tokio::test]
async fn a_group_gives_its_role_in_the_organization_for_as_long_as_it_is_there() {
    let place = Place::new().await;
    let token = place.api.token(&place.ada);
    let auditors = place.group("Auditors", "member").await;
    assert_eq!(place.api.get(&token, "/api/v1/identities").await.status, StatusCode::FORBIDDEN);
    place.ok(Method::POST, &format!("/api/v1/groups/{auditors}/users/ada@example.com"), Value::Null).await;
    assert_eq!(place.api.get(&token, "/api/v1/identities").await.status, StatusCode::OK);
    place.ok(Method::DELETE, &format!("/api/v1/groups/{auditors}"), Value::Null).await;
    assert_eq!(place.api.get(&token, "/api/v1/identities").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_leaves_the_organization_leaves_its_groups() {
    let place = Place::new().await;
    let readers = place.group("Readers", "no-access").await;
    place.ok(Method::POST, &place.in_project(&readers), json!({ "role": "viewer" })).await;
    let member = format!("/api/v1/groups/{readers}/users/ada@example.com");
    place.ok(Method::POST, &member, Value::Null).await;
    let again = place.call(&place.admin, Method::POST, &member, Value::Null).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    let org_id = place.api.world.org_id;
    let listed = place.ok(Method::GET, &format!("/api/v2/organizations/{org_id}/memberships"), Value::Null).await;
    let row = listed["users"].as_array().unwrap().iter().find(|row| row["inviteEmail"] == "ada@example.com").unwrap();
    let membership = row["id"].as_str().unwrap();
    place.ok(Method::DELETE, &format!("/api/v2/organizations/{org_id}/memberships/{membership}"), Value::Null).await;
    let left = place.ok(Method::GET, &format!("/api/v1/groups/{readers}/users?filter=existingMembers"), Value::Null).await;
    assert_eq!(left["users"], json!([]));
    let Actor::User { id, .. } = place.ada.actor else { panic!("a user is a user") };
    let conn = place.api.world.app.db.read();
    assert_eq!(keyferry_db::groups::list_members(conn, readers.parse().unwrap()).await.unwrap().len(), 0, "{id}");
    let unknown = place.call(&place.admin, Method::POST, &member, Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "somebody of no organization is nobody");
}

#[tokio::test]
async fn nobody_climbs_through_a_group() {
    let place = Place::new().await;
    let world = &place.api.world;
    let role = json!({
        "slug": "group-keeper", "name": "Group keeper",
        "permissions": [{ "subject": "groups", "action": ["read", "create", "edit", "delete"] }],
    });
    place.ok(Method::POST, "/api/v1/organization/roles", role).await;
    let keepers = place.group("Keepers", "group-keeper").await;
    place.ok(Method::POST, &format!("/api/v1/groups/{keepers}/users/ada@example.com"), Value::Null).await;
    let admins = place.group("Admins", "admin").await;
    let owners = place.group("Owners", "no-access").await;
    place.ok(Method::POST, &place.in_project(&owners), json!({ "role": "admin" })).await;
    let ada = place.api.token(&place.ada);
    for (method, path, body) in [
        (Method::POST, "/api/v1/groups".to_owned(), json!({ "name": "Mine", "role": "admin" })),
        (Method::PATCH, format!("/api/v1/groups/{keepers}"), json!({ "role": "admin" })),
        (Method::PATCH, format!("/api/v1/groups/{admins}"), json!({ "role": "no-access" })),
        (Method::POST, format!("/api/v1/groups/{admins}/users/ada@example.com"), Value::Null),
        (Method::POST, format!("/api/v1/groups/{owners}/users/ada@example.com"), Value::Null),
        (Method::DELETE, format!("/api/v1/groups/{owners}"), Value::Null),
    ] {
        let refused = place.call(&ada, method.clone(), &path, body).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (StatusCode::FORBIDDEN, &json!("PermissionBoundaryError")),
            "{method} {path}: {}",
            refused.body
        );
    }
    world.grant(place.project_id, &place.ada, "member").await.unwrap();
    let refused = place.call(&ada, Method::POST, &format!("/api/v1/groups/{owners}/users/ada@example.com"), Value::Null).await;
    assert_eq!(refused.body["error"], "PermissionBoundaryError", "a member does not become an administrator: {}", refused.body);
    let refused = place.call(&ada, Method::POST, &place.in_project(&keepers), json!({ "role": "viewer" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "the organization's right is not the project's");
    place.ok(Method::DELETE, &format!("/api/v1/groups/{admins}"), Value::Null).await;
    let used = place.ok(Method::GET, "/api/v1/organization/roles", Value::Null).await;
    let role_id = used["roles"][0]["id"].as_str().unwrap();
    let kept = place.call(&place.admin, Method::DELETE, &format!("/api/v1/organization/roles/{role_id}"), Value::Null).await;
    assert_eq!(kept.status, StatusCode::BAD_REQUEST, "a role that a group holds stays: {}", kept.body);
}

#[tokio::test]
async fn machine_identities_may_do_what_their_groups_may() {
    let place = Place::new().await;
    let world = &place.api.world;
    let robot = world.identity(world.org_id, "robot", "no-access").await.unwrap();
    let id = robot.actor.id().unwrap();
    let token = place.api.token(&robot);
    let secrets = format!("/api/v4/secrets?projectId={}&environment=dev", place.project_id);
    let readers = place.group("Readers", "member").await;
    place.ok(Method::POST, &place.in_project(&readers), json!({ "role": "viewer" })).await;
    assert_eq!(place.api.get(&token, &secrets).await.status, StatusCode::FORBIDDEN);
    let path = format!("/api/v1/groups/{readers}/machine-identities");
    let listed = place.ok(Method::GET, &path, Value::Null).await;
    let row = |listed: &Value| {
        let rows = listed["machineIdentities"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == json!(id)).cloned().unwrap_or_else(|| panic!("{listed}"))
    };
    assert_eq!((&row(&listed)["name"], &row(&listed)["isPartOfGroup"]), (&json!("robot"), &json!(false)));
    let added = place.ok(Method::POST, &format!("{path}/{id}"), Value::Null).await;
    assert_eq!(added["id"], json!(id));
    let again = place.call(&place.admin, Method::POST, &format!("{path}/{id}"), Value::Null).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(place.api.get(&token, &secrets).await.status, StatusCode::OK);
    assert_eq!(place.api.get(&token, "/api/v1/identities").await.status, StatusCode::OK, "the organization's role counts");
    let projects = place.api.get(&token, "/api/v1/projects").await;
    assert_eq!(projects.body["projects"][0]["id"], json!(place.project_id), "{}", projects.body);
    let inside = place.ok(Method::GET, &format!("{path}?filter=assignedMachineIdentities"), Value::Null).await;
    assert_eq!((&row(&inside)["isPartOfGroup"], &inside["totalCount"]), (&json!(true), &json!(1)));

    let admins = place.group("Admins", "admin").await;
    let keeper = json!({
        "slug": "group-keeper", "name": "Group keeper",
        "permissions": [{ "subject": "groups", "action": ["read", "create", "edit", "delete"] }],
    });
    place.ok(Method::POST, "/api/v1/organization/roles", keeper).await;
    let keepers = place.group("Keepers", "group-keeper").await;
    place.ok(Method::POST, &format!("/api/v1/groups/{keepers}/machine-identities/{id}"), Value::Null).await;
    let climb = format!("/api/v1/groups/{admins}/machine-identities/{id}");
    let refused = place.call(&token, Method::POST, &climb, Value::Null).await;
    assert_eq!(refused.body["error"], "PermissionBoundaryError", "{}", refused.body);

    let project = format!("/api/v1/projects/{}/identities", place.project_id);
    let own = place.ok(Method::POST, &project, json!({ "name": "at-home" })).await;
    let own = format!("{path}/{}", own["identity"]["id"].as_str().unwrap());
    let refused = place.call(&place.admin, Method::POST, &own, Value::Null).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "an identity of a project stays there: {}", refused.body);

    place.ok(Method::DELETE, &format!("{path}/{id}"), Value::Null).await;
    assert_eq!(place.api.get(&token, &secrets).await.status, StatusCode::FORBIDDEN);
    let gone = place.call(&place.admin, Method::DELETE, &format!("{path}/{id}"), Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}
