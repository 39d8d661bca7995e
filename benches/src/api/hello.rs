//! The reference: the least that a server on the same framework can do.

use axum::Router;
use axum::routing::get;
use serde_json::json;

/// Serves `{"hello":"world"}` until it is killed; says where on standard output.
///
/// # Errors
/// When it cannot listen.
pub async fn serve(listen: &str) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let router = Router::new()
        .route("/", get(async || axum::Json(json!({ "hello": "world" }))))
        .route("/api/status", get(async || axum::Json(json!({}))));
    axum::serve(listener, router).await?;
    Ok(())
}
