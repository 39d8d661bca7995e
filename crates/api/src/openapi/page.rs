//! The description as pages of HTML, for people: groups, routes, parameters, bodies, answers, and a search that works without
//! scripts. Nothing is fetched from elsewhere.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use keyferry_domain::{Error, Result};
use serde_json::Value;

use super::schema::{Row, rows};
use crate::Registry;
use crate::endpoint::{AnonymousCall, Input, get};
use crate::wire::{Codec as _, Decode, Fields, text};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const STYLE: &str = include_str!("page.css");
/// Longest search, in characters.
const MAX_SEARCH: usize = 100;

struct Search(Option<String>);

impl Decode for Search {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.optional("q", text().trim().max(MAX_SEARCH).blank_is_absent()).map(Self)
    }
}

pub(super) struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    permission: Option<String>,
    is_open: bool,
    parameters: Vec<Row>,
    body: Vec<Row>,
    answer: Option<String>,
}

struct Group<'a> {
    name: &'a str,
    anchor: String,
    operations: Vec<&'a Operation>,
}

#[derive(Template)]
#[template(path = "openapi/page.html")]
struct Page<'a> {
    search: &'a str,
    count: usize,
    groups: Vec<Group<'a>>,
    version: &'a str,
}

/// Adds `GET /api/docs` and its style sheet.
pub(super) fn add(registry: &mut Registry) {
    registry.add(get("/api/docs", show).summary("This description, for people").hidden());
    registry.add(get("/api/docs/style.css", style).summary("How the description looks").hidden());
}

async fn style(_: AnonymousCall, _: Input) -> Result<Response> {
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], STYLE).into_response())
}

async fn show(_: AnonymousCall, input: Input<(), Search>) -> Result<Response> {
    let search = input.query.0.unwrap_or_default();
    let html = render(all(), &search).map_err(|error| Error::internal(format!("a page does not render: {error}")))?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

/// Every operation by its group, read from the document once.
fn all() -> &'static BTreeMap<String, Vec<Operation>> {
    static ALL: OnceLock<BTreeMap<String, Vec<Operation>>> = OnceLock::new();
    ALL.get_or_init(|| read(&super::document(crate::router::registry().specs())))
}

fn read(document: &Value) -> BTreeMap<String, Vec<Operation>> {
    let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let group = operation["tags"][0].as_str().filter(|tag| !tag.is_empty()).unwrap_or("Other");
            groups.entry(group.to_owned()).or_default().push(operation_of(path, method, operation));
        }
    }
    groups
}

fn operation_of(path: &str, method: &str, operation: &Value) -> Operation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let example = &operation["responses"]["200"]["content"]["application/json"]["example"];
    let permission = operation["description"].as_str().and_then(|text| text.strip_prefix("Permission: `")?.strip_suffix("`."));
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        permission: permission.map(str::to_owned),
        is_open: operation["security"].as_array().is_some_and(Vec::is_empty),
        parameters: parameters.map(Row::of_parameter).collect(),
        body: rows(body),
        answer: (!example.is_null()).then(|| serde_json::to_string_pretty(example).unwrap_or_default()),
    }
}

impl Operation {
    /// Every word of the search is in the path, the summary, the name or the method.
    fn matches(&self, words: &[String]) -> bool {
        let text = format!("{} {} {} {}", self.method, self.path, self.summary, self.id).to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}

fn render(all: &BTreeMap<String, Vec<Operation>>, search: &str) -> askama::Result<String> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let groups: Vec<Group<'_>> = all
        .iter()
        .map(|(name, operations)| Group {
            name,
            anchor: name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"),
            operations: operations.iter().filter(|operation| operation.matches(&words)).collect(),
        })
        .filter(|group| !group.operations.is_empty())
        .collect();
    let count = groups.iter().map(|group| group.operations.len()).sum();
    Page { search, count, groups, version: env!("CARGO_PKG_VERSION") }.render()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_document_is_there_with_its_fields() {
        let html = render(all(), "").unwrap();
        for operation in all().values().flatten() {
            assert!(html.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
        }
        assert!(html.contains("webhookSecretKey") && html.contains("eventsFilter[].eventName"), "bodies are described");
        for bad in ["<script", "style=", "http://", "onclick"] {
            let found = html.find(bad).map(|at| &html[at.saturating_sub(80)..(at + 80).min(html.len())]);
            assert!(found.is_none() || bad == "http://", "{bad}: {found:?}");
        }
    }

    #[test]
    fn a_search_narrows_and_is_shown_escaped() {
        let html = render(all(), "webhook TEST").unwrap();
        assert!(html.contains("id=\"testWebhook\"") && !html.contains("id=\"createWebhook\""));
        let html = render(all(), "\"><script>alert(1)</script>").unwrap();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("No route matches"));
    }
}
