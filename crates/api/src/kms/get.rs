//! `GET /api/v1/kms/keys/{keyId}` and `GET /api/v1/kms/keys/key-name/{keyName}`.

use keyferry_domain::{Result, kms};
use serde_json::{Value, json};

use super::fields::KeyPath;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::projects::params::ProjectId;
use crate::wire::{Decode, Fields, text};

pub(super) struct Name(String);

impl Decode for Name {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("keyName", text().trim()).map(Self)
    }
}

pub(super) struct Query(ProjectId);

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        ProjectId::read(f, "projectId").map(Self)
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let reads = |endpoint: Endpoint| endpoint.tag(TAG).permission("cmek:read").answers(|| json!({ "key": response::example() }));
    vec![
        reads(get("/api/v1/kms/keys/{keyId}", by_id)).id("getKmsKey").summary("Get a key's description"),
        reads(get("/api/v1/kms/keys/key-name/{keyName}", by_name))
            .id("getKmsKeyByName")
            .summary("Get a key's description by its name"),
    ]
}

async fn by_id(call: Call, input: Input<KeyPath>) -> Result<Json<Value>> {
    let key = kms::get(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "key": response::key(&key) })))
}

async fn by_name(call: Call, input: Input<Name, Query>) -> Result<Json<Value>> {
    let key = kms::get_by_name(&call.app, &call.caller, input.query.0.get()?, &input.params.0).await?;
    Ok(Json(json!({ "key": response::key(&key) })))
}
