//! From bytes to values: JSON and form bodies, query strings.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use keyferry_domain::{Error, Result};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 64;

/// The value of a body. No body and `null` are the empty object; a form becomes an object of texts.
///
/// # Errors
/// 400 for what is not JSON, or nests too deeply.
pub fn parse_body(headers: &HeaderMap, body: &[u8]) -> Result<Value> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    if is_form(headers) {
        return Ok(parse_pairs(body));
    }
    if depth(body) > MAX_DEPTH {
        return Err(Error::bad_request(format!("Request body nests too deeply; at most {MAX_DEPTH} levels are read")));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Null) => Ok(Value::Object(Map::new())),
        Ok(value) => Ok(value),
        // The parser's own words may quote the body, so only the place is told.
        Err(error) => {
            Err(Error::bad_request(format!("Request body is not valid JSON (line {}, column {})", error.line(), error.column())))
        }
    }
}

/// The pairs of a query string or a form, as an object of texts; a name that is there more than once becomes a list.
#[must_use]
pub fn parse_pairs(encoded: &[u8]) -> Value {
    let mut map = Map::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        let value = Value::String(value.into_owned());
        match map.get_mut(name.as_ref()) {
            None => {
                map.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(map)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded"))
}

/// The deepest nesting, read off the brackets outside of texts before anything is built.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (true, _) => {}
            (false, b'"') => in_text = true,
            (false, b'[' | b'{') => {
                now += 1;
                deepest = deepest.max(now);
            }
            (false, b']' | b'}') => now = now.saturating_sub(1),
            (false, _) => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_ignores_brackets_inside_texts() {
        assert_eq!(depth(br#"{"a":"[[[[\"[[","b":[{}]}"#), 3);
        assert_eq!(depth(br#""\\"[["#), 2);
    }

    #[test]
    fn repeated_names_become_a_list() {
        assert_eq!(parse_pairs(b"a=1&b=x+y%2F&a=2"), serde_json::json!({ "a": ["1", "2"], "b": "x y/" }));
    }
}
