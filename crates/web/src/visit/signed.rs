//! Somebody who is signed in.

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use http::{StatusCode, header};
use keyferry_domain::access::Ability;
use keyferry_domain::projects::Project;
use keyferry_domain::sessions::web::{self as sessions, WebSession};
use keyferry_domain::{App, Caller, Error, Look, Result, access, projects};
use uuid::Uuid;

use super::answer::{Answer, Go, Problem, html};
use super::recent::Recent;
use super::request::Request;
use super::web::Web;
use crate::form::Form;
use crate::ui::{Page, Place, ProjectFrame, Theme};

/// A request of a proven caller.
#[derive(Clone)]
pub struct Visit {
    /// The open installation.
    pub app: Arc<App>,
    /// Who visits.
    pub caller: Caller,
    /// The state of the pages.
    pub web: Web,
    pub(super) session: Arc<WebSession>,
    request: Request,
    recent: Arc<Recent>,
}

impl Deref for Visit {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl Visit {
    pub(super) fn new(web: Web, mut request: Request, session: WebSession) -> Self {
        // The account's own scheme holds at every browser; without one this browser's.
        if let Some(theme) = &session.theme {
            request.theme = Theme::from_word(theme);
        }
        let mut recent = Recent::read(&request.headers, session.session_id);
        if let Some(notice) = &request.notice {
            recent.add(notice, web.app.now_ms());
        }
        let caller = session.caller.clone();
        Self { app: Arc::clone(&web.app), caller, session: Arc::new(session), web, request, recent: Arc::new(recent) }
    }

    /// What this browser was told lately.
    #[must_use]
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// The organization the caller has chosen.
    ///
    /// # Errors
    /// 401 when there is none; cannot happen on pages that ask for one.
    pub fn org_id(&self) -> Result<Uuid> {
        access::require_org(&self.caller)
    }

    /// The project of the address (`{projectId}`).
    ///
    /// # Errors
    /// 404 for an unknown one, 403 for one the caller does not belong to.
    pub async fn project(&self) -> Result<Project> {
        let id: Uuid = self.param("projectId")?;
        projects::get(&self.app, &self.caller, id).await
    }

    /// What the caller may do in the project of the address or, where it has none, in the organization.
    ///
    /// # Errors
    /// As [`access::rights`].
    pub async fn rights(&self) -> Result<Ability> {
        let project_id = match self.raw_param("projectId") {
            Some(_) => Some(self.param::<Uuid>("projectId")?),
            None => None,
        };
        access::rights(&self.app, &self.caller, project_id).await
    }

    /// The frame of a page of the organization.
    #[must_use]
    pub fn page(&self, title: &str, place: Place) -> Page {
        Page::organization(self, title, place)
    }

    /// The frame of a page of a project.
    #[must_use]
    pub fn project_page(&self, project: &Project, title: &str, place: Place) -> Page {
        Page::project(self, ProjectFrame::of(project), title, place)
    }

    /// Name of the chosen organization.
    #[must_use]
    pub fn organization_name(&self) -> Option<&str> {
        self.session.organization.as_deref()
    }

    /// What every form of this session carries.
    #[must_use]
    pub fn form_token(&self) -> &str {
        &self.session.form_token
    }

    /// Whether a form is one of this sign-in's pages.
    #[must_use]
    pub fn is_own_form(&self, form: &Form) -> bool {
        let given = form.value("_token").or_else(|| self.request.headers.get("x-form-token")?.to_str().ok());
        given.is_some_and(|given| sessions::is_form_token(&self.session, given))
    }

    /// The frame of a page outside every section, with the organization's navigation once one is chosen.
    #[must_use]
    pub fn page_anywhere(&self, title: &str) -> Page {
        match self.caller.org_id {
            Some(_) => self.page(title, Place::Elsewhere),
            None => Page::account(self, title),
        }
    }

    /// Shows a page.
    ///
    /// # Errors
    /// 500 when it does not render.
    pub fn show(&self, template: &impl Template) -> Answer {
        self.show_as(StatusCode::OK, template)
    }

    /// Shows a page with a status, such as 422 for a form with errors.
    ///
    /// # Errors
    /// 500 when it does not render.
    pub fn show_as(&self, status: StatusCode, template: &impl Template) -> Answer {
        let mut response = html(status, template)?;
        // What a page asks for by itself leaves the notice to the page that somebody opened.
        if self.request.notice.is_some() && self.request.origin.look != Look::Refresh {
            let cookies = [self.web.cookies.drop_notice(), self.web.cookies.keep_recent(&self.recent.after_showing())];
            for cookie in cookies.into_iter().flatten() {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        Ok(response)
    }

    /// Leads to another address after something was done.
    ///
    /// # Errors
    /// None.
    pub fn go(&self, go: Go) -> Answer {
        go.answer(self.web.cookies)
    }

    /// Runs work that creates or triggers something; a form sent twice does it once. Answers the address the work led to.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn once(&self, form: &Form, work: impl Future<Output = Result<String>>) -> Result<String> {
        let Some(key) = form.value("_key").filter(|key| !key.is_empty()) else { return work.await };
        let mut full = format!("{} {} {key}", self.session.session_id, self.request.path);
        // What was typed belongs to the key: the same form, corrected, is another attempt. Only its digest is kept.
        let _ = write!(full, " {}", form.digest());
        self.web.once.run(full, work).await
    }

    /// The frame of a page that says what is wrong.
    pub(super) fn error_page(&self, error: &Error) -> Answer {
        crate::screens::errors::signed(self, error)
    }

    pub(super) fn settle(&self, answer: Answer) -> axum::response::Response {
        match answer {
            Ok(response) => response,
            Err(Problem::Response(response)) => *response,
            Err(Problem::Error(error)) => {
                let method = if self.request.is_get { "GET" } else { "POST" };
                keyferry_domain::audit::record_denial(&self.app, &self.caller, method, self.request.pattern, &error);
                self.error_page(&error).unwrap_or_else(|_| crate::screens::errors::panicked())
            }
        }
    }
}
