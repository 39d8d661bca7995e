//! The main job by the pages: a connection by the published steps, a sync in five steps, and its first run seen live.

use keyferry_checkly_sim::{Fault, FaultEffect};
use keyferry_test_support::eventually;
use serde_json::json;

use super::{Stage, Tab, key};

/// Moves on by keyboard: to the control of this name, and presses it.
async fn enter(tab: &Tab, name: &str) {
    tab.tab_to(name).await;
    tab.keys(key::ENTER).await;
}

#[tokio::test]
async fn the_published_steps_work_by_keyboard() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.project("integrations")).await;
    tab.see("No Secret Syncs have been configured").await;
    tab.inspect("syncs-none").await;
    enter(&tab, "App Connections").await;
    tab.heading("App Connections").await;
    enter(&tab, "+ Add Connection").await;
    tab.heading("Add Connection").await;
    tab.inspect("connection-picker").await;
    let on_tile = "const link = document.querySelector('a.pick'); link.focus(); return document.activeElement === link;";
    assert_eq!(tab.eval(on_tile, json!([])).await, true);
    tab.keys(key::ENTER).await;
    tab.heading("Checkly Connection").await;
    tab.type_into("Name", "my-checkly-connection").await;
    tab.type_into("Description", "for tests").await;
    tab.type_into("API Key Value", stage.checkly.api_key()).await;
    tab.keys(key::ENTER).await;
    tab.see("Connection created").await;
    tab.see("Working").await;
}

#[tokio::test]
async fn a_sync_is_made_in_five_steps_and_followed_live() {
    let stage = Stage::new().await;
    let secrets = (0..30).map(|n| json!({"secretKey": format!("KEY_{n:02}"), "secretValue": "a"})).collect();
    stage.journey.create_secrets(secrets).await;
    stage.journey.connect(&stage.checkly).await;
    let tab = stage.signed_in().await;
    tab.go(&stage.project("integrations/secret-syncs/new")).await;
    tab.heading("Choose a destination").await;
    tab.inspect("sync-destinations").await;
    tab.go(&stage.project("integrations/secret-syncs/new/checkly/source")).await;
    tab.heading("Create Checkly Sync").await;
    tab.choose("Environment", "Production").await;
    tab.see("30 secrets").await;
    tab.inspect("sync-source").await;
    tab.fill("Secret Path", "").await;
    tab.press("Next").await;
    tab.see("Secret path required").await;
    tab.inspect("sync-source-errors").await;
    tab.fill("Secret Path", "/").await;
    tab.press("Next").await;
    tab.at("/destination").await;
    tab.see("Asked from Checkly").await;
    tab.inspect("sync-destination").await;
    tab.press("Next").await;
    tab.at("/options").await;
    tab.fill("Key Schema", "SHOP_{{secretKey}}").await;
    tab.see("SHOP_KEY_02").await;
    tab.inspect("sync-options").await;
    tab.press("Next").await;
    tab.at("/details").await;
    tab.fill("Name", "shop-prod").await;
    tab.inspect("sync-details").await;
    tab.press("Next").await;
    tab.at("/review").await;
    tab.see("Create (30)").await;
    tab.inspect("sync-review").await;
    tab.press("Create Sync").await;
    tab.see("Tick the box to go on").await;
    tab.inspect("sync-review-errors").await;

    // Each write takes so long that the run cannot end before its page was seen; then the rest goes at once.
    let slow = Fault::new(FaultEffect::Hang { ms: Some(10_000), apply: false }).on_method("POST");
    stage.checkly.state().set_faults(vec![slow]);
    let tick = "document.getElementById('f-understood').click(); return document.getElementById('f-understood').checked;";
    assert_eq!(tab.eval(tick, json!([])).await, true);
    tab.press("Create Sync").await;
    tab.heading("shop-prod").await;
    tab.see("of 30").await;
    let head = "const states = document.querySelectorAll('#state'); return states.length + ' ' + states[0].innerText.trim();";
    eventually("the head follows", async || (tab.eval(head, json!([])).await == "1 Syncing").then_some(())).await;
    tab.inspect("sync-live").await;
    // Without a reload of ours the page follows the run to its end.
    stage.checkly.state().set_faults(Vec::new());
    tab.see("30 created").await;
    tab.see("Synced").await;
    assert_eq!(stage.checkly.held("SHOP_KEY_").len(), 30);
    tab.inspect("sync").await;
    let at = tab.path().await;
    for (part, wanted) in
        [("/runs", "Sync created"), ("/keys", "SHOP_KEY_00"), ("/plan", "Nothing to do"), ("/remove", "Remove 30")]
    {
        tab.go(&format!("{at}{part}")).await;
        tab.see(wanted).await;
        tab.inspect(&format!("sync{}", part.replace('/', "-"))).await;
    }
    tab.go(&format!("{at}/delete")).await;
    tab.heading("Delete Sync").await;
    tab.inspect("sync-delete").await;
    tab.go(&format!("{at}/edit/options")).await;
    tab.inspect("sync-edit-options").await;
    tab.go(&format!("{at}/runs")).await;
    tab.eval("document.querySelector('tbody a').click()", json!([])).await;
    tab.heading("Run").await;
    tab.inspect("sync-run").await;
    tab.go(&stage.project("integrations")).await;
    tab.see("shop-prod").await;
    tab.inspect("syncs").await;
    tab.inspect_forced_colours("syncs").await;
}
