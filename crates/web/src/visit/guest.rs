//! Somebody who is not signed in, or whose sign-in does not matter.

use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use http::{StatusCode, header};
use keyferry_domain::App;

use super::answer::{Answer, Go, html};
use super::request::Request;
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

    /// Leads to another address.
    ///
    /// # Errors
    /// None.
    pub fn go(&self, go: Go) -> Answer {
        go.answer(self.web.cookies)
    }
}
