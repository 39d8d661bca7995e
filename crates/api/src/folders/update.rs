//! Renames a folder.

use keyferry_domain::Result;
use keyferry_domain::folders::{self, UpdateFolder};
use serde_json::{Value, json};

use super::scope::{Params, Scope, V1, V2, Version, name};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Decode, Fields, text};

struct Body<V> {
    scope: Scope<V>,
    name: String,
    description: Option<Option<String>>,
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let name = f.required("name", name());
        let description = f.nullable("description", text().trim());
        Some(Self { scope: scope?, name: name?, description: description? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("Change a folder")
            .permission("secret-folders:edit")
            .answers(|| json!({ "folder": response::example_with(&[("path", json!("/app/payment"))]) }))
    };
    vec![
        described(patch("/api/v1/folders/{folderId}", update::<V1>), "updateFolderV1"),
        described(patch("/api/v2/folders/{folderId}", update::<V2>), "updateFolder"),
    ]
}

async fn update<V: Version>(call: Call, input: Input<Params, (), Body<V>>) -> Result<Json<Value>> {
    let Body { scope, name, description } = input.body;
    let change = UpdateFolder { id_or_name: input.params.0, environment: scope.environment, path: scope.path, name, description };
    let place = folders::update(&call.app, &call.caller, scope.project_id.get()?, change).await?;
    Ok(Json(json!({ "folder": response::placed(&place) })))
}
