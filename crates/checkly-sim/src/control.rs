//! Control routes under `/__control`, behind the token printed at the start.

use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use subtle::ConstantTimeEq;

use crate::access::bearer;
use crate::config::{Behaviour, RateLimit};
use crate::error::ApiError;
use crate::faults::Fault;
use crate::handle::SimHandle;
use crate::model::{Account, Group, Role};

/// All control routes; the caller nests them.
pub(crate) fn router(sim: SimHandle) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/log", get(log).delete(clear_log))
        .route("/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/behaviour", get(get_behaviour).put(set_behaviour))
        .route("/latency", put(set_latency))
        .route("/rate-limit", put(set_rate_limit))
        .route("/fail-rate", put(set_fail_rate))
        .route("/keys", post(add_key))
        .route("/keys/revoke", post(revoke_key))
        .route("/keys/role", post(set_role).put(set_role))
        .route("/accounts", put(add_account))
        .route("/accounts/{account}", delete(remove_account))
        .route("/accounts/{account}/variables/{key}", put(set_variable).delete(delete_variable))
        .route("/accounts/{account}/groups", put(add_group))
        .route("/accounts/{account}/groups/{id}", delete(remove_group))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(sim.clone(), guard))
        .with_state(sim)
}

async fn guard(State(sim): State<SimHandle>, request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).unwrap_or_default();
    if bool::from(token.as_bytes().ct_eq(sim.control_token().as_bytes())) {
        next.run(request).await
    } else {
        ApiError::new(StatusCode::UNAUTHORIZED, "Control token required").into_response()
    }
}

async fn unknown() -> Response {
    ApiError::not_found().into_response()
}

/// 204 when something was found, else 404.
fn found(found: bool) -> Response {
    if found { StatusCode::NO_CONTENT.into_response() } else { ApiError::not_found().into_response() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateQuery {
    /// Show true values too.
    #[serde(default)]
    values: bool,
}

async fn state(State(sim): State<SimHandle>, Query(query): Query<StateQuery>) -> Json<Value> {
    let inner = sim.lock();
    let shown = |variable: &crate::model::Variable| {
        let mut row = json!({
            "key": variable.key, "secret": variable.secret, "locked": variable.locked,
        });
        if query.values {
            row["value"] = variable.value.clone().into();
        }
        row
    };
    let accounts: Vec<Value> = inner
        .accounts
        .iter()
        .map(|state| {
            let groups: Vec<Value> = state
                .groups
                .values()
                .map(|group| {
                    json!({
                        "id": group.id,
                        "name": group.name,
                        "variables": group.variables.iter().map(shown).collect::<Vec<_>>(),
                        "settings": group.settings,
                        "checks": group.checks,
                        "projectOwner": group.project_owner,
                        "alertsAutoAssigned": group.alerts_auto_assigned,
                    })
                })
                .collect();
            json!({
                "id": state.account.id,
                "name": state.account.name,
                "runtimeId": state.account.runtime_id,
                "variableCount": state.variables.len(),
                "variables": state.variables.iter().map(shown).collect::<Vec<_>>(),
                "groups": groups,
            })
        })
        .collect();
    let mut keys: Vec<_> = inner.keys.values().collect();
    keys.sort_by(|left, right| left.label.cmp(&right.label));
    let keys: Vec<Value> = keys
        .into_iter()
        .map(|key| {
            json!({
                "label": key.label, "role": key.role, "accounts": key.accounts,
                "revoked": key.revoked,
            })
        })
        .collect();
    Json(json!({ "accounts": accounts, "keys": keys }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogQuery {
    /// Only calls after this number.
    #[serde(default)]
    after: u64,
}

async fn log(State(sim): State<SimHandle>, Query(query): Query<LogQuery>) -> Response {
    let records: Vec<_> = sim.lock().log.iter().filter(|record| record.seq > query.after).cloned().collect();
    Json(records).into_response()
}

async fn clear_log(State(sim): State<SimHandle>) -> StatusCode {
    sim.clear_log();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    Many(Vec<Fault>),
    One(Box<Fault>),
}

async fn list_faults(State(sim): State<SimHandle>) -> Json<Vec<Fault>> {
    Json(sim.faults())
}

async fn add_faults(State(sim): State<SimHandle>, Json(faults): Json<Faults>) -> StatusCode {
    match faults {
        Faults::Many(faults) => faults.into_iter().for_each(|fault| sim.push_fault(fault)),
        Faults::One(fault) => sim.push_fault(*fault),
    }
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(sim): State<SimHandle>) -> StatusCode {
    sim.set_faults(Vec::new());
    StatusCode::NO_CONTENT
}

async fn get_behaviour(State(sim): State<SimHandle>) -> Json<Behaviour> {
    Json(sim.behaviour())
}

async fn set_behaviour(State(sim): State<SimHandle>, Json(wanted): Json<Behaviour>) -> StatusCode {
    sim.set_behaviour(wanted);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    ms: u64,
}

async fn set_latency(State(sim): State<SimHandle>, Json(latency): Json<Latency>) -> StatusCode {
    sim.set_latency(Duration::from_millis(latency.ms));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    /// Such as `600/60s`; null switches the limit off.
    rate: Option<String>,
}

async fn set_rate_limit(State(sim): State<SimHandle>, Json(limit): Json<Limit>) -> Response {
    match limit.rate.as_deref().map(str::parse::<RateLimit>).transpose() {
        Ok(limit) => {
            sim.set_rate_limit(limit);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(message) => ApiError::bad_request(message).into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FailRate {
    rate: f64,
}

async fn set_fail_rate(State(sim): State<SimHandle>, Json(wanted): Json<FailRate>) -> Response {
    match sim.set_fail_rate(wanted.rate) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => ApiError::bad_request(error.to_string()).into_response(),
    }
}

/// Keys travel in bodies, never in a URL. `key` is the text of the key or its label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    key: String,
    role: Role,
    accounts: Vec<String>,
}

async fn add_key(State(sim): State<SimHandle>, Json(new): Json<NewKey>) -> StatusCode {
    sim.add_key(&new.key, new.role, &new.accounts);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyName {
    key: String,
}

async fn revoke_key(State(sim): State<SimHandle>, Json(name): Json<KeyName>) -> Response {
    found(sim.revoke_key(&name.key))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRole {
    key: String,
    role: Role,
}

async fn set_role(State(sim): State<SimHandle>, Json(wanted): Json<KeyRole>) -> Response {
    found(sim.set_role(&wanted.key, wanted.role))
}

async fn add_account(State(sim): State<SimHandle>, Json(account): Json<Account>) -> StatusCode {
    sim.add_account(account);
    StatusCode::NO_CONTENT
}

async fn remove_account(State(sim): State<SimHandle>, Path(account): Path<String>) -> Response {
    found(sim.remove_account(account))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    value: String,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    locked: bool,
}

async fn set_variable(
    State(sim): State<SimHandle>,
    Path((account, key)): Path<(String, String)>,
    Json(edit): Json<Edit>,
) -> Response {
    found(sim.set_variable(account, key, edit.value, edit.secret, edit.locked))
}

async fn delete_variable(State(sim): State<SimHandle>, Path((account, key)): Path<(String, String)>) -> Response {
    found(sim.delete_variable(account, key))
}

async fn add_group(State(sim): State<SimHandle>, Path(account): Path<String>, Json(group): Json<Group>) -> Response {
    found(sim.add_group(account, group))
}

async fn remove_group(State(sim): State<SimHandle>, Path((account, id)): Path<(String, u64)>) -> Response {
    found(sim.remove_group(account, id))
}
