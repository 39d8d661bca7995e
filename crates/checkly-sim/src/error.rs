//! Error answers of the simulated API (Checkly API contract, section 6).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::config::RetryAfter;
use crate::faults::ErrorBody;
use crate::state::unix_ms;

/// An error answer; `message` never carries a value.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    pub message: String,
    /// 401 on accounts and groups carries an `attributes` object.
    pub attributes: bool,
    /// Members named in the `validation` block of older routes.
    pub validation: Option<Vec<String>>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), attributes: false, validation: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn bad_token(attributes: bool) -> Self {
        Self { attributes, ..Self::new(StatusCode::UNAUTHORIZED, "Bad Token") }
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload content length greater than maximum allowed: 1048576")
    }

    /// Adds the `validation` block of older routes.
    pub(crate) fn with_validation(mut self, member: &str) -> Self {
        self.validation = Some(vec![member.to_owned()]);
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = full_body(self.status, &self.message);
        if self.attributes {
            body["attributes"] = json!({ "error": self.message });
        }
        if let Some(keys) = self.validation {
            body["validation"] = json!({ "source": "payload", "keys": keys });
        }
        (self.status, axum::Json(body)).into_response()
    }
}

fn full_body(status: StatusCode, message: &str) -> Value {
    json!({ "statusCode": status.as_u16(), "error": reason(status), "message": message })
}

fn reason(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or("Error"),
    }
}

/// The answer of a fault with this status and shape.
pub(crate) fn shaped(status: u16, body: ErrorBody) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = reason(status);
    let message = if status == StatusCode::UNAUTHORIZED { "Bad Token" } else { reason };
    match body {
        ErrorBody::Json => (status, axum::Json(full_body(status, message))).into_response(),
        ErrorBody::ErrorOnly => (status, axum::Json(json!({ "error": reason }))).into_response(),
        ErrorBody::MessageAndCode => {
            let code = reason.to_uppercase().replace(' ', "_");
            (status, axum::Json(json!({ "message": message, "errorCode": code }))).into_response()
        }
        ErrorBody::BareString => (status, axum::Json(json!(message))).into_response(),
        ErrorBody::Html => {
            let page = format!(
                "<html>\n<head><title>{0} {reason}</title></head>\n<body><center><h1>{0} {reason}\
                 </h1></center></body>\n</html>\n",
                status.as_u16()
            );
            (status, [(CONTENT_TYPE, "text/html")], page).into_response()
        }
        ErrorBody::Empty => (status, Body::empty()).into_response(),
    }
}

/// A 429 with the header asked for.
pub(crate) fn rate_limited(retry_after: RetryAfter) -> Response {
    let mut response = shaped(429, ErrorBody::Json);
    let text = match retry_after {
        RetryAfter::None => None,
        RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
        RetryAfter::Date(seconds) => Some(http_date(seconds)),
    };
    if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

fn http_date(seconds_ahead: u64) -> String {
    let ahead = i64::try_from(seconds_ahead).unwrap_or(i64::MAX / 1_000);
    let at = DateTime::<Utc>::from_timestamp_millis(unix_ms())
        .zip(TimeDelta::try_seconds(ahead))
        .and_then(|(now, ahead)| now.checked_add_signed(ahead))
        .unwrap_or(DateTime::<Utc>::MAX_UTC);
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
