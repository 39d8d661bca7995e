use http::StatusCode;
use keyferry_domain::access::Rule;

use super::stage;

#[tokio::test]
async fn names_that_look_like_markup_are_only_names() {
    let mut stage = stage().await;
    let key = "<img src=x onerror=alert(1)>\"'&";
    stage.put("dev", &[(key, "<script>value</script>")]).await;
    let page = stage.page_of("dev", key).await;
    let query: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    let paths = [
        format!("{}/overview", stage.base),
        format!("{}/secrets/dev", stage.base),
        format!("{}/overview/secret?key={query}", stage.base),
        page.clone(),
        format!("{page}/edit"),
        format!("{page}/delete"),
        format!("{page}/versions/1/restore"),
    ];
    for path in paths {
        let answer = stage.browser.get(&path).await;
        answer.says(StatusCode::OK, &["&#60;img src=x"]);
        assert!(!answer.body.contains("<img src=x") && !answer.body.contains("<script>"), "{path}");
        assert!(!answer.body.contains("value&#60;/script"), "{path}: no value before it is asked for");
    }
    let list = stage.browser.get(&format!("{}/secrets/dev", stage.base)).await;
    let shown = stage.browser.submit(&list, &format!("{}/secrets/dev/reveal", stage.base), &[("key", key)]).await;
    shown.says(StatusCode::OK, &["&#60;script&#62;value&#60;/script&#62;"]);
    for choice in ["move", "copy", "tag", "delete", "export"] {
        let path = format!("{}/secrets/dev/selected", stage.base);
        let answer = stage.browser.submit(&list, &path, &[("do", choice), ("key", key)]).await;
        answer.says(StatusCode::OK, &["&#60;img src=x"]);
        assert!(!answer.body.contains("<img src=x"), "{choice}");
    }
}

#[tokio::test]
async fn who_may_only_know_of_secrets_sees_no_value_and_may_write_blind() {
    let stage = stage().await;
    stage.put("dev", &[("A", "hidden-value")]).await;
    let writer = stage.world.user(stage.world.org_id, "writer@example.com", "member").await.unwrap();
    let rules = [Rule::allow("secrets", &["describeSecret", "edit"])];
    stage.world.grant_rules(stage.project_id, &writer, &rules).await.unwrap();
    let mut browser = stage.browser_of(&writer).await;
    let list = browser.get(&format!("{}/secrets/dev", stage.base)).await;
    list.says(StatusCode::OK, &["Value hidden by your role", "create on secrets"]);
    assert!(!list.body.contains("Reveal value"));
    let path = format!("{}/secrets/dev/reveal", stage.base);
    let answer = browser.submit(&list, &path, &[("key", "A")]).await;
    assert!(!answer.body.contains("hidden-value"));
    let page = stage.page_of("dev", "A").await;
    let form = browser.get(&format!("{page}/edit")).await;
    form.says(StatusCode::OK, &["hidden by your role", "New value"]);
    let denied = browser.submit(&form, &format!("{page}/edit/value"), &[]).await;
    denied.says(StatusCode::FORBIDDEN, &["readValue on secrets"]);
    let denied = browser.submit(&form, &format!("{page}/reveal"), &[]).await;
    denied.says(StatusCode::FORBIDDEN, &["readValue on secrets"]);
    let version = form.hidden("version");
    let saved = browser.submit(&form, &format!("{page}/edit"), &[("version", &version), ("value", "blind")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(stage.value("dev", "/", "A").await.as_deref(), Some("blind"));
    let stale = browser.submit(&form, &format!("{page}/edit"), &[("version", &version), ("value", "again")]).await;
    stale.says(StatusCode::CONFLICT, &["(not shown to you)"]);
    assert!(!stale.body.contains("blind"));
    for (path, permission) in [("new", "create on secrets"), ("export", "readValue on secrets")] {
        let answer = browser.get(&format!("{}/secrets/dev/{path}", stage.base)).await;
        let is_told = answer.status == StatusCode::FORBIDDEN || answer.body.contains("Needs the permission");
        assert!(is_told && answer.body.contains(permission), "{path}: {} {}", answer.status, answer.body);
    }
    let denied = browser.submit(&list, &format!("{}/secrets/dev/delete", stage.base), &[("key", "A")]).await;
    denied.says(StatusCode::FORBIDDEN, &["delete on secrets"]);
    let preview = browser.submit(&list, &format!("{}/secrets/dev/import", stage.base), &[("text", "A=blind\nB=1")]).await;
    preview.says(StatusCode::OK, &["cannot be compared", "create on secrets"]);
}

#[tokio::test]
async fn an_environment_that_is_closed_says_so_in_its_column() {
    let mut stage = stage().await;
    stage.put("dev", &[("A", "1")]).await;
    stage.put("prod", &[("A", "1"), ("PROD_ONLY", "2")]).await;
    let reader = stage.world.user(stage.world.org_id, "reader@example.com", "member").await.unwrap();
    let mut rule = Rule::allow("secrets", &["describeSecret", "readValue"]);
    rule.conditions = serde_json::json!({"environment": "dev"}).as_object().cloned();
    stage.world.grant_rules(stage.project_id, &reader, &[rule]).await.unwrap();
    let mut browser = stage.browser_of(&reader).await;
    let overview = browser.get(&format!("{}/overview", stage.base)).await;
    overview.says(StatusCode::OK, &["Not permitted", "A, Development, set", "▒ not permitted"]);
    assert!(!overview.body.contains("PROD_ONLY"));
    browser.get(&format!("{}/secrets/prod", stage.base)).await.says(StatusCode::FORBIDDEN, &["describeSecret on secrets"]);
    let page = stage.page_of("prod", "A").await;
    browser.get(&page).await.says(StatusCode::FORBIDDEN, &["describeSecret on secrets"]);
    stage.browser.get(&page).await.says(StatusCode::OK, &["Version history"]);
}
