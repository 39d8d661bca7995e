//! The description of the API, built from the registry.

mod document;
mod example;

use bytes::Bytes;
use keyferry_domain::Result;

pub use document::document;

use crate::Registry;
use crate::endpoint::{AnonymousCall, Input, JsonBytes, get};

/// Adds `GET /api/docs/json`; called last, since it describes what is registered by then.
pub fn add(registry: &mut Registry) {
    let text = Bytes::from(document(registry.specs()).to_string());
    let handler = move |_: AnonymousCall, _: Input| {
        let text = text.clone();
        async move { Result::Ok(JsonBytes(text)) }
    };
    registry.add(get("/api/docs/json", handler).summary("This description").hidden());
}
