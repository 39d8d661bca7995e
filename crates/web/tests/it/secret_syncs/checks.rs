//! Acceptance checks of the user interface contract, section 14, that go across screens.

use http::{StatusCode, header};
use keyferry_domain::secret_syncs::runs;
use keyferry_test_support::canary;

use super::Stage;

impl Stage {
    /// A sync that has pushed what there is and pushes nothing more by itself.
    async fn pushed_by_hand(&mut self) -> uuid::Uuid {
        let id = self.sync(|input| input.is_auto_sync_enabled = false).await;
        let address = self.page(id);
        let page = self.browser.get(&address).await;
        self.browser.submit(&page, &format!("{address}/trigger"), &[]).await;
        assert_eq!(self.settled(id).await.sync_status.as_deref(), Some("succeeded"));
        id
    }
}

/// Checks 5 and 6.
#[tokio::test]
async fn no_value_is_on_a_page_before_a_reveal_and_the_reveal_is_recorded() {
    let mut stage = Stage::new().await;
    let value = canary("value");
    stage.put(&[("TOKEN", &value)]).await;
    let id = stage.sync(|_| {}).await;
    let listed = runs::list(&stage.world.app, &stage.world.admin, "checkly", id, None, 10).await.unwrap();
    let plan = stage.browser.get(&format!("{}/plan", stage.page(id))).await.location().to_owned();
    let mut pages = vec![plan, format!("{}/runs/{}", stage.page(id), listed.runs[0].id)];
    pages.extend(
        ["/overview", "/overview/secret?key=TOKEN", "/secrets/prod", "/audit-logs"].map(|path| format!("{}{path}", stage.base)),
    );
    pages.extend(["", "/runs", "/keys"].map(|path| format!("{}{path}", stage.page(id))));
    pages.extend([format!("/organizations/{}/audit-logs", stage.world.org_id), "/notices".to_owned()]);
    for path in &pages {
        let answer = stage.browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        assert!(!answer.body.contains(&value), "{path} shows a value");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }

    stage.put(&[("TOKEN", &format!("{value}-2"))]).await;
    let list = stage.browser.get(&format!("{}/secrets/prod", stage.base)).await;
    let shown = stage.browser.submit(&list, &format!("{}/secrets/prod/reveal", stage.base), &[("key", "TOKEN")]).await;
    shown.says(StatusCode::OK, &[&format!("{value}-2")]);
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    stage.world.app.audit.flush().await;
    let logs = stage.browser.get(&format!("{}/audit-logs?event=get-secrets", stage.base)).await;
    let raw = logs.body.replace("&#34;", "\"").replace(char::is_whitespace, "");
    assert!(raw.contains("\"secretKeys\":[\"TOKEN\"],\"secretVersions\":[2]"), "{raw}");
    assert!(!logs.body.contains(&value));
}

/// Check 15.
#[tokio::test]
async fn a_plan_is_not_applied_once_something_changed_at_checkly() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.pushed_by_hand().await;
    stage.put(&[("A", "2"), ("B", "3")]).await;
    let plan = stage.browser.get(&format!("{}/plan", stage.page(id))).await;
    let address = plan.location().to_owned();
    let plan = stage.browser.get(&address).await;
    let sim = stage.world.sim.state();
    sim.delete_variable(&stage.world.account_id, "A");
    let fields = [("digest", plan.hidden("digest"))];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = stage.browser.submit(&plan, &address, &fields).await;
    let fresh = stage.browser.follow(&refused).await;
    fresh.says(StatusCode::OK, &["Something changed since that plan was made", "Create (2)"]);
    assert!(stage.keys().is_empty(), "nothing was written: {:?}", stage.keys());
}

/// Check 17.
#[tokio::test]
async fn an_empty_value_removes_its_variable_and_the_plan_says_why() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1"), ("B", "2")]).await;
    let id = stage.pushed_by_hand().await;
    stage.put(&[("A", "")]).await;
    let plan = stage.browser.get(&format!("{}/plan", stage.page(id))).await;
    let address = plan.location().to_owned();
    let plan = stage.browser.get(&address).await;
    plan.says(StatusCode::OK, &["Remove (1)", "The value is empty."]);
    let digest = plan.hidden("digest");
    let applied = stage.browser.submit(&plan, &address, &[("digest", &digest)]).await;
    stage.browser.follow(&applied).await.says(StatusCode::OK, &["Successfully triggered Checkly Sync"]);
    stage.settled(id).await;
    assert_eq!(stage.keys(), ["B"]);
}
