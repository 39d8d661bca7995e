//! Collects routes, so that the router, the description and the generated tests stand on one list.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;

use crate::route::{Route, RouteSpec};

/// All routes of an installation.
pub struct Registry<S> {
    routes: Vec<Route<S>>,
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self { routes: Vec::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Registry<S> {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route.
    pub fn add(&mut self, route: impl Into<Route<S>>) {
        self.routes.push(route.into());
    }

    /// What is known about each route, in the order of registration.
    pub fn specs(&self) -> impl Iterator<Item = &RouteSpec> {
        self.routes.iter().map(|route| &route.spec)
    }

    /// Routes that were registered twice: method and path shape.
    #[must_use]
    pub fn duplicates(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        self.specs().map(|spec| format!("{} {}", spec.method, shape(spec.path))).filter(|key| !seen.insert(key.clone())).collect()
    }

    /// The router. Parts at the same place may have different names in different routes; the router gets one of them, handlers
    /// read the parts by their place.
    pub fn into_router(self) -> Router<S> {
        let mut names = BTreeMap::new();
        let mut router = Router::new();
        for route in self.routes {
            let path = unify(route.spec.path, &mut names);
            router = router.route(&path, route.handler);
        }
        router
    }
}

fn shape(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    segments.join("/")
}

/// Gives each place of a variable part the name it had first.
fn unify(path: &'static str, names: &mut BTreeMap<String, &'static str>) -> String {
    let mut so_far = String::new();
    let mut unified: Vec<&str> = Vec::new();
    for part in path.split('/') {
        if part.starts_with('{') {
            so_far.push_str(if part.starts_with("{*") { "/{*}" } else { "/{}" });
            unified.push(names.entry(so_far.clone()).or_insert(part));
        } else {
            so_far.push('/');
            so_far.push_str(part);
            unified.push(part);
        }
    }
    unified.join("/")
}
