//! `GET /api/v1/kms/keys`.

use keyferry_domain::Result;
use keyferry_domain::kms::{self, List};
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::ProjectId;
use crate::wire::{Codec as _, Decode, Fields, enumeration, int_text, text};

pub(super) struct Query {
    project_id: ProjectId,
    offset: i64,
    limit: i64,
    direction: &'static str,
    search: Option<String>,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let offset = f.default("offset", int_text().min(0), 0);
        let limit = f.default("limit", int_text().min(1).max(100), 100);
        let order_by = f.optional("orderBy", enumeration(&["name"]));
        let direction = f.default("orderDirection", enumeration(&["asc", "desc"]), "asc");
        let search = f.optional("search", text().trim().max(64).blank_is_absent());
        order_by?;
        Some(Self { project_id: project_id?, offset: offset?, limit: limit?, direction: direction?, search: search? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/kms/keys", list)
        .id("listKmsKeys")
        .tag(TAG)
        .summary("List the keys of a project")
        .permission("cmek:read")
        .answers(|| json!({ "keys": [response::example()], "totalCount": 1 }))
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let Query { project_id, offset, limit, direction, search } = input.query;
    let input = List {
        project_id: project_id.get()?,
        search,
        is_descending: direction == "desc",
        offset: u64::try_from(offset).unwrap_or(0),
        limit: u64::try_from(limit).unwrap_or(0),
    };
    let (keys, total) = kms::list(&call.app, &call.caller, input).await?;
    let keys: Vec<Value> = keys.iter().map(response::key).collect();
    Ok(Json(json!({ "keys": keys, "totalCount": total })))
}
