//! The history of a secret (core API contract, section 12).

use keyferry_domain::{Result, secrets};
use serde_json::json;
use uuid::Uuid;

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, get};
use crate::wire::{Decode, Fields, int_text, string_bool, uuid};

struct Id(Uuid);

impl Decode for Id {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("secretId", uuid());
        Some(Self(id?))
    }
}

struct Query {
    offset: u64,
    limit: u64,
    view_value: bool,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let offset = f.default("offset", int_text().min(0), 0);
        let limit = f.default("limit", int_text().min(1).max(100), 20);
        let view_value = f.default("viewSecretValue", string_bool(), true);
        let (offset, limit) = (u64::try_from(offset?).ok()?, u64::try_from(limit?).ok()?);
        Some(Self { offset, limit, view_value: view_value? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/secret/{secretId}/secret-versions", versions)
            .id("listSecretVersions")
            .tag(TAG)
            .summary("The history of a secret, newest first")
            .permission("secrets:describeSecret")
            .answers(|| json!({ "secretVersions": [response::example_version()], "totalCount": 1 })),
    ]
}

async fn versions(call: Call, input: Input<Id, Query>) -> Result<JsonBytes> {
    let Query { offset, limit, view_value } = input.query;
    let (list, total) = secrets::list_versions(&call.app, &call.caller, input.params.0, offset, limit, view_value).await?;
    response::versions(&list, total)
}
