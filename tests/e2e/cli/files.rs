//! Files of secrets: what is written can be read back, and an import says before what it does.

use std::os::unix::fs::PermissionsExt as _;

use keyferry_test_support::canary;
use serde_json::json;

use super::Person;
use super::secrets::nasty;

#[tokio::test(flavor = "multi_thread")]
async fn an_export_imported_elsewhere_is_equal() {
    let person = Person::signed_in().await;
    let mut wanted: Vec<(String, String)> = nasty().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    wanted.push(("REFERENCE".to_owned(), "${TAB}!".to_owned()));
    wanted.sort();
    person.journey.put(&wanted).await;
    for (name, environment) in [("all.env", "dev"), ("all.json", "staging"), ("all.yaml", "staging")] {
        person.done(&["export", "--expand=false", "--output", name]).await;
        let mode = person.directory().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let import = ["import", name, "--env", environment];
        let unasked = person.run(&import).await;
        assert_eq!(unasked.status.code(), if name == "all.yaml" { Some(0) } else { Some(2) }, "{}", unasked.stderr);
        let done = person.json(&[&import[..], &["--yes", "--json"]].concat()).await;
        let (added, unchanged) = if name == "all.yaml" { (0, wanted.len()) } else { (wanted.len(), 0) };
        assert_eq!(done["added"].as_array().map(Vec::len), Some(added), "{name} {done}");
        assert_eq!(done["unchanged"].as_array().map(Vec::len), Some(unchanged), "{name} {done}");
        let read = person.json(&["secrets", "list", "--env", environment, "--expand=false", "--reveal", "--json"]).await;
        let read: Vec<(String, String)> = read["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|secret| (secret["key"].as_str().unwrap().to_owned(), secret["value"].as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(read, wanted, "{name}");
    }
    assert_eq!(person.done(&["export", "--format", "dotenv-export"]).await.matches("export ").count(), wanted.len());
    assert!(person.done(&["export", "--format", "csv"]).await.starts_with("key,value\n"));
    let expanded = person.done(&["export"]).await;
    assert!(expanded.contains("REFERENCE=\"a\\tb!\""), "{expanded}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_says_what_it_does_and_no_value() {
    let person = Person::signed_in().await;
    let (old, new) = (canary("old"), canary("new"));
    person.journey.put(&[("A".to_owned(), old.clone()), ("B".to_owned(), "same".to_owned())]).await;
    std::fs::write(person.directory().join(".env"), format!("A={new}\nB=same\nC=\n")).unwrap();
    let looked = person.run(&["import", ".env", "--dry-run"]).await;
    assert!(looked.status.success() && looked.stderr.contains("1 added, 1 changed, 1 unchanged"), "{}", looked.stderr);
    let report = person.json(&["import", ".env", "--yes", "--json"]).await;
    assert_eq!(report, json!({"added": ["C"], "changed": ["A"], "unchanged": ["B"], "applied": true}));
    assert_eq!(person.done(&["secrets", "get", "A", "--plain"]).await.trim_end(), new);
    std::fs::write(person.directory().join(".env"), format!("A={old}\nno pair {new}\n")).unwrap();
    let broken = person.run(&["import", ".env", "--yes"]).await;
    assert!(broken.status.code() == Some(1) && broken.stderr.contains("line 2"), "{}", broken.stderr);
    for text in [&looked.stdout, &looked.stderr, &broken.stderr] {
        assert!(!text.contains(&old) && !text.contains(&new), "{text}");
    }
    assert_eq!(person.done(&["secrets", "get", "A", "--plain"]).await.trim_end(), new, "nothing was changed");
}
