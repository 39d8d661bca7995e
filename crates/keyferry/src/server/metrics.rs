//! Metrics in Prometheus' text format, on a listener of their own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyferry_domain::App;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::config::Config;

/// How often histograms are folded when nobody reads them, so that they do not grow.
const UPKEEP: Duration = Duration::from_secs(5);
/// Seconds, for answers of ours.
const REQUEST_BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Seconds, for what waits for Checkly.
const SYNC_BUCKETS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0];

const PROPAGATION: &str = "keyferry_secret_propagation_seconds";
const BUDGET_WAIT: &str = "keyferry_checkly_budget_wait_seconds";
const REQUEST_DURATION: &str = "keyferry_http_request_duration_seconds";

/// Takes the address, before anything else is changed; none when metrics are off.
///
/// # Errors
/// One line when something else has the address.
pub async fn bind(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    let Some(setting) = &config.metrics_listen else { return Ok(None) };
    let listener = TcpListener::bind(setting.value).await.with_context(|| {
        format!(
            "cannot listen for metrics on {} ({}); choose another with KEYFERRY_METRICS_LISTEN",
            setting.value, setting.origin
        )
    })?;
    Ok(Some(listener))
}

/// Starts to measure, and gives the routes that show it.
///
/// # Errors
/// When this process measures already.
pub fn router(app: Arc<App>) -> anyhow::Result<Router> {
    let full = |name: &str| Matcher::Full(name.to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(full(PROPAGATION), SYNC_BUCKETS)?
        .set_buckets_for_metric(full(BUDGET_WAIT), SYNC_BUCKETS)?
        .set_buckets_for_metric(full(REQUEST_DURATION), REQUEST_BUCKETS)?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_taken| anyhow::anyhow!("metrics are recorded elsewhere already"))?;
    describe();
    gauge!("keyferry_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    Ok(Router::new().route("/metrics", get(show)).with_state((app, handle)))
}

async fn show(State((app, handle)): State<(Arc<App>, PrometheusHandle)>) -> Response {
    let Ok(stats) = keyferry_db::jobs::stats(app.db.read()).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    };
    let now_ms = app.now_ms();
    let late_ms = stats.oldest_waiting_ms.map_or(0, |due_ms| (now_ms - due_ms).max(0));
    #[expect(clippy::cast_precision_loss, reason = "numbers of jobs and milliseconds are far below 2^52")]
    let (waiting, running, late) = (stats.waiting as f64, stats.running as f64, late_ms as f64 / 1_000.0);
    gauge!("keyferry_jobs", "state" => "waiting").set(waiting);
    gauge!("keyferry_jobs", "state" => "running").set(running);
    gauge!("keyferry_jobs_oldest_due_seconds").set(late);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

fn describe() {
    describe_gauge!("keyferry_build_info", "The version in a label.");
    describe_gauge!("keyferry_jobs", "Jobs in the queue, those for later included.");
    describe_gauge!("keyferry_jobs_oldest_due_seconds", Unit::Seconds, "How long the oldest job that is due has waited.");
    describe_counter!("keyferry_sync_runs_total", "Runs of syncs that ended.");
    describe_counter!("keyferry_sync_retries_total", "Attempts of runs that are made again.");
    describe_counter!("keyferry_sync_keys_total", "Keys that runs wrote or tried to.");
    describe_counter!(
        "keyferry_checkly_calls_total",
        "Calls to Checkly; status is the class of the answer, 429 by itself, or none."
    );
    describe_counter!("keyferry_checkly_retries_total", "Calls to Checkly repeated within an attempt.");
    describe_histogram!(BUDGET_WAIT, Unit::Seconds, "Waiting for the rate budget of an API key before a call.");
    describe_histogram!(PROPAGATION, Unit::Seconds, "From a change of a secret to its confirmation at Checkly.");
    describe_counter!("keyferry_webhook_calls_total", "Calls to webhooks.");
    describe_counter!("keyferry_http_requests_total", "Requests answered.");
    describe_histogram!(REQUEST_DURATION, Unit::Seconds, "From a request's head to its answer's.");
}
