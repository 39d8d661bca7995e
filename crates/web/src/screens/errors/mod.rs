//! Pages that say why there is nothing else to show: what was tried, what came back, what to do next, and the request's id.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use keyferry_domain::Error;
use keyferry_http::Failure;

use crate::ui::Page;
use crate::visit::{Answer, Guest, Request, Visit, Web};

#[derive(Template)]
#[template(path = "screens/errors/error.html")]
struct ErrorPage {
    page: Page,
    message: String,
    permission: Option<String>,
    next: &'static str,
}

/// The title, what to say, the missing permission, and what to do next.
fn describe(error: &Error) -> (&'static str, String, Option<String>, &'static str) {
    match error {
        Error::PermissionDenied { action, subject, .. } => (
            "You may not do this",
            "Your roles do not include what this page or action needs.".to_owned(),
            Some(format!("{action} on {subject}")),
            "Ask an administrator of the project or organization for a role with this permission.",
        ),
        Error::Forbidden { message, .. } | Error::Token { message } => {
            ("You may not do this", message.clone(), None, "Ask an administrator of the project or organization for access.")
        }
        Error::NotFound { message, .. } => {
            ("Not found", message.clone(), None, "It may have been deleted or renamed. Go back, or start from your projects.")
        }
        Error::Conflict { message, .. } => {
            ("It changed meanwhile", message.clone(), None, "Go back, reload the page and try again.")
        }
        Error::BadRequest { message, .. } | Error::Unauthorized { message, .. } => {
            ("This did not work", message.clone(), None, "Go back, change what is said above, and try again.")
        }
        Error::Invalid(issues) => {
            let messages: Vec<&str> = issues.iter().filter_map(|issue| issue.body.get("message")?.as_str()).collect();
            ("This did not work", messages.join(" "), None, "Go back, change what is said above, and try again.")
        }
        Error::RateLimited { retry_after_s } => {
            ("Too many requests", format!("Try again in {retry_after_s} seconds."), None, "Nothing was changed by this request.")
        }
        Error::Unavailable { message } => (
            "Not available at the moment",
            message.clone(),
            None,
            "Nothing was changed by this request. Reload the page in a moment.",
        ),
        Error::Internal { .. } => (
            "Something is broken on our side",
            "The server could not finish this request. The cause is in its log under the request ID below.".to_owned(),
            None,
            "Try once more. If it happens again, send the request ID to whoever runs this server.",
        ),
    }
}

/// Writes the cause of a defect to the log, with the request's id.
fn log(request: &Request, error: &Error) {
    match error {
        Error::Internal { cause } => tracing::error!(request_id = %request.origin.request_id, %cause, "page failed"),
        Error::Unavailable { message } => {
            tracing::warn!(request_id = %request.origin.request_id, cause = %message, "page could not be served");
        }
        _ => {}
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::PermissionDenied { .. } | Error::Forbidden { .. } | Error::Token { .. } => StatusCode::FORBIDDEN,
        Error::BadRequest { .. } => StatusCode::BAD_REQUEST,
        Error::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The page of an error, for somebody who is signed in.
pub(crate) fn signed(visit: &Visit, error: &Error) -> Answer {
    log(visit, error);
    let (title, message, permission, next) = describe(error);
    let page = visit.page_anywhere(title);
    visit.show_as(status(error), &ErrorPage { page, message, permission, next })
}

/// The page of an error, for anybody.
pub(crate) fn open(guest: &Guest, error: &Error) -> Answer {
    log(guest, error);
    let (title, message, permission, next) = describe(error);
    guest.show_as(status(error), &ErrorPage { page: guest.page(title), message, permission, next })
}

/// The page of an error, in the frame of whoever visits.
pub(crate) async fn anybody(guest: &Guest, error: &Error) -> Answer {
    match guest.visit().await {
        Ok(Some(visit)) => signed(&visit, error),
        _ => open(guest, error),
    }
}

/// There is no page at this address. Addresses of the API have their own answer.
pub(crate) async fn unknown_address(State(web): State<Web>, request: HttpRequest) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path();
    if path == "/api" || path.starts_with("/api/") {
        return Failure::NoRoute.into_response();
    }
    let guest = Guest::new(web, Request::read("", &parts));
    let error = Error::not_found("There is no page at this address.");
    anybody(&guest, &error).await.unwrap_or_else(|_| panicked())
}

/// A form that is no form, or too large.
pub(crate) fn unreadable(visit: &Visit, status: StatusCode) -> Response {
    let (message, next) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("What was sent is larger than this server takes.", "Send it in smaller parts."),
        StatusCode::REQUEST_TIMEOUT => ("What was sent did not arrive in time.", "Go back and send it again."),
        _ => ("What was sent could not be read as a form in UTF-8.", "Go back and send it again."),
    };
    plain(visit, status, "This did not work", message, next)
}

/// A form without the session's token: the sign-in is another one now.
pub(crate) fn stale_form(visit: &Visit) -> Response {
    let message = "The form was opened under another sign-in, so it was not carried out.";
    plain(visit, StatusCode::FORBIDDEN, "This form is out of date", message, "Go back, reload the page and send it again.")
}

fn plain(visit: &Visit, status: StatusCode, title: &str, message: &str, next: &'static str) -> Response {
    let page = Page::account(visit, title);
    let shown = visit.show_as(status, &ErrorPage { page, message: message.to_owned(), permission: None, next });
    shown.unwrap_or_else(|_| panicked())
}

/// A form sent by another site.
pub(crate) fn foreign_form() -> Response {
    fixed(StatusCode::FORBIDDEN, "This form came from another site, so it was not carried out.")
}

/// The last resort, without anything that could fail.
pub(crate) fn panicked() -> Response {
    fixed(StatusCode::INTERNAL_SERVER_ERROR, "The server could not finish this request. Its log says why.")
}

fn fixed(status: StatusCode, message: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Keyferry</title></head><body><main><h1>This did not \
         work</h1><p>{message}</p><p><a href=\"/\">Start again</a></p></main></body></html>"
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], Body::from(text)).into_response()
}
