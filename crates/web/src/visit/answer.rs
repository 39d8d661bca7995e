//! What handlers answer: a page, another address, or a problem that becomes a page.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use keyferry_domain::Error;

use super::cookies::Cookies;
use crate::ui::Notice;

/// The outcome of a handler.
pub type Answer = Result<Response, Problem>;

/// Why a handler does not show what was asked for.
pub enum Problem {
    /// What a domain function says; becomes a page.
    Error(Error),
    /// An answer already made.
    Response(Box<Response>),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Response> for Problem {
    fn from(response: Response) -> Self {
        Self::Response(Box::new(response))
    }
}

/// A rendered template.
///
/// # Errors
/// 500 when it does not render.
pub fn html(status: StatusCode, template: &impl Template) -> Answer {
    let body = template.render().map_err(|error| Error::internal(format!("a page does not render: {error}")))?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response())
}

/// Leads to another address after something was done (303).
#[must_use]
pub struct Go {
    address: String,
    notice: Option<Notice>,
    cookies: Vec<HeaderValue>,
}

/// Leads to an address of ours.
pub fn go(address: impl Into<String>) -> Go {
    Go { address: address.into(), notice: None, cookies: Vec::new() }
}

impl Go {
    /// Says there what was done.
    pub fn notice(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(Notice::done(text));
        self
    }

    /// Says there what went wrong.
    pub fn alert(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(Notice::error(text));
        self
    }

    /// Sets a cookie on the way.
    pub fn cookie(mut self, cookie: Option<HeaderValue>) -> Self {
        self.cookies.extend(cookie);
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// None; the type is that of handlers.
    pub fn answer(self, cookies: Cookies) -> Answer {
        let Ok(address) = HeaderValue::from_str(&self.address) else {
            return Err(Error::internal("an address that cannot be sent").into());
        };
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response();
        let notice = self.notice.and_then(|notice| cookies.carry_notice(&notice));
        for cookie in self.cookies.into_iter().chain(notice) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}
