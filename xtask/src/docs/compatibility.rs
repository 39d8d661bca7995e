//! The table endpoint × status, from the OpenAPI document and one list kept by hand (`docs/compatibility.json`).

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::WRITTEN;
use super::openapi::Operation;
use super::reference::{file_name, title};

/// What stands before the tables.
const HEAD: &str = "# Endpoints compared\n\n\
    Every endpoint of Keyferry beside Infisical's API of the same path. *Same* means: path, input, answer and errors are those that clients expect. \
    *Differs* means: the same for clients, with a deliberate deviation behind the link. *Own* means: Keyferry's addition. At the end stands what is not provided.\n";

/// The page.
///
/// # Errors
/// When the list names an endpoint that does not exist, or calls one missing that does.
pub fn page(operations: &[Operation], undocumented: &str, list: &str) -> anyhow::Result<String> {
    let list: Value = serde_json::from_str(list).context("docs/compatibility.json is not JSON")?;
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for operation in operations {
        known.insert(format!("{} {}", operation.method, operation.path), "same".to_owned());
    }
    for route in undocumented.lines() {
        known.insert(route.to_owned(), "same".to_owned());
    }
    for (route, status) in marks(&list)? {
        let entry = known.get_mut(&route).with_context(|| format!("docs/compatibility.json: there is no {route}"))?;
        *entry = status;
    }

    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations {
        let route = format!("{} {}", operation.method, operation.path);
        let status = known.get(&route).map_or("same", String::as_str);
        tags.entry(title(&operation.tag)).or_default().push(format!("| `{route}` | {status} |\n"));
    }
    let mut text = format!("{WRITTEN}{HEAD}");
    for (title, rows) in &tags {
        text.push_str(&format!(
            "\n## {title}\n\n[Reference]({})\n\n| endpoint | status |\n| --- | --- |\n{}",
            file_name(title),
            rows.concat()
        ));
    }
    text.push_str("\n## Not in the reference\n\nOlder paths of the above, and answers for probes.\n\n| endpoint | status |\n| --- | --- |\n");
    for route in undocumented.lines() {
        text.push_str(&format!("| `{route}` | {} |\n", known.get(route).map_or("same", String::as_str)));
    }
    text.push_str(
        "\n## Not provided\n\nThese answer 404 unless something else is said.\n\n| endpoints | instead |\n| --- | --- |\n",
    );
    for item in list["missing"].as_array().context("docs/compatibility.json has no `missing`")? {
        let paths: Vec<&str> = item["paths"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for path in &paths {
            let exists = known.keys().find(|route| matches(path, route));
            ensure!(
                exists.is_none(),
                "docs/compatibility.json calls {path} missing, but there is {}",
                exists.cloned().unwrap_or_default()
            );
        }
        let instead = item["instead"].as_str().unwrap_or_default();
        let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        text.push_str(&format!("| {} | {instead} |\n", paths.join(", ")));
    }
    Ok(text)
}

/// The endpoints that are marked, with the words of their status.
fn marks(list: &Value) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for route in list["own"].as_array().context("docs/compatibility.json has no `own`")? {
        found.push((route.as_str().unwrap_or_default().to_owned(), "own".to_owned()));
    }
    for item in list["differs"].as_array().context("docs/compatibility.json has no `differs`")? {
        let see = item["see"].as_str().unwrap_or_default();
        for route in item["endpoints"].as_array().into_iter().flatten() {
            found.push((route.as_str().unwrap_or_default().to_owned(), format!("[differs](../api-differences.md#{see})")));
        }
    }
    Ok(found)
}

/// Whether a route is one that a line of the list means: `/path` and all below it, or `METHOD /path` alone.
fn matches(listed: &str, route: &str) -> bool {
    let Some((_, path)) = route.split_once(' ') else { return false };
    match listed.split_once(' ') {
        Some(_) => route == listed,
        None => path == listed || path.strip_prefix(listed).is_some_and(|rest| rest.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"paths": {"/api/v1/things": {"get": {"tags": ["Things"]}, "post": {"tags": ["Things"]}}}}"#;

    fn made(list: &str) -> anyhow::Result<String> {
        page(&super::super::openapi::operations(DOCUMENT)?, "GET /healthz\n", list)
    }

    #[test]
    fn every_endpoint_has_a_status() {
        let text = made(
            r#"{"own": ["GET /healthz"], "differs": [{"see": "things", "endpoints": ["POST /api/v1/things"]}],
                "missing": [{"paths": ["/api/v1/other"], "instead": "nothing"}]}"#,
        )
        .unwrap();
        for line in [
            "| `GET /api/v1/things` | same |",
            "| `POST /api/v1/things` | [differs](../api-differences.md#things) |",
            "| `GET /healthz` | own |",
            "| `/api/v1/other` | nothing |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_list_that_contradicts_the_document_is_refused() {
        for list in [
            r#"{"own": ["GET /api/v1/other"], "differs": [], "missing": []}"#,
            r#"{"own": [], "differs": [], "missing": [{"paths": ["/api/v1"]}]}"#,
            r#"{"own": [], "differs": [], "missing": [{"paths": ["GET /api/v1/things"]}]}"#,
        ] {
            assert!(made(list).is_err(), "{list}");
        }
    }
}
