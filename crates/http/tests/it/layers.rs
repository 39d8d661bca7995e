//! Paths, headers, origins and addresses.

use axum::routing::{get, post};
use axum::{Extension, Router};
use http::Method;
use keyferry_http::{HttpConfig, RequestContext, app};

use crate::support::{get_from, send};

async fn whence(Extension(context): Extension<RequestContext>) -> String {
    let ip = context.origin.ip.map_or_else(String::new, |ip| ip.to_string());
    format!("{ip} {} {}", context.forwarded, context.url)
}

fn router(config: HttpConfig) -> Router {
    app(Router::new().route("/api/whence", get(whence)).route("/page", post(whence)), config)
}

#[tokio::test]
async fn trailing_and_doubled_slashes_are_ignored() {
    let router = router(HttpConfig::default());
    for path in ["/api/whence", "/api/whence/", "//api/whence", "/api//whence//?a=/b/"] {
        let answer = get_from(&router, path).await;
        assert_eq!(String::from_utf8_lossy(&answer.bytes), format!("203.0.113.9 false {path}"));
    }
}

#[tokio::test]
async fn only_trusted_proxies_say_where_a_client_is() {
    let headers = [("x-forwarded-for", "6.6.6.6, 198.51.100.7")];
    let strict = send(&router(HttpConfig::default()), Method::GET, "/api/whence", &headers).await;
    assert!(strict.bytes.starts_with(b"203.0.113.9 true"));
    let trusting = HttpConfig { trusted_proxies: vec!["203.0.113.0/24".parse().unwrap()], ..HttpConfig::default() };
    let told = send(&router(trusting), Method::GET, "/api/whence", &headers).await;
    assert!(told.bytes.starts_with(b"198.51.100.7 true"));
}

#[tokio::test]
async fn answers_carry_safe_headers() {
    let router = router(HttpConfig::default());
    let answer = get_from(&router, "/api/whence").await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), value);
    }
    let page = send(&router, Method::POST, "/page", &[("origin", "https://a.example")]).await;
    assert_eq!((page.header("cache-control"), page.header("access-control-allow-origin")), ("", ""));
    assert_eq!(get_from(&router, "/page").await.status.as_u16(), 405);
}

#[tokio::test]
async fn any_origin_may_read_but_never_with_credentials() {
    let router = router(HttpConfig::default());
    let headers = [("origin", "https://a.example")];
    let answer = send(&router, Method::GET, "/api/whence", &headers).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let headers = [
        ("origin", "https://a.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let preflight = send(&router, Method::OPTIONS, "/api/whence", &headers).await;
    assert_eq!(preflight.status.as_u16(), 204);
    assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
    assert_eq!(preflight.header("access-control-allow-headers"), "authorization,content-type");
}

#[tokio::test]
async fn listed_origins_alone_may_read_when_there_is_a_list() {
    let config = HttpConfig { cors_origins: vec!["https://a.example".to_owned()], ..HttpConfig::default() };
    let router = router(config);
    let known = send(&router, Method::GET, "/api/whence", &[("origin", "https://a.example")]).await;
    assert_eq!(known.header("access-control-allow-origin"), "https://a.example");
    assert_eq!(known.header("access-control-allow-credentials"), "true");
    let foreign = send(&router, Method::GET, "/api/whence", &[("origin", "https://b.example")]).await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    assert_eq!(foreign.header("vary"), "origin");
}

#[tokio::test]
async fn doubled_headers_are_refused() {
    let router = router(HttpConfig::default());
    for name in ["host", "authorization", "content-type"] {
        let answer = send(&router, Method::GET, "/api/whence", &[(name, "a"), (name, "b")]).await;
        assert_eq!(answer.status.as_u16(), 400);
        assert_eq!(answer.json()["message"], format!("The header `{name}` must not occur more than once"));
    }
}

#[tokio::test]
async fn https_is_insisted_on_only_where_it_is_spoken() {
    let plain = get_from(&router(HttpConfig::default()), "/api/whence").await;
    assert_eq!(plain.header("strict-transport-security"), "");
    let secure = get_from(&router(HttpConfig { https_only: true, ..HttpConfig::default() }), "/api/whence").await;
    assert_eq!(secure.header("strict-transport-security"), "max-age=31536000");
}
