//! The folders under a path.

use keyferry_domain::Result;
use keyferry_domain::folders::{self, ListFolders};
use serde_json::{Value, json};

use super::scope::{Scope, V1, V2, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Codec as _, Decode, Fields, datetime, loose_bool};

struct Query<V> {
    scope: Scope<V>,
    recursive: bool,
    last_secret_modified_ms: Option<i64>,
}

impl<V: Version> Decode for Query<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let recursive = f.default("recursive", loose_bool(), false);
        let last_secret_modified_ms = f.optional("lastSecretModified", datetime().blank_is_absent());
        Some(Self { scope: scope?, recursive: recursive?, last_secret_modified_ms: last_secret_modified_ms? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("List folders")
            .permission("secret-folders:read")
            .answers(|| json!({ "folders": [response::example_with(&[("relativePath?", json!("/payment"))])] }))
    };
    vec![
        described(get("/api/v1/folders", list::<V1>), "listFoldersV1"),
        described(get("/api/v2/folders", list::<V2>), "listFolders"),
    ]
}

async fn list<V: Version>(call: Call, input: Input<(), Query<V>>) -> Result<Json<Value>> {
    let Query { scope, recursive, last_secret_modified_ms } = input.query;
    let project_id = scope.project_id.get()?;
    let input = ListFolders { project_id, environment: scope.environment, path: scope.path, recursive, last_secret_modified_ms };
    let listed = folders::list(&call.app, &call.caller, input).await?;
    let folders: Vec<_> = listed.iter().map(|one| response::listed(one, recursive)).collect();
    Ok(Json(json!({ "folders": folders })))
}
