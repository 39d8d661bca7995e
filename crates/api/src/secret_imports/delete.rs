//! Deletes an import.

use keyferry_domain::{Result, secret_imports};
use serde_json::Value;

use super::scope::{Params, Scope, V1, V2, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

const MESSAGE: &str = "Successfully deleted secret import";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("Delete an import")
            .permission("secret-imports:delete")
            .answers(|| response::changed_example(MESSAGE))
    };
    vec![
        described(delete("/api/v1/secret-imports/{secretImportId}", remove::<V1>), "deleteSecretImportV1"),
        described(delete("/api/v2/secret-imports/{secretImportId}", remove::<V2>), "deleteSecretImport"),
    ]
}

async fn remove<V: Version>(call: Call, input: Input<Params, (), Scope<V>>) -> Result<Json<Value>> {
    let Input { params, body: scope, .. } = input;
    let (project_id, id) = (scope.project_id.get()?, params.id()?);
    let gone = secret_imports::delete(&call.app, &call.caller, project_id, &scope.environment, &scope.path, id).await?;
    Ok(Json(response::changed(MESSAGE, &gone, &scope.path)))
}
