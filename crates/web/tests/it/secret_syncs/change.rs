use http::StatusCode;
use keyferry_domain::secret_syncs::{self, UpdateSync};

use super::Stage;
use crate::browser::Answer;

/// What a form says it held when it was opened, as a browser sends it back.
fn opened(form: &Answer) -> String {
    form.hidden("before").replace("&#38;", "&")
}

#[tokio::test]
async fn every_step_can_be_changed_later() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let page = stage.page(id);
    let first = stage.browser.get(&format!("{page}/edit")).await;
    assert!(first.location().ends_with("/edit/source"));
    let details = format!("{page}/edit/details");
    let form = stage.browser.get(&details).await;
    form.says(StatusCode::OK, &["value=\"checkly-prod\"", "Save", "Sync Options"]);
    let before = opened(&form);
    let fields = [("before", before.as_str()), ("name", "renamed"), ("description", "mine")];
    let saved = stage.browser.submit(&form, &details, &fields).await;
    stage.browser.follow(&saved).await.says(StatusCode::OK, &["Successfully updated Checkly Sync", "<h1>renamed</h1>", "mine"]);

    // Somebody who had the form open before is shown all three.
    let late = stage.browser.submit(&form, &details, &[("before", &before), ("name", "other"), ("description", "")]).await;
    late.says(StatusCode::CONFLICT, &["Keep mine", "Take theirs", "Edit again", "renamed", "checkly-prod", "other"]);
    let now = opened(&late);
    let fields = [("before", now.as_str()), ("keep_mine", "true"), ("name", "other"), ("description", "")];
    stage.browser.submit(&late, &details, &fields).await.location();

    let options = format!("{page}/edit/options");
    let form = stage.browser.get(&options).await;
    let before = opened(&form);
    let fields = [
        ("before", before.as_str()),
        ("schema", "SHOP_{{secretKey}}"),
        ("auto_sync", "true"),
        ("unmanaged", "keep"),
        ("empty_values", "skip"),
        ("breaker", "own"),
        ("breaker_keys", "3"),
        ("breaker_percent", "50"),
    ];
    stage.browser.submit(&form, &options, &fields).await.location();
    stage.settled(id).await;
    assert_eq!(stage.keys(), ["A", "SHOP_A"], "what stands under the old name stays");
    let shown = stage.browser.get(&page).await;
    let wanted = ["<h1>other</h1>", "Only delete variables this sync created", "More than 3 keys or 50 %", "Leave the variable"];
    shown.says(StatusCode::OK, &wanted);

    let source = format!("{page}/edit/source");
    let form = stage.browser.get(&source).await;
    let before = opened(&form);
    let fields = [("before", before.as_str()), ("environment", "staging"), ("path", "/"), ("subfolders", "true")];
    stage.browser.submit(&form, &source, &fields).await.location();
    stage.settled(id).await;
    stage.browser.get(&page).await.says(StatusCode::OK, &["Staging"]);

    let destination = format!("{page}/edit/destination");
    let form = stage.browser.get(&destination).await;
    form.says(StatusCode::OK, &["Variables that were written at the old place stay there"]);
    let (before, connection) = (opened(&form), stage.connection_id.to_string());
    let account = format!("{} Acme EU", stage.world.account_id);
    let fields = [("before", before.as_str()), ("connection", &connection), ("account", &account)];
    stage.browser.submit(&form, &destination, &fields).await.location();
    stage.settled(id).await;
}

#[tokio::test]
async fn auto_sync_is_switched_by_one_press() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let (page, switch) = (stage.page(id), format!("{}/auto-sync", stage.page(id)));
    let shown = stage.browser.get(&page).await;
    let off = stage.browser.submit(&shown, &switch, &[("enabled", "false")]).await;
    let shown = stage.browser.follow(&off).await;
    shown.says(StatusCode::OK, &["Successfully disabled auto-sync for Checkly Sync", "Auto-Sync Disabled", "Enable Auto-Sync"]);
    stage.put(&[("B", "2")]).await;
    stage.settled(id).await;
    assert_eq!(stage.keys(), ["A"]);
    stage.browser.get(&page).await.says(StatusCode::OK, &["1 change not pushed"]);
    stage.put(&[("A", "other")]).await;
    stage.browser.get(&page).await.says(StatusCode::OK, &["2 changes not pushed"]);
    let on = stage.browser.submit(&shown, &switch, &[("enabled", "true")]).await;
    stage.browser.follow(&on).await.says(StatusCode::OK, &["Successfully enabled auto-sync for Checkly Sync"]);
    stage.settled(id).await;
    assert_eq!(stage.keys(), ["A", "B"]);
    assert!(!stage.browser.get(&page).await.body.contains("not pushed"));
}

#[tokio::test]
async fn variables_are_removed_after_their_names_were_shown() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1"), ("B", "2")]).await;
    stage.set_there("THEIRS", false);
    let id = stage.sync(|input| input.sync_options.unmanaged_secrets = Some(secret_syncs::UnmanagedSecrets::Keep)).await;
    let remove = format!("{}/remove", stage.page(id));
    let form = stage.browser.get(&remove).await;
    form.says(StatusCode::OK, &["<code>A</code>", "<code>B</code>", "Remove 2 variables", "Auto-sync is on"]);
    assert!(!form.body.contains("THEIRS"));
    let sent = stage.browser.submit(&form, &remove, &[]).await;
    stage.browser.follow(&sent).await.says(StatusCode::OK, &["Removing Secrets..."]);
    stage.settled(id).await;
    assert_eq!(stage.keys(), ["THEIRS"]);
    stage.browser.get(&stage.page(id)).await.says(StatusCode::OK, &["Secrets Removed", "Removal"]);
    stage.browser.get(&remove).await.says(StatusCode::OK, &["nothing to remove"]);
}

#[tokio::test]
async fn a_sync_is_deleted_by_its_name_with_or_without_its_variables() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let delete = format!("{}/delete", stage.page(id));
    let form = stage.browser.get(&delete).await;
    form.says(StatusCode::OK, &["Leave variables at Checkly", "Remove Synced Secrets", "value=\"leave\" checked"]);
    let wrong = stage.browser.submit(&form, &delete, &[("variables", "leave"), ("confirm", "wrong")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type checkly-prod to confirm", "aria-invalid"]);
    let gone = stage.browser.submit(&form, &delete, &[("variables", "leave"), ("confirm", "checkly-prod")]).await;
    stage.browser.follow(&gone).await.says(StatusCode::OK, &["Successfully removed Checkly Sync"]);
    assert_eq!(stage.keys(), ["A"], "the variables stay");
    assert_eq!(stage.browser.get(&stage.page(id)).await.status, StatusCode::NOT_FOUND);

    let id = stage.sync(|input| input.name = "second".to_owned()).await;
    let delete = format!("{}/delete", stage.page(id));
    let form = stage.browser.get(&delete).await;
    stage.browser.submit(&form, &delete, &[("variables", "remove"), ("confirm", "second")]).await.location();
    assert!(stage.at_rest(id).await.is_none(), "the sync goes when its variables are gone");
    assert!(stage.keys().is_empty());
}

#[tokio::test]
async fn a_lost_source_asks_for_another() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let change = UpdateSync { is_auto_sync_enabled: Some(false), ..UpdateSync::default() };
    secret_syncs::update(&stage.world.app, &stage.world.admin, "checkly", id, change).await.unwrap();
    let tx = stage.world.app.db.begin().await.unwrap();
    let mut row = keyferry_db::find_by_id::<keyferry_db::entities::secret_syncs::Model>(&tx, id).await.unwrap().unwrap();
    row.folder_id = None;
    row.environment_id = None;
    keyferry_db::update(&tx, row).await.unwrap();
    tx.commit().await.unwrap();
    let page = stage.browser.get(&stage.page(id)).await;
    page.says(StatusCode::OK, &["Source Folder Deleted", "Choose a new source", "Delete sync"]);
    assert!(!page.body.contains(">Trigger Sync<"));
    stage.list().await.says(StatusCode::OK, &["Source Folder Deleted", "Gone"]);
    let source = format!("{}/edit/source", stage.page(id));
    let form = stage.browser.get(&source).await;
    let before = opened(&form);
    let fields = [("before", before.as_str()), ("environment", "prod"), ("path", "/")];
    stage.browser.submit(&form, &source, &fields).await.location();
    let page = stage.browser.get(&stage.page(id)).await;
    page.says(StatusCode::OK, &["Production", "Trigger Sync"]);
}

#[tokio::test]
async fn a_synced_folder_goes_with_or_without_what_its_syncs_wrote() {
    let mut stage = Stage::new().await;
    let dashboard = format!("{}/secrets/prod", stage.base);
    for (name, choice) in [("kept", "keep"), ("gone", "remove")] {
        let form = stage.browser.get(&format!("{dashboard}/folders/new")).await;
        stage.browser.submit(&form, &format!("{dashboard}/folders/new"), &[("name", name)]).await;
        let add = format!("{dashboard}/new?secretPath=%2F{name}");
        let form = stage.browser.get(&add).await;
        let key = format!("KEY_{}", name.to_uppercase());
        let fields = [("environments_shown", "true"), ("environment", "prod"), ("key", key.as_str()), ("value", "1")];
        assert_eq!(stage.browser.submit(&form, &add, &fields).await.status, StatusCode::SEE_OTHER);
        let id = stage
            .sync(|input| {
                input.name = format!("sync-{name}");
                input.secret_path = format!("/{name}");
            })
            .await;
        assert_eq!(stage.settled(id).await.sync_status.as_deref(), Some("succeeded"));
        assert!(stage.keys().contains(&key), "{:?}", stage.keys());
        let list = stage.browser.get(&dashboard).await;
        let folder =
            list.body.split("/folders/").find(|part| part.get(36..43) == Some("/delete")).map(|part| part[..36].to_owned());
        let path = format!("{dashboard}/folders/{}/delete", folder.unwrap());
        let ask = stage.browser.get(&path).await;
        ask.says(StatusCode::OK, &["Leave variables at Checkly", "Remove Synced Secrets", &format!("sync-{name} to checkly-eu")]);
        let gone = stage.browser.submit(&ask, &path, &[("confirm", name), ("written", choice)]).await;
        stage.browser.follow(&gone).await.says(StatusCode::OK, &[&format!("Deleted the folder {name}")]);
        let left = stage.at_rest(id).await;
        assert_eq!(left.is_some(), choice == "keep", "the sync stays only when its variables do");
        assert_eq!(stage.keys().contains(&key), choice == "keep", "{:?}", stage.keys());
    }
}
