use http::StatusCode;
use keyferry_domain::app_connections::{self, CreateConnection};
use keyferry_domain::secret_syncs::{self, CreateSync, DestinationConfig, InitialSyncBehavior, SyncOptionsInput};
use keyferry_test_support::World;
use uuid::Uuid;

use crate::browser::{Answer, Browser};

struct Stage {
    world: World,
    browser: Browser,
    project_id: Uuid,
    base: String,
}

async fn stage() -> Stage {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/app-connections", world.org_id);
    Stage { world, browser, project_id, base }
}

impl Stage {
    async fn create(&mut self, name: &str, key: &str) -> Answer {
        let path = format!("{}/new/checkly", self.base);
        let form = self.browser.get(&path).await;
        self.browser.submit(&form, &path, &[("name", name), ("description", "for tests"), ("api_key", key)]).await
    }

    async fn sync(&self, connection_id: Uuid) {
        let input = CreateSync {
            destination: "checkly".to_owned(),
            name: "checkly-prod".to_owned(),
            description: None,
            project_id: self.project_id.to_string(),
            connection_id,
            environment: "prod".to_owned(),
            secret_path: "/".to_owned(),
            is_auto_sync_enabled: false,
            include_all_sub_folders: None,
            sync_options: SyncOptionsInput {
                initial_sync_behavior: InitialSyncBehavior::OverwriteDestination,
                ..SyncOptionsInput::default()
            },
            destination_config: DestinationConfig {
                account_id: self.world.account_id.clone(),
                account_name: Some("Acme EU".to_owned()),
                group_id: None,
                group_name: None,
            },
            approve: None,
        };
        secret_syncs::create(&self.world.app, &self.world.admin, input).await.unwrap();
    }
}

#[tokio::test]
async fn the_published_steps_lead_to_a_connection() {
    let mut stage = stage().await;
    let list = stage.browser.get(&stage.base).await;
    list.says(StatusCode::OK, &["<h1>App Connections</h1>", "No App Connections have been configured", "+ Add Connection"]);
    let picker = stage.browser.get(&format!("{}/new", stage.base)).await;
    picker.says(StatusCode::OK, &["<h1>Add Connection</h1>", "Checkly", "/new/checkly"]);
    let form = stage.browser.get(&format!("{}/new/checkly", stage.base)).await;
    form.says(StatusCode::OK, &["Checkly Connection", ">Name<", ">Description<", "API Key Value", "Connect to Checkly", "shop"]);

    let key = stage.world.api_key.clone();
    let made = stage.create("my-checkly-connection", &key).await;
    let page = stage.browser.follow(&made).await;
    page.says(StatusCode::OK, &["Connection created", "Acme EU", &stage.world.account_id, "Working", "admin@example.com"]);
    let list = stage.browser.get(&stage.base).await;
    list.says(StatusCode::OK, &["my-checkly-connection", "for tests", "Working", "0 syncs", "Copy Connection ID"]);
    for answer in [&made, &page, &list] {
        assert!(!answer.body.contains(&key), "the key is nowhere");
    }
    stage.browser.get(&format!("{}?search=zzz", stage.base)).await.says(StatusCode::OK, &["No App Connections match search..."]);
    let audit = stage.base.replace("app-connections", "audit-logs");
    stage.browser.get(&audit).await.says(StatusCode::OK, &["create-app-connection", "admin@example.com"]);
}

#[tokio::test]
async fn a_key_that_checkly_rejects_stores_nothing() {
    let mut stage = stage().await;
    let answer = stage.create("checkly", "cu_ffffffffffffffffffffffffffffffff").await;
    answer.says(
        StatusCode::UNPROCESSABLE_ENTITY,
        &["Checkly did not accept this API key.", "aria-invalid=\"true\"", "value=\"checkly\""],
    );
    stage.browser.get(&stage.base).await.says(StatusCode::OK, &["No App Connections have been configured"]);
    let answer = stage.create("", "").await;
    answer.says(
        StatusCode::UNPROCESSABLE_ENTITY,
        &["Name field must be at least 1 character", "Service API Key required", "href=\"#f-api_key\""],
    );
    let answer = stage.create("My Key", "x").await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["Name field can only contain letters, numbers, and hyphens"]);
    let answer = stage.create(&"a".repeat(65), "x").await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["Name field must be at most 64 characters"]);
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_connection() {
    let mut stage = stage().await;
    let path = format!("{}/new/checkly", stage.base);
    let form = stage.browser.get(&path).await;
    let key = stage.world.api_key.clone();
    let fields = [("name", "checkly"), ("api_key", key.as_str())];
    let first = stage.browser.submit(&form, &path, &fields).await;
    let second = stage.browser.submit(&form, &path, &fields).await;
    assert_eq!(first.location(), second.location());
    let again = stage.create("checkly", &key).await;
    again.says(StatusCode::UNPROCESSABLE_ENTITY, &["already exists in this scope"]);
}

#[tokio::test]
async fn details_and_key_are_changed_apart() {
    let mut stage = stage().await;
    let key = stage.world.api_key.clone();
    let made = stage.create("checkly", &key).await;
    let address = made.location().split('?').next().unwrap().to_owned();
    let edit = stage.browser.get(&format!("{address}/edit")).await;
    let (version, was) = (edit.hidden("version"), edit.hidden("was_name"));
    let fields = [
        ("name", "checkly-eu"),
        ("description", ""),
        ("version", version.as_str()),
        ("was_name", was.as_str()),
        ("was_description", "for tests"),
    ];
    stage.world.clock.advance_ms(5_000);
    let saved = stage.browser.submit(&edit, &format!("{address}/edit"), &fields).await;
    let page = stage.browser.follow(&saved).await;
    page.says(StatusCode::OK, &["Successfully updated Checkly connection", "checkly-eu"]);

    let stale =
        stage.browser.submit(&edit, &format!("{address}/edit"), &[("name", "mine"), fields[2], fields[3], fields[4]]).await;
    stale.says(StatusCode::CONFLICT, &["Keep mine", "Take theirs", "Edit again", "checkly-eu"]);
    let token = stale.hidden("version");
    let kept = [("name", "mine"), ("description", ""), ("version", token.as_str()), ("keep_mine", "true")];
    let kept = stage.browser.submit(&stale, &format!("{address}/edit"), &kept).await;
    stage.browser.follow(&kept).await.says(StatusCode::OK, &["mine"]);

    let credentials = stage.browser.get(&format!("{address}/credentials")).await;
    credentials.says(StatusCode::OK, &["Update Credentials", "API Key Value"]);
    let path = format!("{address}/credentials");
    let refused = stage.browser.submit(&credentials, &path, &[("api_key", "cu_ffffffffffffffffffffffffffffffff")]).await;
    refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["Checkly did not accept this API key."]);
    let taken = stage.browser.submit(&credentials, &path, &[("api_key", &key)]).await;
    stage.browser.follow(&taken).await.says(StatusCode::OK, &["Working"]);
    let test = stage.browser.submit(&page, &format!("{address}/test"), &[]).await;
    stage.browser.follow(&test).await.says(StatusCode::OK, &["works: Checkly accepted its key"]);
    let accounts = stage.browser.get(&format!("{address}?accounts=true")).await;
    accounts.says(StatusCode::OK, &["Acme EU"]);
}

#[tokio::test]
async fn a_key_that_loses_an_account_in_use_needs_a_yes() {
    let mut stage = stage().await;
    let key = stage.world.api_key.clone();
    let made = stage.create("checkly", &key).await;
    let address = made.location().split('?').next().unwrap().to_owned();
    let id: Uuid = address.rsplit('/').next().unwrap().parse().unwrap();
    stage.sync(id).await;
    let other_account = Uuid::from_u128(7).to_string();
    let other_key = "cu_11111111111111111111111111111111";
    let sim = stage.world.sim.state();
    sim.add_account(keyferry_checkly_sim::Account {
        id: other_account.clone(),
        name: "Other".to_owned(),
        ..keyferry_checkly_sim::Account::default()
    });
    sim.add_key(other_key, keyferry_checkly_sim::Role::ReadWrite, &[&other_account]);
    let path = format!("{address}/replace-key");
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["Make a new key at Checkly", "aria-current=\"step\"", "1 sync in use"]);
    let asked = stage.browser.submit(&form, &path, &[("api_key", other_key)]).await;
    asked.says(StatusCode::UNPROCESSABLE_ENTITY, &["checkly-prod", "Store the key anyway"]);
    let done = stage.browser.submit(&asked, &path, &[("api_key", other_key), ("accept_lost", "true")]).await;
    stage.browser.follow(&done).await.says(StatusCode::OK, &["Successfully updated Checkly connection"]);
}

#[tokio::test]
async fn a_connection_in_use_stays_and_an_unused_one_goes() {
    let mut stage = stage().await;
    let key = stage.world.api_key.clone();
    let made = stage.create("checkly", &key).await;
    let address = made.location().split('?').next().unwrap().to_owned();
    let id: Uuid = address.rsplit('/').next().unwrap().parse().unwrap();
    let path = format!("{address}/delete");
    let form = stage.browser.get(&path).await;
    form.says(StatusCode::OK, &["Type checkly to confirm"]);
    let wrong = stage.browser.submit(&form, &path, &[("confirm", "chekly")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type checkly to confirm", "aria-invalid=\"true\""]);

    stage.sync(id).await;
    let used = stage.browser.get(&path).await;
    used.says(
        StatusCode::OK,
        &["Used by 1 sync", "checkly-prod", "aria-disabled=\"true\"", "Not possible while 1 sync uses it."],
    );
    let refused = stage.browser.submit(&form, &path, &[("confirm", "checkly")]).await;
    let text = "Cannot delete App Connection with existing connections. Remove all existing connections and try again.";
    refused.says(StatusCode::BAD_REQUEST, &[text, "checkly-prod"]);
    let page = stage.browser.get(&address).await;
    page.says(StatusCode::OK, &["checkly-prod", "Acme EU", "Production /"]);

    let made = stage.create("unused", &key).await;
    let address = made.location().split('?').next().unwrap().to_owned();
    let path = format!("{address}/delete");
    let form = stage.browser.get(&path).await;
    let gone = stage.browser.submit(&form, &path, &[("confirm", "unused")]).await;
    let list = stage.browser.follow(&gone).await;
    list.says(StatusCode::OK, &["Successfully removed Checkly connection"]);
    assert!(!list.body.contains(">unused<"));
}

#[tokio::test]
async fn the_organization_lists_all_and_a_project_only_its_own() {
    let mut stage = stage().await;
    let key = stage.world.api_key.clone();
    stage.create("in-project", &key).await;
    let input = CreateConnection {
        app: "checkly".to_owned(),
        name: "for-all".to_owned(),
        method: "api-key".to_owned(),
        description: None,
        project_id: None,
        api_key: key.into(),
    };
    let row = app_connections::create(&stage.world.app, &stage.world.admin, input).await.unwrap();
    let all = format!("/organizations/{}/app-connections", stage.world.org_id);
    stage.browser.get(&all).await.says(StatusCode::OK, &["in-project", "for-all", "Organization", "shop"]);
    let own = stage.browser.get(&stage.base).await;
    own.says(StatusCode::OK, &["in-project"]);
    assert!(!own.body.contains("for-all"));
    let crossed = stage.browser.get(&format!("{}/{}", stage.base, row.id)).await;
    assert_eq!(crossed.status, StatusCode::NOT_FOUND);
}
