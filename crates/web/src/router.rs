//! All pages, with what surrounds each of them: cross-site protection, panics, and headers.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use keyferry_http::AppState;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;

use crate::visit::Web;
use crate::{assets, screens};

/// The pages' routes.
pub type Registry = keyferry_http::Registry<Web>;

/// What a page may load and do: only its own scripts, styles and images, nothing inline, no frames around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Every page and action, for the router and for the tests that walk them.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    screens::routes(&mut registry);
    registry
}

/// Shapes of the pages there are.
static PAGES: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| registry().specs().filter(|spec| spec.method == Method::GET).map(|spec| shape(spec.path)).collect());

/// Whether there is a page at a route's path, whatever its variable parts are called: nothing on a page leads nowhere.
#[must_use]
pub fn has_page(path: &str) -> bool {
    PAGES.contains(&shape(path))
}

fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// The pages' router, with its state. Unknown addresses outside the API get a page of their own.
pub fn router(state: AppState) -> Router {
    let web = Web::new(state);
    let pages = registry()
        .into_router()
        .fallback(screens::errors::unknown_address)
        .layer(CsrfLayer::new().with_rejection_response(|_| screens::errors::foreign_form()))
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| screens::errors::panicked()))
        .layer(middleware::from_fn(finish))
        .with_state(web);
    let assets = Router::new().route("/assets/{*name}", axum::routing::get(assets::serve)).layer(CompressionLayer::new());
    pages.merge(assets)
}

/// Headers of every page; a page may have set its own policy.
async fn finish(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await.into_response();
    let headers = response.headers_mut();
    let mut default = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, POLICY);
    default(header::CACHE_CONTROL, "no-store");
    default(header::VARY, "HX-Request, Cookie");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(header::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    response
}
