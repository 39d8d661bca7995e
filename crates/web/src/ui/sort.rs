//! Column headers that sort.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::visit::Request;

/// A sorting header cell.
#[derive(Debug, Template)]
#[template(path = "ui/sort.html")]
pub struct SortHeader {
    label: String,
    address: String,
    direction: Option<&'static str>,
    next: &'static str,
}

/// The header of a column: a link that sorts by `key`, descending when it is sorted ascending already. The query parameter is
/// `sort`, with a leading `-` for descending; without one the `default` key counts.
#[must_use]
pub fn sort_header(request: &Request, label: &str, key: &str, default: &str) -> SortHeader {
    let sort = request.query("sort").unwrap_or(default);
    let direction = match sort.strip_prefix('-') {
        Some(own) if own == key => Some("descending"),
        None if sort == key => Some("ascending"),
        _ => None,
    };
    let is_ascending = direction == Some("ascending");
    let next = if is_ascending { format!("-{key}") } else { key.to_owned() };
    SortHeader {
        label: label.to_owned(),
        address: request.url_with("sort", Some(&next)),
        direction,
        next: if is_ascending { "descending" } else { "ascending" },
    }
}

impl HtmlSafe for SortHeader {}
