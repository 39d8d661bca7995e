//! Folders that move to where a sync reads, or away from there.

use http::StatusCode;
use keyferry_domain::folders::{self, CreateFolder};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, Location, NewSecret};
use keyferry_test_support::eventually;

use super::Stage;

#[tokio::test]
async fn moving_into_a_synced_path_needs_a_tick_and_is_pushed() {
    let mut stage = Stage::new().await;
    stage.put(&[("TOKEN", "t")]).await;
    let sync = stage.sync(|input| input.include_all_sub_folders = Some(true)).await;
    let input = CreateFolder {
        project_id: stage.project_id,
        environment: "dev".to_owned(),
        path: SecretPath::root(),
        name: "billing".to_owned(),
        description: None,
    };
    let (app, admin) = (&stage.world.app, &stage.world.admin);
    let folder = folders::create(app, admin, input).await.unwrap().folder;
    let at = Location { environment: "dev".to_owned(), path: SecretPath::parse("/billing").unwrap(), ..stage.at.clone() };
    let news = [NewSecret { key: "API_KEY".to_owned(), value: "v1".into(), ..NewSecret::default() }];
    secrets::create_many(app, admin, &at, &news).await.unwrap();

    let address = format!("{}/secrets/dev/folders/{}/move", stage.base, folder.id);
    let page = stage.browser.get(&address).await;
    let to = [("environment", "prod"), ("path", "/")];
    let asked = stage.browser.submit(&page, &address, &to).await;
    let link = format!("href=\"{}\"", stage.page(sync));
    let wanted = ["Secrets moved here will be synced to 1 external destination:", "checkly-prod to checkly-eu", &link];
    asked.says(StatusCode::UNPROCESSABLE_ENTITY, &wanted);
    asked.says(StatusCode::UNPROCESSABLE_ENTITY, &["Tick that you understand", "I understand"]);
    assert_eq!(stage.keys(), ["TOKEN"], "nothing moved");

    let agreed = stage.browser.submit(&asked, &address, &[to[0], to[1], ("understood", "true")]).await;
    stage.browser.follow(&agreed).await.says(StatusCode::OK, &["Moved the folder billing to Production"]);
    eventually("what moved in is pushed", || async { (stage.keys() == ["API_KEY", "TOKEN"]).then_some(()) }).await;
    stage.settled(sync).await;

    let id = folder.id;
    let away = format!("{}/secrets/prod/folders/{id}/move", stage.base);
    let page = stage.browser.get(&away).await;
    let moved = stage.browser.submit(&page, &away, &[("environment", "dev"), ("path", "/")]).await;
    stage.browser.follow(&moved).await.says(StatusCode::OK, &["Moved the folder billing to Development"]);
    eventually("what moved away is removed", || async { (stage.keys() == ["TOKEN"]).then_some(()) }).await;
}
