//! The destinations this server knows.

use std::sync::Arc;

use url::Url;

use crate::checkly::{Checkly, ChecklyOptions, SetupError};
use crate::connector::Connector;

/// Destinations by app name; a new one is one more line in a constructor.
#[derive(Clone, Default)]
pub struct Registry {
    connectors: Vec<Arc<dyn Connector>>,
}

impl Registry {
    /// A registry that knows Checkly at `base_url`.
    pub fn with_checkly(base_url: Url) -> Result<Self, SetupError> {
        let mut registry = Self::default();
        registry.add(Arc::new(Checkly::new(base_url, ChecklyOptions::default())?));
        Ok(registry)
    }

    /// Adds a destination; it takes the place of one of the same app.
    pub fn add(&mut self, connector: Arc<dyn Connector>) {
        let app = connector.descriptor().app;
        self.connectors.retain(|known| known.descriptor().app != app);
        self.connectors.push(connector);
        self.connectors.sort_by_key(|connector| connector.descriptor().name);
    }

    /// The destination of that app name.
    pub fn find(&self, app: &str) -> Option<Arc<dyn Connector>> {
        self.connectors.iter().find(|connector| connector.descriptor().app == app).cloned()
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Connector>> {
        self.connectors.iter()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn finds_by_app_name() {
        let registry = Registry::with_checkly("http://127.0.0.1:9".parse().unwrap()).unwrap();
        assert_eq!(registry.find("checkly").unwrap().descriptor().name, "Checkly");
        assert!(registry.find("Checkly").is_none());
        assert_eq!(registry.iter().count(), 1);
    }
}
