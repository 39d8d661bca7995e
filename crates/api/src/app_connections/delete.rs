//! C9: deletes a connection nothing uses.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};

use super::fields::ConnectionPath;
use super::{APP, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete};

pub(super) fn endpoint() -> Endpoint {
    delete("/api/v1/app-connections/checkly/{connectionId}", remove)
        .id("deleteAppConnectionCheckly")
        .tag(TAG)
        .summary("Delete a Checkly connection that nothing uses")
        .permission("app-connections:delete")
        .answers(|| json!({ "appConnection": response::example() }))
}

async fn remove(call: Call, input: Input<ConnectionPath, (), ()>) -> Result<Json<Value>> {
    let row = app_connections::delete(&call.app, &call.caller, APP, input.params.connection_id).await?;
    Ok(Json(response::one(&row)))
}
