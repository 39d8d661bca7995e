//! The layers around every request, outermost first: tidy path → request id and origin → CORS → panic guard → deadline → route →
//! entity tag → headers → log line.

use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use keyferry_domain::Error;
use tower::{ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::client_address::IpRange;
use crate::context::RequestContext;
use crate::failure::{Failure, Pending};
use crate::normalize::normalize;
use crate::{cors, etag};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How much of a body is read, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) size_bytes: usize,
    pub(crate) time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { size_bytes: 1024 * 1024, time: Duration::from_secs(15) }
    }
}

/// Settings of the layers.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpRange>,
    /// Origins whose pages may read the API with credentials; none: any origin, without credentials.
    pub cors_origins: Vec<String>,
    /// Largest body, in bytes.
    pub body_limit_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a handler may take to begin its answer.
    pub request_timeout: Duration,
    /// Whether browsers reach the server by https only; says so to them for a year.
    pub https_only: bool,
}

impl Default for HttpConfig {
    fn default() -> Self {
        let limits = BodyLimits::default();
        Self {
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            body_limit_bytes: limits.size_bytes,
            body_timeout: limits.time,
            request_timeout: Duration::from_secs(60),
            https_only: false,
        }
    }
}

/// The router with its layers, ready for `into_make_service_with_connect_info::<SocketAddr>()`. The routes' own state is already in
/// `router`; a fallback for pages may be, too.
pub fn app(router: Router, config: HttpConfig) -> Router {
    let config = Arc::new(config);
    let routes = router
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| Failure::Panic.into_response()))
        .layer(middleware::from_fn_with_state(Arc::clone(&config), around));
    let entry = service_fn(move |request: Request| {
        let routes = routes.clone();
        let config = Arc::clone(&config);
        async move {
            let request = prepare(request, &config);
            routes.oneshot(request).await
        }
    });
    Router::new().fallback_service(entry.map_err(|error: Infallible| match error {}))
}

/// What must happen before the path is matched.
fn prepare(request: Request, config: &HttpConfig) -> Request {
    let (mut parts, body) = request.into_parts();
    let url = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let context = RequestContext::of(&parts, url, &config.trusted_proxies);
    parts.extensions.insert(context);
    parts.extensions.insert(BodyLimits { size_bytes: config.body_limit_bytes, time: config.body_timeout });
    parts.uri = normalize(parts.uri);
    Request::from_parts(parts, body)
}

async fn around(axum::extract::State(config): axum::extract::State<Arc<HttpConfig>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let context = request.extensions().get::<RequestContext>().cloned().unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let headers = request.headers().clone();
    let is_api = is_api(request.uri().path());

    let preflight = cors::is_preflight(&method, &headers);
    let response = if is_api && method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else if let Some(name) = doubled(&headers) {
        Failure::from(Error::bad_request(format!("The header `{name}` must not occur more than once"))).into_response()
    } else {
        match tokio::time::timeout(config.request_timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Failure::Timeout.into_response(),
        }
    };
    let response = settle(response, is_api, &context, &method);
    let mut response = if is_api { tag(response, &method, &headers).await } else { response };
    finish(response.headers_mut(), is_api, &context);
    if config.https_only {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if is_api {
        cors::decorate(&headers, response.headers_mut(), &config.cors_origins, preflight);
    }
    measure(&method, route.as_ref().map_or("-", MatchedPath::as_str), response.status(), started.elapsed());
    tracing::info!(
        request_id = %context.origin.request_id,
        %method,
        route = route.as_ref().map_or("-", MatchedPath::as_str),
        status = response.status().as_u16(),
        latency_ms = started.elapsed().as_secs_f64() * 1000.0,
        "request"
    );
    response
}

/// Counts an answer. Every label has few values: routes are patterns, and methods that nobody knows are one.
fn measure(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let method = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let class = match status.as_u16() {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        500..=599 => "5xx",
        _ => "1xx",
    };
    let route = route.to_owned();
    metrics::counter!("keyferry_http_requests_total", "method" => method, "route" => route.clone(), "status" => class)
        .increment(1);
    metrics::histogram!("keyferry_http_request_duration_seconds", "route" => route).record(took);
}

/// A header whose second occurrence two parties could read differently.
fn doubled(headers: &HeaderMap) -> Option<HeaderName> {
    [header::HOST, header::AUTHORIZATION, header::CONTENT_LENGTH, header::CONTENT_TYPE]
        .into_iter()
        .find(|name| headers.get_all(name).iter().nth(1).is_some())
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Gives failures their envelope. An unknown API path and a known one with another method are told alike.
fn settle(response: Response, is_api: bool, context: &RequestContext, method: &Method) -> Response {
    if let Some(Pending(failure)) = response.extensions().get::<Pending>().cloned() {
        failure.log(context);
        return failure.render(context, method);
    }
    let unknown = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
    if is_api && unknown && !is_json(response.headers()) {
        return Failure::NoRoute.render(context, method);
    }
    response
}

/// Adds the entity tag to a JSON answer of a GET and drops a body the client has already. Bodies here are whole, so nothing is
/// copied; the tag of a handler that made its own is kept.
async fn tag(response: Response, method: &Method, request: &HeaderMap) -> Response {
    let reads = method == Method::GET || method == Method::HEAD;
    if !reads || response.status() != StatusCode::OK || !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let known = parts.headers.get(header::ETAG).cloned();
    let (tag, body) = match known {
        Some(tag) => (Some(tag), body),
        // The router has taken the body of a HEAD away already.
        None if method == Method::HEAD || body.size_hint().exact().is_none() => (None, body),
        None => match body.collect().await {
            Ok(collected) => {
                let bytes = collected.to_bytes();
                (Some(etag::of(&bytes)), Body::from(bytes))
            }
            Err(_) => return Failure::Panic.into_response(),
        },
    };
    let Some(tag) = tag else { return Response::from_parts(parts, body) };
    let hit = etag::is_match(request, &tag);
    parts.headers.insert(header::ETAG, tag);
    if hit {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, body)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

/// Headers of every answer; what a handler has set is kept.
fn finish(headers: &mut HeaderMap, is_api: bool, context: &RequestContext) {
    if let Ok(id) = HeaderValue::from_str(&context.origin.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'");
    if is_api {
        default(header::CACHE_CONTROL, "no-store");
    }
}
