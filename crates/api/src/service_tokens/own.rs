//! `GET /api/v2/service-token`: the token about itself.

use keyferry_domain::{Result, service_tokens};
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v2/service-token", read)
        .id("getServiceToken")
        .tag(TAG)
        .summary("Read the service token that the request is made with")
        .service_tokens_only()
        .answers(|| {
            let mut body = response::example();
            body["user"] = json!({ "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "email": "ada@example.com" });
            body["encryptedKey"] = Value::Null;
            body["iv"] = Value::Null;
            body["tag"] = Value::Null;
            body
        })
}

async fn read(call: Call, _: Input) -> Result<Json<Value>> {
    let view = service_tokens::get_own(&call.app, &call.caller).await?;
    Ok(Json(response::own(&view)))
}
