//! Joins a handler to its route: proves the visitor, checks that a form is ours, reads it, calls.

use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{HeaderValue, Method, StatusCode, header};
use keyferry_http::{Auth, Route, RouteSpec, read_body, read_file_body};

use super::answer::{Answer, Problem, go};
use super::guest::Guest;
use super::request::Request;
use super::signed::Visit;
use super::web::Web;
use crate::form::Form;
use crate::screens::errors;

/// How much larger forms with a file may be: a file of one MiB comes back once more, encoded, when its preview is confirmed.
const UPLOAD_BYTES: usize = 1024 * 1024;

/// A route in the making.
pub struct Endpoint {
    spec: RouteSpec,
    bind: Box<dyn FnOnce(Auth) -> MethodRouter<Web>>,
}

impl Endpoint {
    /// The permission it asks for, as `subject:action`; for readers and for the tests that walk all routes.
    #[must_use]
    pub fn needs(mut self, permission: &'static str) -> Self {
        self.spec.permission = permission;
        self
    }

    /// Somebody who has not chosen an organization may visit, too.
    #[must_use]
    pub fn organization_optional(mut self) -> Self {
        self.spec.auth = self.spec.auth.organization_optional();
        self
    }
}

impl From<Endpoint> for Route<Web> {
    fn from(endpoint: Endpoint) -> Self {
        Self { handler: (endpoint.bind)(endpoint.spec.auth), spec: endpoint.spec }
    }
}

/// A page for signed-in people: `async fn(Visit) -> Answer`.
pub fn page<F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    endpoint(Method::GET, path, Auth::SESSION, move |auth| {
        on(MethodFilter::GET, move |State(web): State<Web>, request: HttpRequest| {
            let handler = handler.clone();
            async move {
                let (parts, _) = request.into_parts();
                match visit(web, Request::read(path, &parts), auth).await {
                    Ok(visit) => {
                        let answer = handler(visit.clone()).await;
                        visit.settle(answer)
                    }
                    Err(response) => response,
                }
            }
        })
    })
}

/// What a form does, for signed-in people: `async fn(Visit, Form) -> Answer`. Forms without the session's token are refused.
pub fn action<F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Visit, Form) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    action_within(path, 0, handler)
}

/// Like [`action`] for forms with a file, which may be larger by this much.
pub fn upload<F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Visit, Form) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    action_within(path, UPLOAD_BYTES, handler)
}

fn action_within<F, Fut>(path: &'static str, more_bytes: usize, handler: F) -> Endpoint
where
    F: Fn(Visit, Form) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    endpoint(Method::POST, path, Auth::SESSION, move |auth| {
        on(MethodFilter::POST, move |State(web): State<Web>, request: HttpRequest| {
            let handler = handler.clone();
            async move {
                let (parts, body) = request.into_parts();
                let visit = match visit(web, Request::read(path, &parts), auth).await {
                    Ok(visit) => visit,
                    Err(response) => return response,
                };
                let form = match read_file_body(&parts, body, more_bytes).await {
                    Ok(bytes) => Form::parse(&parts.headers, bytes).await,
                    Err(failure) => return errors::unreadable(&visit, failure.status()),
                };
                let Ok(form) = form else { return errors::unreadable(&visit, StatusCode::BAD_REQUEST) };
                if !visit.is_own_form(&form) {
                    return errors::stale_form(&visit);
                }
                let answer = handler(visit.clone(), form).await;
                visit.settle(answer)
            }
        })
    })
}

/// A page for anybody: `async fn(Guest) -> Answer`.
pub fn open_page<F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Guest) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    endpoint(Method::GET, path, Auth::NONE, move |_| {
        on(MethodFilter::GET, move |State(web): State<Web>, request: HttpRequest| {
            let handler = handler.clone();
            async move {
                let (parts, _) = request.into_parts();
                let guest = Guest::new(web, Request::read(path, &parts));
                let answer = handler(guest.clone()).await;
                settle(&guest, answer).await
            }
        })
    })
}

/// What a form does, for anybody: `async fn(Guest, Form) -> Answer`. Browsers say where a form comes from; those from other sites
/// are refused before.
pub fn open_action<F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Guest, Form) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    endpoint(Method::POST, path, Auth::NONE, move |_| {
        on(MethodFilter::POST, move |State(web): State<Web>, request: HttpRequest| {
            let handler = handler.clone();
            async move {
                let (parts, body) = request.into_parts();
                let guest = Guest::new(web, Request::read(path, &parts));
                let form = match read_body(&parts, body).await {
                    Ok(bytes) => Form::parse(&parts.headers, bytes).await,
                    Err(failure) => return failure.status().into_response(),
                };
                let Ok(form) = form else { return StatusCode::BAD_REQUEST.into_response() };
                let answer = handler(guest.clone(), form).await;
                settle(&guest, answer).await
            }
        })
    })
}

fn endpoint(method: Method, path: &'static str, auth: Auth, bind: impl FnOnce(Auth) -> MethodRouter<Web> + 'static) -> Endpoint {
    let mut spec = RouteSpec::new(method, path, auth);
    spec.hidden = true;
    Endpoint { spec, bind: Box::new(bind) }
}

/// Proves who visits; otherwise leads to where that can be done, and back.
async fn visit(web: Web, request: Request, auth: Auth) -> Result<Visit, Response> {
    let guest = Guest::new(web.clone(), request.clone());
    let session = match guest.session().await {
        Ok(session) => session,
        Err(error) => return Err(errors::open(&guest, &error).unwrap_or_else(|_| errors::panicked())),
    };
    let Some(session) = session else { return Err(lead(&web, &request, "/login", None)) };
    let wanted = request.raw_param("orgId").map(str::to_owned);
    let chosen = session.caller.org_id.map(|id| id.to_string());
    let is_elsewhere = wanted.is_some() && wanted != chosen;
    if (auth.organization && chosen.is_none()) || is_elsewhere {
        return Err(lead(&web, &request, "/login/select-organization", wanted.as_deref()));
    }
    Ok(Visit::new(web, request, session))
}

fn lead(web: &Web, request: &Request, to: &str, organization: Option<&str>) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if request.is_get && request.path != "/" {
        query.append_pair("next", &request.url);
    }
    if let Some(id) = organization {
        query.append_pair("organizationId", id);
    }
    let query = query.finish();
    let address = if query.is_empty() { to.to_owned() } else { format!("{to}?{query}") };
    if request.is_fragment {
        // The script follows a redirect by itself and would put a whole page into a part of one.
        let header_value = HeaderValue::from_str(&address).unwrap_or(HeaderValue::from_static("/login"));
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", header_value)]).into_response();
    }
    go(address)
        .answer(web.cookies)
        .unwrap_or_else(|_| (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/login"))]).into_response())
}

async fn settle(guest: &Guest, answer: Answer) -> Response {
    match answer {
        Ok(response) => response,
        Err(Problem::Response(response)) => *response,
        Err(Problem::Error(error)) => errors::anybody(guest, &error).await.unwrap_or_else(|_| errors::panicked()),
    }
}
