use http::StatusCode;
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};
use keyferry_test_support::canary;

use super::Stage;

const SCHEMA: &str = "Key schema must include exactly one {{secretKey}} placeholder. It can also include {{environment}} \
                      placeholders. Only alphanumeric characters (a-z, A-Z, 0-9), dashes (-), underscores (_), and slashes (/) are \
                      allowed besides the placeholders.";

#[tokio::test]
async fn the_steps_lead_to_a_synced_account() {
    let mut stage = Stage::new().await;
    let value = canary("value");
    stage.put(&[("TOKEN", &value), ("URL", "https://example.com")]).await;
    let list = stage.list().await;
    list.says(StatusCode::OK, &["<h1>Integrations</h1>", "Secret Syncs", "+ Add Sync", "No connection yet?"]);
    let picker = stage.browser.get(&format!("{}/integrations/secret-syncs/new", stage.base)).await;
    picker.says(StatusCode::OK, &["<h1>Choose a destination</h1>", "Checkly", "/new/checkly/source"]);

    let source = stage.step("source");
    let page = stage.browser.get(&source).await;
    page.says(StatusCode::OK, &["Environment", "Secret Path", "value=\"/\"", "opens after Source"]);
    let shown = stage.send(&source, &[("environment", "prod"), ("path", "/"), ("refresh", "true")]).await;
    let shown = stage.browser.follow(&shown).await;
    shown.says(StatusCode::OK, &["2 secrets", "TOKEN", "URL"]);
    assert!(!shown.body.contains(&value), "a preview has names only");

    let destination = stage.send(&source, &[("environment", "prod"), ("path", "/")]).await.location().to_owned();
    let page = stage.browser.get(&destination).await;
    let account = format!("{} Acme EU", stage.world.account_id);
    page.says(StatusCode::OK, &["Checkly Connection", "checkly-eu (organization)", &account, "No groups in this account"]);
    let connection = stage.connection_id.to_string();
    let options = stage.send(&destination, &[("connection", &connection), ("account", &account)]).await;
    let options = options.location().to_owned();
    let page = stage.browser.get(&options).await;
    page.says(StatusCode::OK, &["Initial Sync Behavior", "value=\"keep\" checked", "Auto-Sync Enabled"]);
    let named = stage.send(&options, &[("schema", "SHOP_{{secretKey}}"), ("auto_sync", "true"), ("refresh", "true")]).await;
    stage.browser.follow(&named).await.says(StatusCode::OK, &["SHOP_TOKEN", "SHOP_URL"]);
    let fields = [("schema", "SHOP_{{secretKey}}"), ("auto_sync", "true"), ("unmanaged", "keep")];
    let details = stage.send(&options, &fields).await.location().to_owned();
    stage.browser.get(&details).await.says(StatusCode::OK, &["checkly-prod-acme-eu"]);
    let review = stage.send(&details, &[("name", "checkly-prod"), ("description", "for tests")]).await.location().to_owned();

    let page = stage.browser.get(&review).await;
    page.says(StatusCode::OK, &["Create (2)", "SHOP_TOKEN", "checkly-prod", "Production", "Acme EU", "Create Sync"]);
    assert!(stage.keys().is_empty(), "a plan writes nothing");
    let plan = page.hidden("plan");
    let digest = page.hidden("digest");
    let refused = stage.browser.submit(&page, &review, &[("plan", &plan), ("digest", &digest)]).await;
    refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["Tick the box to go on", "aria-invalid"]);
    let all = [("plan", plan.as_str()), ("digest", digest.as_str()), ("deletions", "0"), ("understood", "true")];
    let made = stage.browser.submit(&page, &review, &all).await;
    let again = stage.browser.submit(&page, &review, &all).await;
    assert_eq!(made.location(), again.location(), "sent twice, made once");
    let id = stage.the_only_sync().await;
    let shown = stage.browser.follow(&made).await;
    shown.says(StatusCode::OK, &["Successfully added Checkly Sync", "<h1>checkly-prod</h1>", "SHOP_{{secretKey}}"]);

    assert_eq!(stage.settled(id).await.sync_status.as_deref(), Some("succeeded"));
    assert_eq!(stage.keys(), ["SHOP_TOKEN", "SHOP_URL"]);
    let mut pages = vec![stage.browser.get(&stage.page(id)).await, stage.list().await];
    pages[0].says(StatusCode::OK, &["Synced", "Auto-Sync Enabled", "2 created", "plot-mark", "Acme EU", "for tests"]);
    pages[1].says(StatusCode::OK, &["checkly-prod", "Synced", "Global variables", "Production"]);
    pages.push(stage.browser.get(&format!("{}/keys", stage.page(id))).await);
    pages[2].says(StatusCode::OK, &["SHOP_TOKEN", "2 variables"]);
    pages.push(stage.browser.get(&format!("{}/runs", stage.page(id))).await);
    pages[3].says(StatusCode::OK, &["Sync created", "Done", "2 created"]);
    pages.extend([page, shown]);
    for page in &pages {
        assert!(!page.body.contains(&value), "no page holds a value");
    }
}

#[tokio::test]
async fn each_step_says_what_is_wrong_with_it() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let source = stage.step("source");
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let answer = stage.send(&source, &[("environment", "prod"), ("path", "")]).await;
    answer.says(wrong, &["Secret path required", "aria-invalid", "href=\"#f-path\""]);
    let answer = stage.send(&source, &[("environment", "prod"), ("path", "/nowhere")]).await;
    answer.says(wrong, &["Could not find folder"]);

    // A later step is not open yet: the first one that is missing is shown.
    for step in ["destination", "options", "details", "review"] {
        let answer = stage.browser.get(&stage.step(step)).await;
        assert!(answer.location().contains("/source"), "{step}: {}", answer.location());
    }
    let destination = stage.send(&source, &[("environment", "prod"), ("path", "/")]).await.location().to_owned();
    let answer = stage.send(&destination, &[("connection", ""), ("account", "")]).await;
    answer.says(wrong, &["Checkly Connection required"]);
    let connection = stage.connection_id.to_string();
    let answer = stage.send(&destination, &[("connection", &connection), ("account", "")]).await;
    answer.says(wrong, &["Account required"]);
    let account = stage.world.account_id.clone();
    let options = stage.send(&destination, &[("connection", &connection), ("account", &account)]).await.location().to_owned();
    let answer = stage.send(&options, &[("schema", "NO PLACE"), ("unmanaged", "keep")]).await;
    answer.says(wrong, &[&SCHEMA.replace('\'', "&#39;"), "aria-invalid"]);
    let details = stage.send(&options, &[("unmanaged", "keep")]).await.location().to_owned();
    let answer = stage.send(&details, &[("name", "My Sync"), ("description", &"x".repeat(257))]).await;
    answer.says(wrong, &["Name field can only contain letters, numbers, and hyphens", "Cannot exceed 256 characters"]);

    stage.sync(|input| input.name = "taken".to_owned()).await;
    let answer = stage.send(&details, &[("name", "taken")]).await;
    answer.says(wrong, &["A sync of this name exists in this project"]);
    // What was entered before is still there, and a second sync to one place is said to be one.
    let back = stage.browser.get(&destination.replace("/source", "/destination")).await;
    back.says(StatusCode::OK, &["checkly-eu (organization)"]);
    let answer = stage.send(&destination, &[("connection", &connection), ("account", &account)]).await;
    answer.says(wrong, &["Duplicate Destination Configuration", "this project"]);
}

#[tokio::test]
async fn a_group_is_picked_from_what_checkly_lists() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let group = keyferry_checkly_sim::Group { id: 271_828, name: "Checkout flows".to_owned(), ..Default::default() };
    assert!(stage.world.sim.state().add_group(&stage.world.account_id, group));
    let source = stage.step("source");
    let destination = stage.send(&source, &[("environment", "prod"), ("path", "/")]).await.location().to_owned();
    let page = stage.browser.get(&destination).await;
    page.says(StatusCode::OK, &["271828 Checkout flows", "Choosing one narrows the sync"]);
    let (connection, account) = (stage.connection_id.to_string(), stage.world.account_id.clone());
    let fields = [("connection", connection.as_str()), ("account", &account), ("group", "271828 Checkout flows")];
    let options = stage.send(&destination, &fields).await.location().to_owned();
    let details = stage.send(&options, &[("unmanaged", "keep"), ("auto_sync", "true")]).await.location().to_owned();
    stage.browser.get(&details).await.says(StatusCode::OK, &["checkly-prod-checkout-flows"]);
    let review = stage.send(&details, &[("name", "to-group")]).await.location().to_owned();
    let page = stage.browser.get(&review).await;
    page.says(StatusCode::OK, &["Checkout flows · 271828"]);
    stage.browser.submit(&page, &review, &[("understood", "true"), ("deletions", "0")]).await.location();
    let id = stage.the_only_sync().await;
    assert_eq!(stage.settled(id).await.sync_status.as_deref(), Some("succeeded"));
    assert!(stage.keys().is_empty(), "the account's own variables are left alone");
    stage.browser.get(&stage.page(id)).await.says(StatusCode::OK, &["Checkout flows", "Synced"]);
}

#[tokio::test]
async fn checkly_in_trouble_is_said_and_nothing_is_created() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let review = stage.up_to_review("x", &[("unmanaged", "keep"), ("auto_sync", "true")]).await;
    let destination = stage.send(&stage.step("source"), &[("environment", "prod"), ("path", "/")]).await.location().to_owned();
    stage.world.sim.state().set_faults(vec![Fault::new(FaultEffect::Status {
        status: 503,
        body: ErrorBody::default(),
        apply: false,
    })]);
    let page = stage.browser.get(&destination).await;
    page.says(StatusCode::OK, &["Checkly did not list its accounts.", "status 503", "You can type the id"]);
    let page = stage.browser.get(&review).await;
    page.says(StatusCode::BAD_GATEWAY, &["No plan could be made.", "Try again"]);
    assert!(!page.body.contains(">Create Sync<"));
    stage.world.sim.state().set_faults(Vec::new());
    stage.browser.get(&review).await.says(StatusCode::OK, &["Create Sync"]);
}

#[tokio::test]
async fn what_others_made_is_left_alone_or_goes_only_knowingly() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    stage.set_there("THEIRS", false);
    stage.set_there("HIDDEN", true);
    let kept = stage.up_to_review("kept", &[("unmanaged", "keep"), ("auto_sync", "true")]).await;
    stage.browser.get(&kept).await.says(StatusCode::OK, &["Leave alone (2)", "THEIRS", "Create (1)"]);

    let asked = stage.up_to_review("asked", &[("unmanaged", "approve"), ("auto_sync", "true")]).await;
    let page = stage.browser.get(&asked).await;
    page.says(StatusCode::OK, &["Remove (2)", "name=\"approve\" value=\"HIDDEN\"", "Delete 1 variable at Checkly"]);

    let mirror = stage.up_to_review("mirror", &[("unmanaged", "delete"), ("auto_sync", "true")]).await;
    let page = stage.browser.get(&mirror).await;
    page.says(StatusCode::OK, &["Remove (2)", "Type mirror to confirm", "Delete 2 variables at Checkly"]);
    let sent = [("understood", "true"), ("deletions", "2")];
    let refused = stage.browser.submit(&page, &mirror, &sent).await;
    refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["2 variables at Checkly will be deleted", "Type mirror to confirm"]);
    assert_eq!(stage.keys(), ["HIDDEN", "THEIRS"]);

    let page = stage.browser.get(&asked).await;
    let (plan, digest) = (page.hidden("plan"), page.hidden("digest"));
    let sent = [
        ("plan", plan.as_str()),
        ("digest", &digest),
        ("deletions", "1"),
        ("understood", "true"),
        ("accept_deletions", "true"),
        ("approve", "HIDDEN"),
    ];
    stage.browser.submit(&page, &asked, &sent).await.location();
    let id = stage.the_only_sync().await;
    let row = stage.settled(id).await;
    assert_eq!((row.sync_status.as_deref(), row.pending_count), (Some("succeeded"), 0));
    assert_eq!(stage.keys(), ["A"], "the ticked one went with the readable one");
}
