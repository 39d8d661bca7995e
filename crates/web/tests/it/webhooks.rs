//! Webhooks in the settings of a project.

use http::StatusCode;
use keyferry_test_support::Receiver;

use crate::browser::Browser;
use crate::secrets::stage;

const KEY: &str = "hush-hush-signing-key";

#[tokio::test]
async fn a_webhook_is_added_tested_paused_and_deleted() {
    let mut stage = stage().await;
    let receiver = Receiver::start().await.unwrap();
    let list = format!("{}/settings/webhooks", stage.base);
    stage.browser.get(&list).await.says(StatusCode::OK, &["No webhooks yet", "Add webhook"]);
    let new = format!("{list}/new");
    let form = stage.browser.get(&new).await;
    form.says(StatusCode::OK, &["<h1>Add webhook</h1>", "Microsoft Teams", "A sync fails"]);
    let wrong = stage.browser.submit(&form, &new, &[("kind", "general"), ("environment", "prod"), ("path", "/**")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required", "aria-invalid"]);
    let bad = [("kind", "general"), ("environment", "prod"), ("path", "/**"), ("url", "ftp://x"), ("secret_key", KEY)];
    let bad = stage.browser.submit(&form, &new, &bad).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", bad.body);
    assert!(!bad.body.contains(KEY));

    let url = receiver.url();
    let fields = [
        ("kind", "general"),
        ("environment", "prod"),
        ("path", "/**"),
        ("url", url.as_str()),
        ("secret_key", KEY),
        ("event", "secret-syncs.failed"),
    ];
    let made = stage.browser.submit(&form, &new, &fields).await;
    let page = stage.browser.follow(&made).await;
    let host = format!("http://{}/…", receiver.address());
    page.says(StatusCode::OK, &["Successfully created webhook", &host, "General, signed", "A sync fails", "Never"]);
    assert!(!page.body.contains(&url) && !page.body.contains(KEY), "only the host is shown");

    let action = |page: &str, verb: &str| {
        let end = format!("/{verb}");
        page.split('"').find(|part| part.starts_with(&list) && part.ends_with(&end)).unwrap().to_owned()
    };
    let test = action(&page.body, "test");
    let tested = stage.browser.submit(&page, &test, &[]).await;
    stage.browser.follow(&tested).await.says(StatusCode::OK, &["The receiver took the test", "Taken"]);
    assert!(receiver.received()[0].is_signed_with(KEY));
    receiver.answer_next([503]);
    let tested = stage.browser.submit(&page, &test, &[]).await;
    stage.browser.follow(&tested).await.says(StatusCode::OK, &["The receiver did not take the test", "503", "Refused"]);

    let paused = stage.browser.submit(&page, &action(&page.body, "switch"), &[("enabled", "false")]).await;
    stage.browser.follow(&paused).await.says(StatusCode::OK, &["Webhook paused", "Paused", "Resume"]);
    let resumed = stage.browser.submit(&page, &action(&page.body, "switch"), &[("enabled", "true")]).await;
    stage.browser.follow(&resumed).await.says(StatusCode::OK, &["Webhook resumed"]);

    let viewer = stage.world.user(stage.world.org_id, "viewer@example.com", "member").await.unwrap();
    stage.world.grant(stage.project_id, &viewer, "viewer").await.unwrap();
    let mut other = Browser::signed_in(&stage.world, &viewer).await;
    let seen = other.get(&list).await;
    seen.says(StatusCode::OK, &["create on webhooks", "aria-disabled"]);
    assert!(!seen.body.contains("/test\""));
    for address in [&test, &new] {
        let refused = other.submit(&seen, address, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
    }

    let delete = action(&page.body, "delete");
    let ask = stage.browser.get(&delete).await;
    ask.says(StatusCode::OK, &["is told nothing any more", &host]);
    let gone = stage.browser.submit(&ask, &delete, &[]).await;
    stage.browser.follow(&gone).await.says(StatusCode::OK, &["Successfully deleted webhook", "No webhooks yet"]);
}
