//! Reads a request's body within a size and a time.

use axum::body::Body;
use bytes::Bytes;
use http::header;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::app::BodyLimits;
use crate::failure::Failure;

/// The whole body; refused with 413 above the limit (declared or counted) and with 408 when it does not arrive in time, however
/// steadily it trickles.
///
/// # Errors
/// 413, 408, or 400 for a connection that breaks off.
pub async fn read_body(parts: &Parts, body: Body) -> Result<Bytes, Failure> {
    read(parts, body, parts.extensions.get::<BodyLimits>().copied().unwrap_or_default()).await
}

/// Like [`read_body`] for the few routes that take files: up to this many bytes more than the limit of all others.
///
/// # Errors
/// As [`read_body`].
pub async fn read_file_body(parts: &Parts, body: Body, more_bytes: usize) -> Result<Bytes, Failure> {
    let limits = parts.extensions.get::<BodyLimits>().copied().unwrap_or_default();
    read(parts, body, BodyLimits { size_bytes: limits.size_bytes.saturating_add(more_bytes), ..limits }).await
}

async fn read(parts: &Parts, body: Body, limits: BodyLimits) -> Result<Bytes, Failure> {
    let declared = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > limits.size_bytes as u64) {
        return Err(Failure::TooLarge);
    }
    match tokio::time::timeout(limits.time, Limited::new(body, limits.size_bytes).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::TooLarge),
        Ok(Err(_)) => Err(keyferry_domain::Error::bad_request("The request body could not be read to its end").into()),
        Err(_) => Err(Failure::BodyTimeout),
    }
}
