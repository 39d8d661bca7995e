//! The second step at log-in, from setting it up to losing it, and the pages of the API's description.

use keyferry_domain::{Clock as _, SystemClock};
use keyferry_test_support::authenticator;

use super::{Stage, key};

fn now_s() -> i64 {
    SystemClock.now_ms() / 1000
}

#[tokio::test]
async fn a_second_step_is_set_up_and_asked_for() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    let other = tab.beside().await;
    tab.go("/account/second-factor").await;
    tab.heading("Second step at log-in").await;
    tab.inspect("second-step-off").await;
    tab.fill("Current password", &stage.journey.password).await;
    tab.press("Set up an authenticator app").await;
    tab.see("It is shown this once").await;
    tab.inspect("second-step-scan").await;
    let phone = authenticator(&tab.value("Key").await);
    tab.fill("Code", "12345").await;
    tab.press("Switch the second step on").await;
    tab.see("The code is wrong").await;
    tab.inspect("second-step-wrong").await;
    tab.fill("Code", &phone.code_at(now_s())).await;
    tab.press("Switch the second step on").await;
    tab.see("Keep these codes apart from your phone").await;
    tab.inspect("recovery-codes").await;
    let codes = tab.value("All of them, for copying").await;
    tab.press("I have stored them").await;
    tab.see("10 recovery codes are left").await;
    tab.inspect("second-step-on").await;

    other.go("/login").await;
    other.heading("Log in").await;
    other.fill("Email", "ann@example.com").await;
    other.fill("Password", &stage.journey.password).await;
    other.press("Continue with Email").await;
    other.heading("Second step").await;
    other.inspect("second-step").await;
    // The code of the moment was used up above; the app's next one counts already.
    other.type_into("Code", &phone.code_at(now_s() + 30)).await;
    other.keys(key::ENTER).await;
    other.see("Successfully logged in").await;

    let third = tab.beside().await;
    third.go("/login").await;
    third.heading("Log in").await;
    third.fill("Email", "ann@example.com").await;
    third.fill("Password", &stage.journey.password).await;
    third.press("Continue with Email").await;
    third.heading("Second step").await;
    third.press("Use a recovery code").await;
    third.inspect("second-step-recovery").await;
    third.fill("Recovery code", codes.split(' ').next().unwrap()).await;
    third.press("Continue").await;
    third.see("Successfully logged in").await;
}

#[tokio::test]
async fn the_ways_back_and_the_pages_of_the_description_are_accessible() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go("/recover-account").await;
    tab.heading("Recover your account").await;
    tab.inspect("recover-account").await;
    tab.go("/reset-password?token=none").await;
    tab.heading("Choose a new password").await;
    tab.inspect("reset-password").await;
    tab.go(&stage.organization("access-control")).await;
    tab.press("Options for ann@example.com").await;
    tab.press("Make a password reset link").await;
    tab.see("A link to a new password for ann@example.com").await;
    tab.inspect("reset-link").await;

    tab.go("/api/docs?q=webhook").await;
    tab.see("routes.").await;
    tab.inspect("api-docs").await;
    tab.fill("Find a route", "decryptWithKmsKey").await;
    tab.keys(key::ENTER).await;
    tab.see("Decrypt data with a key").await;
    tab.see("Body (JSON)").await;
    tab.inspect("api-docs-found").await;
}
