use http::{StatusCode, header};
use keyferry_domain::secrets::{self, Change};

use super::stage;

/// Quotes, comments, several lines, duplicates, `export`, what is no secret.
const FILE: &str = "\u{feff}export PLAIN=value\r\nHASH=a#b # why\r\nQUOTED=\"line\\none \\\"two\\\" \\$x\"\r\n'broken\r\nSINGLE='raw \\n'\r\n\
    TWICE=1\r\nTWICE=2\r\nEMPTY=\r\nREFERS=${PLAIN}\r\nYAML: yes\r\nMULTI=\"a\nb\"\r\n";

#[tokio::test]
async fn a_file_is_previewed_imported_exported_and_the_same_again() {
    let mut stage = stage().await;
    stage.put("dev", &[("PLAIN", "old-value"), ("YAML", "yes"), ("KEEP", "kept")]).await;
    let path = format!("{}/secrets/dev/import", stage.base);
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["Drop a .env, .json or .yaml file here, or choose one", "Or paste it"]);
    let preview = stage.browser.submit(&form, &path, &[("file", FILE)]).await;
    preview.says(
        StatusCode::OK,
        &[
            "<h1>Confirm Secret Upload</h1>",
            "7 new, 1 changed, 1 the same",
            "Line 4:",
            "TWICE on lines 6, 7; the last one counts",
            "Empty value",
            "resolves as a reference",
            "Overwrite 1 and import 7",
        ],
    );
    assert!(!preview.body.contains("old-value"));
    let payload = preview.hidden("payload");
    let asked = [("payload", payload.as_str()), ("one", "PLAIN"), ("take", "PLAIN"), ("take", "HASH")];
    let compared = stage.browser.submit(&preview, &format!("{path}/values"), &asked).await;
    compared.says(StatusCode::OK, &["Value of PLAIN, line by line", "old-value", "line 1 removed", "Overwrite 1 and import 7"]);
    let is_ticked = |key: &str| compared.body.contains(&format!("aria-label=\"Import {key}\" checked"));
    assert!(is_ticked("HASH") && !is_ticked("QUOTED"), "ticks stay as they were");
    assert_eq!(stage.value("dev", "/", "HASH").await, None, "nothing is written by the preview");
    let payload = preview.hidden("payload");
    let keys = ["PLAIN", "HASH", "QUOTED", "SINGLE", "TWICE", "EMPTY", "REFERS"];
    let mut fields: Vec<(&str, &str)> = vec![("payload", &payload), ("comments", "true")];
    fields.extend(keys.iter().map(|key| ("take", *key)));
    let done = stage.browser.submit(&preview, &format!("{path}/confirm"), &fields).await;
    let change = stage.browser.follow(&done).await;
    change.says(StatusCode::OK, &["Successfully uploaded secrets", "+ Added", "~ Changed", "Undo this import"]);
    let list = stage.browser.get(&format!("{}/secrets/dev", stage.base)).await;
    list.says(StatusCode::OK, &["HASH", "KEEP"]);
    let undo = done.location().replace("?imported=true", "/revert");
    assert_eq!(stage.value("dev", "/", "QUOTED").await.as_deref(), Some("line\none \"two\" $x"));
    assert_eq!(stage.value("dev", "/", "TWICE").await.as_deref(), Some("2"));
    assert_eq!(stage.value("dev", "/", "SINGLE").await.as_deref(), Some("raw \\n"));
    assert_eq!(stage.value("dev", "/", "MULTI").await, None, "unticked");

    let export = format!("{}/secrets/dev/export", stage.base);
    let options = stage.browser.get(&export).await;
    options.says(StatusCode::OK, &["leaves Keyferry", "Docker"]);
    for format in ["env", "json", "yaml"] {
        let file = stage.browser.submit(&options, &export, &[("format", format)]).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename=\"dev."));
        assert_eq!(file.headers[header::CACHE_CONTROL], "no-store");
        let again = stage.browser.submit(&form, &path, &[("file", &file.body)]).await;
        again.says(StatusCode::OK, &["0 new, 0 changed, 9 the same", "Everything in the file is stored already."]);
    }
    let some = stage.browser.submit(&options, &export, &[("format", "shell"), ("key", "HASH")]).await;
    assert_eq!(some.body, "export HASH='a#b'\n");

    let at = stage.at("dev", "/");
    let since = Change { key: "TWICE".to_owned(), value: Some("mine".into()), ..Change::default() };
    secrets::update(&stage.world.app, &stage.world.admin, &at, since).await.unwrap();
    let undone = stage.browser.submit(&change, &undo, &[]).await;
    let list = stage.browser.follow(&undone).await;
    list.says(StatusCode::OK, &["6 changes as before", "left as they are: TWICE", "4 secrets"]);
    assert_eq!(stage.value("dev", "/", "PLAIN").await.as_deref(), Some("old-value"));
    assert_eq!(stage.value("dev", "/", "HASH").await, None);
    assert_eq!(stage.value("dev", "/", "TWICE").await.as_deref(), Some("mine"));
    let twice = stage.browser.submit(&change, &undo, &[]).await;
    twice.says(StatusCode::BAD_REQUEST, &["undone already"]);
}

#[tokio::test]
async fn a_file_without_secrets_says_what_is_wrong() {
    let mut stage = stage().await;
    let path = format!("{}/secrets/dev/import", stage.base);
    let form = stage.browser.get(&path).await;
    let empty = stage.browser.submit(&form, &path, &[("text", "  ")]).await;
    empty.says(StatusCode::UNPROCESSABLE_ENTITY, &["Choose a file, or paste its content"]);
    let wrong = stage.browser.submit(&form, &path, &[("text", "just words\r\nmore words")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Failed to find secrets", "Line 1:", "Line 2:", "just words"]);
}

#[tokio::test]
async fn secrets_are_edited_as_text() {
    let mut stage = stage().await;
    stage.put("dev", &[("A", "1"), ("B", "2"), ("C", "3")]).await;
    let list = stage.browser.get(&format!("{}/secrets/dev", stage.base)).await;
    let path = format!("{}/secrets/dev/selected", stage.base);
    let text = stage.browser.submit(&list, &path, &[("do", "text")]).await;
    text.says(StatusCode::OK, &["A=1", "B=2", "C=3", "Preview changes"]);
    let path = format!("{}/secrets/dev/import", stage.base);
    let fields = [("known", "A"), ("known", "B"), ("known", "C"), ("text", "A=1\r\nB=two\r\nD=4\r\n")];
    let preview = stage.browser.submit(&text, &path, &fields).await;
    preview.says(StatusCode::OK, &["1 new, 1 changed, 1 the same", "Delete C"]);
    let payload = preview.hidden("payload");
    let fields = [("payload", payload.as_str()), ("take", "B"), ("take", "D"), ("remove", "C")];
    let done = stage.browser.submit(&preview, &format!("{path}/confirm"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    for (key, value) in [("A", Some("1")), ("B", Some("two")), ("C", None), ("D", Some("4"))] {
        assert_eq!(stage.value("dev", "/", key).await.as_deref(), value, "{key}");
    }
}
