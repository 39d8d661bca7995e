//! The imports of a folder.

use keyferry_domain::{Result, secret_imports};
use serde_json::{Value, json};

use super::scope::{Scope, V1, V2, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

const MESSAGE: &str = "Successfully fetched secret imports";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("List the imports of a folder")
            .permission("secret-imports:read")
            .answers(|| json!({ "message": MESSAGE, "secretImports": [response::example()] }))
    };
    vec![
        described(get("/api/v1/secret-imports", list::<V1>), "listSecretImportsV1"),
        described(get("/api/v2/secret-imports", list::<V2>), "listSecretImports"),
    ]
}

async fn list<V: Version>(call: Call, input: Input<(), Scope<V>>) -> Result<Json<Value>> {
    let scope = input.query;
    let project_id = scope.project_id.get()?;
    let imports = secret_imports::list(&call.app, &call.caller, project_id, &scope.environment, &scope.path).await?;
    let imports: Vec<_> = imports.iter().map(|import| response::import(import, &scope.path)).collect();
    Ok(Json(json!({ "message": MESSAGE, "secretImports": imports })))
}
