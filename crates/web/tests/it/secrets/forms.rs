use http::StatusCode;
use keyferry_domain::secrets::{self, GetInput};
use secrecy::ExposeSecret as _;

use super::stage;

#[tokio::test]
async fn a_value_is_generated_by_length_and_alphabet() {
    let mut stage = stage().await;
    let path = format!("{}/secrets/dev/new", stage.base);
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["Generate a value", "Hexadecimal"]);
    let wanted = [("key", "TOKEN"), ("do", "generate"), ("length", "40"), ("alphabet", "hex")];
    let made = stage.browser.submit(&form, &path, &wanted).await;
    made.says(StatusCode::OK, &["A random value of 40 characters is in the field.", "value=\"TOKEN\""]);
    let value = |body: &str| {
        let area = body.split("id=\"f-value\"").nth(1).unwrap();
        area.split('>').nth(1).unwrap().trim_start_matches('\n').split('<').next().unwrap().to_owned()
    };
    let first = value(&made.body);
    assert!(first.len() == 40 && first.bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
    assert_ne!(value(&stage.browser.submit(&form, &path, &wanted).await.body), first);
    let wrong = [("do", "generate"), ("length", "2000")];
    let wrong = stage.browser.submit(&form, &path, &wrong).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["A whole number from 4 to 1024", "aria-invalid"]);
    assert_eq!(stage.value("dev", "/", "TOKEN").await, None, "nothing is stored before it is saved");
}

#[tokio::test]
async fn metadata_and_a_reminder_are_kept_with_a_secret() {
    let mut stage = stage().await;
    stage.put("dev", &[("API_KEY", "1")]).await;
    let page = stage.page_of("dev", "API_KEY").await;
    let path = format!("{page}/edit");
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["Metadata", "Key of entry 1", "Reminder"]);
    let fields = [
        ("version", "1"),
        ("key", "API_KEY"),
        ("tags", ""),
        ("comment", ""),
        ("value", ""),
        ("meta_was", ""),
        ("meta_key", "owner"),
        ("meta_value", "payments"),
        ("meta_was", ""),
        ("meta_key", "contact"),
        ("meta_value", "hush-hush"),
        ("meta_encrypted", "1"),
        ("reminder_days", "90"),
        ("reminder_note", "rotate"),
    ];
    let saved = stage.browser.submit(&form, &path, &fields).await;
    let detail = stage.browser.follow(&saved).await;
    detail.says(StatusCode::OK, &["owner", "payments", "contact", "Encrypted", "Every 90 days: rotate"]);
    assert!(!detail.body.contains("hush-hush"));

    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["Encrypted, stays as it is", "value=\"90\"", "value=\"rotate\""]);
    assert!(!form.body.contains("hush-hush"));
    let fields = [
        ("version", "2"),
        ("key", "API_KEY"),
        ("tags", ""),
        ("comment", ""),
        ("value", ""),
        ("meta_was", "owner"),
        ("meta_key", ""),
        ("meta_value", ""),
        ("meta_was", "contact"),
        ("meta_key", "telephone"),
        ("meta_value", ""),
        ("reminder_days", ""),
        ("reminder_note", "rotate"),
    ];
    assert_eq!(stage.browser.submit(&form, &path, &fields).await.status, StatusCode::SEE_OTHER);
    let input = GetInput::new(stage.at("dev", "/"), "API_KEY");
    let secret = secrets::get(&stage.world.app, &stage.world.admin, &input).await.unwrap();
    assert_eq!(secret.metadata.len(), 1);
    let entry = &secret.metadata[0];
    assert_eq!((entry.key.as_str(), entry.value.expose_secret(), entry.is_encrypted), ("telephone", "hush-hush", true));
    assert_eq!(secret.reminder_repeat_days, None);
    assert_eq!(secret.reminder_note.unwrap().expose_secret(), "rotate");
    assert_eq!(secret.value.unwrap().expose_secret(), "1");

    let wrong =
        [("version", "3"), ("key", "API_KEY"), ("meta_was", ""), ("meta_key", ""), ("meta_value", "x"), ("reminder_days", "-1")];
    let wrong = stage.browser.submit(&form, &path, &wrong).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Every metadata value needs a key", "A whole number of days from 1 to 3650"]);
}

#[tokio::test]
async fn names_to_refer_to_are_found_by_their_beginning() {
    let mut stage = stage().await;
    stage.put("dev", &[("API_KEY", "hush-1"), ("API_URL", "hush-2"), ("OTHER", "hush-3")]).await;
    stage.put("prod", &[("DB", "hush-4")]).await;
    let dev = format!("{}/secrets/dev", stage.base);
    let form = stage.browser.get(&format!("{dev}/folders/new")).await;
    stage.browser.submit(&form, &format!("{dev}/folders/new"), &[("name", "backend")]).await;
    let names = format!("{dev}/names");
    let all = stage.browser.get(&names).await;
    all.says(StatusCode::OK, &["data-name=\"API_KEY\"", "data-name=\"OTHER\"", "data-name=\"prod.\"", "Names to refer to"]);
    assert!(!all.body.contains("hush-"), "names only");
    let some = stage.browser.get(&format!("{names}?q=api_")).await;
    some.says(StatusCode::OK, &["data-name=\"API_KEY\"", "data-name=\"API_URL\""]);
    assert!(!some.body.contains("data-name=\"OTHER\""));
    stage.browser.get(&format!("{names}?q=prod.")).await.says(StatusCode::OK, &["data-name=\"prod.DB\""]);
    stage.browser.get(&format!("{names}?q=dev.b")).await.says(StatusCode::OK, &["data-name=\"dev.backend.\""]);
    stage.browser.get(&format!("{names}?q=nowhere.x")).await.says(StatusCode::OK, &["No name begins like that."]);
}
