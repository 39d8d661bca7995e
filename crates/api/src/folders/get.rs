//! One folder, by id or by where it lies.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::{Error, Result, folders};
use serde_json::{Value, json};
use uuid::Uuid;

use super::scope::Params;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::{ProjectId, folder_path};
use crate::wire::{Decode, Fields, text};

/// Project, environment and path, the path percent-encoded as one part.
struct At {
    project_id: ProjectId,
    environment: String,
    path: SecretPath,
}

impl Decode for At {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let environment = f.required("environment", text().trim());
        let path = f.required("secretPath", folder_path());
        Some(Self { project_id: project_id?, environment: environment?, path: path? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id, summary| {
        endpoint.id(id).tag(TAG).summary(summary).permission("secret-folders:read").answers(|| {
            let environment = json!({
                "envId": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11", "envName": "Development", "envSlug": "dev"
            });
            let project_id = json!("7ffbb072-2575-495a-b5b0-127f88caef78");
            let fields = [("path", json!("/app/payment")), ("projectId", project_id), ("environment", environment)];
            json!({ "folder": response::example_with(&fields) })
        })
    };
    vec![
        described(get("/api/v1/folders/{folderId}", by_id), "getFolderV1", "Get a folder"),
        described(get("/api/v2/folders/{folderId}", by_id), "getFolder", "Get a folder"),
        described(
            get("/api/v1/folders/{projectId}/{environment}/{secretPath}", by_path),
            "getFolderByPath",
            "Get a folder by its path",
        ),
    ]
}

async fn by_id(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let given = input.params.0;
    let id = Uuid::parse_str(&given).map_err(|_not_a_uuid| Error::not_found(format!("Folder with ID '{given}' not found")))?;
    let place = folders::get(&call.app, &call.caller, id).await?;
    Ok(Json(json!({ "folder": response::detailed(&place) })))
}

async fn by_path(call: Call, input: Input<At>) -> Result<Json<Value>> {
    let At { project_id, environment, path } = input.params;
    let place = folders::get_by_path(&call.app, &call.caller, project_id.get()?, &environment, &path).await?;
    Ok(Json(json!({ "folder": response::detailed(&place) })))
}
