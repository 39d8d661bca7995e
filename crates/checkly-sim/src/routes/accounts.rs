//! Accounts (Checkly API contract, section 2).

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::Answer;
use crate::access::{Need, Surface, normal_id};
use crate::error::ApiError;
use crate::handle::SimHandle;
use crate::model::Account;

/// `GET /v1/accounts`: the accounts the key reaches, without paging.
pub(crate) async fn list(State(sim): State<SimHandle>, headers: HeaderMap) -> Answer {
    let inner = sim.lock();
    let key = inner.authenticate(&headers, Surface::Accounts)?;
    let reached = inner.accounts.iter().filter(|state| key.accounts.contains(&state.account.id));
    let accounts: Vec<Value> = reached.map(|state| shown(&state.account)).collect();
    Ok(Json(accounts).into_response())
}

/// `GET /v1/accounts/me`: the account of the header or of the service key.
pub(crate) async fn me(State(sim): State<SimHandle>, headers: HeaderMap) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Accounts, Need::Read)?;
    let state = inner.entered(&entered)?;
    Ok(Json(shown(&state.account)).into_response())
}

/// `GET /v1/accounts/{accountId}`.
pub(crate) async fn find(State(sim): State<SimHandle>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let inner = sim.lock();
    let key = inner.authenticate(&headers, Surface::Accounts)?;
    let state = inner.account(&id).filter(|_| key.accounts.contains(&normal_id(&id))).ok_or_else(ApiError::not_found)?;
    Ok(Json(shown(&state.account)).into_response())
}

/// Members other than `id` may be missing.
fn shown(account: &Account) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), account.id.clone().into());
    if !account.name.is_empty() {
        object.insert("name".to_owned(), account.name.clone().into());
    }
    if let Some(runtime) = &account.runtime_id {
        object.insert("runtimeId".to_owned(), runtime.clone().into());
    }
    Value::Object(object)
}
