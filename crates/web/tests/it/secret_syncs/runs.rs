use http::StatusCode;
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};
use keyferry_domain::secret_syncs::runs;

use super::Stage;

#[tokio::test]
async fn a_failed_key_is_named_everywhere_and_tried_again() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1"), ("B", "2"), ("C", "3")]).await;
    let refuses = Fault::new(FaultEffect::Status { status: 400, body: ErrorBody::default(), apply: false }).on_key("B");
    stage.world.sim.state().set_faults(vec![refuses]);
    let id = stage.sync(|_| {}).await;
    assert_eq!(stage.settled(id).await.sync_status.as_deref(), Some("failed"));
    stage.list().await.says(StatusCode::OK, &["Failed to Sync", "row-failed", "reason-line\">B: "]);
    let page = stage.browser.get(&stage.page(id)).await;
    page.says(StatusCode::OK, &["Last Sync Error", "Not tried again by itself", "Partial"]);

    let logs = stage.browser.get(&format!("{}/runs", stage.page(id))).await;
    logs.says(StatusCode::OK, &["Sync created", "Partial", "plot-partial"]);
    let listed = runs::list(&stage.world.app, &stage.world.admin, "checkly", id, None, 10).await.unwrap();
    let address = format!("{}/runs/{}", stage.page(id), listed.runs[0].id);
    let run = stage.browser.get(&address).await;
    run.says(
        StatusCode::OK,
        &["Stopped after 3 of 3 – 2 written, 1 failed, 0 not reached", "Retry 1 failed key", "<td>400</td>", "Done (2)"],
    );
    let failed = stage.browser.get(&format!("{address}?outcome=failed")).await;
    failed.says(StatusCode::OK, &["<code>B</code>"]);
    assert!(!failed.body.contains("<code>A</code>"));

    stage.world.sim.state().set_faults(Vec::new());
    let trigger = format!("{}/trigger", stage.page(id));
    let again = stage.browser.submit(&run, &trigger, &[]).await;
    stage.browser.follow(&again).await.says(StatusCode::OK, &["Successfully triggered Checkly Sync"]);
    assert_eq!(stage.settled(id).await.sync_status.as_deref(), Some("succeeded"));
    assert_eq!(stage.keys(), ["A", "B", "C"]);
}

#[tokio::test]
async fn a_form_sent_twice_triggers_once() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|input| input.is_auto_sync_enabled = false).await;
    let page = stage.browser.get(&stage.page(id)).await;
    page.says(StatusCode::OK, &["Not synced yet", "Auto-Sync Disabled", "No runs yet", "No runs in this period"]);
    let trigger = format!("{}/trigger", stage.page(id));
    let first = stage.browser.submit(&page, &trigger, &[("back", "list")]).await;
    stage.settled(id).await;
    let second = stage.browser.submit(&page, &trigger, &[("back", "list")]).await;
    assert_eq!(first.location(), second.location());
    stage.settled(id).await;
    let listed = runs::list(&stage.world.app, &stage.world.admin, "checkly", id, None, 10).await.unwrap();
    assert_eq!(listed.runs.len(), 1);
    stage.browser.follow(&second).await.says(StatusCode::OK, &["Successfully triggered Checkly Sync", "Synced"]);
}

#[tokio::test]
async fn progress_is_streamed_to_its_end_without_values() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "a-value-to-look-for")]).await;
    let id = stage.sync(|_| {}).await;
    // Nothing happens: the stream says so and ends, so that the page reloads itself.
    let events = stage.browser.get(&format!("{}/events", stage.page(id))).await;
    assert_eq!(events.headers["content-type"], "text/event-stream");
    assert!(events.headers["cache-control"].to_str().unwrap().contains("no-"), "{:?}", events.headers);
    let body = &events.body;
    assert!(body.contains("event: said") && body.contains("event: progress") && body.contains("event: done"), "{body}");
    assert!(!body.contains("a-value-to-look-for"), "{body}");

    // A run that cannot end soon: the stream tells of it first.
    stage.world.sim.state().set_latency(std::time::Duration::from_millis(300));
    let pairs: Vec<(String, String)> = (0..20).map(|n| (format!("K{n:02}"), "1".to_owned())).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    stage.put(&pairs).await;
    let page = stage.browser.get(&stage.page(id)).await;
    page.says(StatusCode::OK, &["sse-connect", "Progress"]);
    let events = stage.browser.get(&format!("{}/events", stage.page(id))).await;
    assert!(events.body.contains("event: done"), "{}", events.body);
    assert!(["Queued", "Comparing", "Syncing"].iter().any(|word| events.body.contains(word)), "{}", events.body);
    stage.settled(id).await;
}
