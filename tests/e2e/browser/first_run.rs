//! From an empty installation to a first project, by keyboard only.

use keyferry_test_support::TestBackend;

use super::{Tab, key};
use crate::harness::{Checkly, Installation};

#[tokio::test]
async fn an_empty_server_is_set_up_by_keyboard() {
    let checkly = Checkly::start().await;
    let installation = Installation::new(TestBackend::Sqlite, checkly.url()).await;
    let server = installation.start().await;
    let tab = Tab::open(&server.url()).await;
    tab.go("/").await;
    tab.heading("Create your Super Admin account").await;
    tab.inspect("first-run-account").await;
    tab.tab_to("Continue").await;
    tab.keys(key::ENTER).await;
    tab.see("Email is required").await;
    tab.inspect("first-run-account-errors").await;
    tab.type_into("First name", "Ada").await;
    tab.type_into("Email", "ada@example.com").await;
    tab.type_into("Password", "short").await;
    tab.see("Not met: at least 8 characters").await;
    tab.keys(" but longer now").await;
    tab.see("Met: at least 8 characters").await;
    tab.type_into("Confirm password", "short but longer now").await;
    tab.keys(key::ENTER).await;
    tab.heading("Create your organization").await;
    tab.inspect("first-run-organization").await;
    tab.type_into("Organization name", "Acme").await;
    tab.keys(key::ENTER).await;
    tab.see("Step 3 of 4").await;
    tab.inspect("first-run-keys").await;
    tab.tab_to("I have stored the key").await;
    tab.keys(key::SPACE).await;
    tab.keys(key::ENTER).await;
    tab.see("Step 4 of 4").await;
    tab.inspect("first-run-project").await;
    tab.type_into("Project Name", "Shop").await;
    tab.keys(key::ENTER).await;
    tab.see("Project created").await;
    tab.inspect("first-run-done").await;
}
