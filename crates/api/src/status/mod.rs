//! Whether the server is there and can work (core API contract, section 13.4).

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keyferry_domain::{Error, Result};
use serde_json::{Value, json};

use crate::Registry;
use crate::endpoint::{AnonymousCall, Input, Json, get};
use crate::wire::timestamp;

/// Adds the routes of this folder.
pub fn routes(registry: &mut Registry) {
    registry.add(
        get("/api/status", status)
            .id("getStatus")
            .tag("Status")
            .summary("Whether the server works, and how it is set up")
            .answers(|| body("2026-01-31T10:20:30.123Z")),
    );
    registry.add(get("/healthz", healthy).summary("The process is alive").hidden());
    registry.add(get("/readyz", ready).summary("The server can do its work").hidden());
}

fn body(date: &str) -> Value {
    json!({
        "date": date,
        "message": "Ok",
        "emailConfigured": false,
        "inviteOnlySignup": true,
        "redisConfigured": false,
        "secretScanningConfigured": false
    })
}

async fn status(call: AnonymousCall, _: Input) -> Result<Json<Value>> {
    call.state.readiness.ready().await.map_err(|message| Error::Unavailable { message })?;
    Ok(Json(body(&timestamp(call.app.now_ms()))))
}

async fn healthy(_: AnonymousCall, _: Input) -> Result<&'static str> {
    Ok("ok\n")
}

async fn ready(call: AnonymousCall, _: Input) -> Result<Response> {
    Ok(match call.state.readiness.ready().await {
        Ok(()) => "ok\n".into_response(),
        Err(message) => (StatusCode::SERVICE_UNAVAILABLE, format!("{message}\n")).into_response(),
    })
}
