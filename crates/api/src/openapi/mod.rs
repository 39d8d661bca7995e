//! The description of the API, built from the registry.

mod document;
mod example;
mod page;
mod schema;

use std::sync::OnceLock;

use bytes::Bytes;
use keyferry_domain::Result;

pub use document::document;

use crate::Registry;
use crate::endpoint::{AnonymousCall, Input, JsonBytes, get};

/// Adds `GET /api/docs/json` and, for people, `GET /api/docs`. The description is made at the first call, not at the start: it takes some MiB to make.
pub fn add(registry: &mut Registry) {
    let handler = |_: AnonymousCall, _: Input| async {
        static TEXT: OnceLock<Bytes> = OnceLock::new();
        let text = TEXT.get_or_init(|| Bytes::from(document(crate::router::registry().specs()).to_string()));
        Result::Ok(JsonBytes(text.clone()))
    };
    registry.add(get("/api/docs/json", handler).summary("This description").hidden());
    page::add(registry);
}
