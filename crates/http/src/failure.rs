//! Errors on their way out: one envelope (core API contract, section 1.4), filled in one place.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use keyferry_domain::Error;
use serde_json::{Map, Value, json};

use crate::context::RequestContext;

/// The `error` of a caller without an organization; the URL is put in front of it.
pub(crate) const NO_ORGANIZATION: &str = "Unauthorized Access, no organization found in request";
/// The `error` of a token of a kind that is not taken; the URL is put behind it.
pub(crate) const FORBIDDEN_ACCESS: &str = "Forbidden access";

/// Why a request has no answer of its handler. Becomes the envelope once the request's id and URL are known.
#[derive(Debug)]
pub enum Failure {
    /// What a domain function says.
    Domain(Error),
    /// The body is larger than the limit.
    TooLarge,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The handler took too long.
    Timeout,
    /// The handler panicked.
    Panic,
    /// No such route.
    NoRoute,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

/// The failure of a response that is not rendered yet.
#[derive(Clone)]
pub(crate) struct Pending(pub(crate) Arc<Failure>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Pending(Arc::new(self)));
        response
    }
}

/// The parts of an envelope.
struct Envelope<'a> {
    message: Value,
    error: &'a str,
    details: Option<&'a Value>,
}

impl<'a> Envelope<'a> {
    fn new(message: &str, error: &'a str) -> Self {
        Self { message: Value::from(message), error, details: None }
    }

    fn named(message: &str, name: Option<&'a String>, default: &'static str, details: Option<&'a Value>) -> Self {
        Self { message: Value::from(message), error: name.map_or(default, String::as_str), details }
    }
}

impl Failure {
    /// The status it answers with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Domain(error) => match error {
                Error::BadRequest { .. } => StatusCode::BAD_REQUEST,
                Error::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
                Error::Token { .. } | Error::PermissionDenied { .. } | Error::Forbidden { .. } => StatusCode::FORBIDDEN,
                Error::NotFound { .. } => StatusCode::NOT_FOUND,
                Error::Conflict { .. } => StatusCode::CONFLICT,
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
                Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoRoute => StatusCode::NOT_FOUND,
        }
    }

    /// Writes the cause of a defect to the log, with the request's id; nothing for the caller's own mistakes.
    pub(crate) fn log(&self, context: &RequestContext) {
        match self {
            Self::Domain(Error::Internal { cause }) => {
                tracing::error!(request_id = %context.origin.request_id, %cause, "request failed");
            }
            Self::Domain(Error::Unavailable { message }) => {
                tracing::warn!(request_id = %context.origin.request_id, cause = %message, "request could not be served");
            }
            Self::Panic => tracing::error!(request_id = %context.origin.request_id, "request handler panicked"),
            Self::Timeout => tracing::warn!(request_id = %context.origin.request_id, "request took too long"),
            _ => {}
        }
    }

    /// The answer with its envelope.
    pub(crate) fn render(&self, context: &RequestContext, method: &Method) -> Response {
        if matches!(self, Self::NoRoute) {
            return no_route(context, method);
        }
        let status = self.status();
        let named;
        let mut envelope = self.envelope();
        if envelope.error == NO_ORGANIZATION {
            named = format!("{} {NO_ORGANIZATION}", context.url);
            envelope.error = &named;
        } else if envelope.error == FORBIDDEN_ACCESS {
            named = format!("{FORBIDDEN_ACCESS} to {}", context.url);
            envelope.error = &named;
        }
        let mut body = Map::new();
        body.insert("reqId".to_owned(), Value::from(context.origin.request_id.as_str()));
        body.insert("statusCode".to_owned(), Value::from(status.as_u16()));
        body.insert("message".to_owned(), envelope.message);
        body.insert("error".to_owned(), Value::from(envelope.error));
        if let Some(details) = envelope.details {
            body.insert("details".to_owned(), details.clone());
        }
        if let Self::Domain(Error::PermissionDenied { rules, .. }) = self {
            body.insert("details".to_owned(), Value::from(rules.clone()));
        }
        let mut response = (status, axum::Json(body)).into_response();
        match self {
            Self::Domain(Error::RateLimited { retry_after_s }) => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
            }
            Self::TooLarge | Self::BodyTimeout => {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }

    fn envelope(&self) -> Envelope<'_> {
        let error = match self {
            Self::Domain(error) => error,
            Self::TooLarge => return Envelope::new("Request body is too large", "PayloadTooLarge"),
            Self::BodyTimeout => return Envelope::new("The request body did not arrive in time", "RequestTimeout"),
            Self::Timeout => return Envelope::new("Timeout error", "GatewayTimeoutError"),
            Self::Panic | Self::NoRoute => return Envelope::new("Something went wrong", "InternalServerError"),
        };
        match error {
            Error::BadRequest { name, message, details } => {
                Envelope::named(message, name.as_ref(), "BadRequest", details.as_ref())
            }
            Error::Unauthorized { name, message } => Envelope::named(message, name.as_ref(), "UnauthorizedError", None),
            Error::Token { message } => Envelope::new(message, "TokenError"),
            Error::PermissionDenied { .. } => Envelope::new(&error.to_string(), "PermissionDenied"),
            Error::Forbidden { name, message, details } => {
                Envelope::named(message, name.as_ref(), "ForbiddenError", details.as_ref())
            }
            Error::NotFound { name, message } => Envelope::named(message, name.as_ref(), "NotFound", None),
            Error::Conflict { name, message, details } => Envelope::named(message, Some(name), "Conflict", details.as_ref()),
            Error::Invalid(issues) => Envelope {
                message: issues.iter().map(|issue| issue.body.clone()).collect(),
                error: "ValidationFailure",
                details: None,
            },
            Error::RateLimited { .. } => Envelope::new(&error.to_string(), "RateLimitExceeded"),
            Error::Unavailable { message } => Envelope::new(message, "ServiceUnavailable"),
            Error::Internal { .. } => Envelope::new("Something went wrong", "InternalServerError"),
        }
    }
}

/// The web framework's own shape, which has no request id (connections and syncs, section 1.3).
fn no_route(context: &RequestContext, method: &Method) -> Response {
    let message = format!("Route {method}:{} not found", context.url);
    let body = json!({ "message": message, "error": "Not Found", "statusCode": 404 });
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}
