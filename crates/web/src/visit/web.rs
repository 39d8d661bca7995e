//! The state of the pages.

use std::sync::Arc;

use keyferry_domain::App;
use keyferry_http::AppState;

use super::cookies::Cookies;
use super::once::Once;
use crate::screens::PendingSetups;

/// What every page works with.
#[derive(Clone)]
pub struct Web {
    /// The open installation.
    pub app: Arc<App>,
    /// How cookies are named and set here.
    pub cookies: Cookies,
    /// Forms that were sent already.
    pub once: Once,
    /// First runs between their first two steps.
    pub setups: PendingSetups,
}

impl Web {
    /// For this installation.
    #[must_use]
    pub fn new(state: AppState) -> Self {
        let cookies = Cookies::for_address(&state.app.settings.public_url);
        Self { app: state.app, cookies, once: Once::default(), setups: PendingSetups::default() }
    }
}
