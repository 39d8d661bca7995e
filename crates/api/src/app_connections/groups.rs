//! C11: the check groups of an account, for forms. A failure at Checkly is an empty list.

use keyferry_domain::{Result, app_connections};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{APP, TAG};
use crate::endpoint::{Call, Endpoint, Input, Json, get};
use crate::wire::{Decode, Fields, text, uuid};

pub(super) struct Params {
    connection_id: Uuid,
    account_id: String,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let connection_id = f.required("connectionId", uuid());
        let account_id = f.required("accountId", text());
        Some(Self { connection_id: connection_id?, account_id: account_id? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections/checkly/{connectionId}/accounts/{accountId}/groups", groups)
        .id("listChecklyGroups")
        .tag(TAG)
        .summary("List the check groups of a Checkly account")
        .permission("app-connections:connect")
        .users_only()
        .hidden()
        .answers(|| json!({ "groups": [{ "id": "271828", "name": "Checkout journeys" }] }))
}

async fn groups(call: Call, input: Input<Params, (), ()>) -> Result<Json<Value>> {
    let Params { connection_id, account_id } = input.params;
    let groups = app_connections::list_groups(&call.app, &call.caller, APP, connection_id, &account_id).await?;
    let groups: Vec<Value> = groups.iter().map(|group| json!({ "id": group.id, "name": group.name })).collect();
    Ok(Json(json!({ "groups": groups })))
}
