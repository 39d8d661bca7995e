//! Built-in roles (core API contract 7.7, 7.8; contract "connections and syncs" 7.1).

use super::rule::Rule;

/// Slugs that a custom project role cannot take.
pub const RESERVED_PROJECT_ROLES: &[&str] =
    &["admin", "member", "viewer", "no-access", "custom", "cryptographic-operator", "ssh-host-bootstrapper"];

const CRUD: &[&str] = &["read", "create", "edit", "delete"];
const READ: &[&str] = &["read"];
const SECRETS: &[&str] = &["read", "describeSecret", "readValue", "create", "edit", "delete"];
const SYNCS: &[&str] = &["read", "create", "edit", "delete", "sync-secrets", "import-secrets", "remove-secrets"];
const CONNECTIONS: &[&str] = &["read", "create", "edit", "delete", "connect", "rotate-credentials"];
const MEMBER: &[&str] =
    &["read", "create", "edit", "delete", "grant-privileges", "assign-role", "assign-additional-privileges", "assume-privileges"];
const IDENTITY: &[&str] = &[
    "read",
    "create",
    "edit",
    "delete",
    "grant-privileges",
    "assign-role",
    "assign-additional-privileges",
    "assume-privileges",
    "revoke-auth",
    "create-token",
    "get-token",
    "delete-token",
];
const EVENTS: &[&str] = &[
    "subscribe-to-creation-events",
    "subscribe-to-update-events",
    "subscribe-to-deletion-events",
    "subscribe-to-import-mutation-events",
];
const CMEK_USE: &[&str] = &["encrypt", "decrypt", "sign", "verify"];
const DYNAMIC: &[&str] =
    &["read-root-credential", "create-root-credential", "edit-root-credential", "delete-root-credential", "lease"];

/// The rules of a built-in project role; `None` for any other slug.
#[must_use]
pub fn project_role(slug: &str) -> Option<Vec<Rule>> {
    let allow = Rule::allow;
    Some(match slug {
        "admin" => {
            let mut rules: Vec<Rule> = [
                "secret-folders",
                "secret-imports",
                "role",
                "settings",
                "environments",
                "tags",
                "ip-allowlist",
                "service-tokens",
                "integrations",
                "webhooks",
                "secret-approval",
            ]
            .iter()
            .map(|subject| allow(subject, CRUD))
            .collect();
            rules.extend([
                allow("secrets", SECRETS),
                allow("dynamic-secrets", DYNAMIC),
                allow("secret-rollback", &["read", "create"]),
                allow("commits", &["read", "perform-rollback"]),
                allow("secret-syncs", SYNCS),
                allow("secret-rotation", &["read", "read-generated-credentials", "create", "edit", "delete", "rotate-secrets"]),
                allow("secret-event-subscriptions", EVENTS),
                allow("app-connections", CONNECTIONS),
                allow("audit-logs", READ),
                allow("secret-approval-request", READ),
                allow("workspace", &["edit", "delete"]),
                allow("member", MEMBER),
                allow("groups", &["read", "create", "edit", "delete", "grant-privileges", "assign-role"]),
                allow("identity", IDENTITY),
                allow("kms", &["edit"]),
                allow(
                    "cmek",
                    &["read", "create", "edit", "delete", "encrypt", "decrypt", "sign", "verify", "export-private-key"],
                ),
            ]);
            rules
        }
        "member" => vec![
            allow("secrets", SECRETS),
            allow("secret-folders", CRUD),
            allow("secret-imports", CRUD),
            allow("dynamic-secrets", DYNAMIC),
            allow("commits", &["read", "perform-rollback"]),
            allow("integrations", CRUD),
            allow("webhooks", CRUD),
            allow("service-tokens", CRUD),
            allow("settings", CRUD),
            allow("environments", CRUD),
            allow("tags", CRUD),
            allow("secret-syncs", SYNCS),
            allow("secret-event-subscriptions", EVENTS),
            allow("cmek", &["read", "create", "edit", "delete", "encrypt", "decrypt", "sign", "verify"]),
            allow("member", &["read", "create"]),
            allow("secret-rollback", &["read", "create"]),
            allow("identity", CRUD),
            allow("role", READ),
            allow("groups", READ),
            allow("audit-logs", READ),
            allow("ip-allowlist", READ),
            allow("secret-approval", READ),
            allow("secret-rotation", READ),
            allow("app-connections", &["connect"]),
        ],
        "viewer" => {
            let mut rules: Vec<Rule> = [
                "secret-folders",
                "secret-imports",
                "secret-rollback",
                "secret-rotation",
                "secret-approval",
                "member",
                "groups",
                "role",
                "integrations",
                "webhooks",
                "identity",
                "service-tokens",
                "settings",
                "environments",
                "tags",
                "audit-logs",
                "ip-allowlist",
                "secret-syncs",
                "commits",
                "cmek",
            ]
            .iter()
            .map(|subject| allow(subject, READ))
            .collect();
            rules.extend([
                allow("secrets", &["describeSecret", "readValue"]),
                allow("dynamic-secrets", &["read-root-credential"]),
                allow("secret-event-subscriptions", EVENTS),
            ]);
            rules
        }
        "cryptographic-operator" => vec![allow("cmek", CMEK_USE)],
        "no-access" => Vec::new(),
        _ => return None,
    })
}

/// The rules of a built-in organization role; `None` for any other slug.
#[must_use]
pub fn org_role(slug: &str) -> Option<Vec<Rule>> {
    let allow = Rule::allow;
    Some(match slug {
        "admin" => {
            let mut rules: Vec<Rule> = [
                "workspace",
                "project",
                "role",
                "member",
                "settings",
                "incident-contact",
                "sso",
                "scim",
                "ldap",
                "groups",
                "secret-scanning",
                "kms",
                "project-templates",
                "gateway",
                "relay",
                "sub-organization",
                "machine-identity-auth-template",
            ]
            .iter()
            .map(|subject| allow(subject, CRUD))
            .collect();
            rules.extend([
                allow("identity", IDENTITY),
                allow("audit-logs", READ),
                allow("app-connections", CONNECTIONS),
                allow("organization-admin-console", &["access-all-projects"]),
                allow("billing", &["read", "manage-billing"]),
                allow("secret-share", &["manage-settings"]),
            ]);
            rules
        }
        "member" => vec![
            allow("workspace", &["create"]),
            allow("project", &["create"]),
            allow("member", READ),
            allow("groups", READ),
            allow("role", READ),
            allow("settings", READ),
            allow("billing", READ),
            allow("incident-contact", READ),
            allow("secret-scanning", CRUD),
            allow("identity", CRUD),
            allow("audit-logs", READ),
            allow("app-connections", &["connect"]),
        ],
        "no-access" => Vec::new(),
        _ => return None,
    })
}
