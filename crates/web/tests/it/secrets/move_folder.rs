//! Moving a folder with everything in it.

use http::StatusCode;
use keyferry_domain::folders::{self, CreateFolder};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_imports::{self, CreateImport};

use super::{Stage, stage};
async fn folder(stage: &Stage, environment: &str, parent: &str, name: &str) -> uuid::Uuid {
    let input = CreateFolder {
        project_id: stage.project_id,
        environment: environment.to_owned(),
        path: SecretPath::parse(parent).unwrap(),
        name: name.to_owned(),
        description: None,
    };
    folders::create(&stage.world.app, &stage.world.admin, input).await.unwrap().folder.id
}

#[tokio::test]
async fn a_folder_moves_with_what_is_in_it_and_says_what_it_touches() {
    let mut stage = stage().await;
    let id = folder(&stage, "dev", "/", "billing").await;
    folder(&stage, "dev", "/", "archive").await;
    stage.put_in("dev", "/billing", &[("API_KEY", "v1")]).await;
    stage.put("dev", &[("URL", "https://x/${dev.billing.API_KEY}")]).await;
    let input = CreateImport {
        project_id: stage.project_id,
        environment: "prod".to_owned(),
        path: SecretPath::root(),
        source_environment: "dev".to_owned(),
        source_path: SecretPath::parse("/billing").unwrap(),
        is_replication: false,
    };
    secret_imports::create(&stage.world.app, &stage.world.admin, input).await.unwrap();

    let list = stage.browser.get(&format!("{}/secrets/dev", stage.base)).await;
    list.says(StatusCode::OK, &["Move folder billing"]);
    let address = format!("{}/secrets/dev/folders/{id}/move", stage.base);
    let page = stage.browser.get(&address).await;
    let wanted = ["<h1>Move folder</h1>", "Production imports it", "URL in Development refers to it", "value=\"/archive\""];
    page.says(StatusCode::OK, &wanted);

    for (environment, path, message) in [
        ("dev", "", "Required"),
        ("nope", "/archive", "Choose an environment"),
        ("dev", "/nowhere", "not found"),
        ("dev", "/billing", "into itself"),
        ("dev", "/", "there already"),
        ("dev", "/a/../b", "segments"),
    ] {
        let answer = stage.browser.submit(&page, &address, &[("environment", environment), ("path", path)]).await;
        answer.says(StatusCode::UNPROCESSABLE_ENTITY, &[message, "aria-invalid=\"true\""]);
    }
    let done = stage.browser.submit(&page, &address, &[("environment", "dev"), ("path", "/archive")]).await;
    stage.browser.follow(&done).await.says(StatusCode::OK, &["Moved the folder billing to Development, folder /archive"]);
    assert_eq!(stage.value("dev", "/archive/billing", "API_KEY").await.as_deref(), Some("v1"));
    assert_eq!(stage.value("dev", "/billing", "API_KEY").await, None);
}
