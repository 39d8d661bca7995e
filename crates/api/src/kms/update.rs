//! `PATCH /api/v1/kms/keys/{keyId}`.

use keyferry_domain::Result;
use keyferry_domain::kms::{self, UpdateKey};
use serde_json::{Value, json};

use super::fields::{KeyPath, description, name};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Decode, Fields, boolean};

pub(super) struct Body(UpdateKey);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", name());
        let description = f.optional("description", description());
        let is_disabled = f.optional("isDisabled", boolean());
        Some(Self(UpdateKey { name: name?, description: description?, is_disabled: is_disabled? }))
    }
}

pub(super) fn endpoint() -> Endpoint {
    patch("/api/v1/kms/keys/{keyId}", update)
        .id("updateKmsKey")
        .tag(TAG)
        .summary("Rename, describe, disable or enable a key")
        .permission("cmek:edit")
        .answers(|| json!({ "key": response::example() }))
}

async fn update(call: Call, input: Input<KeyPath, (), Body>) -> Result<Json<Value>> {
    let key = kms::update(&call.app, &call.caller, input.params.id()?, input.body.0).await?;
    Ok(Json(json!({ "key": response::key(&key) })))
}
