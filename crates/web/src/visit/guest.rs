//! Somebody who is not signed in, or whose sign-in does not matter.

use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use http::{StatusCode, header};
use keyferry_domain::sessions::web::{self as sessions, WebSession};
use keyferry_domain::{App, Result};
use secrecy::ExposeSecret as _;

use super::answer::{Answer, Go, html};
use super::request::Request;
use super::signed::Visit;
use super::web::Web;
use crate::ui::Page;

/// A request of anybody.
#[derive(Clone)]
pub struct Guest {
    /// The open installation.
    pub app: Arc<App>,
    /// The state of the pages.
    pub web: Web,
    request: Request,
}

impl Deref for Guest {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl Guest {
    pub(crate) fn new(web: Web, request: Request) -> Self {
        Self { app: Arc::clone(&web.app), web, request }
    }

    /// The sign-in of this browser, if it has one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(&self) -> Result<Option<WebSession>> {
        match self.web.cookies.session(&self.request.headers) {
            Some(token) => sessions::authenticate(&self.app, token.expose_secret(), self.request.origin.clone()).await,
            None => Ok(None),
        }
    }

    /// The same request as one of somebody who is signed in.
    ///
    /// # Errors
    /// As [`Guest::session`].
    pub async fn visit(&self) -> Result<Option<Visit>> {
        Ok(self.session().await?.map(|session| Visit::new(self.web.clone(), self.request.clone(), session)))
    }

    /// The frame of a page without navigation.
    #[must_use]
    pub fn page(&self, title: &str) -> Page {
        Page::plain(&self.request, title)
    }

    /// Shows a page.
    ///
    /// # Errors
    /// 500 when it does not render.
    pub fn show(&self, template: &impl Template) -> Answer {
        self.show_as(StatusCode::OK, template)
    }

    /// Shows a page with a status.
    ///
    /// # Errors
    /// 500 when it does not render.
    pub fn show_as(&self, status: StatusCode, template: &impl Template) -> Answer {
        let mut response = html(status, template)?;
        if self.request.notice.is_some() {
            response.headers_mut().extend(self.web.cookies.drop_notice().map(|cookie| (header::SET_COOKIE, cookie)));
        }
        Ok(response)
    }

    /// Shows a page that anybody may see, in the frame of whoever visits.
    ///
    /// # Errors
    /// When the database does not answer, 500 when it does not render.
    pub async fn show_anybody<T: Template>(&self, title: &str, make: impl FnOnce(Page) -> T) -> Answer {
        match self.visit().await? {
            Some(visit) => visit.show(&make(visit.page_anywhere(title))),
            None => self.show(&make(self.page(title))),
        }
    }

    /// Leads to another address.
    ///
    /// # Errors
    /// None.
    pub fn go(&self, go: Go) -> Answer {
        go.answer(self.web.cookies)
    }
}
