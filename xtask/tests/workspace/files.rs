//! What no file of the tree may contain.

use std::path::{Path, PathBuf};

/// Where the ORM and SQL may be named.
const STORAGE: &str = "crates/db/";
/// Longest Rust file; a migration, which is one list that never changes, may be longer.
const MAX_LINES: usize = 600;
/// Where migrations lie.
const MIGRATIONS: &str = "crates/db/src/migrations/";

/// A text file, by its path from the root.
struct Text {
    path: String,
    content: String,
}

#[test]
fn only_db_names_the_orm() {
    let names = ["sea_orm", "sea-orm", "sqlx", "sea_query", "rusqlite", "tokio_postgres"];
    let sources = texts().into_iter().filter(|t| is_rust(t) || t.path.ends_with("/Cargo.toml"));
    let wrong = found(sources.filter(|t| !t.path.starts_with(STORAGE) && !t.path.starts_with("xtask/tests/")), &names);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_speaks_of_the_machine_it_was_written_on() {
    // Written in two halves, so that this file passes its own test.
    let paths = [["/ho", "me/"], ["/Us", "ers/"], ["/ro", "ot/"], ["/wo", "rk/"], ["C:\\", "Users"], ["/tmp", "/kf"]];
    let paths: Vec<String> = paths.iter().map(|halves| halves.concat()).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut wrong = found(texts().into_iter(), &paths);
    // The user of every manual.
    wrong.retain(|line| !line.contains(&["/ho", "me/user"].concat()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dependencies_come_from_the_public_registry_only() {
    let canonical = "\"registry+https://github.com/rust-lang/crates.io-index\"";
    let mut wrong = Vec::new();
    for text in texts() {
        match text.path.rsplit('/').next().unwrap_or_default() {
            "Cargo.lock" => {
                let sources = text.content.lines().filter_map(|line| line.strip_prefix("source = "));
                wrong.extend(sources.filter(|source| *source != canonical).map(|source| format!("{}: {source}", text.path)));
            }
            "package-lock.json" if text.content.contains("\"resolved\"") => wrong.push(format!("{}: resolved", text.path)),
            "config.toml" if text.path.starts_with(".cargo/") => {
                let tables = text.content.lines().filter(|line| line.starts_with("[source") || line.starts_with("[registr"));
                wrong.extend(tables.map(|line| format!("{}: {line}", text.path)));
            }
            ".npmrc" | "pip.conf" => wrong.push(text.path),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_of_code_is_too_long_to_read() {
    let code = texts().into_iter().filter(|t| is_rust(t) && !t.path.starts_with(MIGRATIONS));
    let long = code.filter(|t| t.content.lines().count() > MAX_LINES);
    let long: Vec<String> = long.map(|t| format!("{}: {} lines", t.path, t.content.lines().count())).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let attributes = [["#[al", "low("], ["#![al", "low("]].map(|halves| halves.concat());
    let attributes: Vec<&str> = attributes.iter().map(String::as_str).collect();
    let wrong = found(texts().into_iter().filter(is_rust), &attributes);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Switches of tests exist in debug builds only: where the program's code names one, the compiler leaves it out of a release.
#[test]
fn switches_of_tests_are_not_in_a_release() {
    let switch = ["KEYFERRY_TE", "ST_"].concat();
    let server = texts().into_iter().find(|t| t.path == "crates/keyferry/src/server/mod.rs").unwrap();
    assert!(server.content.contains("#[cfg(debug_assertions)]\nmod steps;"), "the steps are in every build");
    let shipped = |t: &Text| t.path.starts_with("crates/") && t.path.contains("/src/") && !t.path.contains("test");
    let mut wrong = found(texts().into_iter().filter(|t| is_rust(t) && shipped(t)), &[&switch]);
    wrong.retain(|line| !line.starts_with("crates/keyferry/src/server/steps.rs:"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_rust(text: &Text) -> bool {
    Path::new(&text.path).extension().is_some_and(|extension| extension == "rs")
}

/// Each line that holds one of the words.
fn found(texts: impl Iterator<Item = Text>, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts {
        for (number, line) in text.content.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", text.path, number + 1, line.trim()));
            }
        }
    }
    found
}

/// Every text file of the tree but what is built.
fn texts() -> Vec<Text> {
    let root = super::root();
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_symlink() || ["target", ".git", "node_modules", "data"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(content) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                found.push(Text { path, content });
            }
        }
    }
    assert!(found.iter().any(|text| text.path == "Cargo.toml"), "the tree was not found");
    found
}
