use http::{Method, StatusCode, header};

use super::stage;

#[tokio::test]
async fn a_secret_is_added_shown_changed_and_deleted() {
    let mut stage = stage().await;
    let (base, browser) = (stage.base.clone(), &mut stage.browser);
    browser.get(&format!("{base}/overview")).await.says(StatusCode::OK, &["No secrets here yet", "Paste .env", "Add Secret"]);
    let path = format!("{base}/secrets/dev/new");
    let form = browser.get(&path).await;
    form.says(StatusCode::OK, &["<h1>Create secret</h1>", "Type your secret name", "Create and add another"]);
    let empty = browser.submit(&form, &path, &[("key", ""), ("value", "x")]).await;
    empty.says(StatusCode::UNPROCESSABLE_ENTITY, &["Secret key is required", "href=\"#f-key\""]);
    let fields = [
        ("environments_shown", "true"),
        ("key", "API_KEY"),
        ("value", "one\r\ntwo <&>"),
        ("tags", "web, new-tag"),
        ("comment", "for <b>tests</b>"),
        ("environment", "dev"),
        ("environment", "prod"),
    ];
    let made = browser.submit(&form, &path, &fields).await;
    let again = browser.submit(&form, &path, &fields).await;
    assert_eq!(made.location(), again.location(), "sent twice, done once");
    let list = browser.follow(&made).await;
    list.says(StatusCode::OK, &["Successfully created secret", "API_KEY", "web", "new-tag", "for &#60;b&#62;tests", "1 secret"]);
    assert!(!list.body.contains("two &#60;"), "no value in a list");
    assert_eq!(stage.value("prod", "/", "API_KEY").await.as_deref(), Some("one\ntwo <&>"));

    let browser = &mut stage.browser;
    let taken = browser.submit(&form, &path, &[("key", "API_KEY"), ("value", "mine")]).await;
    taken.says(StatusCode::UNPROCESSABLE_ENTITY, &["Secret already exists in Development", "Edit that one", "has version 1"]);
    let pasted = browser.submit(&form, &path, &[("key", "export OTHER='a b'"), ("value", "")]).await;
    assert_eq!(pasted.status, StatusCode::SEE_OTHER);

    let reveal = format!("{base}/secrets/dev/reveal");
    let shown = browser.submit(&list, &reveal, &[("key", "API_KEY")]).await;
    shown.says(StatusCode::OK, &["two &#60;&#38;&#62;", "Values are shown"]);
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    let token = list.hidden("_token");
    let part =
        browser.send(Method::POST, &reveal, Some(&[("one", "OTHER")]), &[("hx-request", "true"), ("x-form-token", &token)]).await;
    part.says(StatusCode::OK, &["<code class=\"shown\">a b</code>"]);
    assert!(!part.body.contains("<main"));

    let page = stage.page_of("dev", "API_KEY").await;
    let edit = stage.browser.get(&format!("{page}/edit")).await;
    edit.says(StatusCode::OK, &["Show the current value", "Leave this empty to keep the value"]);
    let version = edit.hidden("version");
    let loaded = stage.browser.submit(&edit, &format!("{page}/edit/value"), &[("version", &version), ("key", "API_KEY")]).await;
    loaded.says(StatusCode::OK, &["two &#60;&#38;&#62;", "name=\"loaded\""]);
    let fields = [("version", version.as_str()), ("key", "API_KEY"), ("tags", "web"), ("comment", ""), ("value", "three")];
    let saved = stage.browser.submit(&edit, &format!("{page}/edit"), &fields).await;
    stage.browser.follow(&saved).await.says(StatusCode::OK, &["Successfully updated secret", "version 2"]);
    assert_eq!(stage.value("dev", "/", "API_KEY").await.as_deref(), Some("three"));

    let ask = stage.browser.get(&format!("{page}/delete")).await;
    ask.says(StatusCode::OK, &["Delete 1 secret", "API_KEY"]);
    let gone = stage.browser.submit(&ask, &format!("{base}/secrets/dev/delete"), &[("key", "API_KEY")]).await;
    stage.browser.follow(&gone).await.says(StatusCode::OK, &["Deleted 1 secret"]);
    assert_eq!(stage.value("dev", "/", "API_KEY").await, None);
}

#[tokio::test]
async fn two_people_edit_the_same_secret_and_nothing_is_lost() {
    let mut stage = stage().await;
    stage.put("dev", &[("A", "first")]).await;
    let page = stage.page_of("dev", "A").await;
    let path = format!("{page}/edit");
    let form = stage.browser.get(&path).await;
    let version = form.hidden("version");
    let theirs = [("version", version.as_str()), ("key", "A"), ("value", "theirs")];
    assert_eq!(stage.browser.submit(&form, &path, &theirs).await.status, StatusCode::SEE_OTHER);
    let mine = [("version", version.as_str()), ("key", "A"), ("value", "mine"), ("comment", "note")];
    let conflict = stage.browser.submit(&form, &path, &mine).await;
    conflict.says(StatusCode::CONFLICT, &["Keep mine", "Take theirs", "Edit again", ">mine<", ">theirs<", ">first<"]);
    assert_eq!(stage.value("dev", "/", "A").await.as_deref(), Some("theirs"));
    let version = conflict.hidden("version");
    let kept = [("version", version.as_str()), ("key", "A"), ("value", "mine"), ("loaded", "true"), ("keep_mine", "true")];
    assert_eq!(stage.browser.submit(&conflict, &path, &kept).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stage.value("dev", "/", "A").await.as_deref(), Some("mine"));
}

#[tokio::test]
async fn the_overview_tells_how_keys_stand_and_a_key_is_changed_everywhere() {
    let mut stage = stage().await;
    stage.put("dev", &[("SHARED", "same"), ("ODD", "1"), ("EMPTY", "")]).await;
    stage.put("staging", &[("SHARED", "same"), ("ODD", "1")]).await;
    stage.put("prod", &[("SHARED", "same"), ("ODD", "other-value")]).await;
    let overview = stage.browser.get(&format!("{}/overview", stage.base)).await;
    overview.says(
        StatusCode::OK,
        &[
            "SHARED, Production, set\"",
            "ODD, Production, set, differs",
            "ODD, Staging, set\"",
            "EMPTY, Development, empty",
            "EMPTY, Production, missing",
            "3 secrets",
        ],
    );
    assert!(!overview.body.contains("other-value"));
    let differing = stage.browser.get(&format!("{}/overview?having=different", stage.base)).await;
    assert!(differing.body.contains("ODD") && !differing.body.contains("SHARED"));
    let found = stage.browser.get(&format!("{}/overview?search=shar", stage.base)).await;
    assert!(found.body.contains("SHARED") && !found.body.contains("ODD,"));
    let one = stage.browser.get(&format!("{}/overview?env=prod", stage.base)).await;
    assert!(one.body.contains("ODD, Production") && !one.body.contains("ODD, Staging"));
    stage.browser.get(&format!("{}/overview?search=zzz", stage.base)).await.says(StatusCode::OK, &["No secrets match search..."]);

    let path = format!("{}/overview/secret?key=ODD", stage.base);
    let grid = stage.browser.get(&path).await;
    grid.says(StatusCode::OK, &["Same as Development", "version 1", "Save in these environments"]);
    assert!(!grid.body.contains("other-value"));
    let values = stage.browser.submit(&grid, &format!("{}/overview/secret/values?key=ODD", stage.base), &[]).await;
    values.says(StatusCode::OK, &["other-value"]);
    let fields =
        [("version-dev", "1"), ("version-staging", "1"), ("version-prod", "1"), ("value-dev", "new"), ("same-staging", "prod")];
    let saved = stage.browser.submit(&grid, &path, &fields).await;
    stage.browser.follow(&saved).await.says(StatusCode::OK, &["Saved in Development, Staging"]);
    assert_eq!(stage.value("dev", "/", "ODD").await.as_deref(), Some("new"));
    assert_eq!(stage.value("staging", "/", "ODD").await.as_deref(), Some("other-value"));
    let stale = stage.browser.submit(&grid, &path, &[("version-dev", "1"), ("value-dev", "again")]).await;
    stale.says(StatusCode::UNPROCESSABLE_ENTITY, &["Development: it was changed meanwhile"]);
}
