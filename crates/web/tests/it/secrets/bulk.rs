use http::StatusCode;

use super::stage;

#[tokio::test]
async fn ticked_secrets_are_tagged_copied_moved_and_deleted() {
    let mut stage = stage().await;
    stage.put("dev", &[("A", "1"), ("B", "2"), ("C", "3")]).await;
    stage.put("prod", &[("A", "other")]).await;
    let dev = format!("{}/secrets/dev", stage.base);
    let list = stage.browser.get(&dev).await;
    let selected = format!("{dev}/selected");
    let none = stage.browser.submit(&list, &selected, &[("do", "move")]).await;
    stage.browser.follow(&none).await.says(StatusCode::OK, &["Tick at least one secret first."]);

    let ask = stage.browser.submit(&list, &selected, &[("do", "tag"), ("key", "A"), ("key", "B")]).await;
    ask.says(StatusCode::OK, &["2 secrets", "Add tag"]);
    let tagged = [("key", "A"), ("key", "B"), ("tag", "web"), ("do", "add")];
    assert_eq!(stage.browser.submit(&ask, &format!("{dev}/tag"), &tagged).await.status, StatusCode::SEE_OTHER);
    let tagged = stage.browser.get(&format!("{dev}?tag=web")).await;
    assert!(tagged.body.contains("Select A") && tagged.body.contains("Select B") && !tagged.body.contains("Select C"));

    let ask = stage.browser.submit(&list, &selected, &[("do", "copy"), ("key", "A"), ("key", "B")]).await;
    ask.says(StatusCode::OK, &["Copy 2 secrets", "To environment"]);
    let target = [("key", "A"), ("key", "B"), ("environment", "prod"), ("path", "/")];
    let taken = stage.browser.submit(&ask, &format!("{dev}/copy"), &target).await;
    taken.says(StatusCode::UNPROCESSABLE_ENTITY, &["Secret already exists: A"]);
    let mut over = target.to_vec();
    over.push(("overwrite", "true"));
    let copied = stage.browser.submit(&ask, &format!("{dev}/copy"), &over).await;
    stage.browser.follow(&copied).await.says(StatusCode::OK, &["Copied 2 secrets to Production"]);
    assert_eq!(stage.value("prod", "/", "A").await.as_deref(), Some("1"));
    assert_eq!(stage.value("prod", "/", "B").await.as_deref(), Some("2"));

    let ask = stage.browser.submit(&list, &selected, &[("do", "move"), ("key", "C")]).await;
    let moved = [("key", "C"), ("environment", "staging"), ("path", "/")];
    let moved = stage.browser.submit(&ask, &format!("{dev}/move"), &moved).await;
    stage.browser.follow(&moved).await.says(StatusCode::OK, &["Moved 1 secret to Staging"]);
    assert_eq!(stage.value("dev", "/", "C").await, None);
    assert_eq!(stage.value("staging", "/", "C").await.as_deref(), Some("3"));

    let ask = stage.browser.submit(&list, &selected, &[("do", "delete"), ("all", "true")]).await;
    ask.says(StatusCode::OK, &["Delete 2 secrets", "name=\"key\" value=\"A\"", "name=\"key\" value=\"B\""]);
    let gone = stage.browser.submit(&ask, &format!("{dev}/delete"), &[("key", "A"), ("key", "B")]).await;
    let list = stage.browser.follow(&gone).await;
    list.says(StatusCode::OK, &["Deleted 2 secrets", "Undo the deletion"]);
    let undo = list.body.split("action=\"").filter_map(|part| part.split('"').next()).find(|to| to.ends_with("/revert")).unwrap();
    let back = stage.browser.submit(&list, undo, &[]).await;
    stage.browser.follow(&back).await.says(StatusCode::OK, &["Undone: 2 changes as before", "web"]);
    assert_eq!(stage.value("dev", "/", "A").await.as_deref(), Some("1"));
    let page = stage.page_of("dev", "A").await;
    stage.browser.get(&page).await.says(StatusCode::OK, &["Restore version 1"]);
}

#[tokio::test]
async fn folders_are_added_renamed_and_deleted_and_imports_ordered() {
    let mut stage = stage().await;
    let dev = format!("{}/secrets/dev", stage.base);
    let path = format!("{dev}/folders/new");
    let form = stage.browser.get(&path).await;
    let wrong = stage.browser.submit(&form, &path, &[("name", "a b")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["letters, digits, dashes and underscores"]);
    let made = stage.browser.submit(&form, &path, &[("name", "backend"), ("description", "services")]).await;
    let inside = stage.browser.follow(&made).await;
    inside.says(StatusCode::OK, &["Successfully created folder", "<h1>backend</h1>", "No secrets here yet"]);
    let add = format!("{dev}/new?secretPath=%2Fbackend");
    let form = stage.browser.get(&add).await;
    let fields = [("environments_shown", "true"), ("environment", "dev"), ("key", "WORKERS"), ("value", "4")];
    assert_eq!(stage.browser.submit(&form, &add, &fields).await.location(), format!("{dev}?secretPath=%2Fbackend"));
    let list = stage.browser.get(&dev).await;
    list.says(StatusCode::OK, &["Rename folder backend", "services"]);
    stage.browser.get(&format!("{}/overview", stage.base)).await.says(StatusCode::OK, &["backend", "folder"]);

    let imports = format!("{}/secrets/staging/imports", stage.base);
    let page = stage.browser.get(&imports).await;
    page.says(StatusCode::OK, &["Nothing is imported here", "Import another folder"]);
    for (environment, folder) in [("dev", "/backend"), ("prod", "/")] {
        let page = stage.browser.get(&imports).await;
        let fields = [("environment", environment), ("path", folder)];
        assert_eq!(stage.browser.submit(&page, &imports, &fields).await.status, StatusCode::SEE_OTHER);
    }
    let circle = stage.browser.submit(&page, &imports, &[("environment", "staging"), ("path", "/")]).await;
    circle.says(StatusCode::UNPROCESSABLE_ENTITY, &["would go in a circle"]);
    let page = stage.browser.get(&imports).await;
    page.says(StatusCode::OK, &["Move Production / up", "Move Development /backend down"]);
    let move_to =
        page.body.split("/imports/").filter(|part| part.contains("/move?") || part[36..].starts_with("/move")).last().unwrap();
    let id = &move_to[..36];
    let moved = stage.browser.submit(&page, &format!("{imports}/{id}/move"), &[("position", "1")]).await;
    let page = stage.browser.follow(&moved).await;
    page.says(StatusCode::OK, &["Move Production / down", "Move Development /backend up"]);
    let staging = stage.browser.get(&format!("{}/secrets/staging", stage.base)).await;
    staging.says(StatusCode::OK, &["WORKERS", "Imported from", "Development /backend", "Manage imports"]);
    stage
        .browser
        .get(&format!("{}/overview", stage.base))
        .await
        .says(StatusCode::OK, &["WORKERS, Staging, imported from Development /backend"]);
    let gone = stage.browser.submit(&page, &format!("{imports}/{id}/delete"), &[]).await;
    stage.browser.follow(&gone).await.says(StatusCode::OK, &["is not imported any more"]);

    let id =
        list.body.split("/folders/").find(|part| part.get(36..41) == Some("/edit")).map(|part| part[..36].to_owned()).unwrap();
    let path = format!("{dev}/folders/{id}/edit");
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["value=\"backend\""]);
    assert_eq!(stage.browser.submit(&form, &path, &[("name", "services")]).await.status, StatusCode::SEE_OTHER);
    let path = format!("{dev}/folders/{id}/delete");
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["1 secret in the folder itself", "Type services to confirm"]);
    let wrong = stage.browser.submit(&form, &path, &[("confirm", "x")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type services to confirm"]);
    let gone = stage.browser.submit(&form, &path, &[("confirm", "services")]).await;
    stage.browser.follow(&gone).await.says(StatusCode::OK, &["Deleted the folder services"]);
}
