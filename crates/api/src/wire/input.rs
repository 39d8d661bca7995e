//! The three parts of a request, read in the framework's order: path, body, query.

use axum::RequestExt;
use axum::extract::{RawPathParams, Request};
use http::Method;
use keyferry_domain::Error;
use keyferry_http::{Failure, read_body};
use serde_json::{Map, Value};

use super::decode;
use super::fields::Decode;
use super::payload::{parse_body, parse_pairs};

/// What a handler reads. `()` for a part that is not read.
#[derive(Clone, Debug)]
pub struct Input<Params = (), Query = (), Body = ()> {
    /// From the path.
    pub params: Params,
    /// From the query string.
    pub query: Query,
    /// From the body.
    pub body: Body,
}

impl<P: Decode, Q: Decode, B: Decode> Input<P, Q, B> {
    /// Reads a request whose route has the path `path` (its names of variable parts count, by their place).
    ///
    /// # Errors
    /// 400 for a broken body, 408 and 413 as [`read_body`], 422 with all issues of the first part that has any.
    pub async fn read(path: &str, mut request: Request) -> Result<Self, Failure> {
        let raw = request
            .extract_parts::<RawPathParams>()
            .await
            .map_err(|_| Failure::from(Error::bad_request("The path is not valid UTF-8 after percent-decoding")))?;
        let params = Value::Object(named(path, &raw));
        let (parts, body) = request.into_parts();
        // A GET may carry a body nobody reads; it is taken off the wire so that the connection stays usable.
        let bytes = read_body(&parts, body).await?;
        let body =
            if B::READS && parts.method != Method::GET { parse_body(&parts.headers, &bytes)? } else { Value::Object(Map::new()) };
        drop(bytes);
        let params = decode(&params)?;
        let body = decode(&body)?;
        let query = decode(&parse_pairs(parts.uri.query().unwrap_or_default().as_bytes()))?;
        Ok(Self { params, query, body })
    }
}

fn named(path: &str, raw: &RawPathParams) -> Map<String, Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let names = names.map(|name| name.trim_start_matches('*').to_owned());
    names.zip(raw).map(|(name, (_, value))| (name, Value::from(value))).collect()
}
