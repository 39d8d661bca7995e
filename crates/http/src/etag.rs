//! Entity tags: strong, quoted, a hash of the body (core API contract, section 1.6).

use aws_lc_rs::digest::{SHA256, digest};
use http::{HeaderMap, HeaderValue, header};

/// The tag of a body.
#[must_use]
pub fn of(body: &[u8]) -> HeaderValue {
    let text = format!("\"{}\"", hex::encode(digest(&SHA256, body)));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether the request holds this very body already. Weak forms of the tag count, as RFC 9110 13.1.2 says.
#[must_use]
pub fn is_match(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.as_bytes();
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one).as_bytes() == tag)
    })
}
