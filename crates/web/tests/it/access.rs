use http::StatusCode;
use keyferry_test_support::World;

use crate::browser::Browser;

#[tokio::test]
async fn a_viewer_is_told_what_is_missing_and_may_not_post() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let viewer = world.user(world.org_id, "viewer@example.com", "member").await.unwrap();
    world.grant(project_id, &viewer, "viewer").await.unwrap();
    let mut browser = Browser::signed_in(&world, &viewer).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}", world.org_id);
    let settings = browser.get(&format!("{base}/settings")).await;
    settings
        .says(StatusCode::OK, &["edit on settings", "create on environments", "delete on workspace", "aria-disabled=\"true\""]);
    let fields = [("projectName", "mine"), ("slug", "mine"), ("pitVersionLimit", "10"), ("keep_mine", "true")];
    let answer = browser.submit(&settings, &format!("{base}/settings"), &fields).await;
    answer.says(StatusCode::FORBIDDEN, &["Missing permission: <strong>edit on settings</strong>", "Request ID"]);
    let connections = browser.get(&format!("{base}/app-connections")).await;
    connections.says(StatusCode::FORBIDDEN, &["read on app-connections"]);
    let path = format!("{base}/settings/environments/new");
    let answer = browser.submit(&settings, &path, &[("name", "QA"), ("slug", "qa")]).await;
    answer.says(StatusCode::FORBIDDEN, &["create on environments"]);
    let members = browser.get(&format!("{base}/access-control")).await;
    members.says(StatusCode::OK, &["viewer@example.com", "edit on member"]);
}

#[tokio::test]
async fn environments_are_added_moved_renamed_and_deleted() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/settings", world.org_id);
    let path = format!("{base}/environments/new");
    let form = browser.get(&path).await;
    let empty = browser.submit(&form, &path, &[]).await;
    empty.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required"]);
    let taken = browser.submit(&form, &path, &[("name", "Other"), ("slug", "dev")]).await;
    taken.says(StatusCode::UNPROCESSABLE_ENTITY, &["Another environment of this project has this slug"]);
    let made = browser.submit(&form, &path, &[("name", "QA"), ("slug", "qa")]).await;
    let settings = browser.follow(&made).await;
    settings.says(StatusCode::OK, &["Successfully created environment", "Move QA up"]);
    let id = settings
        .body
        .split("/environments/")
        .filter_map(|part| part.split('/').next())
        .filter(|id| id.len() == 36)
        .last()
        .unwrap();
    let moved = browser.submit(&settings, &format!("{base}/environments/{id}/move"), &[("position", "1")]).await;
    let settings = browser.follow(&moved).await;
    settings.says(StatusCode::OK, &["QA is now number 1"]);
    assert!(settings.body.find(">QA<") < settings.body.find(">Development<"));
    let path = format!("{base}/environments/{id}/delete");
    let form = browser.get(&path).await;
    browser.submit(&form, &path, &[("confirm", "x")]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type qa to confirm"]);
    let gone = browser.submit(&form, &path, &[("confirm", "qa")]).await;
    browser.follow(&gone).await.says(StatusCode::OK, &["Deleted the environment QA"]);
}

#[tokio::test]
async fn a_client_secret_is_shown_once() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let list = format!("/organizations/{}/access-control?selectedTab=machine-identities", world.org_id);
    let page = browser.get(&list).await;
    page.says(StatusCode::OK, &["No machine identities yet"]);
    let create = format!("/organizations/{}/access-control/machine-identities", world.org_id);
    let made = browser.submit(&page, &create, &[("name", "deploy"), ("role", "member")]).await;
    let address = made.location().to_owned();
    let identity = browser.follow(&made).await;
    identity.says(StatusCode::OK, &["deploy", "Universal Auth", "No client secrets yet"]);
    let path = format!("{address}/client-secrets");
    let shown = browser.submit(&identity, &path, &[("description", "ci"), ("uses", "5")]).await;
    shown.says(StatusCode::OK, &["Client secret created", "I have stored it", "of 5"]);
    let value = shown.body.split("id=\"client-secret\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    let value = value.split('"').next().unwrap();
    assert_eq!(value.len(), 64);
    let twice = browser.submit(&identity, &path, &[("description", "ci"), ("uses", "5")]).await;
    let after = browser.follow(&twice).await;
    after.says(StatusCode::OK, &["The form was sent twice"]);
    assert!(!after.body.contains(value));
    assert_eq!(after.body.matches("/revoke\"").count(), 1, "one secret was made");
    let login = keyferry_domain::universal_auth::LoginInput {
        client_id: after
            .body
            .split("Client ID</dt>")
            .nth(1)
            .unwrap()
            .split("<code>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned(),
        client_secret: value.to_owned().into(),
    };
    assert!(keyferry_domain::universal_auth::login(&world.app, keyferry_domain::Origin::default(), login).await.is_ok());
}

#[tokio::test]
async fn somebody_invited_joins() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let page = browser.get(&format!("/organizations/{}/access-control", world.org_id)).await;
    let path = format!("/organizations/{}/access-control/users/invite", world.org_id);
    let invited = browser.submit(&page, &path, &[("email", "new@example.com"), ("role", "member")]).await;
    invited.says(StatusCode::OK, &["new@example.com is invited", "Invited"]);
    let link = invited.body.split("value=\"http://127.0.0.1:8080").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut guest = Browser::new(&world);
    let form = guest.get(&link).await;
    let token = form.hidden("token");
    let joined = guest.post("/accept-invitation", &[("token", &token), ("password", "long enough"), ("first_name", "New")]).await;
    assert_eq!(joined.location(), "/");
    let home = guest.follow(&joined).await;
    guest.follow(&home).await.says(StatusCode::OK, &["acme", "new@example.com"]);
    let again = Browser::new(&world).post("/accept-invitation", &[("token", &token), ("password", "long enough")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_service_token_is_shown_once_and_revoked() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/access-control", world.org_id);
    browser.get(&base).await.says(StatusCode::OK, &["Service Tokens", "Groups"]);
    browser.get(&format!("{base}/groups")).await.says(StatusCode::OK, &["No groups in this project yet"]);
    let path = format!("{base}/service-tokens");
    let list = browser.get(&path).await;
    list.says(StatusCode::OK, &["No service tokens yet"]);
    let wrong = browser.submit(&list, &path, &[("environment", "dev"), ("path", "app"), ("days", "0")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required", "A path begins with a slash", "from 1 to 3650"]);
    let fields = [("name", "deploy"), ("environment", "dev"), ("path", "/"), ("rights", "read"), ("days", "30")];
    let shown = browser.submit(&list, &path, &fields).await;
    shown.says(StatusCode::OK, &["Service token created", "I have stored it", "dev /"]);
    let token = shown.body.split("id=\"service-token\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let origin = keyferry_domain::Origin::default;
    assert!(keyferry_domain::authentication::authenticate(&world.app, &token, origin()).await.is_ok());
    let twice = browser.submit(&list, &path, &fields).await;
    let after = browser.follow(&twice).await;
    after.says(StatusCode::OK, &["The form was sent twice"]);
    assert!(!after.body.contains(&token) && after.body.matches("/revoke\"").count() == 1);
    let id = token.split('.').nth(1).unwrap();
    let gone = browser.submit(&after, &format!("{path}/{id}/revoke"), &[]).await;
    browser.follow(&gone).await.says(StatusCode::OK, &["Revoked the service token deploy", "No service tokens yet"]);
    assert!(keyferry_domain::authentication::authenticate(&world.app, &token, origin()).await.is_err());
}

#[tokio::test]
async fn an_invitation_opened_by_somebody_signed_in() {
    let world = World::new().await.unwrap();
    let second = world.organization("beta").await.unwrap();
    let host = world.user(second, "host@example.com", "admin").await.unwrap();
    let token = async |email: &str| {
        let invitation = keyferry_domain::organizations::invite(&world.app, &host, email, "member").await.unwrap();
        secrecy::ExposeSecret::expose_secret(&invitation.token).to_owned()
    };
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let foreign = token("new@example.com").await;
    let page = browser.get(&format!("/accept-invitation?token={foreign}")).await;
    page.says(StatusCode::OK, &["This invitation to beta is for new@example.com", "Log out and go on"]);
    let refused = browser.submit(&page, "/accept-invitation/own", &[("token", &foreign)]).await;
    refused.says(StatusCode::FORBIDDEN, &["This invitation is for another account"]);

    let own = token("admin@example.com").await;
    let page = browser.get(&format!("/accept-invitation?token={own}")).await;
    page.says(StatusCode::OK, &["<strong>beta</strong> as admin@example.com", "You are logged in as the same person"]);
    let joined = browser.submit(&page, "/accept-invitation/own", &[("token", &own)]).await;
    assert_eq!(joined.location(), format!("/organizations/{second}/projects"));
    browser.follow(&joined).await.says(StatusCode::OK, &["You joined the organization", "beta"]);
    let used = browser.get(&format!("/accept-invitation?token={own}")).await;
    used.says(StatusCode::OK, &["This invitation is not good any more", "Account: admin@example.com"]);

    let other = world.user(world.org_id, "other@example.com", "member").await.unwrap();
    crate::browser::give_password(&world, &other).await;
    let known = token("other@example.com").await;
    let mut guest = Browser::new(&world);
    let page = guest.get(&format!("/accept-invitation?token={known}")).await;
    page.says(StatusCode::OK, &["Give the password of your account", "current-password"]);
    guest.get("/accept-invitation?token=bad").await.says(StatusCode::OK, &["This invitation is not good any more"]);
}
