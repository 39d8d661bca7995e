//! An organization with one of everything, made over the wire; its ids by the names that paths and queries call them.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use keyferry_db::entities::sessions;
use keyferry_domain::{Actor, Caller};
use keyferry_test_support::canary;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Api;

/// An organization with one of everything.
pub struct House {
    /// The organization.
    pub org_id: Uuid,
    /// The project.
    pub project_id: Uuid,
    /// Who owns both.
    pub owner: Caller,
    /// Ids, slugs and names, by the name of the path's part (or a longer one where that alone does not say which).
    pub names: BTreeMap<&'static str, String>,
    /// Values that may be answered to nobody of this walk, or only to readers.
    pub values: Vec<String>,
}

struct Builder<'a> {
    api: &'a Api,
    token: String,
    names: BTreeMap<&'static str, String>,
}

impl Builder<'_> {
    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.api.call(&self.token, method.clone(), path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.body);
        answer.body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, body).await
    }

    /// Posts and keeps the text at the pointer under the name.
    async fn keep(&mut self, name: &'static str, path: &str, body: Value, pointer: &str) -> Value {
        let answer = self.post(path, body).await;
        self.set(name, &answer, pointer);
        answer
    }

    fn set(&mut self, name: &'static str, answer: &Value, pointer: &str) {
        let text = answer.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {answer}"));
        self.names.insert(name, text.to_owned());
    }
}

/// Builds the organization; every name in it begins with `prefix`.
pub async fn build(api: &Api, prefix: &'static str) -> House {
    let world = &api.world;
    let org_id = world.organization(&format!("{prefix}-house")).await.unwrap();
    let owner = world.user(org_id, &format!("{prefix}-owner@example.com"), "admin").await.unwrap();
    let project_id = world.project_in(org_id, &format!("{prefix}-shop"), &owner).await.unwrap();
    let mut b = Builder { api, token: api.token(&owner), names: BTreeMap::new() };
    let values = vec![canary(prefix), canary(prefix)];
    b.names.insert("organizationId", org_id.to_string());
    b.names.insert("projectId", project_id.to_string());
    b.names.insert("accountId", world.account_id.clone());
    let project = b.call(Method::GET, &format!("/api/v1/projects/{project_id}"), Value::Null).await;
    b.set("projectSlug", &project, "/project/slug");
    b.set("projectName", &project, "/project/name");
    b.set("envId", &project, "/project/environments/2/id");

    let folder = json!({ "projectId": project_id, "environment": "prod", "path": "/", "name": format!("{prefix}-folder") });
    b.names.insert("folderName", format!("{prefix}-folder"));
    b.keep("folderId", "/api/v2/folders", folder, "/folder/id").await;
    let path = format!("/{prefix}-folder");
    let secret =
        |value: &str| json!({ "projectId": project_id, "environment": "prod", "secretPath": path, "secretValue": value });
    b.names.insert("secretName", format!("{prefix}_TOKEN"));
    b.keep("secretId", &format!("/api/v4/secrets/{prefix}_TOKEN"), secret(&values[0]), "/secret/id").await;
    let reference = format!("{}${{prod.{prefix}-folder.{prefix}_TOKEN}}", values[1]);
    b.keep("referenceId", &format!("/api/v4/secrets/{prefix}_LINK"), secret(&reference), "/secret/id").await;
    let commits = format!("/api/v1/pit/commits?projectId={project_id}&environment=prod&path={path}&sort=asc");
    let commits = b.call(Method::GET, &commits, Value::Null).await;
    b.set("commitId", &commits, "/commits/0/id");
    b.set("snapshotId", &commits, "/commits/0/id");
    let import =
        json!({ "projectId": project_id, "environment": "dev", "path": "/", "import": { "environment": "prod", "path": path } });
    b.keep("secretImportId", "/api/v2/secret-imports", import, "/secretImport/id").await;
    let tag = json!({ "slug": format!("{prefix}-tag"), "color": "#ff0000" });
    b.names.insert("tagSlug", format!("{prefix}-tag"));
    b.keep("tagId", &format!("/api/v1/projects/{project_id}/tags"), tag, "/tag/id").await;

    let hook = json!({
        "projectId": project_id, "environment": "prod", "secretPath": "/**", "webhookUrl": format!("http://127.0.0.1:9/{prefix}"),
        "webhookSecretKey": values[0], "eventsFilter": [{ "eventName": "secret-syncs.failed" }],
    });
    b.names.insert("webhookUrl", format!("http://127.0.0.1:9/{prefix}"));
    b.keep("webhookId", "/api/v1/webhooks", hook, "/webhook/id").await;

    let key = json!({ "projectId": project_id, "name": format!("{prefix}-cipher") });
    b.names.insert("keyName", format!("{prefix}-cipher"));
    b.keep("keyId", "/api/v1/kms/keys", key, "/key/id").await;
    let plain = json!({ "plaintext": "cGxhaW4=" });
    b.keep("ciphertext", &format!("/api/v1/kms/keys/{}/encrypt", b.names["keyId"]), plain, "/ciphertext").await;

    let connection = json!({
        "name": format!("{prefix}-connection"), "method": "api-key", "credentials": { "apiKey": world.api_key },
    });
    b.names.insert("connectionName", format!("{prefix}-connection"));
    b.keep("connectionId", "/api/v1/app-connections/checkly", connection, "/appConnection/id").await;
    let sync = json!({
        "name": format!("{prefix}-sync"), "projectId": project_id, "connectionId": b.names["connectionId"], "environment": "prod",
        "secretPath": path, "syncOptions": { "initialSyncBehavior": "overwrite-destination" },
        "destinationConfig": { "accountId": world.account_id },
    });
    b.names.insert("syncName", format!("{prefix}-sync"));
    b.keep("syncId", "/api/v1/secret-syncs/checkly", sync, "/secretSync/id").await;
    let of_sync = format!("/api/v1/secret-syncs/checkly/{}", b.names["syncId"]);
    let plan = b.keep("planId", &format!("{of_sync}/plan"), Value::Null, "/plan/id").await;
    b.set("digest", &plan, "/plan/digest");
    let runs = b.call(Method::GET, &format!("{of_sync}/runs"), Value::Null).await;
    b.set("runId", &runs, "/runs/0/id");

    let token = json!({
        "name": format!("{prefix}-service"), "workspaceId": project_id, "permissions": ["read"],
        "scopes": [{ "environment": "prod", "secretPath": "/**" }],
    });
    b.names.insert("serviceTokenName", format!("{prefix}-service"));
    b.keep("serviceTokenId", "/api/v2/service-token", token, "/serviceTokenData/id").await;

    b.names.insert("groupName", format!("{prefix}-group"));
    b.keep("groupId", "/api/v1/groups", json!({ "name": format!("{prefix}-group") }), "/id").await;
    let join = format!("/api/v1/projects/{project_id}/groups/{}", b.names["groupId"]);
    b.keep("groupMembershipId", &join, json!({ "role": "viewer" }), "/groupMembership/id").await;

    people(&mut b, prefix, org_id, project_id).await;
    machines(&mut b, prefix, org_id, project_id).await;
    House { org_id, project_id, owner, names: b.names, values }
}

async fn people(b: &mut Builder<'_>, prefix: &str, org_id: Uuid, project_id: Uuid) {
    let email = format!("{prefix}-member@example.com");
    let member = b.api.world.user(org_id, &email, "member").await.unwrap();
    b.api.world.grant(project_id, &member, "member").await.unwrap();
    let Actor::User { id: user_id, session_id, .. } = member.actor else { panic!("a user is a user") };
    b.names.insert("userId", user_id.to_string());
    let (now, tx) = (b.api.world.app.now_ms(), b.api.world.app.db.begin().await.unwrap());
    let session = sessions::Model {
        id: session_id,
        user_id,
        org_id: Some(org_id),
        refresh_hash: session_id.as_bytes().to_vec(),
        previous_refresh_hash: None,
        access_version: 1,
        ip: "127.0.0.1".to_owned(),
        user_agent: "cli".to_owned(),
        is_mfa_verified: false,
        last_used_at_ms: now,
        expires_at_ms: now + 1_000_000,
        revoked_at_ms: None,
        created_at_ms: now,
        updated_at_ms: now,
    };
    keyferry_db::insert(&tx, session).await.unwrap();
    tx.commit().await.unwrap();
    b.names.insert("sessionId", session_id.to_string());
    let of = |list: &Value, key: &str| {
        let mine = |row: &&Value| row["user"]["id"] == json!(user_id);
        list[key].as_array().unwrap().iter().find(mine).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let listed = b.call(Method::GET, &format!("/api/v2/organizations/{org_id}/memberships"), Value::Null).await;
    b.names.insert("orgMembershipId", of(&listed, "users"));
    let listed = b.call(Method::GET, &format!("/api/v1/projects/{project_id}/memberships"), Value::Null).await;
    b.names.insert("projectMembershipId", of(&listed, "memberships"));
    b.names.insert("email", email);
    let privilege = json!({
        "projectMembershipId": b.names["projectMembershipId"], "type": { "isTemporary": false },
        "permissions": [{ "subject": "audit-logs", "action": "read" }],
    });
    b.keep("userPrivilegeId", "/api/v1/user-project-additional-privilege", privilege, "/privilege/id").await;
    let role = json!({
        "slug": format!("{prefix}-role"), "name": format!("{prefix} role"),
        "permissions": [{ "subject": "secrets", "action": "readValue" }],
    });
    b.names.insert("roleSlug", format!("{prefix}-role"));
    b.keep("roleId", &format!("/api/v1/projects/{project_id}/roles"), role, "/role/id").await;
    let role = json!({
        "slug": format!("{prefix}-org-role"), "name": format!("{prefix} org role"),
        "permissions": [{ "subject": "audit-logs", "action": "read" }],
    });
    b.names.insert("orgRoleSlug", format!("{prefix}-org-role"));
    b.keep("orgRoleId", "/api/v1/organization/roles", role, "/role/id").await;
}

async fn machines(b: &mut Builder<'_>, prefix: &str, org_id: Uuid, project_id: Uuid) {
    let create = json!({ "name": format!("{prefix}-robot"), "organizationId": org_id, "role": "member" });
    b.names.insert("identityName", format!("{prefix}-robot"));
    b.keep("identityId", "/api/v1/identities", create, "/identity/id").await;
    let id = b.names["identityId"].clone();
    let universal = format!("/api/v1/auth/universal-auth/identities/{id}");
    b.keep("clientId", &universal, json!({}), "/identityUniversalAuth/clientId").await;
    let pointer = "/clientSecretData/id";
    b.keep("clientSecretId", &format!("{universal}/client-secrets"), json!({}), pointer).await;
    let token_auth = format!("/api/v1/auth/token-auth/identities/{id}");
    b.post(&token_auth, json!({})).await;
    b.keep("tokenId", &format!("{token_auth}/tokens"), json!({ "name": "deploy" }), "/tokenData/id").await;
    let join = format!("/api/v1/projects/{project_id}/memberships/identities/{id}");
    b.keep("identityMembershipId", &join, json!({ "role": "viewer" }), "/identityMembership/id").await;
    b.post(&format!("/api/v1/groups/{}/machine-identities/{id}", b.names["groupId"]), Value::Null).await;
    b.names.insert("privilegeSlug", format!("{prefix}-privilege"));
    let privilege = json!({
        "identityId": id, "projectId": project_id, "slug": format!("{prefix}-privilege"), "type": { "isTemporary": false },
        "permissions": [{ "subject": "audit-logs", "action": "read" }],
    });
    b.keep("identityPrivilegeId", "/api/v2/identity-project-additional-privilege", privilege, "/privilege/id").await;
    let own = json!({ "name": format!("{prefix}-project-robot") });
    b.names.insert("projectIdentityName", format!("{prefix}-project-robot"));
    b.keep("projectIdentityId", &format!("/api/v1/projects/{project_id}/identities"), own, "/identity/id").await;
}

impl House {
    /// This house seen through the organization and project of another: its ids where a caller names the other's project.
    pub fn through(&self, other: &Self) -> BTreeMap<&'static str, String> {
        let mut names = self.names.clone();
        for name in ["organizationId", "projectId", "projectSlug", "folderName", "secretName"] {
            names.insert(name, other.names[name].clone());
        }
        names
    }

    /// The rows of this house: those that hold one of its ids, and those of the installation. Without the audit log, which
    /// tells of refusals, and the counters of wrong passwords, which everybody may move.
    pub async fn rows(&self, api: &Api) -> Vec<String> {
        let ids: Vec<String> = self
            .names
            .iter()
            .filter(|(name, _)| name.ends_with("Id") && **name != "accountId")
            .flat_map(|(_, id)| [id.clone(), id.replace('-', "")])
            .collect();
        let mut rows = keyferry_db::testing::dump(&api.world.app.db).await.unwrap();
        rows.retain(|row| {
            !row.starts_with("audit_logs:")
                && !row.starts_with("login_lockouts:")
                && (row.starts_with("server_settings:") || ids.iter().any(|id| row.contains(id.as_str())))
        });
        rows
    }
}
