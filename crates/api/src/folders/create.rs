//! Creates a folder, or answers the one that is there.

use keyferry_domain::Result;
use keyferry_domain::folders::{self, CreateFolder};
use serde_json::{Value, json};

use super::scope::{Scope, V1, V2, Version, name};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, text};

struct Body<V> {
    scope: Scope<V>,
    name: String,
    description: Option<String>,
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let name = f.required("name", name());
        let description = f.optional("description", text().trim());
        Some(Self { scope: scope?, name: name?, description: description? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("Create a folder")
            .permission("secret-folders:create")
            .answers(|| json!({ "folder": response::example_with(&[("path", json!("/app/payment"))]) }))
    };
    vec![
        described(post("/api/v1/folders", create::<V1>), "createFolderV1"),
        described(post("/api/v2/folders", create::<V2>), "createFolder"),
    ]
}

async fn create<V: Version>(call: Call, input: Input<(), (), Body<V>>) -> Result<Json<Value>> {
    let Body { scope, name, description } = input.body;
    let project_id = scope.project_id.get()?;
    let input = CreateFolder { project_id, environment: scope.environment, path: scope.path, name, description };
    let place = folders::create(&call.app, &call.caller, input).await?;
    Ok(Json(json!({ "folder": response::placed(&place) })))
}
