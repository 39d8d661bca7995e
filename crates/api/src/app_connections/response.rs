//! Connections on the wire. The key itself is never answered.

use keyferry_domain::app_connections::{AppConnection, Listed};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::timestamp;

/// The members of the published sample response, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionResponse<'a> {
    id: Uuid,
    name: &'a str,
    project_id: Option<Uuid>,
    description: Option<&'a str>,
    version: i32,
    org_id: Uuid,
    created_at: String,
    updated_at: String,
    is_platform_managed_credentials: bool,
    credentials_hash: &'a str,
    app: &'a str,
    method: &'a str,
    credentials: Nothing,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Option<ProjectResponse<'a>>>,
}

/// `{}`.
#[derive(Serialize)]
struct Nothing {}

/// The project of a connection in lists.
#[derive(Serialize)]
struct ProjectResponse<'a> {
    name: &'a str,
    id: Uuid,
    r#type: &'a str,
    slug: &'a str,
}

/// A connection by itself.
pub(super) fn connection(row: &AppConnection) -> ConnectionResponse<'_> {
    ConnectionResponse {
        id: row.id,
        name: &row.name,
        project_id: row.project_id,
        description: row.description.as_deref(),
        version: row.version,
        org_id: row.org_id,
        created_at: timestamp(row.created_at_ms),
        updated_at: timestamp(row.updated_at_ms),
        is_platform_managed_credentials: false,
        credentials_hash: &row.credentials_hash,
        app: &row.app,
        method: &row.method,
        credentials: Nothing {},
        project: None,
    }
}

/// A connection in a list: with its project, `null` for the organization's own.
pub(super) fn listed(listed: &Listed) -> ConnectionResponse<'_> {
    let project = listed.project.as_ref().map(|project| ProjectResponse {
        name: &project.name,
        id: project.id,
        r#type: &project.r#type,
        slug: &project.slug,
    });
    ConnectionResponse { project: Some(project), ..connection(&listed.connection) }
}

/// The answer of routes about one connection.
pub(super) fn one(row: &AppConnection) -> Value {
    json!({ "appConnection": connection(row) })
}

/// For the description: the published sample.
pub(super) fn example() -> Value {
    json!({
        "id": "e5d18aca-86f7-4026-a95e-efb8aeb0d8e6",
        "name": "my-checkly-connection",
        "projectId|null": "7ffbb072-2575-495a-b5b0-127f88caef78",
        "description|null": null,
        "version": 1,
        "orgId": "6f03caa1-a5de-43ce-b127-95a145d3464c",
        "createdAt": "2025-04-23T19:46:34.831Z",
        "updatedAt": "2025-04-23T19:46:34.831Z",
        "isPlatformManagedCredentials": false,
        "credentialsHash": "7c2d371dec195f82a6a0d5b41c970a229cfcaf88e894a5b6395e2dbd0280661f",
        "app": "checkly",
        "method": "api-key",
        "credentials": {}
    })
}

/// For the description: as in lists.
pub(super) fn example_listed() -> Value {
    let mut example = example();
    example["project|null"] = json!({
        "name": "Shop", "id": "7ffbb072-2575-495a-b5b0-127f88caef78", "type": "secret-manager", "slug": "shop-x1yz"
    });
    example
}
