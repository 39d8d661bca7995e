//! What mdBook calls between reading the pages and rendering them: links to pages outside `docs` lead to their chapters.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::links::{INCLUDED, joined};

/// Reads `[context, book]` and writes the book.
pub fn run() -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut input: Value = serde_json::from_str(&text).context("mdBook sent no JSON")?;
    let mut book = input.get_mut(1).map(Value::take).context("mdBook sent no book")?;
    change(&mut book);
    serde_json::to_writer(std::io::stdout().lock(), &book)?;
    Ok(())
}

/// Every chapter, however deep: an object with `content` and `path`.
fn change(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(change),
        Value::Object(members) => {
            let path = members.get("path").and_then(Value::as_str).map(str::to_owned);
            if let (Some(path), Some(Value::String(content))) = (path, members.get_mut("content")) {
                *content = relinked(&path, content);
            }
            members.values_mut().filter(|member| member.is_array() || member.is_object()).for_each(change);
        }
        _ => {}
    }
}

/// The chapter's text with each link that leaves the book turned to the chapter, or to nothing but its text.
fn relinked(chapter: &str, text: &str) -> String {
    // A page that is included was written at the root.
    let included = INCLUDED.iter().find(|(_, name)| *name == chapter);
    let directory = match included {
        Some(_) => Path::new("").to_owned(),
        None => Path::new("docs").join(chapter).parent().map(Path::to_owned).unwrap_or_default(),
    };
    let up = "../".repeat(chapter.matches('/').count());
    let mut is_block = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        }
        lines.push(if is_block || !line.contains("](") { line.to_owned() } else { relinked_line(line, &directory, &up) });
    }
    lines.join("\n") + "\n"
}

fn relinked_line(line: &str, directory: &Path, up: &str) -> String {
    let mut made = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((target, behind)) = after.split_once(')') else { break };
        rest = behind;
        match in_book(target, directory) {
            Some(Some(found)) => made.push_str(&format!("{before}]({up}{found})")),
            Some(None) => match before.rfind('[') {
                Some(at) => made.push_str(&format!("{}{}", &before[..at], &before[at + 1..])),
                None => made.push_str(before),
            },
            None => made.push_str(&format!("{before}]({target})")),
        }
    }
    made + rest
}

/// Where a link leads in the book, from the book's root: `None` when it may stay, `Some(None)` when there is no such page.
fn in_book(target: &str, directory: &Path) -> Option<Option<String>> {
    if target.contains("://") || target.starts_with('#') || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target.split_once('#').map_or((target, String::new()), |(file, heading)| (file, format!("#{heading}")));
    let path = joined(directory, file);
    if let Some((_, chapter)) = INCLUDED.iter().find(|(page, _)| *page == path) {
        return Some(Some(format!("{chapter}{heading}")));
    }
    match path.strip_prefix("docs/") {
        // mdBook names a directory's README after the index it becomes.
        Some(inside) => Some(Some(format!("{}{heading}", inside.replace("README.md", "index.md")))),
        None if path == "README.md" => Some(Some(format!("introduction.md{heading}"))),
        None => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_chapters() {
        let text =
            "See [one](docs/install.md#systemd), [two](SECURITY.md), [the licence](LICENSE) and [out](https://example.com).";
        let expected =
            "See [one](../install.md#systemd), [two](../project/security.md), the licence and [out](https://example.com).\n";
        assert_eq!(relinked("project/contributing.md", text), expected);
        assert_eq!(
            relinked("install.md", "[a](operating.md), [b](../ARCHITECTURE.md)"),
            "[a](operating.md), [b](project/architecture.md)\n"
        );
        assert_eq!(relinked("reference/tags.md", "[a](../using.md)"), "[a](../using.md)\n");
        assert_eq!(relinked("decisions/index.md", "[a](0001-own.md)"), "[a](../decisions/0001-own.md)\n");
        assert_eq!(relinked("install.md", "[a](decisions/README.md#x)"), "[a](decisions/index.md#x)\n");
        assert_eq!(relinked("install.md", "[`unit`](../packaging/keyferry.service) is"), "`unit` is\n");
    }

    #[test]
    fn inner_chapters_are_changed_too() {
        let mut book = serde_json::json!({"items": [{"Chapter": {"path": "a.md", "content": "[x](../LICENSE)", "sub_items": [
            {"Chapter": {"path": "b/c.md", "content": "[y](../../CHANGELOG.md)", "sub_items": []}}]}}]});
        change(&mut book);
        assert_eq!(book["items"][0]["Chapter"]["content"], "x\n");
        assert_eq!(book["items"][0]["Chapter"]["sub_items"][0]["Chapter"]["content"], "[y](../project/changelog.md)\n");
    }
}
