//! One import by id, with the folder that imports.

use keyferry_domain::{Result, secret_imports};
use serde_json::{Value, json};

use super::scope::Params;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        ("/api/v1/secret-imports/{secretImportId}", "getSecretImportV1"),
        ("/api/v2/secret-imports/{secretImportId}", "getSecretImport"),
    ]
    .map(|(path, id)| {
        get(path, by_id).id(id).tag(TAG).summary("Get an import").permission("secret-imports:read").answers(|| {
            let environment = json!({ "id": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11", "name": "Staging", "slug": "staging" });
            let mut example = response::example();
            example["environment"] = environment;
            example["projectId"] = json!("7ffbb072-2575-495a-b5b0-127f88caef78");
            json!({ "secretImport": example })
        })
    })
    .into()
}

async fn by_id(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let (import, place) = secret_imports::get(&call.app, &call.caller, input.params.id()?).await?;
    let environment = &place.environment;
    let mut body = response::import(&import, &place.path);
    body["environment"] = json!({ "id": environment.id, "name": environment.name, "slug": environment.slug });
    body["projectId"] = json!(import.row.project_id);
    Ok(Json(json!({ "secretImport": body })))
}
