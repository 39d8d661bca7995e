#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;

use super::names::{FILE_KEYS, VARIABLES};
use super::{Config, Origin, Sources};

fn environment(pairs: &[(&str, &str)]) -> Sources {
    let home = [("HOME", "/home/user")];
    Sources::new(home.iter().chain(pairs).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

#[test]
fn defaults_suit_a_first_start() {
    let config = Config::load(&environment(&[])).unwrap();
    assert_eq!(config.listen.value.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir.value.to_str(), Some("/home/user/.local/state/keyferry"));
    assert_eq!(config.database_url.value.expose_secret(), "sqlite:///home/user/.local/state/keyferry/keyferry.db");
    assert_eq!(config.checkly_api_url.value.as_str(), "https://api.checklyhq.com/");
    assert_eq!(config.public_url.value.as_str(), "http://127.0.0.1:8080/");
}

#[test]
fn a_port_chosen_by_the_system_is_in_the_public_address_unless_that_is_set() {
    let listens_at = "127.0.0.1:40123".parse().unwrap();
    let address =
        |pairs: &[(&str, &str)]| Config::load(&environment(pairs)).unwrap().public_address(listens_at).unwrap().to_string();
    assert_eq!(address(&[("KEYFERRY_LISTEN", "127.0.0.1:0")]), "http://127.0.0.1:40123/");
    assert_eq!(address(&[("KEYFERRY_LISTEN", "127.0.0.1:9000")]), "http://127.0.0.1:9000/");
    let set = [("KEYFERRY_LISTEN", "127.0.0.1:0"), ("KEYFERRY_PUBLIC_URL", "https://keys.example.com")];
    assert_eq!(address(&set), "https://keys.example.com/");
}

#[test]
fn flags_win_over_environment_and_environment_over_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keyferry.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1\"\nlog = \"debug\"\npublic_url = \"https://keys.example.com\"\n").unwrap();
    let mut sources = environment(&[("KEYFERRY_LISTEN", "127.0.0.1:2"), ("KEYFERRY_LOG", "warn")]);
    sources.read_file(Some(file.clone())).unwrap();
    sources.flag("listen", Some("127.0.0.1:3".to_owned()));
    let config = Config::load(&sources).unwrap();
    assert_eq!((config.listen.value.port(), config.listen.origin), (3, Origin::Flag("--listen".to_owned())));
    assert_eq!((config.log.value.as_str(), config.log.origin), ("warn", Origin::Environment("KEYFERRY_LOG".to_owned())));
    assert_eq!(config.public_url.origin, Origin::File(file));
}

#[test]
#[cfg(not(debug_assertions))]
fn a_release_build_knows_nothing_of_the_tests_switches() {
    assert!(Config::load(&environment(&[("KEYFERRY_TEST_KILL_FILE", "x")])).is_err());
}

#[test]
fn unknown_names_stop_the_start_and_name_the_nearest() {
    let error = Config::load(&environment(&[("KEYFERRY_LISTN", "x")])).unwrap_err().to_string();
    assert_eq!(error, "unknown setting KEYFERRY_LISTN in the environment; did you mean KEYFERRY_LISTEN?");
    Config::load(&environment(&[("KEYFERRY_PORT_8080_TCP", "x"), ("KEYFERRY_SERVICE_HOST", "x")])).unwrap();
}

#[test]
fn bad_values_name_the_setting_and_not_the_value() {
    for (name, value, part) in [
        ("KEYFERRY_LISTEN", "canary", "listen (environment KEYFERRY_LISTEN) must be an address"),
        ("KEYFERRY_DATABASE_URL", "mysql://u:canary@h/d", "must start with sqlite:// or postgres://"),
        ("KEYFERRY_CHECKLY_API_URL", "http://canary.example.com", "an https URL, or http to a loopback address"),
        ("KEYFERRY_LOG_FORMAT", "canary", "json or pretty"),
        ("KEYFERRY_METRICS_LISTEN", "canary", "metrics_listen (environment KEYFERRY_METRICS_LISTEN) must be an address"),
        ("KEYFERRY_OUTBOUND_ALLOW", "10.0.0.0/8,canary", "outbound_allow (environment KEYFERRY_OUTBOUND_ALLOW) must be networks"),
    ] {
        let error = format!("{:#}", Config::load(&environment(&[(name, value)])).unwrap_err());
        assert!(error.contains(part), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn secrets_are_masked_where_settings_are_shown() {
    let sources = environment(&[("KEYFERRY_DATABASE_URL", "postgres://kf:canary@db/kf"), ("KEYFERRY_ROOT_KEY", "canary")]);
    let config = Config::load(&sources).unwrap();
    let shown = format!("{:?} {:?}", config.describe(), config);
    assert!(shown.contains("postgres://kf:***@db/kf"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn the_documentation_has_a_row_for_every_setting() {
    let page = include_str!("../../../../docs/configuration.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `KEYFERRY_"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let documented: BTreeSet<&str> = rows.iter().map(|cells| cells[1]).collect();
    let switches_of_tests = |name: &str| name.starts_with("KEYFERRY_TEST_");
    let known: BTreeSet<&str> = VARIABLES.iter().copied().filter(|name| !switches_of_tests(name)).collect();
    assert_eq!(documented, known, "docs/configuration.md and the known variables");
    let documented: BTreeSet<&str> = rows.iter().map(|cells| cells[5]).filter(|key| !key.is_empty()).collect();
    let known: BTreeSet<&str> = FILE_KEYS.iter().copied().collect();
    assert_eq!(documented, known, "docs/configuration.md and the keys of the file");
}
