//! C10: the accounts a connection reaches, for forms. A failure at Checkly is an empty list.

use keyferry_domain::{Result, app_connections};
use serde_json::{Map, Value, json};

use super::fields::ConnectionPath;
use super::{APP, TAG};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoint() -> Endpoint {
    get("/api/v1/app-connections/checkly/{connectionId}/accounts", accounts)
        .id("listChecklyAccounts")
        .tag(TAG)
        .summary("List the Checkly accounts a connection reaches")
        .permission("app-connections:connect")
        .users_only()
        .hidden()
        .answers(|| {
            json!({ "accounts": [
                { "id": "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3", "name": "Acme EU", "runtimeId": "2025.04" }
            ] })
        })
}

async fn accounts(call: Call, input: Input<ConnectionPath, (), ()>) -> Result<Json<Value>> {
    let accounts = app_connections::list_accounts(&call.app, &call.caller, APP, input.params.connection_id).await?;
    let accounts: Vec<Value> = accounts
        .into_iter()
        .map(|account| {
            let mut body = Map::new();
            body.insert("id".to_owned(), Value::from(account.id));
            body.insert("name".to_owned(), Value::from(account.name));
            if let Some(runtime_id) = account.runtime_id {
                body.insert("runtimeId".to_owned(), Value::from(runtime_id));
            }
            Value::Object(body)
        })
        .collect();
    Ok(Json(json!({ "accounts": accounts })))
}
