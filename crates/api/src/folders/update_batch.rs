//! Renames several folders, all or none.

use keyferry_domain::Result;
use keyferry_domain::folders::{self, UpdateFolder};
use keyferry_domain::paths::SecretPath;
use serde_json::{Value, json};

use super::scope::name;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::projects::params::folder_path;
use crate::wire::{Decode, Fields, list, object, text};

/// Folders in one request: each renaming looks at the whole environment while nobody else can write.
const MAX_FOLDERS: usize = 200;

struct Body {
    project_slug: String,
    folders: Vec<Item>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_slug = f.required("projectSlug", text().trim());
        let folders = f.required("folders", list(object::<Item>()).min(1).max(MAX_FOLDERS));
        Some(Self { project_slug: project_slug?, folders: folders? })
    }
}

struct Item(UpdateFolder);

impl Decode for Item {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id_or_name = f.required("id", text().trim());
        let environment = f.required("environment", text().trim());
        let name = f.required("name", name());
        let path = f.default("path", folder_path(), SecretPath::root());
        let description = f.nullable("description", text().trim());
        Some(Self(UpdateFolder {
            id_or_name: id_or_name?,
            environment: environment?,
            path: path?,
            name: name?,
            description: description?,
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    [("/api/v1/folders/batch", "updateFoldersV1"), ("/api/v2/folders/batch", "updateFolders")]
        .map(|(path, id)| {
            patch(path, update)
                .id(id)
                .tag(TAG)
                .summary("Change several folders")
                .permission("secret-folders:edit")
                .answers(|| json!({ "folders": [response::example_with(&[("path", json!("/app/payment"))])] }))
        })
        .into()
}

async fn update(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { project_slug, folders } = input.body;
    let changes = folders.into_iter().map(|item| item.0).collect();
    let (_, places) = folders::update_batch(&call.app, &call.caller, &project_slug, changes).await?;
    let folders: Vec<_> = places.iter().map(response::placed).collect();
    Ok(Json(json!({ "folders": folders })))
}
