//! Projects on the wire (core API contract, section 8.2).

use keyferry_domain::projects::{Listed, Project};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::timestamp;

/// A project with its environments.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectResponse<'a> {
    id: Uuid,
    #[serde(rename = "_id")]
    legacy_id: Uuid,
    name: &'a str,
    description: Option<&'a str>,
    slug: &'a str,
    r#type: &'a str,
    default_product: &'a str,
    auto_capitalization: bool,
    org_id: Uuid,
    created_at: String,
    updated_at: String,
    version: i32,
    upgrade_status: Option<&'a str>,
    pit_version_limit: i32,
    kms_certificate_key_id: Option<Uuid>,
    kms_secret_manager_key_id: Option<Uuid>,
    audit_logs_retention_days: Option<i32>,
    has_delete_protection: bool,
    secret_sharing: bool,
    show_snapshots_legacy: bool,
    secret_detection_ignore_values: Vec<String>,
    enforce_encrypted_secret_manager_secret_metadata: bool,
    environments: Vec<EnvironmentResponse<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<RoleResponse<'a>>>,
}

#[derive(Serialize)]
struct EnvironmentResponse<'a> {
    id: Uuid,
    name: &'a str,
    slug: &'a str,
}

#[derive(Serialize)]
struct RoleResponse<'a> {
    slug: &'a str,
    name: &'a str,
}

/// A project by itself.
pub(super) fn project(project: &Project) -> ProjectResponse<'_> {
    let row = &project.row;
    ProjectResponse {
        id: row.id,
        legacy_id: row.id,
        name: &row.name,
        description: row.description.as_deref(),
        slug: &row.slug,
        r#type: &row.r#type,
        default_product: &row.r#type,
        auto_capitalization: row.auto_capitalization,
        org_id: row.org_id,
        created_at: timestamp(row.created_at_ms),
        updated_at: timestamp(row.updated_at_ms),
        version: row.version,
        upgrade_status: None,
        pit_version_limit: row.pit_version_limit,
        kms_certificate_key_id: None,
        kms_secret_manager_key_id: None,
        audit_logs_retention_days: row.audit_logs_retention_days,
        has_delete_protection: row.has_delete_protection,
        secret_sharing: row.secret_sharing,
        show_snapshots_legacy: row.show_snapshots_legacy,
        secret_detection_ignore_values: serde_json::from_str(&row.secret_detection_ignore_values).unwrap_or_default(),
        enforce_encrypted_secret_manager_secret_metadata: row.enforce_encrypted_metadata,
        environments: project
            .environments
            .iter()
            .map(|e| EnvironmentResponse { id: e.id, name: &e.name, slug: &e.slug })
            .collect(),
        roles: None,
    }
}

/// A project in a list, with the caller's roles in it when they were asked for.
pub(super) fn listed(listed: &Listed, include_roles: bool) -> ProjectResponse<'_> {
    let roles = include_roles.then(|| listed.roles.iter().map(|slug| RoleResponse { slug, name: slug }).collect());
    ProjectResponse { roles, ..project(&listed.project) }
}

/// A project in the list of an organization, which older clients find by `organization`.
pub(super) fn in_organization(mut project: Value) -> Value {
    project["organization"] = project["orgId"].clone();
    project
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "_id": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "name": "Web shop",
        "description": null,
        "slug": "web-shop-x7f2",
        "type": "secret-manager",
        "defaultProduct": "secret-manager",
        "autoCapitalization": false,
        "orgId": "6f03caa1-a5de-43ce-b127-95a145d3464c",
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "version": 3,
        "upgradeStatus": null,
        "pitVersionLimit": 10,
        "kmsCertificateKeyId": null,
        "kmsSecretManagerKeyId": null,
        "auditLogsRetentionDays": null,
        "hasDeleteProtection": false,
        "secretSharing": true,
        "showSnapshotsLegacy": false,
        "secretDetectionIgnoreValues": [],
        "enforceEncryptedSecretManagerSecretMetadata": false,
        "environments": [{ "id": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11", "name": "Development", "slug": "dev" }]
    })
}
