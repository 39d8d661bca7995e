//! Which crate may use which of ours (see ARCHITECTURE.md).

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Crates and the ones they may build on.
const MAY_USE: &[(&str, &[&str])] = &[
    ("keyferry-crypto", &[]),
    ("keyferry-checkly-sim", &[]),
    ("keyferry-connectors", &[]),
    ("keyferry-db", &[]),
    ("keyferry-outbound", &[]),
    ("keyferry-env-file", &[]),
    ("keyferry-cli", &["keyferry-env-file"]),
    ("keyferry-jobs", &["keyferry-db"]),
    (
        "keyferry-domain",
        &["keyferry-db", "keyferry-crypto", "keyferry-jobs", "keyferry-connectors", "keyferry-outbound", "keyferry-env-file"],
    ),
    ("keyferry-http", &["keyferry-domain"]),
    ("keyferry-api", &["keyferry-http", "keyferry-domain"]),
    ("keyferry-web", &["keyferry-http", "keyferry-domain"]),
    ("keyferry", ALL),
    ("keyferry-test-support", ALL),
    ("keyferry-benches", ALL),
    ("keyferry-e2e", ALL),
    ("xtask", &[]),
];

const ALL: &[&str] = &[
    "keyferry-api",
    "keyferry-checkly-sim",
    "keyferry-cli",
    "keyferry-connectors",
    "keyferry-crypto",
    "keyferry-db",
    "keyferry-domain",
    "keyferry-env-file",
    "keyferry-http",
    "keyferry-jobs",
    "keyferry-outbound",
    "keyferry-test-support",
    "keyferry-web",
];

/// What tests may use besides: their world, the far side, and the database, to look at what was stored.
const TESTS_MAY_USE: &[&str] = &["keyferry-test-support", "keyferry-checkly-sim", "keyferry-db", "keyferry-jobs"];

/// Their tests stand on the published contract alone: a shared helper would share its misreadings.
const NO_HELP_IN_TESTS: &[&str] = &["keyferry-connectors", "keyferry-checkly-sim", "keyferry-crypto"];

#[test]
fn crates_use_only_what_the_architecture_allows() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    let packages = packages();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let Some(allowed) = table.get(name) else {
            wrong.push(format!("{name} is not in the table of arrows"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            let ours = packages.iter().any(|p| p["name"] == *used);
            let in_tests = dependency["kind"] == "dev";
            let help = in_tests && TESTS_MAY_USE.contains(&used) && !NO_HELP_IN_TESTS.contains(&name);
            // A crate may name what it uses anyway a second time, to switch on a feature for its tests.
            if ours && used != name && !allowed.contains(&used) && !help {
                wrong.push(format!("{name} must not use {used}"));
            }
            if name != "keyferry-test-support" && name != "keyferry-e2e" && !in_tests && used == "keyferry-test-support" {
                wrong.push(format!("{name} may use {used} in its tests only"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_no_crate_that_is_gone() {
    let packages = packages();
    let gone: Vec<_> = MAY_USE.iter().filter(|(name, _)| !packages.iter().any(|p| p["name"] == *name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

/// The members of the workspace, as cargo sees them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(super::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().clone();
    assert!(packages.len() > 10, "cargo metadata answered {} packages", packages.len());
    packages
}
