use http::{Method, StatusCode};
use keyferry_test_support::World;

use crate::browser::{Browser, PASSWORD, give_password};

#[tokio::test]
async fn signing_in_leads_to_the_page_that_was_asked_for() {
    let world = World::new().await.unwrap();
    let email = give_password(&world, &world.admin).await;
    let mut browser = Browser::new(&world);
    let wanted = format!("/organizations/{}/app-connections?search=a", world.org_id);
    let answer = browser.get(&wanted).await;
    let login = browser.follow(&answer).await;
    login.says(StatusCode::OK, &["<h1>Log in</h1>", "Continue with Email", "autocomplete=\"username\""]);
    let next = login.hidden("next");

    let wrong = browser.post("/login", &[("email", &email), ("password", "wrong"), ("next", &next)]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["aria-invalid=\"true\"", "role=\"alert\"", &email]);
    assert!(!wrong.body.contains("value=\"wrong\""), "a password is never sent back");
    assert!(browser.cookies.is_empty());
    let unknown = browser.post("/login", &[("email", "nobody@example.com"), ("password", "wrong")]).await;
    let message = "This email and password do not match an account that can sign in now.";
    unknown.says(StatusCode::UNPROCESSABLE_ENTITY, &[message]);
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &[message]);

    let right = browser.post("/login", &[("email", &email), ("password", PASSWORD), ("next", &next.replace("&#38;", "&"))]).await;
    assert_eq!(right.location(), wanted);
    let cookie = right.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("keyferry=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    browser.follow(&right).await.says(StatusCode::OK, &["Successfully logged in", "App Connections"]);
    assert_eq!(browser.get("/").await.location(), format!("/organizations/{}/projects", world.org_id));
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let projects = format!("/organizations/{}/projects", world.org_id);
    let kept = browser.cookies.clone();
    let page = browser.get(&projects).await;
    let out = browser.submit(&page, "/logout", &[]).await;
    assert_eq!(out.location(), "/login");
    assert!(!browser.cookies.contains_key("keyferry"));
    browser.cookies = kept;
    assert!(browser.get(&projects).await.location().starts_with("/login?next="));
}

#[tokio::test]
async fn a_form_without_the_sessions_token_does_nothing() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let path = format!("/organizations/{}/projects/new", world.org_id);
    let answer = browser.post(&path, &[("projectName", "shop")]).await;
    answer.says(StatusCode::FORBIDDEN, &["This form is out of date"]);
    let mut other = Browser::signed_in(&world, &world.user(world.org_id, "other@example.com", "admin").await.unwrap()).await;
    let foreign = other.get(&path).await;
    let answer = browser.submit(&foreign, &path, &[("projectName", "shop")]).await;
    answer.says(StatusCode::FORBIDDEN, &["This form is out of date"]);
    browser.get(&format!("/organizations/{}/projects", world.org_id)).await.says(StatusCode::OK, &["No projects yet"]);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let world = World::new().await.unwrap();
    let email = give_password(&world, &world.admin).await;
    let mut browser = Browser::new(&world);
    let fields = [("email", email.as_str()), ("password", PASSWORD)];
    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
        let answer = browser.send(Method::POST, "/login", Some(&fields), &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let same = [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8080")];
    assert_eq!(browser.send(Method::POST, "/login", Some(&fields), &same).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn somebody_in_two_organizations_chooses() {
    let world = World::new().await.unwrap();
    let second = world.organization("beta").await.unwrap();
    join(&world, second).await;
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let chooser = browser.get("/login/select-organization").await;
    chooser.says(StatusCode::OK, &["acme", "beta"]);
    let wanted = format!("/organizations/{second}/projects");
    let answer = browser.get(&wanted).await;
    assert!(answer.location().starts_with("/login/select-organization"), "{}", answer.location());
    let chooser = browser.follow(&answer).await;
    let id = second.to_string();
    let chosen = browser.submit(&chooser, "/login/select-organization", &[("organizationId", &id), ("next", &wanted)]).await;
    assert_eq!(chosen.location(), wanted);
    browser.follow(&chosen).await.says(StatusCode::OK, &["beta"]);
    let foreign = world.organization("gamma").await.unwrap();
    let answer = browser.get(&format!("/organizations/{foreign}/projects")).await;
    let page = browser.follow(&answer).await;
    page.says(StatusCode::NOT_FOUND, &[]);
    assert!(!page.body.contains("gamma"));
}

async fn join(world: &World, org_id: uuid::Uuid) {
    let tx = world.app.db.begin().await.unwrap();
    let own = keyferry_db::org_memberships::list_of_user(&tx, world.admin.actor.id().unwrap()).await.unwrap().remove(0);
    let other = keyferry_db::entities::org_memberships::Model { id: world.app.ids.v4(), org_id, ..own };
    keyferry_db::insert(&tx, other).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_command_line_is_handed_a_session_of_its_own() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    for bad in ["abc", "80", "70000"] {
        let answer = browser.get(&format!("/login?callback_port={bad}")).await;
        answer.says(StatusCode::BAD_REQUEST, &["Nothing was sent"]);
    }
    let answer = browser.get("/login?callback_port=53122").await;
    assert_eq!(answer.location(), "/login/cli?callback_port=53122");
    let ask = browser.follow(&answer).await;
    ask.says(StatusCode::OK, &["port <strong>53122</strong>", "wants to sign in as"]);
    assert!(!ask.body.contains("data-cli-body"), "nothing is sent before a click");
    let handed = browser.submit(&ask, "/login/cli", &[("callback_port", "53122")]).await;
    handed.says(StatusCode::OK, &["Show the token to paste", "data-cli-port=\"53122\""]);
    let policy = handed.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("connect-src 'self' http://127.0.0.1:53122;"), "{policy}");
    let body = handed.body.split("data-cli-body=\"").nth(1).unwrap().split('"').next().unwrap();
    let json: serde_json::Value = {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(body.replace("&#43;", "+").replace("&#61;", "=")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    assert_eq!(json["email"], "admin@example.com");
    let origin = keyferry_domain::Origin::default();
    let caller = keyferry_domain::authentication::authenticate(&world.app, json["JTWToken"].as_str().unwrap(), origin.clone())
        .await
        .unwrap();
    assert_eq!(caller.org_id, Some(world.org_id));
    let refreshed = keyferry_domain::authentication::refresh(&world.app, origin, json["RefreshToken"].as_str().unwrap()).await;
    assert!(refreshed.is_ok());
    browser.get("/account").await.says(StatusCode::OK, &["Sign out this one"]);
    browser.get("/cli-redirect").await.says(StatusCode::OK, &["You can return to your terminal."]);
}

#[tokio::test]
async fn pages_for_guests_say_who_is_signed_in() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let home = format!("/organizations/{}/projects", world.org_id);
    for path in ["/login", "/login/second-factor"] {
        assert_eq!(browser.get(path).await.location(), home, "{path}");
    }
    for path in ["/help/shortcuts", "/recover-account", "/cli-redirect"] {
        browser.get(path).await.says(StatusCode::OK, &["Account: admin@example.com", "Audit Logs"]);
    }
    browser.get("/login?callback_port=abc").await.says(StatusCode::BAD_REQUEST, &["Account: admin@example.com"]);

    let path = "/reset-password?token=abc";
    let page = browser.get(path).await;
    page.says(StatusCode::OK, &["You are logged in as <strong>admin@example.com</strong>", "Stay logged in", &home]);
    assert!(!page.body.contains("New password"), "{}", page.body);
    let out = browser.submit(&page, "/logout", &[("next", &page.hidden("next"))]).await;
    assert_eq!(out.location(), path);
    browser.follow(&out).await.says(StatusCode::OK, &["New password", "You are logged out"]);
    let mut evil = Browser::signed_in(&world, &world.admin).await;
    let page = evil.get("/account").await;
    let out = evil.submit(&page, "/logout", &[("next", "//evil.example/")]).await;
    assert_eq!(out.location(), "/login", "nowhere else");
}

#[tokio::test]
async fn a_theme_is_kept_with_the_account_and_needs_its_forms_token() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let page = browser.get("/account").await;
    page.says(StatusCode::OK, &["data-theme=\"system\"", "content=\"light dark\""]);
    let foreign = browser.post("/preferences/theme", &[("theme", "dark"), ("next", "/account")]).await;
    foreign.says(StatusCode::FORBIDDEN, &["This form is out of date", "data-theme=\"system\""]);
    let chosen = browser.submit(&page, "/preferences/theme", &[("theme", "dark"), ("next", "/account")]).await;
    let shown = browser.follow(&chosen).await;
    shown.says(StatusCode::OK, &["data-theme=\"dark\"", "<meta name=\"color-scheme\" content=\"dark\">"]);

    let mut other = Browser::new(&world);
    other.get("/login").await.says(StatusCode::OK, &["data-theme=\"system\""]);
    let chosen = other.post("/preferences/theme", &[("theme", "light"), ("next", "/login")]).await;
    other.follow(&chosen).await.says(StatusCode::OK, &["data-theme=\"light\""]);
    let signed_in = other.post("/login", &[("email", "admin@example.com"), ("password", PASSWORD)]).await;
    other.follow(&signed_in).await.says(StatusCode::OK, &["data-theme=\"dark\""]);
    let page = other.get("/account").await;
    let out = other.submit(&page, "/logout", &[]).await;
    other.follow(&out).await.says(StatusCode::OK, &["data-theme=\"light\""]);
}
