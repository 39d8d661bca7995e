//! For each route a request that its schema takes, aimed at the ids given.

use std::collections::BTreeMap;

use http::Method;
use keyferry_http::RouteSpec;
use serde_json::{Value, json};

/// Ids, slugs and names, as [`super::house::House`] keeps them.
pub type Names = BTreeMap<&'static str, String>;

/// A request.
pub struct Sent {
    pub method: Method,
    pub path: String,
    pub body: Value,
}

/// The request for a route.
pub fn request(spec: &RouteSpec, names: &Names, api_key: &str) -> Sent {
    let segments: Vec<String> = spec
        .path
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => path_part(spec.path, name.trim_start_matches('*'), names),
            None => part.to_owned(),
        })
        .collect();
    let mut path = segments.join("/");
    let query = query(spec, names);
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let body = if spec.operation.body.is_some() { body(spec, names, api_key) } else { Value::Null };
    Sent { method: spec.method.clone(), path, body }
}

fn path_part(path: &str, name: &str, names: &Names) -> String {
    let key = match name {
        "slug" if path.contains("/environments/slug/") => return "prod".to_owned(),
        "environment" => return "prod".to_owned(),
        "slug" if path.contains("/tags/slug/") => "tagSlug",
        "slug" if path.contains("/organization/roles/") => "orgRoleSlug",
        "roleId" if path.contains("/organization/roles/") => "orgRoleId",
        "slug" if path.contains("/roles/slug/") => "roleSlug",
        "slug" => "projectSlug",
        "privilegeId" if path.contains("/user-project-additional-privilege/") => "userPrivilegeId",
        "privilegeId" => "identityPrivilegeId",
        "project" => "projectId",
        "secretPath" => "folderName",
        "username" => "email",
        "membershipId" if path.starts_with("/api/v2/organizations/") => "orgMembershipId",
        "membershipId" if path.contains("/identity-memberships/") => "identityMembershipId",
        "membershipId" => "projectMembershipId",
        "identityId" if path.contains("/{projectId}/identities/") => "projectIdentityId",
        name => name,
    };
    names.get(key).unwrap_or_else(|| panic!("{path}: the house has no {name}; build one of it")).clone()
}

/// What asks for most, wherever the route reads a query.
fn query(spec: &RouteSpec, names: &Names) -> Vec<String> {
    let Some(read) = spec.operation.query.as_ref().and_then(|schema| schema["properties"].as_object()) else {
        return Vec::new();
    };
    let one = |name: &String| {
        let value = match name.as_str() {
            "projectId" | "workspaceId" => names["projectId"].clone(),
            "environmentSlug" => "prod".to_owned(),
            "workspaceSlug" | "projectSlug" => names["projectSlug"].clone(),
            "orgId" | "organizationId" => names["organizationId"].clone(),
            "identityId" if spec.path.contains("additional-privilege") => names["identityId"].clone(),
            "projectMembershipId" => names["projectMembershipId"].clone(),
            "environment" => "prod".to_owned(),
            "path" | "secretPath" => format!("/{}", names["folderName"]),
            "recursive"
            | "viewSecretValue"
            | "expandSecretReferences"
            | "include_imports"
            | "includeImports"
            | "includeRoles" => "true".to_owned(),
            "importBehavior" => "prioritize-source".to_owned(),
            _ => return None,
        };
        Some(format!("{name}={value}"))
    };
    read.keys().filter_map(one).collect()
}

/// A body for each route that reads one.
fn body(spec: &RouteSpec, names: &Names, api_key: &str) -> Value {
    let name = |key: &str| Value::from(names[key].clone());
    let path = format!("/{}", names["folderName"]);
    // Both generations of names for the project; what a route does not know it does not read.
    let place = |more: Value| {
        let mut body = json!({
            "projectId": name("projectId"), "workspaceId": name("projectId"), "environment": "prod",
            "path": path, "secretPath": path,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let import = |source: Value| {
        let mut body = place(json!({ "import": source }));
        body["environment"] = json!("dev");
        body["path"] = json!("/");
        body
    };
    let folder = |more: Value| {
        let mut body = place(more);
        body["path"] = json!("/");
        body
    };
    let sync = || {
        json!({
            "name": "taken-over", "projectId": name("projectId"), "connectionId": name("connectionId"), "environment": "prod",
            "secretPath": path, "syncOptions": { "initialSyncBehavior": "overwrite-destination" },
            "destinationConfig": { "accountId": name("accountId"), "groupId": "7" },
        })
    };
    let privilege = || json!([{ "subject": "secrets", "action": ["describeSecret", "readValue"] }]);
    let viewer = || json!({ "roles": [{ "role": "viewer" }] });
    match spec.operation_id {
        "bootstrapInstance" => {
            json!({ "email": "eve@example.com", "password": "a long password", "organization": "eve", "setupToken": "guess" })
        }
        "updateAdminConfig" => json!({ "allowSignUp": true }),
        "createAppConnectionCheckly" => json!({
            "name": "taken-over", "method": "api-key", "credentials": { "apiKey": api_key }, "projectId": name("projectId"),
        }),
        "updateAppConnectionCheckly" => json!({ "name": "taken-over", "credentials": { "apiKey": api_key } }),
        "createChecklySecretSync" | "planNewChecklySecretSync" => sync(),
        "updateChecklySecretSync" => {
            json!({ "name": "taken-over", "connectionId": name("connectionId"), "isAutoSyncEnabled": false })
        }
        "syncChecklySecretSync" => json!({ "force": true }),
        "checkChecklySecretSyncDestination" => {
            json!({ "projectId": name("projectId"), "destinationConfig": { "accountId": name("accountId") } })
        }
        "applyChecklySecretSyncPlan" => json!({ "digest": name("digest"), "approve": "all" }),

        "attachTokenAuth" | "updateTokenAuth" | "attachUniversalAuth" | "updateUniversalAuth" => json!({ "accessTokenTTL": 60 }),
        "createTokenAuthToken" | "updateTokenAuthToken" => json!({ "name": "taken-over" }),
        "createUniversalAuthClientSecret" => json!({ "description": "taken-over" }),
        "loginUniversalAuth" => json!({ "clientId": name("clientId"), "clientSecret": "guess" }),
        "renewIdentityAccessToken" | "revokeIdentityAccessToken" => json!({ "accessToken": "guess" }),
        "login" => json!({ "email": name("email"), "password": "guess" }),
        "selectOrganization" => json!({ "organizationId": name("organizationId") }),
        "changePassword" => json!({ "currentPassword": "guess", "newPassword": "a long password" }),

        "verifyMfa" => json!({ "mfaToken": "123456", "mfaMethod": "totp" }),
        "verifyMfaRecoveryCode" => json!({ "recoveryCode": "guess123" }),
        "registerUserTotp" | "deleteUserTotp" | "createUserRecoveryCodes" => json!({ "password": "guess" }),
        "verifyUserTotp" => json!({ "totp": "123456" }),
        "resetPassword" => json!({ "token": "guess", "password": "a long password" }),

        "createIdentity" => json!({ "name": "taken-over", "organizationId": name("organizationId"), "role": "admin" }),
        "updateIdentity" => json!({ "name": "taken-over", "role": "admin" }),
        "createProjectIdentity" | "updateProjectIdentity" => json!({ "name": "taken-over" }),
        "searchIdentities" => json!({ "search": {} }),
        "inviteOrganizationMembers" => json!({
            "inviteeEmails": ["eve@example.com"], "organizationRoleSlug": "admin", "organizationId": name("organizationId"),
        }),
        "acceptOrganizationInvitation" => json!({ "token": "guess", "password": "a long password" }),
        "updateOrganization" => json!({ "name": "taken-over", "slug": "taken-over" }),
        "updateOrganizationMembership" => json!({ "role": "admin" }),

        "createOrganizationRole" => {
            json!({ "slug": "taken", "name": "Taken", "permissions": [{ "subject": "audit-logs", "action": "read" }] })
        }
        "updateOrganizationRole" => json!({ "name": "Taken", "permissions": [{ "subject": "identity", "action": "read" }] }),

        "createProject" | "createWorkspaceV2" => json!({ "projectName": "taken-over" }),
        "updateProject" | "updateWorkspace" | "updateWorkspaceBySlugV2" => json!({ "name": "taken-over" }),
        "updateWorkspaceAuditLogsRetention" => json!({ "auditLogsRetentionDays": 1 }),
        "createProjectEnvironment" | "createWorkspaceEnvironment" => json!({ "name": "Taken", "slug": "taken" }),
        "updateProjectEnvironment" | "updateWorkspaceEnvironment" => json!({ "name": "Taken", "slug": "taken" }),
        "addProjectUsers" => json!({ "usernames": [name("email")], "roleSlugs": ["admin"] }),
        "removeProjectUsers" => json!({ "usernames": [name("email")] }),
        "getProjectUserByName" => json!({ "username": name("email") }),
        "addProjectIdentity" | "updateProjectIdentityRoles" | "updateProjectUserRoles" => viewer(),
        "createProjectTag" | "updateProjectTag" | "createWorkspaceTag" | "updateWorkspaceTag" => {
            json!({ "slug": "taken", "color": "#000000" })
        }
        "createProjectRole" => {
            json!({ "slug": "taken", "name": "Taken", "permissions": [{ "subject": "secrets", "action": "readValue" }] })
        }
        "updateProjectRole" => json!({ "permissions": [{ "subject": "secrets", "action": ["readValue", "edit"] }] }),

        "subscribeToProjectEvents" => json!({ "projectId": name("projectId"), "register": [{ "event": "secret:create" }] }),

        "createKmsKey" => json!({ "projectId": name("projectId"), "name": "taken-over" }),
        "updateKmsKey" => json!({ "name": "taken-over", "isDisabled": true }),
        "encryptWithKmsKey" => json!({ "plaintext": "cGxhaW4=" }),
        "decryptWithKmsKey" => json!({ "ciphertext": name("ciphertext") }),
        "signWithKmsKey" => json!({ "data": "cGxhaW4=", "signingAlgorithm": "ECDSA_SHA_256" }),
        "verifyWithKmsKey" => json!({ "data": "cGxhaW4=", "signingAlgorithm": "ECDSA_SHA_256", "signature": "cGxhaW4=" }),

        "createWebhook" => place(json!({ "webhookUrl": "https://hooks.example.com/taken-over" })),
        "updateWebhook" => json!({ "isDisabled": true, "eventsFilter": [{ "eventName": "secrets.modified" }] }),

        "createServiceToken" => json!({
            "name": "taken-over", "workspaceId": name("projectId"), "permissions": ["read", "write"],
            "scopes": [{ "environment": "prod", "secretPath": "/**" }],
        }),

        "createUserAdditionalPrivilege" => json!({
            "projectMembershipId": name("projectMembershipId"), "type": { "isTemporary": false }, "permissions": privilege(),
        }),
        "createIdentityAdditionalPrivilege" => json!({
            "identityId": name("identityId"), "projectId": name("projectId"), "type": { "isTemporary": false },
            "permissions": privilege(),
        }),
        "createPermanentIdentityPrivilege" | "createTemporaryIdentityPrivilege" => json!({
            "identityId": name("identityId"), "projectSlug": name("projectSlug"), "permissions": privilege(),
            "temporaryRange": "1h", "temporaryAccessStartTime": "2026-01-31T10:20:30.123Z",
        }),
        "updateUserAdditionalPrivilege" | "updateIdentityAdditionalPrivilege" => json!({ "permissions": privilege() }),
        "updateIdentityPrivilegeBySlug" | "deleteIdentityPrivilegeBySlug" => json!({
            "identityId": name("identityId"), "projectSlug": name("projectSlug"), "privilegeSlug": name("privilegeSlug"),
            "privilegeDetails": { "permissions": privilege() },
        }),

        "createGroup" => json!({ "name": "Taken", "role": "admin" }),
        "updateGroup" => json!({ "name": "Taken", "role": "admin" }),
        "addProjectGroup" | "updateProjectGroupRoles" => viewer(),

        "rollbackToCommit" => {
            json!({ "projectId": name("projectId"), "folderId": name("folderId"), "environment": "prod", "message": "taken" })
        }
        "revertCommit" => json!({ "projectId": name("projectId") }),
        "rollbackToSecretSnapshot" => json!({}),
        "createFolderV1" | "createFolder" => folder(json!({ "name": "taken" })),
        "updateFolderV1" | "updateFolder" => folder(json!({ "name": "taken" })),
        "deleteFolderV1" | "deleteFolder" => folder(json!({})),
        "updateFoldersV1" | "updateFolders" => json!({
            "projectSlug": name("projectSlug"),
            "folders": [{ "id": name("folderId"), "environment": "prod", "path": "/", "name": "taken" }],
        }),
        "createSecretImportV1" | "createSecretImport" => import(json!({ "environment": "staging", "path": "/" })),
        "updateSecretImportV1" | "updateSecretImport" => import(json!({ "position": 1 })),
        "deleteSecretImportV1" | "deleteSecretImport" => import(json!({})),

        "createSecretRawV3" | "createSecretV4" | "updateSecretRawV3" | "updateSecretV4" => {
            place(json!({ "secretValue": "taken-over", "tagIds": [name("tagId")] }))
        }
        "deleteSecretRawV3" | "deleteSecretV4" => place(json!({})),
        "createSecretsRawV3" | "createSecretsV4" => {
            place(json!({ "secrets": [{ "secretKey": "TAKEN", "secretValue": "taken-over", "tagIds": [name("tagId")] }] }))
        }
        "updateSecretsRawV3" | "updateSecretsV4" => {
            place(json!({ "mode": "upsert", "secrets": [{ "secretKey": name("secretName"), "secretValue": "taken-over" }] }))
        }
        "deleteSecretsRawV3" | "deleteSecretsV4" => place(json!({ "secrets": [{ "secretKey": name("secretName") }] })),
        "attachTagsToSecretV3" | "detachTagsFromSecretV3" => place(json!({ "tagSlugs": [name("tagSlug")] })),
        "moveSecretsV4" => json!({
            "projectId": name("projectId"), "sourceEnvironment": "prod", "sourceSecretPath": path, "destinationEnvironment": "dev",
            "destinationSecretPath": "/", "secretIds": [name("secretId")], "shouldOverwrite": true,
        }),
        other => panic!("{} {}: no body for {other:?}; say here what a caller would send", spec.method, spec.path),
    }
}
