//! Changes where an import reads from, or its position.

use keyferry_domain::Result;
use keyferry_domain::secret_imports::{self, UpdateImport};
use serde_json::Value;

use super::scope::{Params, Scope, V1, V2, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::projects::params::folder_path;
use crate::wire::{Codec as _, Decode, Fields, int, object, text};

const MESSAGE: &str = "Successfully updated secret import";

struct Body<V> {
    scope: Scope<V>,
    change: Change,
}

struct Change(UpdateImport);

impl Decode for Change {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let source_environment = f.optional("environment", text().trim());
        let source_path = f.optional("path", folder_path());
        let position = f.optional("position", int().min(1).map(|p| i32::try_from(p).unwrap_or(i32::MAX)));
        Some(Self(UpdateImport { source_environment: source_environment?, source_path: source_path?, position: position? }))
    }
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let change = f.required("import", object::<Change>());
        Some(Self { scope: scope?, change: change? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("Change an import")
            .permission("secret-imports:edit")
            .answers(|| response::changed_example(MESSAGE))
    };
    vec![
        described(patch("/api/v1/secret-imports/{secretImportId}", update::<V1>), "updateSecretImportV1"),
        described(patch("/api/v2/secret-imports/{secretImportId}", update::<V2>), "updateSecretImport"),
    ]
}

async fn update<V: Version>(call: Call, input: Input<Params, (), Body<V>>) -> Result<Json<Value>> {
    let Body { scope, change } = input.body;
    let (project_id, id) = (scope.project_id.get()?, input.params.id()?);
    let changed =
        secret_imports::update(&call.app, &call.caller, project_id, &scope.environment, &scope.path, id, change.0).await?;
    Ok(Json(response::changed(MESSAGE, &changed, &scope.path)))
}
