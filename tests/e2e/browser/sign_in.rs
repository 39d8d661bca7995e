//! Getting in and out, the account, and what somebody sees who took a wrong turn.

use super::{Stage, Tab, key};

#[tokio::test]
async fn a_person_signs_in_by_keyboard_and_signs_out() {
    let stage = Stage::new().await;
    let tab = Tab::open(&stage.server.url()).await;
    let wanted = stage.organization("audit-logs");
    tab.go(&wanted).await;
    tab.heading("Log in").await;
    tab.inspect("login").await;
    tab.type_into("Email", "ann@example.com").await;
    tab.type_into("Password", "wrong").await;
    tab.keys(key::ENTER).await;
    tab.see("This email and password do not match an account that can sign in now.").await;
    assert_eq!(tab.value("Email").await, "ann@example.com");
    assert_eq!(tab.value("Password").await, "", "a password is never sent back");
    tab.inspect("login-wrong").await;
    tab.type_into("Password", &stage.journey.password).await;
    tab.keys(key::ENTER).await;
    tab.heading("Audit Logs").await;
    tab.see("Successfully logged in").await;
    tab.at(&wanted).await;

    tab.go("/nowhere").await;
    tab.heading("Not found").await;
    tab.see("App Connections").await;
    tab.inspect("not-found").await;
    tab.go("/login/select-organization").await;
    tab.see("Acme").await;
    tab.inspect("select-organization").await;
    tab.go(&stage.organization("projects")).await;
    tab.tab_to("Account: ann@example.com").await;
    tab.keys(key::ENTER).await;
    tab.see("Signed in as").await;
    tab.tab_to("Log out").await;
    tab.keys(key::ENTER).await;
    tab.see("You are logged out").await;
    tab.go(&wanted).await;
    tab.heading("Log in").await;
    tab.go("/nowhere").await;
    tab.heading("Not found").await;
    tab.inspect("not-found-guest").await;
}

#[tokio::test]
async fn the_account_is_kept_up() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    let other = tab.beside().await;
    stage.sign_in(&other).await;
    tab.go("/account").await;
    tab.heading("Account").await;
    tab.inspect("account").await;
    tab.fill("First name", "Ann").await;
    tab.press("Save name").await;
    tab.see("Your name is changed").await;

    tab.fill("Current password", "wrong").await;
    tab.fill("New password", "a much longer password").await;
    tab.fill("Confirm password", "another one").await;
    tab.press("Change password").await;
    tab.see("Passwords do not match").await;
    tab.inspect("account-errors").await;
    tab.fill("Current password", &stage.journey.password).await;
    tab.fill("New password", "a much longer password").await;
    tab.fill("Confirm password", "a much longer password").await;
    tab.press("Change password").await;
    tab.see("Your password is changed").await;
    other.go("/account").await;
    other.heading("Log in").await;
    other.fill("Email", "ann@example.com").await;
    other.fill("Password", "a much longer password").await;
    other.press("Continue with Email").await;
    other.heading("Account").await;
    other.press("Sign out everywhere else").await;
    other.see("1 sign-in ended").await;
    tab.go("/account").await;
    tab.heading("Log in").await;
}

#[tokio::test]
async fn the_theme_is_kept_and_keys_lead_through_the_pages() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    let theme = async || tab.eval("return document.documentElement.dataset.theme", serde_json::json!([])).await;
    assert_eq!(theme().await, "system");
    tab.press("Theme: System theme").await;
    tab.press("Dark theme").await;
    tab.press("Theme: Dark theme").await;
    assert_eq!(theme().await, "dark");
    tab.go(&stage.project("settings")).await;
    tab.heading("Settings").await;
    assert_eq!(theme().await, "dark");
    tab.press("Theme: Dark theme").await;
    tab.press("System theme").await;
    tab.press("Theme: System theme").await;
    assert_eq!(theme().await, "system");

    tab.go(&stage.project("settings")).await;
    tab.heading("Settings").await;
    tab.keys("gc").await;
    tab.heading("App Connections").await;
    tab.keys("ga").await;
    tab.heading("Audit Logs").await;
    tab.keys("/").await;
    tab.keys("g?").await;
    assert_eq!(tab.value("Event").await, "g?", "keys never act inside a field");
    tab.go("/help/shortcuts").await;
    tab.heading("Keyboard shortcuts").await;
    tab.inspect("shortcuts").await;
    tab.press("Single-key shortcuts are on").await;
    tab.go(&stage.project("settings")).await;
    tab.heading("Settings").await;
    tab.keys("ga").await;
    tab.heading("Settings").await;
    tab.go("/ui-kit").await;
    tab.inspect("ui-kit").await;
}
