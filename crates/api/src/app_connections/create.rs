//! C7: creates a connection after the destination has accepted its key.

use keyferry_domain::Result;
use keyferry_domain::app_connections::{self, CreateConnection};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::fields::{ApiKeyCredentials, refuse_unsupported};
use super::{APP, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, object, slug, text};

pub(super) struct Body {
    method: &'static str,
    api_key: SecretString,
    name: String,
    description: Option<String>,
    project_id: Option<String>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        // The method's issues come before those of the common fields (section 1.3).
        let method = f.variant("method", &["api-key"], |f, method| {
            f.required("credentials", object::<ApiKeyCredentials>()).map(|credentials| (method, credentials.api_key))
        });
        let name = f.required("name", slug(1, 64));
        let description = f.nullable("description", text().trim().max(256).message("Description cannot exceed 256 characters"));
        let project_id = f.optional("projectId", text());
        let unsupported = refuse_unsupported(f);
        let (method, api_key) = method?;
        unsupported?;
        Some(Self { method, api_key, name: name?, description: description?.flatten(), project_id: project_id? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/app-connections/checkly", create)
        .id("createAppConnectionCheckly")
        .tag(TAG)
        .summary("Create a Checkly connection")
        .permission("app-connections:create")
        .answers(|| json!({ "appConnection": response::example() }))
}

async fn create(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { method, api_key, name, description, project_id } = input.body;
    let input = CreateConnection { app: APP.to_owned(), name, method: method.to_owned(), description, project_id, api_key };
    let row = app_connections::create(&call.app, &call.caller, input).await?;
    Ok(Json(response::one(&row)))
}
