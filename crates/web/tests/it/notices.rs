//! Results of what was done: said once or until dismissed, and to be read again.

use http::{Method, StatusCode};
use keyferry_test_support::World;

use crate::browser::Browser;

#[tokio::test]
async fn a_result_can_be_read_again_after_it_is_gone() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}", world.org_id);
    let folder = format!("{base}/secrets/dev/folders/new?secretPath=%2F");
    let form = browser.get(&folder).await;
    let made = browser.submit(&form, &folder, &[("name", "billing")]).await;

    let refreshed =
        browser.send(Method::GET, &format!("{base}/overview"), None, &[("hx-request", "true"), ("x-refresh", "1")]).await;
    assert!(!refreshed.headers.contains_key("set-cookie"), "what a page asks for by itself takes no notice away");
    let shown = browser.follow(&made).await;
    shown.says(StatusCode::OK, &["<span>Successfully created folder</span>", "role=\"status\""]);
    let next = browser.get(&format!("{base}/overview")).await;
    assert!(!next.body.contains("<div class=\"notice\""), "a success is said once");
    let list = browser.get("/notices").await;
    list.says(StatusCode::OK, &["<h1>Recent notices</h1>", "Successfully created folder", "Successfully logged in", "<time"]);
    let first = list.body.split("<table").nth(1).unwrap();
    assert!(first.find("created folder") < first.find("logged in"), "the newest comes first");

    let cleared = browser.submit(&list, "/notices/clear", &[]).await;
    browser.follow(&cleared).await.says(StatusCode::OK, &["Nothing was said yet"]);
}

#[tokio::test]
async fn an_error_stays_on_every_page_until_it_is_dismissed() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    browser.get("/account").await;
    let text = carried("!Checkly could not be reached");
    browser.cookies.insert("keyferry-notice".to_owned(), text);
    let said = "<span>Checkly could not be reached</span>";
    browser.get("/account").await.says(StatusCode::OK, &[said, "role=\"alert\""]);
    let page = browser.get("/help/shortcuts").await;
    page.says(StatusCode::OK, &[said]);
    let id = page.body.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("id", id.as_str()), ("next", "/account")];
    assert_eq!(browser.post("/notices/dismiss", &fields).await.status, StatusCode::FORBIDDEN, "not without the session's token");
    let page = browser.get("/account").await;
    let gone = browser.submit(&page, "/notices/dismiss", &fields).await;
    assert_eq!(gone.location(), "/account");
    let page = browser.follow(&gone).await;
    assert!(!page.body.contains(said), "{}", page.body);
    browser.get("/notices").await.says(StatusCode::OK, &["Checkly could not be reached"]);

    let page = browser.get("/account").await;
    browser.submit(&page, "/logout", &[]).await;
    assert!(!browser.cookies.contains_key("keyferry-recent"), "nothing of it is left for the next person");
}

/// A notice as the answer before carries it.
fn carried(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[tokio::test]
async fn no_notice_holds_a_secret_value() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}", world.org_id);
    let address = format!("{base}/secrets/dev/new?secretPath=%2F");
    let form = browser.get(&address).await;
    let made = browser.submit(&form, &address, &[("key", "API_KEY"), ("value", "canary-7f3a9c"), ("environments", "dev")]).await;
    browser.follow(&made).await.says(StatusCode::OK, &["Successfully created secret"]);
    let list = browser.get("/notices").await;
    list.says(StatusCode::OK, &["Successfully created secret"]);
    assert!(!list.body.contains("canary-7f3a9c"));
}
