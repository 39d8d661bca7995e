use http::StatusCode;

use super::Stage;
use crate::browser::Browser;

#[tokio::test]
async fn a_viewer_sees_and_changes_nothing() {
    let stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let viewer = stage.world.user(stage.world.org_id, "viewer@example.com", "member").await.unwrap();
    stage.world.grant(stage.project_id, &viewer, "viewer").await.unwrap();
    let mut browser = Browser::signed_in(&stage.world, &viewer).await;
    let page = stage.page(id);
    let list = browser.get(&format!("{}/integrations", stage.base)).await;
    list.says(StatusCode::OK, &["checkly-prod", "create on secret-syncs", "aria-disabled"]);
    let shown = browser.get(&page).await;
    shown.says(StatusCode::OK, &["Synced", "sync-secrets on secret-syncs"]);
    browser.get(&format!("{page}/runs")).await.says(StatusCode::OK, &["Sync created"]);
    browser.get(&format!("{page}/keys")).await.says(StatusCode::OK, &["1 variable"]);
    let plan = browser.get(&format!("{page}/plan")).await;
    let plan_address = plan.location().to_owned();
    let plan = browser.get(&plan_address).await;
    plan.says(StatusCode::OK, &["Unchanged (1)"]);
    browser
        .get(&format!("{}/new/checkly/source", page.rsplit_once("/checkly/").unwrap().0))
        .await
        .says(StatusCode::FORBIDDEN, &["create", "secret-syncs"]);
    for step in ["source", "destination", "options", "details"] {
        browser.get(&format!("{page}/edit/{step}")).await.says(StatusCode::FORBIDDEN, &["edit"]);
    }

    stage.world.sim.state().clear_log();
    for path in ["trigger", "auto-sync", "remove", "edit/details", "edit/options"] {
        let answer = browser.submit(&shown, &format!("{page}/{path}"), &[("name", "x")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    let delete = browser.submit(&shown, &format!("{page}/delete"), &[("confirm", "checkly-prod")]).await;
    assert_eq!(delete.status, StatusCode::FORBIDDEN);
    let apply = browser.submit(&shown, &plan_address, &[("digest", &plan.hidden("digest"))]).await;
    assert_eq!(apply.status, StatusCode::FORBIDDEN);
    stage.settled(id).await;
    assert!(stage.world.sim.state().log().is_empty(), "nothing was asked or written at Checkly");
}

#[tokio::test]
async fn a_sync_is_found_in_its_own_project_only() {
    let mut stage = Stage::new().await;
    let id = stage.sync(|_| {}).await;
    let other = stage.world.project("other").await.unwrap();
    let elsewhere = stage.page(id).replace(&stage.project_id.to_string(), &other.to_string());
    for path in ["", "/runs", "/keys", "/plan", "/edit/source", "/delete", "/remove", "/events"] {
        let answer = stage.browser.get(&format!("{elsewhere}{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}
