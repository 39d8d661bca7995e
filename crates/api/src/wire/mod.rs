//! Decodes bodies, queries and path parts, and says *everything* that is wrong with one of them at once, in the contract's shape
//! (connections and syncs, section 1.3). The same declaration yields the JSON Schema of the description.
//!
//! A [`Codec`] reads one value; a [`Decode`] type reads an object through [`Fields`].

mod choice;
mod codec;
mod compound;
mod fields;
mod input;
mod number;
mod payload;
mod sink;
mod text;
mod time;

pub use choice::{boolean, enumeration, literal, loose_bool, nothing, string_bool};
pub use codec::Codec;
pub use compound::{Either, any, either, list, object, record};
pub use fields::{Decode, Fields, describe};
pub use input::Input;
pub use number::{int, int_text};
pub use payload::{parse_body, parse_pairs};
pub use sink::Sink;
pub use text::{datetime, secret_text, slug, text, uuid};
pub use time::timestamp;

use keyferry_domain::error::Issue;
use keyferry_domain::{Error, Result};
use serde_json::Value;

/// Reads a whole part of a request.
///
/// # Errors
/// 422 with all issues.
pub fn decode<T: Decode>(value: &Value) -> Result<T> {
    let mut sink = Sink::default();
    let decoded = object::<T>().decode(Some(value), &mut sink);
    match decoded {
        Some(decoded) if sink.is_empty() => Ok(decoded),
        _ => Err(Error::Invalid(sink.into_issues().into_iter().map(|body| Issue { body }).collect())),
    }
}
