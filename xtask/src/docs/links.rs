//! Checks the documentation's links: files, headings, the book's summary, and the languages of fenced blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

/// Pages outside `docs` that are chapters of the book too, by the chapter that includes them.
pub const INCLUDED: &[(&str, &str)] = &[
    ("ARCHITECTURE.md", "project/architecture.md"),
    ("CHANGELOG.md", "project/changelog.md"),
    ("CONTRIBUTING.md", "project/contributing.md"),
    ("SECURITY.md", "project/security.md"),
];

/// Languages a fenced block may name; a block without one is shown as it is.
const LANGUAGES: &[&str] =
    &["", "go", "hcl", "http", "ini", "js", "json", "python", "rust", "sh", "console", "text", "toml", "yaml"];

/// Checks every page under `docs` and at the root.
///
/// # Errors
/// Lists everything that is wrong.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let mut pages = BTreeMap::new();
    collect(root, &root.join("docs"), &mut pages)?;
    for entry in std::fs::read_dir(root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            insert(root, &path, &mut pages)?;
        }
    }
    let mut wrong = Vec::new();
    for (name, text) in &pages {
        check_page(root, name, text, &pages, &mut wrong);
    }
    check_summary(&pages, &mut wrong)?;
    if !wrong.is_empty() {
        bail!("documentation:\n{}", wrong.join("\n"));
    }
    Ok(())
}

fn collect(root: &Path, directory: &Path, pages: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            insert(root, &path, pages)?;
        }
    }
    Ok(())
}

fn insert(root: &Path, path: &Path, pages: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    pages.insert(path.strip_prefix(root)?.to_string_lossy().replace('\\', "/"), text);
    Ok(())
}

fn check_page(root: &Path, name: &str, text: &str, pages: &BTreeMap<String, String>, wrong: &mut Vec<String>) {
    for (number, language) in languages(text) {
        if !LANGUAGES.contains(&language.as_str()) {
            wrong.push(format!("{name}:{number}: a block in the unknown language `{language}`"));
        }
    }
    let directory = Path::new(name).parent().unwrap_or(Path::new(""));
    for (number, target) in targets(text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
        let file = if file.is_empty() { name.to_owned() } else { joined(directory, file) };
        if !root.join(&file).exists() {
            wrong.push(format!("{name}:{number}: {target} is not there"));
        } else if !heading.is_empty() && !pages.get(&file).is_some_and(|page| headings(page).contains(heading)) {
            wrong.push(format!("{name}:{number}: {target} has no such heading"));
        }
    }
}

/// Every page under `docs` is in the summary, once; what the summary names is a page (that it exists, the links say).
fn check_summary(pages: &BTreeMap<String, String>, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let summary = pages.get("docs/SUMMARY.md").context("docs/SUMMARY.md is missing")?;
    let mut listed = BTreeSet::new();
    for (number, target) in targets(summary) {
        let file = joined(Path::new("docs"), &target);
        if !listed.insert(file.clone()) {
            wrong.push(format!("docs/SUMMARY.md:{number}: {file} is listed twice"));
        }
    }
    for name in pages.keys().filter(|name| name.starts_with("docs/") && *name != "docs/SUMMARY.md") {
        if !listed.contains(name) {
            wrong.push(format!("docs/SUMMARY.md does not list {name}"));
        }
    }
    Ok(())
}

/// A path with its `..` taken out, from the root.
pub fn joined(directory: &Path, file: &str) -> String {
    let mut path = PathBuf::new();
    for part in directory.join(file).components() {
        match part {
            Component::ParentDir if path.file_name().is_some() => drop(path.pop()),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path.to_string_lossy().into_owned()
}

/// Lines outside fenced blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_inside = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            is_inside = !is_inside;
            return None;
        }
        (!is_inside).then_some((index + 1, line))
    })
}

/// The language each fenced block begins with.
fn languages(text: &str) -> Vec<(usize, String)> {
    let mut is_inside = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            if !is_inside {
                found.push((index + 1, language.split(',').next().unwrap_or_default().trim().to_owned()));
            }
            is_inside = !is_inside;
        }
    }
    found
}

/// Where the links and images of the prose lead; code in the line is no link.
pub fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for rest in outside.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push((number, target.split_whitespace().next().unwrap_or_default().to_owned()));
            }
        }
    }
    found
}

/// The anchors that headings of a page get, as mdBook and code hosts make them; an equal one gets a number.
fn headings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor = anchor(title);
        let free = (0..).map(|n| if n == 0 { anchor.clone() } else { format!("{anchor}-{n}") }).find(|a| !found.contains(a));
        found.extend(free);
    }
    found
}

fn anchor(title: &str) -> String {
    let kept = title.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_mdbook() {
        for (title, expected) in [
            (" First sync in five minutes", "first-sync-in-five-minutes"),
            (" 6. What a sync owns, and", "6-what-a-sync-owns-and"),
            (" `serve` and `demo`", "serve-and-demo"),
        ] {
            assert_eq!(anchor(title), expected);
        }
        assert_eq!(
            headings("# A\n## B\n## B\n```\n# no\n```\n"),
            BTreeSet::from(["a".to_owned(), "b".to_owned(), "b-1".to_owned()])
        );
    }

    #[test]
    fn links_are_found_outside_code_only() {
        let text = "[a](one.md) and `[b](two.md)` and [`c`](three.md#x)\n```\n[d](four.md)\n```\n![e](five.png)";
        let found: Vec<String> = targets(text).into_iter().map(|(_, target)| target).collect();
        assert_eq!(found, ["one.md", "three.md#x", "five.png"]);
        assert_eq!(joined(Path::new("docs/reference"), "../a.md"), "docs/a.md");
        assert_eq!(joined(Path::new("docs"), "../README.md"), "README.md");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("README.md", "[docs](docs/a.md#there)");
        write("docs/SUMMARY.md", "- [A](a.md)");
        write("docs/a.md", "# There\n[self](#there)\n```sh\ntrue\n```\n");
        check(directory.path()).unwrap();
        write("docs/b.md", "[dead](c.md) [anchor](a.md#nowhere)\n```klingon\n```\n");
        let said = check(directory.path()).unwrap_err().to_string();
        for part in ["does not list docs/b.md", "c.md is not there", "a.md#nowhere has no such heading", "klingon"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
