//! Whether the server can do its work: database, schema, worker.

use std::sync::Arc;

use async_trait::async_trait;
use keyferry_domain::App;
use keyferry_http::Readiness;
use keyferry_jobs::WorkerHandle;

/// Behind `GET /readyz`.
pub struct ServerReadiness {
    app: Arc<App>,
    worker: Arc<WorkerHandle>,
}

impl ServerReadiness {
    /// Watches these parts.
    pub fn new(app: Arc<App>, worker: Arc<WorkerHandle>) -> Self {
        Self { app, worker }
    }
}

#[async_trait]
impl Readiness for ServerReadiness {
    async fn ready(&self) -> Result<(), String> {
        match self.app.db.is_migrated().await {
            Ok(true) => {}
            Ok(false) => return Err("the database schema is not up to date".to_owned()),
            Err(_) => return Err("the database does not answer".to_owned()),
        }
        if !self.worker.is_healthy() {
            return Err("the worker does not look for jobs".to_owned());
        }
        Ok(())
    }
}
