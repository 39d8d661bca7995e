use http::{Method, StatusCode};
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect, RetryAfter};
use keyferry_db::entities::secret_syncs::Model;
use keyferry_domain::secret_syncs::{self, runs};
use keyferry_test_support::{WorldBuilder, eventually};

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
    let projects = stage.browser.get(&format!("/organizations/{}/projects", stage.world.org_id)).await;
    projects.says(StatusCode::OK, &["1 sync fails", "/integrations?status=failed"]);
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
async fn several_syncs_are_paused_resumed_and_triggered_at_once() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1"), ("B", "2")]).await;
    let first = stage.sync(|_| {}).await;
    let second = stage
        .sync(|input| {
            input.name = "second".to_owned();
            input.sync_options.key_schema = Some("SECOND_{{secretKey}}".to_owned());
        })
        .await;
    stage.settled(first).await;
    stage.settled(second).await;
    let list = stage.list().await;
    list.says(StatusCode::OK, &["Select second", "Sort by Keys", "<td>2</td>"]);
    let base = format!("{}/integrations/secret-syncs/selected", stage.base);
    let none = stage.browser.submit(&list, &format!("{base}/trigger"), &[]).await;
    stage.browser.follow(&none).await.says(StatusCode::OK, &["Tick at least one sync first."]);
    let (first_id, second_id) = (first.to_string(), second.to_string());
    let both = [("sync", first_id.as_str()), ("sync", second_id.as_str())];
    for (word, said) in [("false", "Disabled auto-sync for 2 syncs"), ("true", "Enabled auto-sync for 2 syncs")] {
        let mut fields = both.to_vec();
        fields.push(("enabled", word));
        let done = stage.browser.submit(&list, &format!("{base}/auto-sync"), &fields).await;
        stage.browser.follow(&done).await.says(StatusCode::OK, &[said]);
        for id in [first, second] {
            assert_eq!(stage.settled(id).await.is_auto_sync_enabled, word == "true");
        }
    }
    let done = stage.browser.submit(&list, &format!("{base}/trigger"), &both).await;
    stage.browser.follow(&done).await.says(StatusCode::OK, &["Triggered 2 syncs"]);
    stage.settled(first).await;
    stage.settled(second).await;
    let projects = stage.browser.get(&format!("/organizations/{}/projects", stage.world.org_id)).await;
    projects.says(StatusCode::OK, &["2 secrets", "2 syncs"]);
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

/// How often the administrator's reading of a kind is in the audit log.
async fn recorded(stage: &Stage, kind: &str) -> usize {
    stage.world.app.audit.flush().await;
    let (conn, filter) = (stage.world.app.db.read(), keyferry_db::audit_logs::Filter::default());
    let rows = keyferry_db::audit_logs::list(conn, stage.world.org_id, &filter, None, 0, 1_000).await.unwrap();
    rows.iter().filter(|row| row.event_type == kind).count()
}

#[tokio::test]
async fn an_open_page_that_asks_again_is_recorded_once() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let (list, page) = (format!("{}/integrations", stage.base), stage.page(id));
    let again = [("hx-request", "true"), ("x-refresh", "true")];
    for address in [&list, &page] {
        let opened = stage.browser.get(address).await;
        opened.says(StatusCode::OK, &[]);
        for _ in 0..5 {
            stage.browser.send(Method::GET, address, None, &again).await.says(StatusCode::OK, &[]);
        }
    }
    stage.browser.get(&format!("{page}/events")).await.says(StatusCode::OK, &["event: done", "X-Refresh"]);
    assert_eq!(recorded(&stage, "get-secret-syncs").await, 1);
    assert_eq!(recorded(&stage, "get-secret-sync").await, 1);
    assert_eq!(recorded(&stage, "get-secret-sync-runs").await, 1);
    assert!(stage.list().await.body.contains("X-Refresh"));
    assert_eq!(recorded(&stage, "get-secret-syncs").await, 2, "opened again");

    // What says that it refreshes is recorded when nothing was opened, when it shows something else, and after an hour.
    let other = stage.sync(|input| input.name = "other".to_owned()).await;
    let unopened = stage.page(other);
    stage.browser.send(Method::GET, &unopened, None, &again).await.says(StatusCode::OK, &[]);
    assert_eq!(recorded(&stage, "get-secret-sync").await, 2);
    stage.browser.send(Method::GET, &list, None, &again).await.says(StatusCode::OK, &["other"]);
    assert_eq!(recorded(&stage, "get-secret-syncs").await, 3);
    stage.world.clock.advance_ms(60 * 60_000);
    stage.browser.send(Method::GET, &page, None, &again).await.says(StatusCode::OK, &[]);
    assert_eq!(recorded(&stage, "get-secret-sync").await, 3);
}

#[tokio::test]
async fn the_head_of_a_page_says_what_its_progress_says() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    stage.world.sim.state().set_latency(std::time::Duration::from_millis(300));
    stage.put(&[("A", "2"), ("B", "2")]).await;
    let events = stage.browser.get(&format!("{}/events", stage.page(id))).await;
    let mut told = 0;
    for event in events.body.split("\n\n").filter(|event| event.contains("live-line")) {
        let badge = event.split_once("live-line\">").unwrap().1.split_once(" <span>").unwrap().0;
        for place in ["state", "state-fact"] {
            let moved = format!("<span id=\"{place}\" hx-swap-oob=\"true\">{badge}</span>");
            assert!(event.contains(&moved), "no {moved} in {event}");
        }
        told += 1;
    }
    assert!(told > 0, "{}", events.body);
    stage.settled(id).await;
    stage.browser.get(&stage.page(id)).await.says(StatusCode::OK, &["<span id=\"state\"><span", "<span id=\"state-fact\"><span"]);
}

#[tokio::test]
async fn a_request_to_wait_is_shown_with_its_end_and_nothing_is_written_twice() {
    let mut stage = Stage::of(WorldBuilder::default().real_clock().shared_budget().build().await.unwrap()).await;
    stage.put(&[("A", "1"), ("B", "2"), ("C", "3")]).await;
    let id = stage.sync(|_| {}).await;
    let sim = stage.world.sim.state().clone();
    sim.clear_log();
    let limited = FaultEffect::RateLimited { retry_after: RetryAfter::Seconds(15) };
    sim.set_faults(vec![Fault::new(limited).on_method("PUT").times(1)]);
    stage.put(&[("B", "new")]).await;

    let (app, admin, address) = (&stage.world.app, &stage.world.admin, stage.page(id));
    let browser = tokio::sync::Mutex::new(&mut stage.browser);
    let end = async || {
        let progress = secret_syncs::progress(app, admin, "checkly", id).await.unwrap();
        progress.run.and_then(|run| run.next_retry_at_ms).max(progress.waits_until_ms)
    };
    let page = eventually("the page says until when it waits", || async {
        let before = end().await?;
        let page = browser.lock().await.get(&address).await;
        // The wait may have become another one while the page was made.
        (end().await == Some(before) && page.body.contains(&utc(before))).then_some(page)
    })
    .await;
    page.says(StatusCode::OK, &["Waiting: Checkly asked to be called later.", "Next attempt"]);
    assert_eq!(sim.variable(&stage.world.account_id, "B").unwrap().value, "2", "nothing was written meanwhile");

    eventually("the sync is done", || async {
        let row = keyferry_db::find_by_id::<Model>(app.db.read(), id).await.unwrap().unwrap();
        (row.sync_status.as_deref() == Some("succeeded") && end().await.is_none()).then_some(())
    })
    .await;
    let taken: Vec<String> = sim
        .log()
        .into_iter()
        .filter(|call| call.method != "GET" && (200..300).contains(&call.status))
        .filter_map(|call| call.variable_key)
        .collect();
    assert_eq!(taken, ["B"], "the changed key was written once, the others not again");
    let page = stage.browser.get(&address).await;
    page.says(StatusCode::OK, &["Synced"]);
    assert!(!page.body.contains("Next attempt"), "{}", page.body);
}

/// A moment as pages show it.
fn utc(at_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at_ms).unwrap().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
