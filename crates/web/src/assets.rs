//! Style sheets, scripts and the mark, inside the binary. Names carry a hash of the content, so browsers may keep them for ever.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[exclude = "vendor/lucide/*"]
struct Files;

/// Names of files and under which address they are served.
static ADDRESSES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let hash = Files::get(&name)?.metadata.sha256_hash();
            let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let (stem, extension) = name.rsplit_once('.')?;
            Some((name.to_string(), format!("{stem}.{hash}.{extension}")))
        })
        .collect()
});

/// The address of a file of `assets/`, such as `app.css`. An unknown name is a defect that a test finds.
#[must_use]
pub fn url(name: &str) -> String {
    ADDRESSES.get(name).map_or_else(|| format!("/assets/missing/{name}"), |address| format!("/assets/{address}"))
}

/// Serves a file under the address that [`url`] gave.
pub(crate) async fn serve(Path(address): Path<String>) -> Response {
    let file = ADDRESSES.iter().find(|(_, own)| **own == address).and_then(|(name, _)| Some((name, Files::get(name)?)));
    let Some((name, file)) = file else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, file.data.into_owned()).into_response()
}
