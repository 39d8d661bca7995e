//! Secret syncs over the wire (contract "connections and syncs", sections 3 and 9). Nothing runs here: jobs stay queued.

use http::{Method, StatusCode};
use keyferry_domain::access::Rule;
use keyferry_test_support::{World, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

mod actions;

use crate::arrange;
use crate::support::{Answer, Api};

pub(crate) const PATH: &str = "/api/v1/secret-syncs/checkly";
pub(crate) const FOLDER_GONE: &str =
    "Invalid source configuration: folder no longer exists. Please configure a valid source and try again.";

pub(crate) struct Setup {
    pub(crate) api: Api,
    pub(crate) token: String,
    pub(crate) project_id: Uuid,
    pub(crate) connection_id: String,
}

impl Setup {
    pub(crate) async fn new(world: World) -> Self {
        let api = Api::over(world);
        let token = api.token(&api.world.admin.clone());
        let project_id = api.world.project("shop").await.unwrap();
        let connection_id = connection(&api, &token, "eu", None).await;
        Self { api, token, project_id, connection_id }
    }

    pub(crate) fn body(&self, name: &str) -> Value {
        json!({
            "name": name, "projectId": self.project_id, "connectionId": self.connection_id, "environment": "prod",
            "secretPath": "/", "syncOptions": {"initialSyncBehavior": "overwrite-destination"},
            "destinationConfig": {"accountId": self.api.world.account_id, "accountName": "Acme EU"}
        })
    }

    pub(crate) async fn create(&self, body: Value) -> Answer {
        self.api.call(&self.token, Method::POST, PATH, body).await
    }

    pub(crate) async fn made(&self, body: Value) -> Value {
        let answer = self.create(body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["secretSync"].clone()
    }

    pub(crate) async fn patch(&self, id: &Value, body: Value) -> Answer {
        self.api.call(&self.token, Method::PATCH, &self.path(id), body).await
    }

    pub(crate) async fn post(&self, id: &Value, action: &str) -> Answer {
        self.api.call(&self.token, Method::POST, &format!("{}/{action}", self.path(id)), Value::Null).await
    }

    pub(crate) async fn get(&self, id: &Value) -> Answer {
        self.api.get(&self.token, &self.path(id)).await
    }

    pub(crate) fn path(&self, id: &Value) -> String {
        format!("{PATH}/{}", id.as_str().unwrap())
    }

    pub(crate) async fn lose_folder(&self) -> Value {
        let folder = arrange::folder(&self.api.world, self.project_id, "prod", "/checkout").await;
        let mut body = self.body("lost");
        body["secretPath"] = json!("/checkout");
        let made = self.made(body).await;
        assert_eq!(made["folderId"], json!(folder));
        arrange::remove_folder(&self.api.world, folder).await;
        made
    }
}

pub(crate) async fn connection(api: &Api, token: &str, name: &str, project_id: Option<Uuid>) -> String {
    let mut body = json!({"name": name, "method": "api-key", "credentials": {"apiKey": api.world.api_key}});
    if let Some(id) = project_id {
        body["projectId"] = json!(id);
    }
    let answer = api.call(token, Method::POST, "/api/v1/app-connections/checkly", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["appConnection"]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn refused(answer: &Answer, status: StatusCode, message: &str) {
    assert_eq!(answer.body["message"], message, "{}", answer.body);
    assert_eq!(answer.status, status);
}

pub(crate) fn issue(answer: &Answer) -> &Value {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert_eq!(answer.body["message"].as_array().map(Vec::len), Some(1), "{}", answer.body);
    &answer.body["message"][0]
}

#[tokio::test]
async fn a_sync_looks_like_the_contract_says() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let folder = arrange::folder(&s.api.world, s.project_id, "prod", "/checkout").await;
        let mut body = s.body("checkly-prod");
        body["secretPath"] = json!("/checkout/");
        body["description"] = json!(" prod variables ");
        body["isEnabled"] = json!(false);
        body["syncOptions"]["keySchema"] = json!("SHOP_{{secretKey}}");
        body["syncOptions"]["autoSyncEnabled"] = json!(false);
        body["destinationConfig"]["groupId"] = json!("271828");
        let made = s.made(body).await;
        let expected = json!({
            "id": made["id"], "name": "checkly-prod", "description": "prod variables", "isAutoSyncEnabled": true, "version": 1,
            "projectId": s.project_id, "folderId": folder, "connectionId": s.connection_id,
            "createdAt": "2026-03-02T12:00:00.000Z", "updatedAt": "2026-03-02T12:00:00.000Z",
            "syncStatus": "pending", "lastSyncJobId": null, "lastSyncMessage": null, "lastSyncedAt": null,
            "importStatus": null, "lastImportJobId": null, "lastImportMessage": null, "lastImportedAt": null,
            "removeStatus": null, "lastRemoveJobId": null, "lastRemoveMessage": null, "lastRemovedAt": null,
            "syncOptions": {"initialSyncBehavior": "overwrite-destination", "keySchema": "SHOP_{{secretKey}}"},
            "connection": {"app": "checkly", "name": "eu", "id": s.connection_id},
            "environment": {"slug": "prod", "name": "Production", "id": made["environment"]["id"]},
            "folder": {"id": folder, "path": "/checkout"},
            "destination": "checkly",
            "destinationConfig": {"accountId": s.api.world.account_id, "accountName": "Acme EU", "groupId": "271828"},
            "pendingApproval": null, "nextRetryAt": null, "lastRunId": null
        });
        assert_eq!(made, expected);
        assert_eq!(s.get(&made["id"]).await.body["secretSync"], expected);
        let named = format!("{PATH}/sync-name/checkly-prod?projectId={}", s.project_id);
        assert_eq!(s.api.get(&s.token, &named).await.body["secretSync"], expected);
        for path in ["/api/v1/secret-syncs", PATH] {
            let listed = s.api.get(&s.token, &format!("{path}?projectId={}", s.project_id)).await;
            assert_eq!(listed.body, json!({"secretSyncs": [expected]}));
        }
        // Nothing is asked of Checkly: the account's name and the group are not looked at.
        assert_eq!(s.api.world.sim.state().log().len(), 1, "only the connection's validation");
    })
    .await;
}

#[tokio::test]
async fn what_terraform_sends_is_kept_as_sent() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let mut body = s.body("tf");
    body["App"] = json!("checkly");
    body["ID"] = json!("");
    body["description"] = json!("");
    body["isAutoSyncEnabled"] = json!(false);
    body["syncOptions"]["keySchema"] = json!("");
    body["syncOptions"]["disableSecretDeletion"] = json!(false);
    let made = s.made(body).await;
    assert_eq!(
        made["syncOptions"],
        json!({
            "initialSyncBehavior": "overwrite-destination", "keySchema": "", "disableSecretDeletion": false
        })
    );
    assert_eq!(made["description"], "");
    assert_eq!(made["syncStatus"], Value::Null, "nothing is queued");
}

#[tokio::test]
async fn our_own_options_come_back_as_given() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let options = json!({
        "initialSyncBehavior": "overwrite-destination", "unmanagedSecrets": "keep", "emptyValues": "skip",
        "unresolvedReferences": "literal", "deletionBreaker": {"keys": 3, "percent": 50}
    });
    let mut body = s.body("own");
    body["syncOptions"] = options.clone();
    let made = s.made(body).await;
    assert_eq!(made["syncOptions"], options);
    let off = json!({"initialSyncBehavior": "overwrite-destination", "deletionBreaker": null});
    let changed = s.patch(&made["id"], json!({"syncOptions": off})).await;
    assert_eq!(changed.body["secretSync"]["syncOptions"], off);
    let mut body = s.body("bad");
    body["syncOptions"]["unmanagedSecrets"] = json!("destroy");
    let answer = s.create(body).await;
    assert_eq!(issue(&answer)["code"], "invalid_enum_value");
}

#[tokio::test]
async fn bodies_are_validated_as_the_contract_says() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let with = |pointer: &str, value: Value| {
        let mut body = s.body("x");
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = value;
        body
    };
    let answer = s.create(with("/syncOptions/initialSyncBehavior", json!("import-prioritize-source"))).await;
    assert_eq!(
        *issue(&answer),
        json!({"received": "import-prioritize-source", "code": "invalid_literal", "expected": "overwrite-destination",
               "path": ["syncOptions", "initialSyncBehavior"],
               "message": "Invalid literal value, expected \"overwrite-destination\""})
    );
    let answer = s.create(with("/destinationConfig/groupId", json!(271_828))).await;
    assert_eq!(issue(&answer)["message"], "Expected string, received number");
    assert_eq!(issue(&answer)["path"], json!(["destinationConfig", "groupId"]));
    let long = "a".repeat(256);
    for (pointer, value, path, message) in [
        ("/destinationConfig/accountId", json!(""), json!(["destinationConfig", "accountId"]), "Account ID is required"),
        (
            "/destinationConfig/accountName",
            json!(long),
            json!(["destinationConfig", "accountName"]),
            "Account ID must be less than 255 characters",
        ),
        ("/destinationConfig/groupName", json!(""), json!(["destinationConfig", "groupName"]), "Group Name is required"),
        ("/projectId", json!(" "), json!(["projectId"]), "Project ID required"),
        ("/secretPath", json!(" "), json!(["secretPath"]), "Secret path required"),
        ("/connectionId", json!("x"), json!(["connectionId"]), "Invalid uuid"),
        (
            "/syncOptions/keySchema",
            json!("SHOP_"),
            json!(["syncOptions", "keySchema"]),
            keyferry_domain::secret_syncs::KEY_SCHEMA_MESSAGE,
        ),
        (
            "/syncOptions/keySchema",
            json!(format!("{{{{secretKey}}}}{}", "a".repeat(243))),
            json!(["syncOptions", "keySchema"]),
            "String must contain at most 255 character(s)",
        ),
        (
            "/environment",
            json!("Prod"),
            json!(["environment"]),
            "environment field can only contain lowercase letters, numbers, and hyphens",
        ),
    ] {
        let answer = s.create(with(pointer, value)).await;
        assert_eq!(issue(&answer)["message"], message, "{pointer}");
        assert_eq!(issue(&answer)["path"], path);
    }
    let answer = s.create(with("/name", json!("a".repeat(256)))).await;
    assert_eq!(answer.status, StatusCode::OK, "names may be long: {}", answer.body);
    let answer = s.api.get(&s.token, PATH).await;
    assert_eq!(issue(&answer)["path"], json!(["projectId"]));
    let answer = s.api.get(&s.token, &format!("{PATH}?projectId=%20")).await;
    assert_eq!(issue(&answer)["message"], "Project ID required");
}

#[tokio::test]
async fn a_source_must_exist_and_a_name_be_free() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let mut body = s.body("x");
        body["secretPath"] = json!("/nowhere/");
        let text = format!(
            "Could not find folder with path \"/nowhere\" in environment \"prod\" for project with ID \"{}\"",
            s.project_id
        );
        refused(&s.create(body).await, StatusCode::BAD_REQUEST, &text);
        s.made(s.body("twice")).await;
        let text = format!("A Secret Sync with the name \"twice\" already exists for the project with ID \"{}\"", s.project_id);
        refused(&s.create(s.body("twice")).await, StatusCode::BAD_REQUEST, &text);
        let other = s.made(s.body("other")).await;
        refused(&s.patch(&other["id"], json!({"name": "twice"})).await, StatusCode::BAD_REQUEST, &text);
    })
    .await;
}

#[tokio::test]
async fn a_connection_of_another_project_cannot_be_used() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let other = s.api.world.project("other").await.unwrap();
    let foreign = connection(&s.api, &s.token, "foreign", Some(other)).await;
    let mut body = s.body("x");
    body["connectionId"] = json!(foreign);
    let text = format!(
        "You cannot connect project App Connection with ID \"{foreign}\" from project with ID \"{other}\" to project with ID \
         \"{}\"",
        s.project_id
    );
    refused(&s.create(body).await, StatusCode::BAD_REQUEST, &text);
    let mut body = s.body("x");
    body["connectionId"] = json!(Uuid::nil());
    let text = format!("Could not find App Connection with ID {}", Uuid::nil());
    refused(&s.create(body).await, StatusCode::NOT_FOUND, &text);
    let made = s.made(s.body("y")).await;
    refused(&s.patch(&made["id"], json!({"connectionId": Uuid::nil()})).await, StatusCode::NOT_FOUND, &text);
}

#[tokio::test]
async fn creating_needs_every_right() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let stranger = s.api.world.user(s.api.world.org_id, "stranger@example.com", "member").await.unwrap();
    let token = s.api.token(&stranger);
    assert_eq!(s.api.call(&token, Method::POST, PATH, s.body("x")).await.status, StatusCode::FORBIDDEN);

    let syncs_only = s.api.world.user(s.api.world.org_id, "syncs@example.com", "member").await.unwrap();
    let rules = [Rule::allow("secret-syncs", &["read", "create"]), Rule::allow("secrets", &["describeSecret"])];
    s.api.world.grant_rules(s.project_id, &syncs_only, &rules).await.unwrap();
    let token = s.api.token(&syncs_only);
    let answer = s.api.call(&token, Method::POST, PATH, s.body("x")).await;
    refused(&answer, StatusCode::FORBIDDEN, "You are not allowed to readValue on secrets");
    assert_eq!(answer.body["error"], "PermissionDenied");

    let no_connect = s.api.world.user(s.api.world.org_id, "noconnect@example.com", "no-access").await.unwrap();
    s.api.world.grant(s.project_id, &no_connect, "member").await.unwrap();
    let token = s.api.token(&no_connect);
    let answer = s.api.call(&token, Method::POST, PATH, s.body("x")).await;
    refused(&answer, StatusCode::FORBIDDEN, "You are not allowed to connect on app-connections");

    let viewer = s.api.world.user(s.api.world.org_id, "viewer@example.com", "member").await.unwrap();
    s.api.world.grant(s.project_id, &viewer, "viewer").await.unwrap();
    let token = s.api.token(&viewer);
    let made = s.made(s.body("x")).await;
    let path = s.path(&made["id"]);
    assert_eq!(s.api.get(&token, &path).await.status, StatusCode::OK);
    for (method, path, action) in [
        (Method::POST, PATH.to_owned(), "create"),
        (Method::PATCH, path.clone(), "edit"),
        (Method::DELETE, path.clone(), "delete"),
        (Method::POST, format!("{path}/sync-secrets"), "sync-secrets"),
        (Method::POST, format!("{path}/remove-secrets"), "remove-secrets"),
    ] {
        let answer = s.api.call(&token, method, &path, s.body("y")).await;
        refused(&answer, StatusCode::FORBIDDEN, &format!("You are not allowed to {action} on secret-syncs"));
    }
}

#[tokio::test]
async fn conditions_on_the_source_hide_syncs() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let made = s.made(s.body("prod")).await;
    let mut body = s.body("dev");
    body["environment"] = json!("dev");
    let dev = s.made(body).await;
    let narrow = s.api.world.user(s.api.world.org_id, "narrow@example.com", "member").await.unwrap();
    let mut rule = Rule::allow("secret-syncs", &["read"]);
    rule.conditions = json!({"environment": {"$eq": "dev"}}).as_object().cloned();
    s.api.world.grant_rules(s.project_id, &narrow, &[rule]).await.unwrap();
    let token = s.api.token(&narrow);
    let listed = s.api.get(&token, &format!("{PATH}?projectId={}", s.project_id)).await;
    assert_eq!(listed.body["secretSyncs"].as_array().unwrap().len(), 1);
    assert_eq!(listed.body["secretSyncs"][0]["id"], dev["id"]);
    let answer = s.api.get(&token, &s.path(&made["id"])).await;
    refused(&answer, StatusCode::FORBIDDEN, "You are not allowed to read on secret-syncs");
}

#[tokio::test]
async fn changes_replace_options_and_destination_as_a_whole() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let mut body = s.body("x");
        body["destinationConfig"]["groupId"] = json!("7");
        body["syncOptions"]["keySchema"] = json!("A_{{secretKey}}");
        let id = s.made(body).await["id"].clone();
        let moved = s.patch(&id, json!({"destinationConfig": {"accountId": "other"}})).await;
        assert_eq!(moved.body["secretSync"]["destinationConfig"], json!({"accountId": "other"}));
        assert_eq!(moved.body["secretSync"]["syncOptions"]["keySchema"], "A_{{secretKey}}");
        let plain = json!({"initialSyncBehavior": "overwrite-destination"});
        let changed = s.patch(&id, json!({"syncOptions": plain, "description": "d"})).await;
        assert_eq!(changed.body["secretSync"]["syncOptions"], plain);
        assert_eq!(changed.body["secretSync"]["description"], "d");
        let cleared = s.patch(&id, json!({"description": null, "projectId": "ignored"})).await;
        assert_eq!(cleared.body["secretSync"]["description"], Value::Null);
        let answer = s.patch(&id, json!({"syncOptions": {"keySchema": ""}})).await;
        assert_eq!(issue(&answer)["path"], json!(["syncOptions", "initialSyncBehavior"]));
        assert_eq!(s.patch(&id, json!({"name": "renamed"})).await.body["secretSync"]["syncStatus"], "pending");
    })
    .await;
}

#[tokio::test]
async fn a_source_can_be_changed_half() {
    let s = Setup::new(World::new().await.unwrap()).await;
    arrange::folder(&s.api.world, s.project_id, "dev", "/a").await;
    let id = s.made(s.body("x")).await["id"].clone();
    let dev = s.patch(&id, json!({"environment": "dev"})).await;
    assert_eq!(dev.body["secretSync"]["environment"]["slug"], "dev");
    assert_eq!(dev.body["secretSync"]["folder"]["path"], "/");
    let a = s.patch(&id, json!({"secretPath": "/a"})).await;
    assert_eq!(a.body["secretSync"]["folder"]["path"], "/a");
    let answer = s.patch(&id, json!({"secretPath": "/b"})).await;
    let text =
        format!("Could not find folder with path \"/b\" in environment \"undefined\" for project with ID \"{}\"", s.project_id);
    refused(&answer, StatusCode::BAD_REQUEST, &text);
    let answer = s.patch(&id, json!({"secretPath": ""})).await;
    assert_eq!(issue(&answer)["message"], "Invalid secret path");
}

#[tokio::test]
async fn a_lost_source_is_shown_and_can_be_replaced() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let id = s.lose_folder().await["id"].clone();
        let shown = s.get(&id).await;
        for key in ["environment", "folder", "folderId"] {
            assert_eq!(shown.body["secretSync"][key], Value::Null, "{key}");
        }
        for action in ["sync-secrets", "remove-secrets"] {
            refused(&s.post(&id, action).await, StatusCode::BAD_REQUEST, FOLDER_GONE);
        }
        let path = format!("{}?removeSecrets=true", s.path(&id));
        refused(&s.api.call(&s.token, Method::DELETE, &path, Value::Null).await, StatusCode::BAD_REQUEST, FOLDER_GONE);
        let half = s.patch(&id, json!({"environment": "prod"})).await;
        refused(&half, StatusCode::BAD_REQUEST, "Must specify both source environment and secret path");
        let renamed = s.patch(&id, json!({"name": "found"})).await;
        assert_eq!(renamed.body["secretSync"]["name"], "found");
        let found = s.patch(&id, json!({"environment": "prod", "secretPath": "/"})).await;
        assert_eq!(found.body["secretSync"]["folder"]["path"], "/");
        assert_eq!(found.body["secretSync"]["syncStatus"], "pending");
    })
    .await;
}

#[tokio::test]
async fn syncs_that_are_not_there_are_named() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let id = json!(Uuid::nil());
    let quoted = format!("Could not find Checkly Sync with ID \"{}\"", Uuid::nil());
    refused(&s.get(&id).await, StatusCode::NOT_FOUND, &quoted);
    refused(&s.post(&id, "sync-secrets").await, StatusCode::NOT_FOUND, &quoted);
    refused(&s.post(&id, "remove-secrets").await, StatusCode::NOT_FOUND, &quoted);
    let answer = s.api.call(&s.token, Method::DELETE, &s.path(&id), Value::Null).await;
    refused(&answer, StatusCode::NOT_FOUND, &quoted);
    let bare = format!("Could not find Checkly Sync with ID {}", Uuid::nil());
    refused(&s.patch(&id, json!({})).await, StatusCode::NOT_FOUND, &bare);
    let named = format!("{PATH}/sync-name/x?projectId={}", s.project_id);
    refused(&s.api.get(&s.token, &named).await, StatusCode::NOT_FOUND, "Could not find Checkly Sync with name \"x\"");
}

#[tokio::test]
async fn other_organizations_see_no_sync() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let made = s.made(s.body("x")).await;
    let other = s.api.world.organization("other").await.unwrap();
    let stranger = s.api.world.user(other, "stranger@example.com", "admin").await.unwrap();
    let token = s.api.token(&stranger);
    let path = s.path(&made["id"]);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::PATCH, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/sync-secrets")),
        (Method::POST, format!("{path}/remove-secrets")),
    ] {
        assert_eq!(s.api.call(&token, method, &path, json!({})).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let body = json!({"destinationConfig": {"accountId": s.api.world.account_id}, "projectId": s.project_id});
    let answer = s.api.call(&token, Method::POST, &format!("{PATH}/check-destination"), body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
