//! What the files for containers, systemd and Debian name has to exist, since no test of ours can run them.

use std::collections::BTreeSet;

fn read(path: &str) -> String {
    std::fs::read_to_string(super::root().join(path)).unwrap()
}

/// Every `KEYFERRY_…` word of a text.
fn settings(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    words.filter(|word| word.starts_with("KEYFERRY_") && *word != "KEYFERRY_").map(str::to_owned).collect()
}

#[test]
fn packages_set_only_settings_that_exist() {
    let known = settings(&read("crates/keyferry/src/config/names.rs"));
    for path in ["packaging/Dockerfile", "packaging/compose.yaml", "packaging/keyferry.service", "docs/install.md"] {
        let unknown: Vec<String> = settings(&read(path)).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
    }
}

#[test]
fn images_are_named_by_version_and_run_as_nobody_special() {
    let text = read("packaging/Dockerfile");
    let rust =
        read("Cargo.toml").lines().find_map(|line| Some(line.strip_prefix("rust-version = ")?.trim_matches('"').to_owned()));
    let stages: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
    assert_eq!(stages.len(), 2, "a stage that builds and one that is shipped");
    assert!(stages[0].starts_with(&format!("rust:{}", rust.unwrap())), "{}", stages[0]);
    assert!(stages[1].contains("nonroot"), "{}", stages[1]);
    let (_, shipped) = text.rsplit_once("FROM ").unwrap();
    assert!(shipped.lines().any(|line| line.starts_with("USER 65532")), "the shipped stage has no user");
    assert!(!shipped.contains("\nRUN "), "there is no shell to run anything with");
    let images = read("packaging/compose.yaml");
    for image in images.lines().filter_map(|line| line.trim().strip_prefix("image: ")).filter(|image| *image != "keyferry") {
        let (_, tag) = image.split_once(':').unwrap();
        assert_ne!(tag, "latest", "{image}");
    }
}

#[test]
fn what_the_image_is_built_from_is_sent_to_the_builder() {
    let sent: BTreeSet<String> =
        read(".dockerignore").lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect();
    let manifest = read("Cargo.toml");
    let (_, members) = manifest.split_once("members = [").unwrap();
    let members = members.split_once(']').unwrap().0.split(',').map(|name| name.trim().trim_matches('"'));
    for member in members.filter(|name| !name.is_empty()) {
        let top = member.split('/').next().unwrap();
        assert!(sent.contains(top), "{member} is not sent");
    }
    for path in &sent {
        assert!(super::root().join(path).exists(), "{path} does not exist");
    }
}

#[test]
fn the_debian_package_names_files_that_exist() {
    let manifest = read("crates/keyferry/Cargo.toml");
    let (_, deb) = manifest.split_once("[package.metadata.deb]").unwrap();
    let sources: Vec<&str> = deb.lines().filter_map(|line| line.trim().strip_prefix("[\"")?.split('"').next()).collect();
    assert!(sources.len() >= 4, "{sources:?}");
    for source in sources.iter().filter(|source| !source.contains("target/")) {
        assert!(super::root().join("crates/keyferry").join(source).exists(), "{source}");
    }
    assert!(super::root().join("packaging/keyferry.service").exists());
    assert!(deb.contains("unit-scripts = \"../../packaging\""), "{deb}");
}
