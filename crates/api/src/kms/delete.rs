//! `DELETE /api/v1/kms/keys/{keyId}`.

use keyferry_domain::{Result, kms};
use serde_json::{Value, json};

use super::fields::KeyPath;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

pub(super) fn endpoint() -> Endpoint {
    delete("/api/v1/kms/keys/{keyId}", remove)
        .id("deleteKmsKey")
        .tag(TAG)
        .summary("Delete a key; what it encrypted cannot be opened any more")
        .permission("cmek:delete")
        .answers(|| json!({ "key": response::example() }))
}

async fn remove(call: Call, input: Input<KeyPath>) -> Result<Json<Value>> {
    let gone = kms::delete(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "key": response::key(&gone) })))
}
