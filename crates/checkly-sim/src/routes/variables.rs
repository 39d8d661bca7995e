//! Account variables (Checkly API contract, section 3).

use axum::Extension;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::query::{Page, pairs};
use super::{Answer, filled, flag, object, text};
use crate::access::{Need, Surface};
use crate::config::{Behaviour, SecretDowngrade};
use crate::error::ApiError;
use crate::handle::SimHandle;
use crate::model::{Role, Variable};
use crate::pipeline::PageShift;

/// Members an update may carry.
const UPDATE_MEMBERS: [&str; 4] = ["key", "value", "locked", "secret"];

/// `GET /v1/variables`: one page as a bare array.
pub(crate) async fn list(
    State(sim): State<SimHandle>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    shift: Option<Extension<PageShift>>,
) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Variables, Need::Read)?;
    let shift = shift.map(|Extension(shift)| shift).unwrap_or_default();
    let page = Page::read(&pairs(query.as_deref()), shift)?;
    let behaviour = inner.behaviour.clone();
    let rows = inner.entered(&entered)?.variables.iter().skip(page.offset).take(page.limit);
    let list: Vec<Value> = rows.map(|row| read(row, entered.role, &behaviour)).collect();
    Ok(Json(list).into_response())
}

/// `GET /v1/variables/{key}`.
pub(crate) async fn find(State(sim): State<SimHandle>, Path(key): Path<String>, headers: HeaderMap) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Variables, Need::Read)?;
    let behaviour = inner.behaviour.clone();
    let found = inner.entered(&entered)?.variables.get(&key).ok_or_else(ApiError::not_found)?;
    Ok(Json(read(found, entered.role, &behaviour)).into_response())
}

/// `POST /v1/variables`: 201 with the variable, its value echoed also for a secret.
pub(crate) async fn create(State(sim): State<SimHandle>, headers: HeaderMap, body: Bytes) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Variables, Need::Write)?;
    let body = object(&headers, &body)?;
    let refuse_empty = inner.behaviour.refuse_empty_on_create;
    let variable = Variable {
        key: filled(&body, "key")?,
        value: if refuse_empty { filled(&body, "value")? } else { text(&body, "value")? },
        secret: flag(&body, "secret")?,
        locked: flag(&body, "locked")?,
    };
    let variables = &mut inner.entered(&entered)?.variables;
    if variables.contains(&variable.key) {
        return Err(ApiError::conflict("A variable with this key already exists"));
    }
    let answer = echo(&variable);
    variables.push(variable);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `PUT /v1/variables/{key}`: absent flags fall back to false; a secret stays a secret.
pub(crate) async fn update(State(sim): State<SimHandle>, Path(key): Path<String>, headers: HeaderMap, body: Bytes) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Variables, Need::Write)?;
    let body = object(&headers, &body)?;
    if let Some(unknown) = body.keys().find(|member| !UPDATE_MEMBERS.contains(&member.as_str())) {
        return Err(ApiError::bad_request(format!("\"{unknown}\" is not allowed")));
    }
    if body.contains_key("key") && filled(&body, "key")? != key {
        return Err(ApiError::bad_request("\"key\" cannot be changed"));
    }
    let mut variable =
        Variable { value: filled(&body, "value")?, secret: flag(&body, "secret")?, locked: flag(&body, "locked")?, key };
    let downgrade = inner.behaviour.secret_downgrade;
    let variables = &mut inner.entered(&entered)?.variables;
    let present = variables.get(&variable.key).ok_or_else(ApiError::not_found)?;
    if present.secret && !variable.secret {
        match downgrade {
            SecretDowngrade::Refuse => {
                return Err(ApiError::bad_request("\"secret\" cannot be changed to false"));
            }
            SecretDowngrade::Ignore => variable.secret = true,
        }
    }
    let answer = echo(&variable);
    variables.set(variable);
    Ok(Json(answer).into_response())
}

/// `DELETE /v1/variables/{key}`: 204 without a body.
pub(crate) async fn delete(State(sim): State<SimHandle>, Path(key): Path<String>, headers: HeaderMap) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Variables, Need::Write)?;
    inner.entered(&entered)?.variables.remove(&key).ok_or_else(ApiError::not_found)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// As read: a secret's value is null.
fn read(variable: &Variable, role: Role, behaviour: &Behaviour) -> Value {
    let withheld = variable.locked && behaviour.withhold_locked && !role.may_write();
    let value = if variable.secret || withheld { None } else { Some(variable.value.as_str()) };
    shown(variable, value)
}

/// As answered to a write.
fn echo(variable: &Variable) -> Value {
    shown(variable, Some(&variable.value))
}

fn shown(variable: &Variable, value: Option<&str>) -> Value {
    json!({
        "key": variable.key,
        "value": value,
        "locked": variable.locked,
        "secret": variable.secret,
    })
}
