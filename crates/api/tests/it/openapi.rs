//! The description is kept as a file, so that a change of the contract shows in the difference.

use std::collections::BTreeSet;
use std::path::PathBuf;

use keyferry_api::openapi::document;
use keyferry_api::router::registry;

#[test]
fn the_description_is_the_one_on_file() {
    let registry = registry();
    compare("openapi.json", format!("{:#}\n", document(registry.specs())));
}

/// The table of endpoints (`docs/reference/compatibility.md`) names these too.
#[test]
fn the_routes_outside_the_description_are_those_on_file() {
    let registry = registry();
    let mut routes: Vec<String> =
        registry.specs().filter(|spec| spec.hidden).map(|spec| format!("{} {}\n", spec.method, spec.path)).collect();
    routes.sort();
    compare("undocumented.txt", routes.concat());
}

/// Compares with a snapshot, or writes it when `UPDATE_SNAPSHOTS` is set.
fn compare(name: &str, made: String) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, made).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    assert!(
        kept == made,
        "{name} changed (first at line {differs:?}); if that is meant, `cargo xtask openapi` writes it and the pages made from it"
    );
}

#[test]
fn every_route_is_registered_once_and_says_what_it_is() {
    let registry = registry();
    assert_eq!(registry.duplicates(), Vec::<String>::new());
    let mut ids = BTreeSet::new();
    for spec in registry.specs().filter(|spec| !spec.hidden) {
        let at = format!("{} {}", spec.method, spec.path);
        assert!(ids.insert(spec.operation_id), "{at}: operation id {:?} is taken or empty", spec.operation_id);
        assert!(!spec.operation_id.is_empty() && !spec.tag.is_empty() && !spec.summary.is_empty(), "{at}: says too little");
    }
}

#[test]
fn the_parts_of_each_path_are_those_it_declares() {
    for spec in registry().specs() {
        let named: BTreeSet<&str> = spec
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| name.trim_start_matches('*'))
            .collect();
        let Some(params) = &spec.operation.params else { continue };
        let declared: BTreeSet<&str> = params["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(declared.is_subset(&named), "{} {}: reads {declared:?}", spec.method, spec.path);
    }
}

#[test]
fn the_router_can_be_built() {
    let _router = registry().into_router();
}
