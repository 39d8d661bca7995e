//! `keyferry demo`.

use serde_json::Value;

use crate::harness::{command, run_to_end};

/// Words of the values in the demo's `.env` file.
const VALUES: [&str; 4] = ["tok_live_", "ss word with spaces", "hunter#2", "MIIBszCC"];

#[tokio::test]
async fn once_tells_the_story_and_leaves_nothing_behind() {
    let mut demo = command();
    // Settings of an installation must not reach the demo.
    demo.args(["demo", "--once"]).env("KEYFERRY_DATABASE_URL", "postgres://nowhere.invalid/x").env("KEYFERRY_NONSENSE", "1");
    let ended = run_to_end(demo).await;
    assert!(ended.status.success(), "{ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with("Synced "), "{last}");
    for value in VALUES {
        assert!(!ended.stdout.contains(value) && !ended.stderr.contains(value), "{value} was shown");
    }
}

#[tokio::test]
async fn once_with_json_prints_one_report() {
    let mut demo = command();
    demo.args(["demo", "--once", "--json"]);
    let ended = run_to_end(demo).await;
    assert!(ended.status.success(), "{ended:?}");
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let items = report["plan"]["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["action"] == "create" && item["reason"] == "new"), "{items:?}");
    assert_eq!(report["run"]["status"], "succeeded");
    assert!(report["calls"].as_u64().unwrap() > 0);
    assert!(report["propagationMs"].is_u64());
    let written = report["variablesAfter"].as_array().unwrap();
    let token = written.iter().find(|variable| variable["key"] == "SHOP_API_TOKEN").unwrap();
    assert_eq!((&token["secret"], &token["locked"]), (&Value::Bool(true), &Value::Bool(true)));
    for value in VALUES {
        assert!(!ended.stdout.contains(value) && !ended.stderr.contains(value), "{value} was shown");
    }
    let directory = report["dataDir"].as_str().unwrap();
    assert!(!std::path::Path::new(directory).exists(), "{directory} is still there");
}
