//! Every route by every caller that it must not serve: the answer is a refusal that tells nothing, and nothing has changed.

mod house;
mod requests;

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use keyferry_api::router::registry;
use keyferry_domain::Caller;
use keyferry_http::RouteSpec;
use serde_json::{Value, json};

use self::house::House;
use self::requests::{Names, Sent, request};
use crate::support::{Answer, Api};

/// Routes that answer any caller, about the caller or the caller's own organization only, whatever is named in the request.
const ABOUT_THE_CALLER: &[&str] = &[
    "checkAuth",
    "logout",
    "selectOrganization",
    "getCurrentUser",
    "getCurrentUserV2",
    "changePassword",
    "listSessions",
    "revokeSession",
    "revokeOtherSessions",
    "getUserTotp",
    "registerUserTotp",
    "verifyUserTotp",
    "deleteUserTotp",
    "createUserRecoveryCodes",
    "getIdentityDetails",
    "listOrganizations",
    "listOrganizationsWithSubOrganizations",
    "listProjects",
    "listWorkspaces",
];

/// Routes that say the same to everybody who has a token, whatever is named: what this server can do, and what it cannot.
const SAME_TO_ALL: &[&str] =
    &["listAppConnectionOptions", "listSecretSyncOptions", "resyncSecretImport", "importChecklySecretSyncSecrets"];

/// Routes that the administrators of another organization may use, for that one; the request names nothing of ours.
const IN_THE_CALLERS_OWN: &[&str] = &[
    "createProject",
    "createWorkspaceV2",
    "searchIdentities",
    "listOrganizationRoles",
    "createOrganizationRole",
    "listGroups",
    "createGroup",
];

/// Routes for which being a member is enough, with whatever role (core API contract, section 8).
const FOR_EVERY_MEMBER: &[&str] = &[
    "getOrganization",
    "getIdentityDetails",
    "getProject",
    "getWorkspace",
    "getProjectBySlug",
    "getWorkspaceBySlug",
    "getWorkspaceBySlugV2",
    "listOrganizations",
    "listOrganizationsWithSubOrganizations",
    "listOrganizationWorkspaces",
    "listProjects",
    "listWorkspaces",
];

/// What those who belong to the organization, or did, read when they are no members of a project; it names the project.
const NOT_A_MEMBER: &str = "You are not a member of this project with ID";

/// Routes that send `POST` to read.
const READ_BY_POST: &[&str] = &[
    "subscribeToProjectEvents",
    "getProjectUserByName",
    "planChecklySecretSync",
    "checkChecklySecretSyncDestination",
    "searchIdentities",
];

/// How many requests lie between two looks at the database.
const BATCH: usize = 24;

struct Walk {
    api: Api,
    house: House,
    foreign: House,
}

/// A finding; all are told at once.
type Findings = Vec<String>;

impl Walk {
    async fn new() -> Self {
        let api = Api::new().await;
        let house = house::build(&api, "quartz").await;
        let foreign = house::build(&api, "basalt").await;
        Self { api, house, foreign }
    }

    async fn send(&self, token: &str, sent: &Sent) -> Answer {
        self.api.call(token, sent.method.clone(), &sent.path, sent.body.clone()).await
    }

    /// What of the house is in an answer that was not in its request.
    fn told(&self, sent: &Sent, answer: &Answer) -> Vec<String> {
        let asked = format!("{} {}", sent.path, sent.body);
        let told = answer.body.to_string();
        let names = self.house.names.iter().filter(|(name, _)| **name != "accountId").map(|(_, text)| text);
        names
            .chain(&self.house.values)
            .chain([&self.api.world.api_key])
            .filter(|text| told.contains(text.as_str()) && !asked.contains(text.as_str()))
            .cloned()
            .collect()
    }

    /// Sends the request of each route and gives every answer to `judge`; the rows that `keeps` picks must stay as they are.
    async fn everywhere(
        &self,
        who: &str,
        token: &str,
        names: &Names,
        keeps: impl Fn(&str) -> bool,
        judge: impl Fn(&RouteSpec, &Sent, &Answer) -> Option<String>,
    ) -> Findings {
        let registry = registry();
        // What deletes the whole comes last, so that the routes before it have something to hit.
        let mut specs: Vec<&RouteSpec> = registry.specs().filter(|spec| !spec.path.starts_with("/api/docs")).collect();
        specs.sort_by_key(|spec| (spec.method == Method::DELETE, std::cmp::Reverse(spec.path.len())));
        let mut findings = Vec::new();
        let mut before = self.rows(&keeps).await;
        for batch in specs.chunks(BATCH) {
            for spec in batch {
                let sent = request(spec, names, &self.api.world.api_key);
                let answer = self.send(token, &sent).await;
                let at =
                    format!("{who}: {} {} ({}): {} {}", spec.method, spec.path, spec.operation_id, answer.status, answer.body);
                if answer.status.is_server_error() {
                    findings.push(format!("a defect: {at}"));
                }
                findings.extend(judge(spec, &sent, &answer).map(|what| format!("{what}: {at}")));
            }
            let after = self.rows(&keeps).await;
            if before != after {
                let routes: Vec<String> = batch.iter().map(|spec| format!("{} {}", spec.method, spec.path)).collect();
                let rows: Vec<&String> = before.symmetric_difference(&after).collect();
                findings.push(format!("{who} changed {rows:#?} by one of {routes:?}"));
                before = after;
            }
        }
        findings
    }

    async fn rows(&self, keeps: &impl Fn(&str) -> bool) -> BTreeSet<String> {
        self.house.rows(&self.api).await.into_iter().filter(|row| keeps(row)).collect()
    }

    /// Nothing is served but what `may_answer` lists.
    async fn refused(&self, who: &str, token: &str, may_answer: &[&[&str]]) {
        let is_colleague = !who.contains("foreign");
        let findings = self
            .everywhere(
                who,
                token,
                &self.house.names,
                |_| true,
                |spec, sent, answer| {
                    let mut told = self.told(sent, answer);
                    if is_colleague && answer.body["message"].as_str().is_some_and(|text| text.starts_with(NOT_A_MEMBER)) {
                        told.retain(|text| *text != self.house.names["projectId"]);
                    }
                    let is_for_members = may_answer.contains(&FOR_EVERY_MEMBER) && FOR_EVERY_MEMBER.contains(&spec.operation_id);
                    if !told.is_empty() && !is_for_members {
                        return Some(format!("tells {told:?}"));
                    }
                    let refused =
                        matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
                    let listed = is_open(spec) || may_answer.iter().any(|list| list.contains(&spec.operation_id));
                    (!refused && !listed).then(|| "is not refused".to_owned())
                },
            )
            .await;
        assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
    }
}

/// Signing in, setting up, proving a token by holding it, probes and the description: for everybody.
fn is_open(spec: &RouteSpec) -> bool {
    !spec.auth.takes_bearer()
}

/// The routes that take no token, by name: a new one has to be put here by somebody who means it.
#[test]
fn what_is_open_to_everybody_is_listed() {
    let registry = registry();
    let open: BTreeSet<&str> = registry.specs().filter(|spec| is_open(spec)).map(|spec| spec.path).collect();
    let listed = [
        "/api/docs",
        "/api/docs/json",
        "/api/docs/style.css",
        "/api/status",
        "/api/v1/admin/bootstrap",
        "/api/v1/admin/config",
        "/api/v1/auth/token",
        "/api/v1/auth/token/renew",
        "/api/v1/auth/token/revoke",
        "/api/v1/auth/universal-auth/login",
        "/api/v1/invite-org/accept",
        "/api/v1/password/reset",
        "/api/v2/auth/mfa/check/totp",
        "/api/v2/auth/mfa/send",
        "/api/v2/auth/mfa/verify",
        "/api/v2/auth/mfa/verify/recovery-code",
        "/api/v3/auth/login",
        "/api/v3/auth/login1",
        "/api/v3/auth/login2",
        "/healthz",
        "/readyz",
    ];
    assert_eq!(open, BTreeSet::from(listed));
}

#[tokio::test]
async fn nobody_is_served_without_a_token() {
    let walk = Walk::new().await;
    let findings = walk
        .everywhere(
            "nobody",
            "",
            &walk.house.names,
            |_| true,
            |spec, sent, answer| {
                let told = walk.told(sent, answer);
                if !told.is_empty() {
                    return Some(format!("tells {told:?}"));
                }
                (!is_open(spec) && answer.status != StatusCode::UNAUTHORIZED).then(|| "is not refused".to_owned())
            },
        )
        .await;
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}

async fn strangers(walk: &Walk) -> [(&'static str, Caller); 2] {
    let world = &walk.api.world;
    let robot = world.identity(walk.foreign.org_id, "foreign robot", "admin").await.unwrap();
    world.grant(walk.foreign.project_id, &robot, "admin").await.unwrap();
    [("a foreign owner", walk.foreign.owner.clone()), ("a foreign identity", robot)]
}

#[tokio::test]
async fn another_organization_reaches_nothing() {
    let walk = Walk::new().await;
    for (who, caller) in strangers(&walk).await {
        let token = walk.api.token(&caller);
        walk.refused(who, &token, &[ABOUT_THE_CALLER, SAME_TO_ALL, IN_THE_CALLERS_OWN]).await;
    }
}

/// The stranger names its own project and puts our ids beside it: it may be served, but nothing of ours is told or changed.
#[tokio::test]
async fn another_organization_reaches_nothing_through_its_own_project() {
    let walk = Walk::new().await;
    let names = walk.house.through(&walk.foreign);
    for (who, caller) in strangers(&walk).await {
        let token = walk.api.token(&caller);
        let findings = walk
            .everywhere(
                who,
                &token,
                &names,
                |_| true,
                |_, sent, answer| {
                    let told = walk.told(sent, answer);
                    (!told.is_empty()).then(|| format!("tells {told:?}"))
                },
            )
            .await;
        assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
    }
}

#[tokio::test]
async fn a_member_without_access_reaches_nothing() {
    let walk = Walk::new().await;
    let world = &walk.api.world;
    let user = world.user(walk.house.org_id, "nix@example.com", "no-access").await.unwrap();
    world.grant(walk.house.project_id, &user, "no-access").await.unwrap();
    let robot = world.identity(walk.house.org_id, "nix", "no-access").await.unwrap();
    for (who, caller) in [("a member without access", user), ("an identity that is in no project", robot)] {
        let token = walk.api.token(&caller);
        walk.refused(who, &token, &[ABOUT_THE_CALLER, SAME_TO_ALL, FOR_EVERY_MEMBER]).await;
    }
}

#[tokio::test]
async fn a_removed_member_reaches_nothing() {
    let walk = Walk::new().await;
    let world = &walk.api.world;
    let caller = world.user(walk.house.org_id, "gone@example.com", "admin").await.unwrap();
    world.grant(walk.house.project_id, &caller, "admin").await.unwrap();
    let token = walk.api.token(&caller);
    let secrets = format!("/api/v4/secrets?projectId={}&environment=prod", walk.house.project_id);
    assert_eq!(walk.api.get(&token, &secrets).await.status, StatusCode::OK, "until then it is served");
    let owner = walk.api.token(&walk.house.owner);
    let members = format!("/api/v2/organizations/{}/memberships", walk.house.org_id);
    let listed = walk.api.get(&owner, &members).await;
    let row = listed.body["users"].as_array().unwrap().iter().find(|row| row["inviteEmail"] == "gone@example.com").unwrap();
    let removed = walk.api.call(&owner, Method::DELETE, &format!("{members}/{}", row["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.body);
    walk.refused("a removed member", &token, &[ABOUT_THE_CALLER, SAME_TO_ALL]).await;
}

/// A viewer reads what its role says and writes nothing.
#[tokio::test]
async fn a_viewer_writes_nothing() {
    let walk = Walk::new().await;
    let world = &walk.api.world;
    let user = world.user(walk.house.org_id, "looks@example.com", "no-access").await.unwrap();
    let robot = world.identity(walk.house.org_id, "looks", "no-access").await.unwrap();
    for (who, caller) in [("a viewer", user), ("a viewing identity", robot)] {
        world.grant(walk.house.project_id, &caller, "viewer").await.unwrap();
        let token = walk.api.token(&caller);
        let findings = walk
            .everywhere(
                who,
                &token,
                &walk.house.names,
                // A plan is a reading that is kept.
                |row| !row.starts_with("sync_plans:"),
                |spec, _, answer| {
                    let told = answer.body.to_string();
                    if told.contains(&walk.api.world.api_key) {
                        return Some("tells a credential".to_owned());
                    }
                    let reads = spec.method == Method::GET || READ_BY_POST.contains(&spec.operation_id);
                    if is_open(spec) || [ABOUT_THE_CALLER, SAME_TO_ALL].concat().contains(&spec.operation_id) {
                        return None;
                    }
                    if reads {
                        let (subject, action) = spec.permission.split_once(':').unwrap_or(("", ""));
                        let may = matches!(action, "read" | "readValue" | "describeSecret") && VIEWED.contains(&subject);
                        return (may && spec.path.contains("roject") && answer.status != StatusCode::OK && in_project(spec))
                            .then(|| "is not served".to_owned());
                    }
                    (answer.status != StatusCode::FORBIDDEN).then(|| "is not refused".to_owned())
                },
            )
            .await;
        assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
    }
}

/// A service token that may read does not write, and reaches nothing but secrets, folders and imports of its project.
#[tokio::test]
async fn a_service_token_reads_what_it_says() {
    let walk = Walk::new().await;
    let made = json!({
        "name": "reader", "workspaceId": walk.house.project_id, "permissions": ["read"],
        "scopes": [{ "environment": "prod", "secretPath": "/**" }, { "environment": "dev", "secretPath": "/**" }],
    });
    let owner = walk.api.token(&walk.house.owner);
    let made = walk.api.call(&owner, Method::POST, "/api/v2/service-token", made).await;
    let token = made.body["serviceToken"].as_str().unwrap().to_owned();
    for (who, names) in [("a reading token", walk.house.names.clone()), ("a token elsewhere", walk.foreign.names.clone())] {
        let findings = walk
            .everywhere(
                who,
                &token,
                &names,
                // Its own row tells when it was used last.
                |row| !row.contains("name=reader"),
                |spec, sent, answer| {
                    if is_open(spec) || spec.operation_id == "getServiceToken" {
                        return None;
                    }
                    let told = walk.told(sent, answer);
                    let reads = spec.method == Method::GET && spec.auth.service && who == "a reading token";
                    if !reads && !told.is_empty() {
                        return Some(format!("tells {told:?}"));
                    }
                    if reads && spec.operation_id == "listSecretsV4" && answer.status != StatusCode::OK {
                        return Some("is not served".to_owned());
                    }
                    let refused = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
                    let listed = SAME_TO_ALL.contains(&spec.operation_id) && spec.auth.service;
                    (!reads && !refused && !listed).then(|| "is not refused".to_owned())
                },
            )
            .await;
        assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
    }
}

/// What the built-in role lets a viewer read (core API contract, section 4).
const VIEWED: &[&str] = &[
    "secrets",
    "secret-folders",
    "secret-imports",
    "member",
    "role",
    "identity",
    "settings",
    "environments",
    "tags",
    "secret-syncs",
];

/// Whether the route's permission is asked for in the project, not in the organization.
fn in_project(spec: &RouteSpec) -> bool {
    spec.path.contains("{project") || spec.path.starts_with("/api/v4/secrets") || spec.path.starts_with("/api/v2/folders")
}
