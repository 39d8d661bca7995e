//! Check groups (Checkly API contract, section 4).

use axum::Extension;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::group_body::{Version, assign_alerts, created, shown, updated};
use super::query::{Page, pairs};
use super::{Answer, object};
use crate::access::{Need, Surface};
use crate::error::ApiError;
use crate::handle::SimHandle;
use crate::model::Group;
use crate::pipeline::PageShift;
use crate::state::unix_ms;

/// `GET /v1/check-groups`: one page, filtered by any of the tags and by exact names.
pub(crate) async fn list(
    State(sim): State<SimHandle>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    shift: Option<Extension<PageShift>>,
) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Groups, Need::Read)?;
    let pairs = pairs(query.as_deref());
    let page = Page::read(&pairs, shift.map(|Extension(shift)| shift).unwrap_or_default())?;
    let all = |name: &str| -> Vec<String> { pairs.iter().filter(|pair| pair.0 == name).map(|pair| pair.1.clone()).collect() };
    let (tags, names) = (all("tag"), all("name"));
    let behaviour = inner.behaviour.clone();
    let rows = inner.entered(&entered)?.groups.values().filter(|group| {
        (names.is_empty() || names.contains(&group.name)) && (tags.is_empty() || tags.iter().any(|tag| has_tag(group, tag)))
    });
    let list: Vec<Value> = rows.skip(page.offset).take(page.limit).map(|group| shown(group, &behaviour)).collect();
    Ok(Json(list).into_response())
}

fn has_tag(group: &Group, tag: &str) -> bool {
    let tags = group.settings.get("tags").and_then(Value::as_array);
    tags.is_some_and(|tags| tags.iter().any(|known| known.as_str() == Some(tag)))
}

/// `GET /v1/check-groups/{id}`.
pub(crate) async fn find(State(sim): State<SimHandle>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Groups, Need::Read)?;
    let behaviour = inner.behaviour.clone();
    let group = inner.entered(&entered)?.groups.get(&number(&id)?);
    Ok(Json(shown(group.ok_or_else(ApiError::not_found)?, &behaviour)).into_response())
}

/// `POST /v1/check-groups`.
pub(crate) async fn create_v1(
    State(sim): State<SimHandle>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Answer {
    create(&sim, &headers, query.as_deref(), &body)
}

/// `POST /v2/check-groups`.
pub(crate) async fn create_v2(
    State(sim): State<SimHandle>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Answer {
    create(&sim, &headers, query.as_deref(), &body)
}

fn create(sim: &SimHandle, headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(headers, Surface::Groups, Need::Write)?;
    let body = object(headers, body)?;
    let assign = auto_assign(query)?;
    let behaviour = inner.behaviour.clone();
    // Ids are unique over all accounts.
    let highest = inner.accounts.iter().filter_map(|state| state.groups.keys().last()).max();
    let id = highest.copied().unwrap_or(0) + 1;
    let mut group = created(id, &body)?;
    group.created_at_ms = unix_ms();
    group.updated_at_ms = group.created_at_ms;
    if assign {
        assign_alerts(&mut group);
    }
    let answer = shown(&group, &behaviour);
    inner.entered(&entered)?.groups.insert(id, group);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `PUT /v1/check-groups/{id}`: no member is required.
pub(crate) async fn update_v1(
    State(sim): State<SimHandle>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Answer {
    update(&sim, &id, &headers, query.as_deref(), &body, Version::V1)
}

/// `PUT /v2/check-groups/{id}`: `name` is required.
pub(crate) async fn update_v2(
    State(sim): State<SimHandle>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Answer {
    update(&sim, &id, &headers, query.as_deref(), &body, Version::V2)
}

fn update(sim: &SimHandle, id: &str, headers: &HeaderMap, query: Option<&str>, body: &[u8], version: Version) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(headers, Surface::Groups, Need::Write)?;
    let body = object(headers, body)?;
    let assign = auto_assign(query)?;
    let id = number(id)?;
    let behaviour = inner.behaviour.clone();
    let groups = &mut inner.entered(&entered)?.groups;
    let present = groups.get(&id).ok_or_else(ApiError::not_found)?;
    let mut group = updated(present, &body, version, &behaviour)?;
    // The stamp moves even when two writes share a millisecond.
    group.updated_at_ms = unix_ms().max(present.updated_at_ms + 1);
    if assign {
        assign_alerts(&mut group);
    }
    let answer = shown(&group, &behaviour);
    groups.insert(id, group);
    Ok(Json(answer).into_response())
}

/// `DELETE /v1/check-groups/{id}`: 409 while the group holds checks.
pub(crate) async fn delete(State(sim): State<SimHandle>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let mut inner = sim.lock();
    let entered = inner.enter(&headers, Surface::Groups, Need::Write)?;
    let id = number(&id)?;
    let groups = &mut inner.entered(&entered)?.groups;
    let group = groups.get(&id).ok_or_else(ApiError::not_found)?;
    if !group.checks.is_empty() {
        return Err(ApiError::conflict("The check group still holds checks"));
    }
    groups.remove(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Group ids are positive integers; 400 is not documented for the path, so others are unknown.
fn number(id: &str) -> Result<u64, ApiError> {
    id.parse().ok().filter(|id| *id > 0).ok_or_else(ApiError::not_found)
}

/// `autoAssignAlerts`, true by default.
fn auto_assign(query: Option<&str>) -> Result<bool, ApiError> {
    match pairs(query).iter().rev().find(|pair| pair.0 == "autoAssignAlerts") {
        None => Ok(true),
        Some((_, value)) => value.parse().map_err(|_| ApiError::bad_request("\"autoAssignAlerts\" must be a boolean")),
    }
}
