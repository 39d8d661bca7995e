//! `cargo xtask docs`: the pages that are written from the OpenAPI document, and the book of all pages.

mod book;
mod commands;
mod compatibility;
mod links;
mod openapi;
mod preprocess;
mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;

use crate::{cargo, say};

/// Says in a page that it is not to be edited.
const WRITTEN: &str = "<!-- Written by `cargo xtask docs` from the OpenAPI document; change the routes, not this page. -->\n";

/// What can be done beside writing the pages.
#[derive(Debug, Subcommand)]
pub enum Docs {
    /// Write the pages, check all links, and build the book into target/book.
    Build,
    /// Run the commands that the pages mark as tested, against a server and a simulated Checkly.
    Commands,
    /// What mdBook calls while it builds the book.
    #[command(hide = true)]
    Preprocess {
        /// `supports <renderer>`: mdBook's question whether to call at all.
        arguments: Vec<String>,
    },
}

/// Writes the pages that come from the OpenAPI document, or does what the verb says.
///
/// # Errors
/// When it cannot be done, or shows that something is wrong.
pub fn run(verb: Option<Docs>) -> anyhow::Result<()> {
    match verb {
        None => write(),
        Some(Docs::Build) => {
            write()?;
            links::check(&cargo::root())?;
            book::build()
        }
        Some(Docs::Commands) => commands::run(),
        Some(Docs::Preprocess { arguments }) if arguments.is_empty() => preprocess::run(),
        Some(Docs::Preprocess { .. }) => Ok(()),
    }
}

/// Writes every generated page that differs, and removes those that nothing generates any more.
///
/// # Errors
/// When a file cannot be read or written, or the lists beside the document contradict it.
pub fn write() -> anyhow::Result<()> {
    let directory = directory();
    let pages = pages(&cargo::root())?;
    std::fs::create_dir_all(&directory)?;
    for entry in std::fs::read_dir(&directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let written = std::fs::read_to_string(&path).is_ok_and(|text| text.starts_with(WRITTEN));
        if written && !pages.contains_key(&name) {
            std::fs::remove_file(&path)?;
        }
    }
    for (name, text) in &pages {
        write_changed(&directory.join(name), text)?;
    }
    let summary = directory.with_file_name("SUMMARY.md");
    write_changed(&summary, &reference::listed(&std::fs::read_to_string(&summary)?, &pages))
}

fn write_changed(path: &Path, text: &str) -> anyhow::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    say(format_args!("wrote {}", path.strip_prefix(cargo::root()).unwrap_or(path).display()));
    Ok(())
}

/// The generated pages: file name in `docs/reference`, and text.
fn pages(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"));
    let operations = openapi::operations(&read("crates/api/tests/snapshots/openapi.json")?)?;
    let undocumented = read("crates/api/tests/snapshots/undocumented.txt")?;
    let mut pages = reference::pages(&operations);
    let status = compatibility::page(&operations, &undocumented, &read("docs/compatibility.json")?)?;
    pages.insert("compatibility.md".to_owned(), status);
    Ok(pages)
}

fn directory() -> PathBuf {
    cargo::root().join("docs/reference")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_pages_are_those_of_the_openapi_document() {
        let mut wrong = Vec::new();
        for (name, text) in pages(&cargo::root()).unwrap() {
            if std::fs::read_to_string(directory().join(&name)).ok() != Some(text) {
                wrong.push(name);
            }
        }
        assert!(wrong.is_empty(), "run `cargo xtask docs`; it would change docs/reference: {}", wrong.join(", "));
        let summary = std::fs::read_to_string(cargo::root().join("docs/SUMMARY.md")).unwrap();
        assert_eq!(summary, reference::listed(&summary, &pages(&cargo::root()).unwrap()), "run `cargo xtask docs`");
    }

    #[test]
    fn every_link_of_the_documentation_leads_somewhere() {
        links::check(&cargo::root()).unwrap();
    }
}
