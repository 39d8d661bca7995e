//! What handlers and layers work with.

use std::sync::Arc;

use async_trait::async_trait;
use keyferry_domain::App;

use crate::auth::Authenticator;

/// The state of a router whose routes prove their caller.
pub trait HttpState: Clone + Send + Sync + 'static {
    /// Who turns a token into a caller.
    fn authenticator(&self) -> &dyn Authenticator;
}

/// Says whether the server can do its work now.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// `Err` holds a sentence that is safe to show.
    async fn ready(&self) -> Result<(), String>;
}

/// The state of the API and the pages.
#[derive(Clone)]
pub struct AppState {
    /// The open installation.
    pub app: Arc<App>,
    /// Who turns a token into a caller.
    pub authenticator: Arc<dyn Authenticator>,
    /// Whether the server can work.
    pub readiness: Arc<dyn Readiness>,
}

impl HttpState for AppState {
    fn authenticator(&self) -> &dyn Authenticator {
        &*self.authenticator
    }
}
