//! What happens to every simulated call around its route: record, rate limit, latency, faults.

use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use rand::Rng;
use serde_json::Value;

use crate::access::{account_header, bearer};
use crate::answers::{reset, shape};
use crate::error::{ApiError, rate_limited};
use crate::faults::{CallFacts, ErrorBody, FaultEffect};
use crate::handle::SimHandle;
use crate::model::{CallRecord, Variable};
use crate::server::Connection;
use crate::state::Inner;

/// Largest body taken (Checkly API contract, section 6).
const BODY_LIMIT: usize = 1_048_576;

/// Bodies above the limit are read up to here, so that the 413 reaches a client still sending.
const DRAIN_LIMIT: usize = 32 * BODY_LIMIT;

const VARIABLES: &str = "/v1/variables/";

/// Rows by which list pages after the first are moved; set by faults.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PageShift(pub i64);

/// Facts of a call that outlive its request.
struct Call {
    method: String,
    path: String,
    query: Option<String>,
    token: Option<String>,
    account: Option<String>,
    variable_key: Option<String>,
    keys: Vec<String>,
}

impl Call {
    fn read(parts: &Parts, body: &[u8]) -> Self {
        let path = parts.uri.path().to_owned();
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let variable_key = if let Some(segment) = path.strip_prefix(VARIABLES) {
            percent_decode_str(segment).decode_utf8().ok().map(|key| key.into_owned())
        } else if path == "/v1/variables" {
            json.as_ref().and_then(|json| json.get("key")?.as_str()).map(str::to_owned)
        } else {
            None
        };
        let mut keys: Vec<String> = variable_key.iter().cloned().collect();
        let group = json.as_ref().and_then(|json| json.get("environmentVariables")?.as_array());
        let members = group.into_iter().flatten().filter_map(|item| item.get("key")?.as_str());
        keys.extend(members.map(str::to_owned));
        Self {
            method: parts.method.as_str().to_owned(),
            path,
            query: parts.uri.query().map(str::to_owned),
            token: bearer(&parts.headers).map(str::to_owned),
            account: account_header(&parts.headers).map(str::to_owned),
            variable_key,
            keys,
        }
    }

    fn facts(&self) -> CallFacts<'_> {
        CallFacts { method: &self.method, path: &self.path, keys: &self.keys }
    }

    fn writes(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH")
    }
}

/// Middleware around all simulated routes.
pub(crate) async fn run(State(sim): State<SimHandle>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let socket = parts.extensions.get::<ConnectInfo<Connection>>().map(|info| info.0.clone());
    let body = to_bytes(body, DRAIN_LIMIT).await.ok();
    let call = Call::read(&parts, body.as_deref().unwrap_or_default());
    let (seq, admitted, latency) = begin(&sim, &call);
    let Some(body) = body.filter(|body| body.len() <= BODY_LIMIT) else {
        return finish(&sim, seq, ApiError::too_large().into_response(), None);
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let effect = sim.lock().judge(&call);
    let name = effect.as_ref().map(FaultEffect::name);
    if effect.is_none() && !admitted {
        let retry_after = sim.lock().behaviour.retry_after;
        return finish(&sim, seq, rate_limited(retry_after), None);
    }
    let request = Request::from_parts(parts, Body::from(body));
    match shape(&sim, effect, request, next, call.writes()).await {
        Some(response) => finish(&sim, seq, response, name),
        None => {
            note_fault(&sim, seq, name);
            reset(socket)
        }
    }
}

/// Records the arrival and counts it against the rate limit.
fn begin(sim: &SimHandle, call: &Call) -> (u64, bool, Duration) {
    let at_ms = sim.shared().elapsed_ms();
    let mut inner = sim.lock();
    let key = call.token.as_deref().and_then(|token| inner.keys.get(token));
    let own = key.filter(|key| key.service).and_then(|key| key.accounts.first().cloned());
    let record = CallRecord {
        seq: 0,
        at_ms,
        answered_at_ms: None,
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query.clone(),
        key_label: key.map(|key| key.label.clone()),
        account: call.account.clone().or(own),
        status: 0,
        variable_key: call.variable_key.clone(),
        fault: None,
    };
    let seq = inner.append(record);
    let admitted = inner.admit(call.token.as_deref(), Instant::now());
    (seq, admitted, inner.latency)
}

fn finish(sim: &SimHandle, seq: u64, response: Response, fault: Option<&'static str>) -> Response {
    let now = sim.shared().elapsed_ms();
    if let Some(record) = sim.lock().record_mut(seq) {
        record.status = response.status().as_u16();
        record.answered_at_ms = Some(now);
        record.fault = fault.map(str::to_owned);
    }
    response
}

fn note_fault(sim: &SimHandle, seq: u64, fault: Option<&'static str>) {
    if let Some(record) = sim.lock().record_mut(seq) {
        record.fault = fault.map(str::to_owned);
    }
}

impl Inner {
    /// Counts the call with every fault, carries out those that change the state, and gives the
    /// first that shapes the answer; without one, a random failure at the fail rate.
    fn judge(&mut self, call: &Call) -> Option<FaultEffect> {
        let facts = call.facts();
        let met: Vec<FaultEffect> =
            self.faults.iter_mut().filter_map(|armed| armed.meets(&facts).then(|| armed.fault.effect.clone())).collect();
        let mut answer = None;
        let mut changed = None;
        for effect in met {
            if effect.changes_state() {
                self.change(&effect, call);
                changed.get_or_insert(effect);
            } else {
                answer.get_or_insert(effect);
            }
        }
        answer.or_else(|| self.random_failure()).or(changed)
    }

    fn change(&mut self, effect: &FaultEffect, call: &Call) {
        let key = call.token.as_deref().and_then(|token| self.keys.get_mut(token));
        let own = key.as_ref().and_then(|key| key.accounts.first().cloned());
        let account = call.account.clone().or(own).unwrap_or_default();
        match effect {
            FaultEffect::RevokeKey => {
                if let Some(key) = key {
                    key.revoked = true;
                }
            }
            FaultEffect::SetRole { role } => {
                if let Some(key) = key {
                    key.role = *role;
                }
            }
            FaultEffect::RemoveAccount => {
                self.remove_account(&account);
            }
            FaultEffect::RemoveGroup => {
                let id = call.path.rsplit('/').next().and_then(|id| id.parse().ok());
                if let (Some(id), Some(state)) = (id, self.account_mut(&account)) {
                    state.groups.remove::<u64>(&id);
                }
            }
            FaultEffect::EditVariable { key, value, secret, locked } => {
                if let Some(state) = self.account_mut(&account) {
                    state.variables.set(Variable { key: key.clone(), value: value.clone(), secret: *secret, locked: *locked });
                }
            }
            FaultEffect::DeleteVariable { key } => {
                if let Some(state) = self.account_mut(&account) {
                    state.variables.remove(key);
                }
            }
            FaultEffect::EditGroupVariable { key, value, secret, locked } => {
                let variable = Variable { key: key.clone(), value: value.clone(), secret: *secret, locked: *locked };
                if let Some(variables) = self.group_of(call, &account) {
                    match variables.iter_mut().find(|known| known.key == *key) {
                        Some(known) => *known = variable,
                        None => variables.push(variable),
                    }
                }
            }
            FaultEffect::DeleteGroupVariable { key } => {
                if let Some(variables) = self.group_of(call, &account) {
                    variables.retain(|known| known.key != *key);
                }
            }
            _ => {}
        }
    }

    /// The variables of the group named in the path.
    fn group_of(&mut self, call: &Call, account: &str) -> Option<&mut Vec<Variable>> {
        let id: u64 = call.path.rsplit('/').next()?.parse().ok()?;
        self.account_mut(account)?.groups.get_mut(&id).map(|group| &mut group.variables)
    }

    fn random_failure(&mut self) -> Option<FaultEffect> {
        if self.fail_rate <= 0.0 || !self.rng.random_bool(self.fail_rate) {
            return None;
        }
        let status = |status, body| FaultEffect::Status { status, body, apply: false };
        Some(match self.rng.random_range(0..6) {
            0 => status(500, ErrorBody::Json),
            1 => status(502, ErrorBody::Html),
            2 => status(503, ErrorBody::Html),
            3 => status(504, ErrorBody::Html),
            4 => FaultEffect::ResetBeforeApply,
            _ => FaultEffect::ResetAfterApply,
        })
    }
}
