//! What a fault does to the answer of a call.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::error::{ApiError, rate_limited, shaped};
use crate::faults::{ErrorBody, FaultEffect, Filling};
use crate::handle::SimHandle;
use crate::pipeline::PageShift;
use crate::server::Connection;

/// The answer under a fault; none when the connection is to be reset.
pub(crate) async fn shape(
    sim: &SimHandle,
    effect: Option<FaultEffect>,
    mut request: Request,
    next: Next,
    writes: bool,
) -> Option<Response> {
    let Some(effect) = effect else { return Some(next.run(request).await) };
    match effect {
        FaultEffect::Status { status, body, apply } => {
            if apply {
                next.run(request).await;
            }
            Some(shaped(status, body))
        }
        FaultEffect::RateLimited { retry_after } => Some(rate_limited(retry_after)),
        FaultEffect::ResetBeforeApply => None,
        FaultEffect::ResetDuringApply => {
            tokio::spawn(next.run(request));
            None
        }
        FaultEffect::ResetAfterApply => {
            next.run(request).await;
            None
        }
        FaultEffect::Truncate => Some(truncate(next.run(request).await).await),
        FaultEffect::WrongContentType { content_type } => {
            let mut response = next.run(request).await;
            let text = content_type.as_deref().unwrap_or("text/html");
            if let Ok(value) = HeaderValue::from_str(text) {
                response.headers_mut().insert(CONTENT_TYPE, value);
            }
            Some(response)
        }
        FaultEffect::Nonsense { body } => {
            let body = body.unwrap_or_else(|| r#"{"kettle":"boiling"}"#.to_owned());
            Some((StatusCode::OK, [(CONTENT_TYPE, "application/json")], body).into_response())
        }
        FaultEffect::Redirect { status, location } => {
            let status = StatusCode::from_u16(status.unwrap_or(307)).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
            Some((status, [(LOCATION, location)]).into_response())
        }
        FaultEffect::Huge { bytes, filling } => Some(huge(bytes, filling)),
        FaultEffect::Drip { ms } => Some(drip(next.run(request).await, Duration::from_millis(ms)).await),
        FaultEffect::EmptyList => Some(axum::Json(Value::Array(Vec::new())).into_response()),
        FaultEffect::RepeatKeys { by } => {
            request.extensions_mut().insert(PageShift(-i64::from(by)));
            Some(next.run(request).await)
        }
        FaultEffect::DropKeys { by } => {
            request.extensions_mut().insert(PageShift(i64::from(by)));
            Some(next.run(request).await)
        }
        FaultEffect::Hang { ms, apply } => {
            if apply {
                let response = next.run(request).await;
                hang(sim, ms).await.then_some(response)
            } else if hang(sim, ms).await {
                Some(next.run(request).await)
            } else {
                None
            }
        }
        FaultEffect::RefuseValue if writes => Some(ApiError::bad_request("\"value\" contains an invalid value").into_response()),
        FaultEffect::EchoValue if writes => Some(echo(request).await),
        FaultEffect::RefuseValue
        | FaultEffect::EchoValue
        | FaultEffect::RevokeKey
        | FaultEffect::SetRole { .. }
        | FaultEffect::RemoveAccount
        | FaultEffect::RemoveGroup
        | FaultEffect::EditVariable { .. }
        | FaultEffect::DeleteVariable { .. }
        | FaultEffect::EditGroupVariable { .. }
        | FaultEffect::DeleteGroupVariable { .. } => Some(next.run(request).await),
    }
}

/// Waits; true when the time is over, false when the simulator stops first.
async fn hang(sim: &SimHandle, ms: Option<u64>) -> bool {
    let mut closing = sim.shared().closing.subscribe();
    let stopped = async {
        let _stopped = closing.wait_for(|closing| *closing).await;
    };
    match ms {
        Some(ms) => tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ms)) => true,
            () = stopped => false,
        },
        None => {
            stopped.await;
            false
        }
    }
}

/// Promises the whole body, sends half of it, then breaks off.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, usize::MAX).await else {
        return shaped(500, ErrorBody::Empty);
    };
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let halves = futures_util::stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok::<Bytes, std::io::Error>(half), None)),
            None => {
                // One turn of the loop lets the server flush the first half.
                tokio::task::yield_now().await;
                Some((Err(std::io::ErrorKind::ConnectionAborted.into()), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(halves))
}

pub(crate) fn reset(socket: Option<Connection>) -> Response {
    match socket {
        Some(socket) => {
            socket.reset();
            Response::default()
        }
        None => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "connection reset").into_response(),
    }
}

/// Refuses a write in the words of a careless server: with the value in the message, and again inside a piece of its own text.
async fn echo(request: Request) -> Response {
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap_or_default();
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let members = json.get("environmentVariables").and_then(Value::as_array);
    let values = members.into_iter().flatten().chain([&json]).filter_map(|item| item.get("value")?.as_str());
    let said: Vec<String> = values.map(|value| format!("\"value\" must not be {value:?} ({value})")).collect();
    ApiError::bad_request(said.join("; ")).into_response()
}

/// A success that goes on and on, in pieces, without a length.
fn huge(bytes: u64, filling: Filling) -> Response {
    const PIECE: usize = 64 * 1024;
    let (head, unit): (&[u8], &[u8]) = match filling {
        Filling::Items => (b"[{}", b",{}"),
        Filling::Blanks => (b"", b" "),
        Filling::Nested => (b"", b"["),
        Filling::Value => (b"[{\"key\":\"HUGE\",\"value\":\"", b"x"),
    };
    let piece = Bytes::from(unit.repeat(PIECE / unit.len()));
    let head = Bytes::copy_from_slice(head);
    let pieces = futures_util::stream::unfold((head, bytes), move |(next, left)| {
        let piece = piece.clone();
        async move {
            let sent = u64::try_from(next.len()).unwrap_or(u64::MAX);
            (left > 0).then(|| (Ok::<Bytes, std::io::Error>(next), (piece, left.saturating_sub(sent.max(1)))))
        }
    });
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
}

/// The whole answer, slower than anybody waits.
async fn drip(response: Response, pause: Duration) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, usize::MAX).await else {
        return shaped(500, ErrorBody::Empty);
    };
    let bytes = futures_util::stream::unfold(0, move |at| {
        let whole = whole.clone();
        async move {
            if at >= whole.len() {
                return None;
            }
            tokio::time::sleep(pause).await;
            Some((Ok::<Bytes, std::io::Error>(whole.slice(at..=at)), at + 1))
        }
    });
    Response::from_parts(parts, Body::from_stream(bytes))
}
