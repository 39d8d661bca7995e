//! The refresh cookie `jid`.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use keyferry_domain::sessions::SignedIn;
use keyferry_domain::{App, Error, Result};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::endpoint::Json;

const NAME: &str = "jid";

/// An answer that hands out the session's refresh token.
pub(super) fn with_refresh(app: &App, signed_in: &SignedIn, body: Value) -> Result<Response> {
    let max_age_s = (signed_in.expires_at_ms - app.now_ms()) / 1000;
    answer(app, signed_in.refresh_token.expose_secret(), max_age_s, body)
}

/// An answer that takes the cookie back.
pub(super) fn without_refresh(app: &App, body: Value) -> Result<Response> {
    answer(app, "", 0, body)
}

fn answer(app: &App, value: &str, max_age_s: i64, body: Value) -> Result<Response> {
    let secure = if app.settings.public_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{NAME}={value}; HttpOnly; Path=/; SameSite=Strict; Max-Age={max_age_s}{secure}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Error::internal("a refresh token does not fit a header"))?;
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// The refresh token that a request carries.
pub(super) fn refresh_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
        .filter(|value| !value.is_empty())
}
