use http::StatusCode;
use keyferry_test_support::World;

use crate::browser::Browser;

async fn empty_world() -> World {
    let world = World::new().await.unwrap();
    let tx = world.app.db.begin().await.unwrap();
    let mut settings = keyferry_db::server_settings::find(&tx).await.unwrap().unwrap();
    settings.is_initialized = false;
    keyferry_db::update(&tx, settings).await.unwrap();
    tx.commit().await.unwrap();
    world
}

#[tokio::test]
async fn an_empty_installation_is_set_up_in_four_steps() {
    let world = empty_world().await;
    let mut browser = Browser::new(&world);
    assert_eq!(browser.get("/").await.location(), "/admin/signup");
    assert_eq!(browser.get("/login").await.location(), "/admin/signup");
    let account = browser.get("/admin/signup").await;
    account.says(StatusCode::OK, &["Step 1 of 4", "<h1>Create your Super Admin account</h1>"]);
    assert!(!account.body.contains("Setup token"));

    let empty = browser.post("/admin/signup", &[]).await;
    let messages = ["First name is required", "Email is required", "Password is required", "Please confirm your password"];
    empty.says(StatusCode::UNPROCESSABLE_ENTITY, &messages);
    let wrong = [("first_name", "Ada"), ("email", "ada"), ("password", "long enough"), ("confirm_password", "different")];
    let wrong = browser.post("/admin/signup", &wrong).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Enter a valid email address", "Passwords do not match", "value=\"Ada\""]);
    assert!(!wrong.body.contains("long enough"), "a password is never sent back");

    assert_eq!(browser.get("/admin/signup/organization").await.location(), "/admin/signup");
    let right =
        [("first_name", "Ada"), ("email", "ada@example.com"), ("password", "long enough"), ("confirm_password", "long enough")];
    let answer = browser.post("/admin/signup", &right).await;
    let organization = browser.follow(&answer).await;
    organization.says(StatusCode::OK, &["Step 2 of 4", "<h1>Create your organization</h1>", "Back"]);
    assert!(!organization.body.contains("long enough"));
    let missing = browser.post("/admin/signup/organization", &[("organization", " ")]).await;
    missing.says(StatusCode::UNPROCESSABLE_ENTITY, &["Organization name is required"]);
    let answer = browser.post("/admin/signup/organization", &[("organization", "Acme")]).await;
    let keys = browser.follow(&answer).await;
    keys.says(StatusCode::OK, &["Step 3 of 4", "I have stored the key"]);
    let unticked = browser.submit(&keys, "/admin/signup/keys", &[]).await;
    unticked.says(StatusCode::UNPROCESSABLE_ENTITY, &["aria-invalid=\"true\""]);
    let answer = browser.submit(&keys, "/admin/signup/keys", &[("stored", "true")]).await;
    let project = browser.follow(&answer).await;
    project.says(StatusCode::OK, &["Step 4 of 4", "Skip for now"]);
    let made = browser.submit(&project, "/admin/signup/project", &[("projectName", "Shop")]).await;
    assert!(made.location().contains("/projects/secret-management/"), "{}", made.location());

    let mut other = Browser::new(&world);
    assert_eq!(other.get("/").await.location(), "/login");
    assert_eq!(other.get("/admin/signup").await.location(), "/login");
    assert_eq!(other.post("/admin/signup", &right).await.location(), "/login");
    let answer = other.post("/login", &[("email", "Ada@example.com"), ("password", "long enough")]).await;
    other.follow(&answer).await.says(StatusCode::OK, &["Shop", "Acme"]);
}

#[tokio::test]
async fn from_elsewhere_the_setup_token_is_asked_for() {
    let world = empty_world().await;
    let mut browser = Browser::elsewhere(&world);
    browser.get("/admin/signup").await.says(StatusCode::OK, &["Setup token"]);
    let mut fields = vec![
        ("first_name", "Eve"),
        ("email", "eve@example.com"),
        ("password", "long enough"),
        ("confirm_password", "long enough"),
    ];
    let answer = browser.post("/admin/signup", &fields).await;
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &["Setup token is required"]);
    fields.push(("setup_token", "guessed"));
    assert_eq!(browser.post("/admin/signup", &fields).await.location(), "/admin/signup/organization");
    let refused = browser.post("/admin/signup/organization", &[("organization", "Evil")]).await;
    assert_eq!(refused.location(), "/admin/signup");
    browser.follow(&refused).await.says(StatusCode::OK, &["role=\"alert\"", "The setup token is not the one"]);
    assert!(!keyferry_domain::installation::config(&world.app).await.unwrap().is_initialized);
}
