//! Syncs from the shell: a plan, its application, the end of a run.

use keyferry_test_support::canary;
use serde_json::json;

use super::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_planned_applied_and_watched() {
    let person = Person::signed_in().await;
    let (journey, checkly) = (&person.journey, &person.checkly);
    let value = canary("value");
    journey.put(&[("ONE".to_owned(), value.clone()), ("TWO".to_owned(), "2".to_owned())]).await;
    let connection = journey.connect(checkly).await;
    let mut body = journey.sync_body(checkly, &connection);
    body["isAutoSyncEnabled"] = json!(false);
    journey.create_sync_as(body).await;

    let listed = person.done(&["syncs", "list"]).await;
    assert!(listed.contains("shop-prod") && listed.contains("prod:/") && listed.contains("Acme"), "{listed}");
    let planned = person.done(&["syncs", "plan", "shop-prod"]).await;
    assert!(planned.contains("ONE") && planned.contains("create") && !planned.contains(&value), "{planned}");
    let plan = person.json(&["syncs", "plan", "shop-prod", "--json"]).await;
    assert_eq!(plan["plan"]["counts"]["create"], 2, "{plan}");
    let id = plan["plan"]["id"].as_str().unwrap();

    let unasked = person.run(&["syncs", "apply", "shop-prod", "--plan", id]).await;
    assert_eq!(unasked.status.code(), Some(2), "{}", unasked.stderr);
    let applied = person.run(&["syncs", "apply", "shop-prod", "--plan", id, "--yes"]).await;
    assert!(applied.status.success() && applied.stdout.contains("succeeded: 2 written"), "{applied:?}");
    assert_eq!(checkly.held("ONE")["ONE"], value);

    // A plan of before is refused once something changed.
    journey.put(&[("TWO".to_owned(), "changed".to_owned())]).await;
    let stale = person.run(&["syncs", "apply", "shop-prod", "--plan", id, "--yes"]).await;
    assert_eq!(stale.status.code(), Some(1), "{stale:?}");
    let run = person.json(&["syncs", "run", "shop-prod", "--json"]).await;
    assert_eq!(run["run"]["status"], "succeeded", "{run}");
    assert_eq!(checkly.held("TWO")["TWO"], "changed");

    // The exit code says that a run failed.
    checkly.state().revoke_key(checkly.api_key());
    let failed = person.run(&["syncs", "run", "shop-prod", "--force"]).await;
    assert!(failed.status.code() == Some(1) && failed.stdout.contains("shop-prod failed"), "{failed:?}");
    let watched = person.run(&["syncs", "watch", "shop-prod"]).await;
    assert_eq!(watched.status.code(), Some(1), "{watched:?}");
    for ended in [&applied, &stale, &failed, &watched] {
        assert!(!ended.stdout.contains(&value) && !ended.stderr.contains(&value), "{ended:?}");
    }
    let unknown = person.run(&["syncs", "plan", "nothing"]).await;
    assert!(unknown.status.code() == Some(1) && unknown.stderr.contains("Could not find Checkly Sync"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_wait_until_they_are_allowed() {
    let person = Person::signed_in().await;
    let (journey, checkly) = (&person.journey, &person.checkly);
    let keys: Vec<String> = (0..14).map(|number| format!("KEY_{number}")).collect();
    let pairs: Vec<_> = keys.iter().map(|key| (key.clone(), "x".to_owned())).collect();
    journey.put(&pairs).await;
    let connection = journey.connect(checkly).await;
    let mut body = journey.sync_body(checkly, &connection);
    body["isAutoSyncEnabled"] = json!(false);
    journey.create_sync_as(body).await;
    person.done(&["syncs", "run", "shop-prod"]).await;
    assert_eq!(checkly.held("KEY_").len(), 14);

    // More than the breaker lets go by itself.
    let gone: Vec<&str> = keys[1..].iter().map(String::as_str).collect();
    person.done(&[&["secrets", "delete", "--yes"][..], &gone].concat()).await;
    let waits = person.run(&["syncs", "apply", "shop-prod", "--yes"]).await;
    assert!(waits.status.success() && waits.stderr.contains("13 deletions go on waiting"), "{waits:?}");
    assert_eq!(checkly.held("KEY_").len(), 14);
    let wrong = person.run(&["syncs", "apply", "shop-prod", "--yes", "--allow-delete", "KEY_0"]).await;
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    let one = person.run(&["syncs", "apply", "shop-prod", "--yes", "--allow-delete", "KEY_1"]).await;
    assert!(one.status.success(), "{one:?}");
    assert_eq!(checkly.held("KEY_").len(), 13, "{one:?}");
    let all = person.run(&["syncs", "apply", "shop-prod", "--yes", "--allow-all-deletes"]).await;
    assert!(all.status.success(), "{all:?}");
    assert_eq!(checkly.held("KEY_").keys().collect::<Vec<_>>(), ["KEY_0"]);
}
