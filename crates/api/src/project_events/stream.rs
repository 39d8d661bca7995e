//! The stream: looks at what happened every moment, says so, and ends by itself after a while; clients come back and prove
//! themselves anew.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use keyferry_domain::project_events::{self, Interest, ProjectEvent, Watch};
use keyferry_domain::{App, Error, Result};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::endpoint::Call;
use crate::wire::timestamp;

/// Streams of one caller at a time (core API contract, section 13.3).
const PER_CALLER: usize = 5;
/// Streams of all callers at a time.
const IN_ALL: usize = 500;
/// How often is looked.
const EVERY: Duration = Duration::from_secs(1);
/// How long a stream lives.
const LIFETIME: Duration = Duration::from_secs(300);
/// How long a stream says nothing at most; clients give up after two minutes.
const PING: Duration = Duration::from_secs(30);

static OPEN: Mutex<Option<HashMap<Uuid, usize>>> = Mutex::new(None);

/// A place among the open streams, given back when dropped.
struct Place(Uuid);

impl Place {
    fn take(caller: Uuid) -> Result<Self> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        let own = open.get(&caller).copied().unwrap_or_default();
        if own >= PER_CALLER || open.values().sum::<usize>() >= IN_ALL {
            return Err(Error::RateLimited { retry_after_s: 60 });
        }
        open.insert(caller, own + 1);
        Ok(Self(caller))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        match open.get_mut(&self.0) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                open.remove(&self.0);
            }
        }
    }
}

struct State {
    app: Arc<App>,
    watch: Watch,
    project_id: Uuid,
    until: Instant,
    /// Not yet sent.
    queued: VecDeque<Event>,
    _place: Place,
}

/// Opens a stream.
pub(super) async fn open(call: Call, project_id: Uuid, interests: Vec<Interest>) -> Result<Response> {
    let watch = project_events::watch(&call.app, &call.caller, project_id, interests).await?;
    let place = Place::take(call.caller.actor.id().unwrap_or_default())?;
    let until = Instant::now() + LIFETIME;
    // At once, so that the client sees the stream stand.
    let queued = VecDeque::from([ping()]);
    let state = State { app: call.app, watch, project_id, until, queued, _place: place };
    let events = stream::unfold(state, |mut state| async move {
        let event = state.next().await?;
        Some((Ok::<_, Infallible>(event), state))
    });
    let alive = KeepAlive::new().interval(PING).event(ping());
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

fn ping() -> Event {
    Event::default().event("ping").data("1")
}

impl State {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.queued.pop_front() {
                return Some(event);
            }
            if Instant::now() >= self.until {
                return None;
            }
            tokio::time::sleep(EVERY).await;
            match self.watch.look(&self.app).await {
                Ok(events) => self.queued.extend(events.iter().map(|event| frame(self.project_id, event))),
                // The right is gone, or the database is away: the client asks again and is told.
                Err(error) => {
                    tracing::debug!(%error, "a stream of events ends");
                    return None;
                }
            }
        }
    }
}

fn frame(project_id: Uuid, event: &ProjectEvent) -> Event {
    let data = json!({
        "eventType": event.kind.as_str(),
        "projectId": project_id,
        "environment": event.environment,
        "secretPath": event.secret_path,
        "secretKeys": event.secret_keys,
        "timestamp": timestamp(event.at_ms),
    });
    Event::default().id(event.id.to_string()).event(event.kind.as_str()).data(data.to_string())
}
