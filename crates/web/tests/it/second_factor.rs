use http::StatusCode;
use keyferry_db::entities::users;
use keyferry_domain::Caller;
use keyferry_test_support::{World, authenticator};

use crate::browser::{Answer, Browser, PASSWORD, give_password};

const PATH: &str = "/account/second-factor";

fn field(page: &Answer, id: &str) -> String {
    let rest = page.body.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("no {id} in {}", page.body));
    rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_second_step_is_set_up_asked_for_and_taken_away() {
    let world = World::new().await.unwrap();
    let now_s = || world.app.now_ms() / 1000;
    let email = give_password(&world, &world.admin).await;
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let account = browser.get("/account").await;
    account.says(StatusCode::OK, &["the password alone opens your account", "href=\"/account/second-factor\""]);
    let page = browser.get(PATH).await;
    let set_up = format!("{PATH}/set-up");
    let wrong = browser.submit(&page, &set_up, &[("password", "wrong")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["The current password is wrong"]);
    let scan = browser.submit(&page, &set_up, &[("password", PASSWORD)]).await;
    scan.says(StatusCode::OK, &["<svg class=\"qr\"", "shown this once"]);
    let phone = authenticator(&field(&scan, "totp-secret"));
    let confirm = format!("{PATH}/confirm");
    let wrong = browser.submit(&scan, &confirm, &[("code", "12345")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["The code is wrong"]);
    assert!(!wrong.body.contains("<svg class=\"qr\""), "the key is shown once");
    let codes = browser.submit(&scan, &confirm, &[("code", &phone.code_at(now_s()))]).await;
    codes.says(StatusCode::OK, &["Keep these codes apart from your phone"]);
    let recovery: Vec<String> = field(&codes, "recovery-codes").split(' ').map(str::to_owned).collect();
    assert_eq!(recovery.len(), 10);
    browser.get(PATH).await.says(StatusCode::OK, &["10 recovery codes are left"]);

    let wanted = format!("/organizations/{}/app-connections", world.org_id);
    let mut other = Browser::new(&world);
    other.get("/login").await.says(StatusCode::OK, &["href=\"/recover-account\""]);
    let half = other.post("/login", &[("email", &email), ("password", PASSWORD), ("next", &wanted)]).await;
    assert!(half.location().starts_with("/login/second-factor?next="), "{}", half.location());
    assert!(!other.cookies.contains_key("keyferry"), "the password alone opens no session");
    let step = other.follow(&half).await;
    step.says(StatusCode::OK, &["autocomplete=\"one-time-code\"", "Use a recovery code"]);
    assert!(other.get(&wanted).await.location().starts_with("/login?next="));
    let wrong = other.post("/login/second-factor", &[("code", "12345"), ("next", &wanted)]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["This code is wrong or was used already"]);
    world.clock.advance_ms(30_000);
    let code = phone.code_at(now_s());
    let evil = other.post("/login/second-factor", &[("code", &code), ("next", "//evil.example")]).await;
    assert_eq!(evil.location(), format!("/organizations/{}/projects", world.org_id));
    assert!(other.cookies.contains_key("keyferry") && !other.cookies.contains_key("keyferry-second"));
    other.get(&wanted).await.says(StatusCode::OK, &["App Connections"]);

    let mut lost = Browser::new(&world);
    let half = lost.post("/login", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(half.location(), "/login/second-factor");
    lost.get("/login/second-factor?method=recovery").await.says(StatusCode::OK, &["Recovery code", "Use the authenticator app"]);
    let fields = [("method", "recovery"), ("code", recovery[3].as_str())];
    let open = lost.post("/login/second-factor", &fields).await;
    assert_eq!(open.location(), format!("/organizations/{}/projects", world.org_id));
    let page = lost.get(PATH).await;
    page.says(StatusCode::OK, &["9 recovery codes are left"]);
    let fresh = lost.submit(&page, &format!("{PATH}/recovery-codes"), &[("password", PASSWORD)]).await;
    fresh.says(StatusCode::OK, &["Your recovery codes"]);
    let gone = lost.submit(&page, &format!("{PATH}/remove"), &[("current", PASSWORD)]).await;
    lost.follow(&gone).await.says(StatusCode::OK, &["Set up an authenticator app"]);

    let mut late = Browser::new(&world);
    let back = late.get("/login/second-factor").await;
    assert_eq!(back.location(), "/login");
}

async fn administers(world: &World, caller: &Caller) {
    let tx = world.app.db.begin().await.unwrap();
    let row: users::Model = keyferry_db::find_by_id(&tx, caller.actor.id().unwrap()).await.unwrap().unwrap();
    keyferry_db::update(&tx, users::Model { is_super_admin: true, ..row }).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_with_a_link_from_an_administrator() {
    let world = World::new().await.unwrap();
    let member = world.user(world.org_id, "bob@example.com", "admin").await.unwrap();
    let email = give_password(&world, &member).await;
    let mut plain = Browser::signed_in(&world, &member).await;
    let list = format!("/organizations/{}/access-control", world.org_id);
    let theirs = plain.get(&list).await;
    assert!(!theirs.body.contains("password reset link"), "only those who administer the installation make links");
    administers(&world, &world.admin).await;
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let page = browser.get(&list).await;
    page.says(StatusCode::OK, &["Make a password reset link"]);
    let row = &page.body[page.body.find("Options for bob@example.com").unwrap()..];
    let action =
        row.split("action=\"").find(|part| part.contains("/reset-link\"")).unwrap().split('"').next().unwrap().to_owned();
    plain.submit(&theirs, &action, &[]).await.says(StatusCode::FORBIDDEN, &["administrators of the installation"]);
    let made = browser.submit(&page, &action, &[]).await;
    made.says(StatusCode::OK, &["A link to a new password for bob@example.com"]);
    let link = field(&made, "reset-link");
    let token = link.split("token=").nth(1).unwrap().to_owned();

    let mut other = Browser::new(&world);
    other.get("/recover-account").await.says(StatusCode::OK, &["Ask somebody who administers it"]);
    other.get(&format!("/reset-password?token={token}")).await.says(StatusCode::OK, &["Choose a new password"]);
    let fields = |again| [("token", token.as_str()), ("password", "battery staple horse"), ("again", again)];
    other.post("/reset-password", &fields("else")).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Passwords do not match"]);
    let done = other.post("/reset-password", &fields("battery staple horse")).await;
    assert_eq!(done.location(), "/login");
    let again = other.post("/reset-password", &fields("battery staple horse")).await;
    again.says(StatusCode::UNPROCESSABLE_ENTITY, &["used already"]);
    assert!(plain.get(&list).await.location().starts_with("/login"), "every session has ended");
    let old = other.post("/login", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let new = other.post("/login", &[("email", &email), ("password", "battery staple horse")]).await;
    assert_eq!(new.location(), format!("/organizations/{}/projects", world.org_id));
}
