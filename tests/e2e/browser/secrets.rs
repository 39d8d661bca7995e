//! Secrets: added, revealed, edited in their row, brought in from a file, compared and restored.

use serde_json::json;

use super::{Stage, key};

#[tokio::test]
async fn secrets_are_added_revealed_edited_and_restored() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.press("Shop").await;
    tab.heading("Secrets").await;
    tab.inspect("secrets-overview").await;
    tab.go(&stage.project("secrets/staging")).await;
    tab.see("No secrets here yet").await;
    tab.inspect("secrets-empty").await;
    tab.press("Add Secret").await;
    tab.heading("Create secret").await;
    tab.press("Create Secret").await;
    tab.see("Secret key is required").await;
    tab.inspect("secret-new-errors").await;
    tab.fill("Key", "GREETING").await;
    tab.fill("Value", "hello there").await;
    tab.fill("Comment", "Said at the door").await;
    tab.press("Create Secret").await;
    tab.see("Successfully created secret").await;
    assert!(!tab.text().await.contains("hello there"), "masked");
    tab.press("Recent notices").await;
    tab.see("Open the list").await;
    tab.inspect("notices-menu").await;
    tab.press("Open the list").await;
    tab.heading("Recent notices").await;
    tab.see("Successfully created secret").await;
    tab.inspect("notices").await;
    tab.go(&stage.project("secrets/staging")).await;
    tab.inspect("secrets-dashboard").await;
    tab.inspect_forced_colours("secrets-dashboard").await;
    tab.press("Reveal value of GREETING").await;
    tab.see("hello there").await;
    tab.press("Hide value of GREETING").await;
    tab.press("Edit GREETING").await;
    tab.fill("Value of GREETING", "good bye").await;
    tab.inspect("secrets-edit-in-row").await;
    tab.press("Save").await;
    tab.see("version 2").await;
    tab.see("Successfully updated secret").await;
    tab.inspect("secrets-told").await;

    tab.press("GREETING").await;
    tab.heading("GREETING").await;
    tab.see("Version history").await;
    tab.inspect("secret").await;
    tab.press("Compare the two versions").await;
    tab.heading("Compare versions").await;
    tab.press("Reveal both values").await;
    tab.see("good bye").await;
    tab.inspect("secret-diff").await;
    tab.press("Back to the history").await;
    tab.press("Restore version 1").await;
    tab.heading("Restore version 1").await;
    tab.press("Restore version 1").await;
    tab.see("Version 1 is back as version 3").await;
    tab.press("Edit").await;
    tab.heading("Edit secret").await;
    tab.press("Show the current value").await;
    assert_eq!(tab.value("Value").await, "hello there");
    tab.inspect("secret-edit").await;
}

#[tokio::test]
async fn a_file_is_previewed_imported_and_its_secrets_deleted() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.project("secrets/staging/import")).await;
    tab.heading("Import secrets").await;
    tab.inspect("secrets-import").await;
    tab.fill("Or paste it", "FIRST=1\n# about\nSECOND='two words'\nno secret\n").await;
    tab.press("Preview").await;
    tab.heading("Confirm Secret Upload").await;
    tab.see("2 new").await;
    tab.inspect("secrets-preview").await;
    tab.press("Import 2 secrets").await;
    tab.see("Successfully uploaded secrets").await;
    tab.heading("Added 2 secrets").await;
    tab.inspect("commit").await;
    tab.press("Reveal values").await;
    tab.see("two words").await;
    tab.inspect("commit-values").await;
    tab.go(&stage.project("overview")).await;
    tab.see("SECOND").await;
    tab.inspect("secrets-matrix").await;
    tab.press("SECOND").await;
    tab.heading("SECOND").await;
    tab.inspect("secret-in-every-environment").await;
    tab.go(&stage.project("secrets/staging")).await;
    tab.see("FIRST").await;
    tab.eval("document.querySelector('[aria-label=\"Select FIRST\"]').click()", json!([])).await;
    tab.see("1 selected").await;
    tab.press("Delete…").await;
    tab.heading("Delete secret").await;
    tab.inspect("secrets-delete").await;
    tab.press("Delete 1 secret").await;
    tab.see("Deleted 1 secret").await;
    tab.inspect("secrets-deleted").await;
    tab.press("Undo the deletion").await;
    tab.see("Undone: 1 change as before").await;
    tab.see("FIRST").await;
    tab.go(&stage.project("secrets/staging/commits")).await;
    tab.heading("Commits").await;
    tab.inspect("commits").await;
    tab.press("Removed 1 secret").await;
    tab.press("Restore to this point…").await;
    tab.heading("Restore to commit 2").await;
    tab.see("Goes").await;
    tab.inspect("commit-restore").await;
    tab.press("Restore to this point").await;
    tab.see("Restored to commit 2: 1 secret, 0 folders").await;
    for (path, heading) in [("folders/new", "Add folder"), ("imports", "Imports"), ("export", "Download secrets")] {
        tab.go(&stage.project(&format!("secrets/staging/{path}"))).await;
        tab.heading(heading).await;
        tab.inspect(&format!("secrets-{}", path.replace('/', "-"))).await;
    }
    tab.go(&stage.project("secrets/staging/folders/new")).await;
    tab.fill("Name", "archive").await;
    tab.press("Create folder").await;
    tab.see("Successfully created folder").await;
    tab.go(&stage.project("secrets/staging")).await;
    tab.press("Move folder archive").await;
    tab.heading("Move folder").await;
    tab.inspect("folder-move").await;
    tab.choose("To environment", "Production").await;
    tab.fill("Into folder", "/nowhere").await;
    tab.press("Move folder").await;
    tab.see("not found").await;
    tab.inspect("folder-move-errors").await;
    tab.fill("Into folder", "/").await;
    tab.press("Move folder").await;
    tab.see("Moved the folder archive to Production").await;
}

#[tokio::test]
async fn a_value_is_generated_and_a_name_completed_by_keyboard() {
    let stage = Stage::new().await;
    let secrets = ["API_KEY", "API_URL"].map(|key| json!({"secretKey": key, "secretValue": "x"}));
    stage.journey.create_secrets(secrets.to_vec()).await;
    let tab = stage.signed_in().await;
    tab.go(&stage.project("secrets/prod/new")).await;
    tab.heading("Create secret").await;
    tab.fill("Key", "LINK").await;
    tab.press("Generate a value").await;
    tab.fill("Length", "24").await;
    tab.press("Generate").await;
    tab.see("A random value of 24 characters is in the field.").await;
    assert_eq!(tab.value("Value").await.len(), 24);
    tab.inspect("secret-new-generated").await;
    tab.fill("Value", "").await;
    tab.type_into("Value", "https://${API_").await;
    tab.see("API_URL").await;
    tab.inspect("secret-new-names").await;
    tab.keys(key::DOWN).await;
    tab.keys(key::ENTER).await;
    assert_eq!(tab.value("Value").await, "https://${API_KEY}");
    tab.press("Create Secret").await;
    tab.see("Successfully created secret").await;
}
