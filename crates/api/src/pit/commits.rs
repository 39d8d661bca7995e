//! `GET /api/v1/pit/commits` and `GET /api/v1/pit/commits/count`.

use keyferry_domain::Result;
use keyferry_domain::secrets::commits::{self, ListCommits};
use serde_json::{Value, json};

use super::fields::Folder;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Codec as _, Decode, Fields, enumeration, int_text, text};

pub(super) struct Query {
    folder: Folder,
    wanted: ListCommits,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let folder = Folder::decode(f);
        let offset = f.default("offset", int_text().min(0), 0);
        let limit = f.default("limit", int_text().min(1).max(100), 20);
        let search = f.optional("search", text().trim().blank_is_absent());
        let sort = f.default("sort", enumeration(&["asc", "desc"]), "desc");
        let wanted = ListCommits {
            offset: u64::try_from(offset?).ok()?,
            limit: u64::try_from(limit?).ok()?,
            search: search?,
            is_oldest_first: sort? == "asc",
        };
        Some(Self { folder: folder?, wanted })
    }
}

pub(super) fn list_endpoint() -> Endpoint {
    get("/api/v1/pit/commits", list)
        .id("listCommits")
        .tag(TAG)
        .summary("The commits of a folder, newest first")
        .permission("commits:read")
        .answers(|| json!({ "commits": [response::commit_example()], "total": 1, "hasMore": false }))
}

async fn list(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let Query { folder, wanted } = input.query;
    let offset = wanted.offset;
    let page = commits::list(&call.app, &call.caller, &folder.location()?, wanted).await?;
    let has_more = offset + u64::try_from(page.commits.len()).unwrap_or_default() < page.total;
    let list: Vec<Value> = page.commits.iter().map(response::commit).collect();
    Ok(Json(json!({ "commits": list, "total": page.total, "hasMore": has_more })))
}

pub(super) fn count_endpoint() -> Endpoint {
    get("/api/v1/pit/commits/count", count)
        .id("countCommits")
        .tag(TAG)
        .summary("How many commits a folder has")
        .permission("commits:read")
        .answers(|| json!({ "count": 12, "folderId": "b8a7a0ab-8e2d-4d4e-9d4b-2f2f4f4d1c11" }))
}

async fn count(call: Call, input: Input<(), Folder>) -> Result<Json<Value>> {
    let (count, folder_id) = commits::count(&call.app, &call.caller, &input.query.location()?).await?;
    Ok(Json(json!({ "count": count, "folderId": folder_id })))
}
