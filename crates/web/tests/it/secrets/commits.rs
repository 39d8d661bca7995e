//! The commits of a folder: looked at, undone, gone back to.

use http::StatusCode;
use keyferry_domain::secrets::{self, Change};

use super::stage;

#[tokio::test]
async fn a_folder_goes_back_to_a_commit_after_a_look_at_it() {
    let mut stage = stage().await;
    let dev = format!("{}/secrets/dev", stage.base);
    let empty = stage.browser.get(&format!("{dev}/commits")).await;
    empty.says(StatusCode::OK, &["No commits in this folder"]);
    stage.put("dev", &[("A", "first-value"), ("B", "b")]).await;
    let change = Change { key: "A".to_owned(), value: Some("second-value".into()), ..Change::default() };
    secrets::update(&stage.world.app, &stage.world.admin, &stage.at("dev", "/"), change).await.unwrap();
    stage.browser.get(&dev).await.says(StatusCode::OK, &["Commits (2)"]);

    let list = stage.browser.get(&format!("{dev}/commits")).await;
    list.says(StatusCode::OK, &["Added 2 secrets", "Changed 1 secret", "2 commits"]);
    let search = stage.browser.get(&format!("{dev}/commits?search=b")).await;
    search.says(StatusCode::OK, &["Added 2 secrets", "1 commit"]);
    stage.browser.get(&format!("{dev}/commits?search=zzz")).await.says(StatusCode::OK, &["No commits match the search"]);
    let links: Vec<String> = list
        .body
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .filter(|to| to.contains("/commits/"))
        .map(str::to_owned)
        .collect();
    let (changed, added) = (&links[0], &links[1]);
    let page = stage.browser.get(changed).await;
    page.says(StatusCode::OK, &["Commit 2", "~ Changed", "1 → 2", "Reveal values"]);
    assert!(!page.body.contains("first-value") && !page.body.contains("second-value"));
    let values = stage.browser.submit(&page, &format!("{changed}/values"), &[]).await;
    values.says(StatusCode::OK, &["first-value", "second-value", "line 1 removed", "line 1 added"]);

    let restore = stage.browser.get(&format!("{added}/restore")).await;
    restore.says(StatusCode::OK, &["Restore to commit 1", "Changes back", "With all folders below"]);
    assert!(!restore.body.contains("first-value"));
    let long = "m".repeat(257);
    let refused = stage.browser.submit(&restore, &format!("{added}/restore"), &[("message", &long)]).await;
    refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["at most 256 characters", "aria-invalid"]);
    let done = stage.browser.submit(&restore, &format!("{added}/restore"), &[("message", "before the mistake")]).await;
    stage.browser.follow(&done).await.says(StatusCode::OK, &["Restored to commit 1: 1 secret, 0 folders"]);
    assert_eq!(stage.value("dev", "/", "A").await.as_deref(), Some("first-value"));
    stage.browser.get(&format!("{added}/restore")).await.says(StatusCode::OK, &["Nothing to restore"]);
    stage.browser.get(&format!("{dev}/commits")).await.says(StatusCode::OK, &["before the mistake"]);

    let page = stage.browser.get(added).await;
    let undone = stage.browser.submit(&page, &format!("{added}/revert"), &[]).await;
    stage.browser.follow(&undone).await.says(StatusCode::OK, &["Undone: 1 change as before", "left as they are: A"]);
    assert_eq!(stage.value("dev", "/", "B").await, None);
    stage.browser.get(added).await.says(StatusCode::OK, &["This was undone", "another commit"]);
}

#[tokio::test]
async fn who_may_not_roll_back_is_told_which_right_is_missing() {
    let mut stage = stage().await;
    stage.put("dev", &[("A", "1")]).await;
    let viewer = stage.world.user(stage.world.org_id, "vera@example.com", "member").await.unwrap();
    stage.world.grant(stage.project_id, &viewer, "viewer").await.unwrap();
    stage.browser = stage.browser_of(&viewer).await;
    let list = stage.browser.get(&format!("{}/secrets/dev/commits", stage.base)).await;
    let links = list.body.split("href=\"").filter_map(|part| part.split('"').next()).find(|to| to.contains("/commits/"));
    let commit = links.unwrap().to_owned();
    let page = stage.browser.get(&commit).await;
    page.says(StatusCode::OK, &["+ Added", "perform-rollback on commits"]);
    assert!(!page.body.contains("Undo this commit"));
    let refused = stage.browser.submit(&page, &format!("{commit}/revert"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = stage.browser.submit(&page, &format!("{commit}/restore"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
