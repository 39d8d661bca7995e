//! C8: changes a connection.

use keyferry_domain::Result;
use keyferry_domain::app_connections::{self, UpdateConnection};
use serde_json::{Value, json};

use super::fields::{ApiKeyCredentials, ConnectionPath, refuse_unsupported};
use super::{APP, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Decode, Fields, object, slug, text};

pub(super) struct Body(UpdateConnection);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let credentials = f.optional("credentials", object::<ApiKeyCredentials>());
        let name = f.optional("name", slug(1, 64));
        let description = f.nullable("description", text().trim().max(256).message("Description cannot exceed 256 characters"));
        let unsupported = refuse_unsupported(f);
        unsupported?;
        Some(Self(UpdateConnection {
            name: name?,
            description: description?,
            api_key: credentials?.map(|credentials| credentials.api_key),
        }))
    }
}

pub(super) fn endpoint() -> Endpoint {
    patch("/api/v1/app-connections/checkly/{connectionId}", update)
        .id("updateAppConnectionCheckly")
        .tag(TAG)
        .summary("Change a Checkly connection")
        .permission("app-connections:edit")
        .answers(|| json!({ "appConnection": response::example() }))
}

async fn update(call: Call, input: Input<ConnectionPath, (), Body>) -> Result<Json<Value>> {
    let id = input.params.connection_id;
    let row = app_connections::update(&call.app, &call.caller, APP, id, input.body.0).await?;
    Ok(Json(response::one(&row)))
}
