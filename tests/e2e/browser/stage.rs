//! A server as people meet it, with somebody who may sign in.

use keyferry_test_support::TestBackend;

use super::Tab;
use crate::harness::{Checkly, Installation, Journey, Server};

/// The simulated Checkly, the installation, its running server, and Ann, who administers the organization Acme with its project
/// Shop.
pub struct Stage {
    pub checkly: Checkly,
    _installation: Installation,
    pub server: Server,
    pub journey: Journey,
}

impl Stage {
    /// Set up through the API.
    pub async fn new() -> Self {
        let checkly = Checkly::start().await;
        let installation = Installation::new(TestBackend::Sqlite, checkly.url()).await;
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        Self { checkly, _installation: installation, server, journey }
    }

    /// A browser in which Ann has signed in.
    pub async fn signed_in(&self) -> Tab {
        let tab = Tab::open(&self.server.url()).await;
        self.sign_in(&tab).await;
        tab
    }

    /// Signs Ann in, by the page.
    pub async fn sign_in(&self, tab: &Tab) {
        tab.go("/login").await;
        tab.fill("Email", "ann@example.com").await;
        tab.fill("Password", &self.journey.password).await;
        tab.press("Continue with Email").await;
        tab.heading("Projects").await;
    }

    /// The address of a page of the organization.
    pub fn organization(&self, path: &str) -> String {
        format!("/organizations/{}/{path}", self.journey.organization)
    }

    /// The address of a page of the project.
    pub fn project(&self, path: &str) -> String {
        self.organization(&format!("projects/secret-management/{}/{path}", self.journey.project))
    }
}
