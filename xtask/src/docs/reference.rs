//! The API reference: a page a tag.

use std::collections::BTreeMap;

use super::WRITTEN;
use super::openapi::{Field, Operation};

/// The pages by file name: an index, and one a tag.
pub fn pages(operations: &[Operation]) -> BTreeMap<String, String> {
    let mut tags: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        tags.entry(title(&operation.tag)).or_default().push(operation);
    }
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    let mut index = format!(
        "{WRITTEN}# API reference\n\n\
         {} operations on {} pages, from the OpenAPI document that every server hands out at `GET /api/docs/json`. How to call them: \
         [Using the API](../using-the-api.md); which are the same elsewhere: [Endpoints compared](compatibility.md).\n\n\
         Every operation can also answer the [errors](../using-the-api.md#errors) of its kind.\n\n\
         | page | operations |\n| --- | --- |\n",
        operations.len(),
        tags.len(),
    );
    for (title, operations) in &tags {
        let name = file_name(title);
        index.push_str(&format!("| [{title}]({name}) | {} |\n", operations.len()));
        pages.insert(name, page(title, operations));
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

/// The book's summary with the reference's pages below its index.
pub fn listed(summary: &str, pages: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut is_below = false;
    for line in summary.lines() {
        is_below = is_below && line.starts_with("  - ") && line.contains("](reference/");
        if !is_below {
            text.push_str(&format!("{line}\n"));
        }
        if line.ends_with("](reference/README.md)") {
            is_below = true;
            for (name, page) in pages.iter().filter(|(name, _)| !["README.md", "compatibility.md"].contains(&name.as_str())) {
                let title = page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(name);
                text.push_str(&format!("  - [{title}](reference/{name})\n"));
            }
        }
    }
    text
}

/// `Secret imports` → `secret-imports.md`.
pub fn file_name(title: &str) -> String {
    format!("{}.md", title.to_lowercase().replace(' ', "-"))
}

/// Tags in one spelling: the first word's capital only, as all headings have it.
pub fn title(tag: &str) -> String {
    let mut words = tag.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |title, word| {
        let is_name = word.len() > 1 && word.chars().all(char::is_uppercase);
        format!("{title} {}", if is_name { word.to_owned() } else { word.to_lowercase() })
    })
}

fn page(title: &str, operations: &[&Operation]) -> String {
    let mut text = format!("{WRITTEN}# {title}\n");
    let mut done: Vec<(String, Vec<String>, String)> = Vec::new();
    for operation in operations {
        let address = format!("{} {}", operation.method, operation.path);
        let details = details(operation);
        // The same under an older path is said once.
        match done.iter_mut().find(|(summary, _, known)| *summary == operation.summary && *known == details) {
            Some((_, addresses, _)) => addresses.push(address),
            None => done.push((operation.summary.clone(), vec![address], details)),
        }
    }
    for (summary, addresses, details) in done {
        text.push_str(&format!("\n## {summary}\n\n```http\n{}\n```\n\n{details}", addresses.join("\n")));
    }
    text
}

fn details(operation: &Operation) -> String {
    let mut text = match (&operation.permission, operation.needs_token) {
        (_, false) => "No token needed.\n".to_owned(),
        (Some(permission), true) => format!("Permission: `{permission}`.\n"),
        (None, true) => "Any token whose kind fits; what it shows is the caller's own.\n".to_owned(),
    };
    let fields: Vec<&Field> = operation.parameters.iter().chain(&operation.body).collect();
    if !fields.is_empty() {
        text.push_str("\n| name | in | type | |\n| --- | --- | --- | --- |\n");
        for field in fields {
            let required = if field.is_required { "required" } else { "" };
            text.push_str(&format!("| `{}` | {} | {} | {required} |\n", field.name, field.place, field.kind));
        }
    }
    if !operation.example.is_null() {
        text.push_str(&format!("\nAnswer:\n\n```json\n{:#}\n```\n", operation.example));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_lists_the_pages_once() {
        let pages =
            BTreeMap::from([("a.md".to_owned(), "# A thing\n".to_owned()), ("README.md".to_owned(), "# All\n".to_owned())]);
        let summary = "- [All](reference/README.md)\n  - [Old](reference/old.md)\n- [Other](other.md)\n  - [Kept](reference/compatibility.md)\n";
        let once = listed(summary, &pages);
        let expected = "- [All](reference/README.md)\n  - [A thing](reference/a.md)\n- [Other](other.md)\n  - [Kept](reference/compatibility.md)\n";
        assert_eq!(once, expected);
        assert_eq!(listed(&once, &pages), expected);
    }

    #[test]
    fn headings_have_one_spelling() {
        for (tag, expected) in [
            ("App Connections", "App connections"),
            ("Secret imports", "Secret imports"),
            ("KMS", "KMS"),
            ("Cloud KMS Keys", "Cloud KMS keys"),
        ] {
            assert_eq!(title(tag), expected);
        }
        assert_eq!(file_name("App connections"), "app-connections.md");
    }
}
