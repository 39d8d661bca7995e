//! `GET /api/v1/pit/commits/{commitId}/compare`.

use keyferry_domain::secrets::commits;
use keyferry_domain::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::CommitId;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::InProject;
use crate::wire::{Codec as _, Decode, Fields, string_bool, text, uuid};

pub(super) struct Query {
    project: InProject,
    folder_id: Option<Uuid>,
    is_deep: bool,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = InProject::decode(f);
        let folder_id = f.optional("folderId", uuid());
        // Where the folder lies follows from the commit; these are taken and not needed.
        f.optional("environment", text().trim().blank_is_absent());
        f.optional("secretPath", text().trim().blank_is_absent());
        let is_deep = f.default("deepRollback", string_bool(), false);
        Some(Self { project: project?, folder_id: folder_id?, is_deep: is_deep? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/pit/commits/{commitId}/compare", compare)
        .id("compareCommit")
        .tag(TAG)
        .summary("What going back to a commit would do, folder by folder")
        .permission("commits:read")
        .answers(|| {
            json!([{
                "folderId": "b8a7a0ab-8e2d-4d4e-9d4b-2f2f4f4d1c11",
                "folderName": "root",
                "folderPath": "/",
                "changes": [response::change_example()],
                "hiddenChangesCount": 0,
            }])
        })
}

async fn compare(call: Call, input: Input<CommitId, Query>) -> Result<Json<Value>> {
    let (id, Query { project, folder_id, is_deep }) = (input.params.get()?, input.query);
    let project_id = project.id()?;
    if let Some(folder_id) = folder_id
        && commits::find(&call.app, &call.caller, project_id, id).await?.commit.folder_id != folder_id
    {
        return Err(Error::bad_request(format!("Commit '{id}' does not belong to that folder")));
    }
    let differences = commits::compare(&call.app, &call.caller, project_id, id, is_deep).await?;
    Ok(Json(differences.iter().map(response::difference).collect()))
}
