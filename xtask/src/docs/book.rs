//! Builds the book with mdBook, which it installs into the target directory when there is none of the right version.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::{cargo, say};

/// The mdBook that the book is written for.
const VERSION: &str = "0.5.4";

/// Renders `docs` into `target/book`.
pub fn build() -> anyhow::Result<()> {
    let program = find_or_install()?;
    let root = cargo::root();
    let mut command = Command::new(&program);
    command.current_dir(&root).args(["build", "docs", "--dest-dir"]).arg(root.join("target/book"));
    // What it calls for the pages is this program, which is built already.
    command.env("MDBOOK_PREPROCESSOR__REPOSITORY__COMMAND", preprocessor()?);
    cargo::run(&mut command)?;
    let pages = check(&root.join("target/book"))?;
    say(format_args!("the book is in target/book, {pages} pages"));
    Ok(())
}

/// Looks whether every link between the rendered pages leads to a file; answers how many pages there are.
fn check(directory: &Path) -> anyhow::Result<usize> {
    let mut pages = 0;
    let mut dead = BTreeSet::new();
    let mut open = vec![directory.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).with_context(|| format!("mdBook wrote no {}", at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                pages += 1;
                let text = std::fs::read_to_string(&path)?;
                let broken = addresses(&text).filter(|address| !at.join(address).exists());
                dead.extend(broken.map(|address| format!("{}: {address}", path.display())));
            }
        }
    }
    ensure!(dead.is_empty(), "the book has dead links:\n{}", dead.into_iter().collect::<Vec<_>>().join("\n"));
    ensure!(pages > 1, "the book has no pages");
    Ok(pages)
}

/// The files that a rendered page links to, seen from its directory.
fn addresses(page: &str) -> impl Iterator<Item = &str> {
    let quoted = ["href=\"", "src=\""].into_iter().flat_map(|name| page.split(name).skip(1));
    let targets = quoted.filter_map(|rest| rest.split('"').next()?.split(['#', '?']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':') && !target.starts_with('/'))
}

/// This program, for mdBook to call.
fn preprocessor() -> anyhow::Result<String> {
    let program = std::env::current_exe().context("cannot tell this program's path")?;
    Ok(format!("{} docs preprocess", program.display()))
}

/// The mdBook of the path or of the target directory, or a new one.
fn find_or_install() -> anyhow::Result<PathBuf> {
    let tools = cargo::root().join("target/tools");
    let installed = tools.join("bin").join("mdbook");
    for program in [PathBuf::from("mdbook"), installed.clone()] {
        if is_right(&program) {
            return Ok(program);
        }
    }
    // Built without optimisation: it runs for a second, and optimising it takes minutes.
    let mut install =
        cargo::command(["install", "mdbook", "--locked", "--debug", "--no-default-features", "--features", "search"]);
    install.args(["--version", VERSION, "--root"]).arg(&tools);
    cargo::run(&mut install)?;
    ensure!(is_right(&installed), "the installed mdBook does not answer");
    Ok(installed)
}

fn is_right(program: &PathBuf) -> bool {
    let said = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim().trim_start_matches("mdbook v") == VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_of_the_rendered_book_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("index.html", "<a href=\"other.html#part\"></a><a href=\"https://example.com\"></a><a href=\"#here\"></a>");
        write("other.html", "<img src=\"index.html?x\">");
        assert_eq!(check(directory.path()).unwrap(), 2);
        write("third.html", "<a href=\"gone.html\">x</a>");
        assert!(check(directory.path()).unwrap_err().to_string().contains("third.html: gone.html"));
    }
}
