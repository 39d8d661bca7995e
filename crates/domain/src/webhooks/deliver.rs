//! Calls to receivers: signed, timed, tried again.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use keyferry_db::WriteTx;
use keyferry_db::entities::webhooks::Model;
use keyferry_jobs::{Handler, Outcome, Running};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::event::Kind;
use super::message;
use super::notice::Notice;
use super::view::{open_url, place, scope};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The kind of the jobs.
pub(super) const JOB: &str = "webhook-delivery";
/// Calls before a receiver is given up: with the pauses between them about an hour and a half.
pub(super) const MAX_ATTEMPTS: i32 = 10;

const FIRST_PAUSE_MS: i64 = 10_000;
const MOST_PAUSE_MS: i64 = 60 * 60_000;
/// Pause before a job is tried again for a trouble of our own.
const TROUBLE_PAUSE_MS: i64 = 1_000;

const SIGNATURE: HeaderName = HeaderName::from_static("x-infisical-signature");
const DELIVERY: HeaderName = HeaderName::from_static("x-keyferry-delivery");
const SUCCESS: &str = "success";
const FAILED: &str = "failed";

/// The handlers of this resource's jobs. They wait for receivers, so they get a worker of their own: a slow one must not keep a
/// sync from its place.
#[must_use]
pub fn handlers(app: &Arc<App>) -> Vec<Arc<dyn Handler>> {
    vec![Arc::new(Deliveries { app: Arc::clone(app) })]
}

/// A call to one receiver.
pub(super) struct Call<'a> {
    pub(super) row: &'a Model,
    pub(super) notice: &'a Notice,
    /// The same for every attempt, so that a receiver can tell a repeated call.
    pub(super) delivery_id: Uuid,
}

/// Why a receiver did not take a call.
pub(super) struct Refusal {
    message: String,
    is_transient: bool,
}

impl Call<'_> {
    /// Makes the call; none when the receiver took it.
    ///
    /// # Errors
    /// When the webhook cannot be read.
    pub(super) async fn make(&self, app: &App) -> Result<Option<Refusal>> {
        let keys = app.keys.scope(app.db.read(), scope(self.row)).await?;
        let url = open_url(&keys, self.row)?;
        let url = Url::parse(url.expose_secret()).map_err(|_quotes_it| Error::internal("the address of a webhook is none"))?;
        let now_ms = app.now_ms();
        let body = message::body(Kind::parse(&self.row.r#type), self.notice, now_ms);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(id) = HeaderValue::try_from(self.delivery_id.to_string()) {
            headers.insert(DELIVERY, id);
        }
        if let Some(envelope) = &self.row.secret_key {
            let key = keys.open(place("secret_key", self.row.id), envelope)?;
            let signature = keyferry_crypto::hmac_sha256_hex(key.expose_secret().as_bytes(), &body);
            let value = HeaderValue::try_from(format!("t={now_ms};{signature}")).map_err(Error::internal)?;
            headers.insert(SIGNATURE, value);
        }
        Ok(match app.outbound.post(&url, headers, body).await {
            Ok(status) if status.is_success() => None,
            Ok(status) => {
                let hint = if status.is_redirection() { " Redirects are not followed." } else { "" };
                Some(Refusal { message: format!("The receiver answered {}.{hint}", status.as_u16()), is_transient: true })
            }
            Err(error) => Some(Refusal { is_transient: error.is_transient(), message: error.to_string() }),
        })
    }

    /// Notes what came of the call; `is_final` when it is not made again.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub(super) async fn note(
        &self,
        app: &App,
        tx: &WriteTx,
        caller: &Caller,
        refusal: Option<&Refusal>,
        is_final: bool,
    ) -> Result<()> {
        let status = if refusal.is_some() { FAILED } else { SUCCESS };
        metrics::counter!("keyferry_webhook_calls_total", "outcome" => status).increment(1);
        let message = refusal.map(|refusal| refusal.message.as_str());
        keyferry_db::webhooks::set_last_run(tx, self.row.id, status, message, app.now_ms()).await?;
        if !is_final {
            return Ok(());
        }
        let metadata = json!({
            "webhookId": self.row.id, "environment": self.notice.environment, "secretPath": self.notice.secret_path,
            "event": self.notice.event.as_str(), "deliveryId": self.delivery_id, "status": status, "message": message,
        });
        audit::record(app, tx, caller, audit::Event::project(caller, self.row.project_id, "webhook-triggered", metadata)).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    webhook_id: Uuid,
    project_id: Uuid,
    delivery_id: Uuid,
    notice: Notice,
}

struct Deliveries {
    app: Arc<App>,
}

#[async_trait]
impl Handler for Deliveries {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Running) -> Outcome {
        let Ok(payload) = Payload::deserialize(&job.payload) else { return Outcome::Fail { error_class: "payload".to_owned() } };
        let work = deliver(&self.app, job, &payload);
        let ended = tokio::select! {
            ended = work => ended,
            () = job.lease.stopped() => return Outcome::Stopped,
        };
        ended.unwrap_or_else(|error| {
            tracing::warn!(%error, webhook = %payload.webhook_id, "a webhook's job goes back to the queue");
            Outcome::Retry { at_ms: self.app.now_ms() + TROUBLE_PAUSE_MS, error_class: "internal".to_owned() }
        })
    }
}

async fn deliver(app: &App, job: &Running, payload: &Payload) -> Result<Outcome> {
    let row = keyferry_db::find_by_id::<Model>(app.db.read(), payload.webhook_id).await?;
    let Some(row) = row.filter(|row| row.project_id == payload.project_id && !row.is_disabled) else { return Ok(Outcome::Done) };
    let call = Call { row: &row, notice: &payload.notice, delivery_id: payload.delivery_id };
    let refusal = call.make(app).await?;
    let is_last = job.max_attempts > 0 && job.attempt >= job.max_attempts;
    let is_final = is_last || refusal.as_ref().is_none_or(|refusal| !refusal.is_transient);
    let tx = app.db.begin().await?;
    call.note(app, &tx, &Caller::platform(row.org_id), refusal.as_ref(), is_final).await?;
    tx.commit().await?;
    Ok(match refusal {
        None => Outcome::Done,
        Some(_) if is_final => Outcome::Fail { error_class: "refused".to_owned() },
        Some(_) => {
            let at_ms = app.now_ms() + pause_ms(job.attempt, app.ids.jitter());
            Outcome::Retry { at_ms, error_class: "receiver".to_owned() }
        }
    })
}

/// The pause after an attempt, counted from 1: 10 s, doubled each time, an hour at most, and up to a tenth more.
fn pause_ms(attempt: i32, jitter: f64) -> i64 {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(20);
    let pause = (FIRST_PAUSE_MS << doublings).min(MOST_PAUSE_MS);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a spread need not be exact")]
    let spread = (pause as f64 / 10.0 * jitter.clamp(0.0, 1.0)) as i64;
    pause + spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end_at_an_hour() {
        let pauses: Vec<i64> = (1..MAX_ATTEMPTS).map(|attempt| pause_ms(attempt, 0.0) / 1_000).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
        assert_eq!(pause_ms(30, 0.0), MOST_PAUSE_MS);
        assert_eq!(pause_ms(1, 1.0), 11_000);
    }
}
