//! Progress of a sync as server-sent events, for pages that are open while something happens.
//!
//! A stream ends by itself after a while; the browser comes back and proves itself anew. It carries counts and states only.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::time::Duration;

use askama::Template as _;
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, Sse};
use futures_util::stream;
use http::StatusCode;
use keyferry_domain::{Error, Look, secret_syncs};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use uuid::Uuid;

use super::CHECKLY;
use super::live::Live;
use super::place::SyncPlace;
use crate::visit::{Answer, Visit};

/// Streams at one time; who comes later asks again.
static PLACES: LazyLock<std::sync::Arc<Semaphore>> = LazyLock::new(|| std::sync::Arc::new(Semaphore::new(200)));
/// How often the database is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// How long a stream lives.
const LIFETIME: Duration = Duration::from_secs(30);

struct Watch {
    visit: Visit,
    sync_id: Uuid,
    address: String,
    until: Instant,
    shown: String,
    said: String,
    /// Not yet sent.
    queued: Vec<Event>,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

pub(super) async fn stream(mut visit: Visit) -> Answer {
    // Browsers ask for the stream of an open page, and again when it ends.
    visit.caller.origin.look = Look::Refresh;
    let place = SyncPlace::of(&visit).await?;
    let Ok(permit) = std::sync::Arc::clone(&PLACES).try_acquire_owned() else {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")]).into_response());
    };
    let address = place.address(&place.page(&visit, ""), "");
    let watch = Watch {
        sync_id: place.view.sync.id,
        visit,
        address,
        until: Instant::now() + LIFETIME,
        shown: String::new(),
        said: String::new(),
        queued: Vec::new(),
        is_over: false,
        _place: permit,
    };
    let events = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    Ok(Sse::new(events).into_response())
}

impl Watch {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if !self.queued.is_empty() {
                return Some(self.queued.remove(0));
            }
            if self.is_over {
                return None;
            }
            if !self.shown.is_empty() {
                if Instant::now() >= self.until {
                    return None;
                }
                tokio::time::sleep(EVERY).await;
            }
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let live = match secret_syncs::progress(&self.visit.app, &self.visit.caller, CHECKLY, self.sync_id).await {
            Ok(progress) => Live::of(&progress, &self.address, self.visit.app.now_ms()),
            // Deleted, or no longer allowed: the page itself says so.
            Err(Error::NotFound { .. } | Error::PermissionDenied { .. } | Error::Forbidden { .. }) => Live::gone(&self.address),
            Err(error) => {
                tracing::warn!(%error, "a sync's progress cannot be read");
                self.is_over = true;
                return;
            }
        };
        let Ok(html) = live.render() else {
            self.is_over = true;
            return;
        };
        let said = live.said();
        if said != self.said {
            self.queued.push(Event::default().event("said").data(&said));
            self.said = said;
        }
        if html != self.shown {
            self.queued.push(Event::default().event("progress").data(html.clone() + &live.elsewhere()));
            self.shown = html;
        }
        if live.is_over() {
            self.queued.push(Event::default().event("done").data("done"));
            self.is_over = true;
        }
    }
}
