use http::StatusCode;
use keyferry_domain::secrets::{self, Change};

use super::stage;

#[tokio::test]
async fn versions_are_compared_and_restored() {
    let mut stage = stage().await;
    stage.put("dev", &[("CONFIG", "a\nold-line\nc")]).await;
    let change = Change { key: "CONFIG".to_owned(), value: Some("a\nnew-line\nc".into()), ..Change::default() };
    secrets::update(&stage.world.app, &stage.world.admin, &stage.at("dev", "/"), change).await.unwrap();
    let page = stage.page_of("dev", "CONFIG").await;
    let detail = stage.browser.get(&page).await;
    detail.says(StatusCode::OK, &["Version history", "Restore version 1", "Compare the two versions", "admin@example.com"]);
    let diff = stage.browser.get(&format!("{page}/diff?from=1&to=2")).await;
    diff.says(StatusCode::OK, &["~ Value changed", "Reveal both values", "From version 1"]);
    for answer in [&detail, &diff] {
        assert!(!answer.body.contains("old-line") && !answer.body.contains("new-line"), "{}", answer.body);
    }
    let shown = stage.browser.submit(&diff, &format!("{page}/diff"), &[("from", "1"), ("to", "2")]).await;
    shown.says(StatusCode::OK, &["line 2 removed", "old-line", "line 2 added", "new-line", "line 1 same"]);

    let path = format!("{page}/versions/1/restore");
    let ask = stage.browser.get(&path).await;
    ask.says(StatusCode::OK, &["<h1>Restore version 1</h1>", "Nothing of the history is lost"]);
    let back = stage.browser.submit(&ask, &path, &[("current", "2")]).await;
    stage.browser.follow(&back).await.says(StatusCode::OK, &["Version 1 is back as version 3"]);
    assert_eq!(stage.value("dev", "/", "CONFIG").await.as_deref(), Some("a\nold-line\nc"));
    let stale = stage.browser.submit(&ask, &path, &[("current", "2")]).await;
    stale.says(StatusCode::CONFLICT, &["It changed meanwhile"]);
    stage.browser.get(&format!("{page}/diff?from=1&to=9")).await.says(StatusCode::NOT_FOUND, &["Version 9"]);
}

#[tokio::test]
async fn an_override_is_ones_own() {
    let mut stage = stage().await;
    stage.put("dev", &[("A", "shared-value")]).await;
    let page = stage.page_of("dev", "A").await;
    let detail = stage.browser.get(&page).await;
    let path = format!("{page}/override");
    let set = stage.browser.submit(&detail, &path, &[("value", "my-own-value")]).await;
    let detail = stage.browser.follow(&set).await;
    detail.says(StatusCode::OK, &["Your override was saved", "Remove override"]);
    assert!(!detail.body.contains("my-own-value"));
    stage.browser.get(&format!("{}/secrets/dev", stage.base)).await.says(StatusCode::OK, &["Overridden by you"]);
    let shown = stage.browser.submit(&detail, &format!("{page}/reveal"), &[("own", "true")]).await;
    shown.says(StatusCode::OK, &["my-own-value"]);
    assert!(!shown.body.contains("shared-value"));
    let gone = stage.browser.submit(&detail, &path, &[("do", "remove")]).await;
    stage.browser.follow(&gone).await.says(StatusCode::OK, &["Your override was removed"]);
    assert_eq!(stage.value("dev", "/", "A").await.as_deref(), Some("shared-value"));
}
