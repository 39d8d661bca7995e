//! What several of these tests arrange.

use keyferry_checkly_sim::{ErrorBody, FaultEffect, Group, Variable};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_imports::{self, CreateImport};
use keyferry_domain::secret_syncs::{CreateSync, plans};
use keyferry_domain::secrets::Location;
use serde_json::Value;
use uuid::Uuid;

use super::{Bench, many};

/// The check group of these tests.
pub(super) const GROUP: u64 = 271_828;

impl Bench {
    /// The root of an environment.
    pub(super) fn root(&self, environment: &str) -> Location {
        Location { environment: environment.to_owned(), path: SecretPath::root(), ..self.at.clone() }
    }

    /// A folder, made with its parents.
    pub(super) async fn folder(&self, environment: &str, path: &str) -> Location {
        let app = &self.world.app;
        let path = SecretPath::parse(path).unwrap();
        let found = keyferry_db::environments::find_by_slug(app.db.read(), self.project_id, environment).await.unwrap().unwrap();
        let tx = app.db.begin().await.unwrap();
        keyferry_domain::folders::ensure_path(app, &tx, found, &path).await.unwrap();
        tx.commit().await.unwrap();
        Location { path, ..self.root(environment) }
    }

    /// An import of one folder into another.
    pub(super) async fn import(&self, into: &Location, from: &Location) -> Uuid {
        let input = CreateImport {
            project_id: self.project_id,
            environment: into.environment.clone(),
            path: into.path.clone(),
            source_environment: from.environment.clone(),
            source_path: from.path.clone(),
            is_replication: false,
        };
        secret_imports::create(&self.world.app, self.admin(), input).await.unwrap().row.id
    }

    /// A sync of a folder, at rest.
    pub(super) async fn sync_of(&self, at: &Location, change: impl FnOnce(&mut CreateSync)) -> Uuid {
        self.sync(|input| {
            input.environment.clone_from(&at.environment);
            at.path.as_str().clone_into(&mut input.secret_path);
            change(input);
        })
        .await
    }

    /// A sync of so many secrets of the root, all of them at Checkly.
    pub(super) async fn pushed(&self, secrets: usize) -> Uuid {
        self.put_all(&many(secrets)).await;
        let id = self.sync(|_| {}).await;
        self.succeeded(id).await;
        id
    }

    /// How many runs of a sync a change sets in motion, all of them over.
    pub(super) async fn runs_after(&self, id: Uuid, change: impl Future<Output = ()>) -> usize {
        let before = self.runs(id).await.len();
        change.await;
        self.settled(id).await;
        self.runs(id).await.len() - before
    }

    /// Codes and messages of the warnings of a plan made now.
    pub(super) async fn warnings(&self, id: Uuid) -> Vec<(String, String)> {
        warnings(&plans::create_for_sync(&self.world.app, self.admin(), "checkly", id).await.unwrap())
    }

    /// Adds the check group of these tests.
    pub(super) fn add_group(&self, variables: Vec<Variable>) {
        let group = Group { id: GROUP, name: "Checkout".to_owned(), variables, ..Group::default() };
        assert!(self.world.sim.state().add_group(self.account(), group));
    }

    /// Key, value and whether it is secret, of the group's variables by key.
    pub(super) fn group_variables(&self) -> Vec<(String, String, bool)> {
        let group = self.world.sim.state().group(self.account(), GROUP).unwrap();
        let mut all: Vec<_> = group.variables.into_iter().map(|v| (v.key, v.value, v.secret)).collect();
        all.sort();
        all
    }
}

/// An answer of this status with a body as Checkly writes it, nothing done.
pub(super) fn status(status: u16) -> FaultEffect {
    FaultEffect::Status { status, body: ErrorBody::Json, apply: false }
}

/// Codes and messages of a plan's warnings.
pub(super) fn warnings(plan: &plans::StoredPlan) -> Vec<(String, String)> {
    let list: Vec<Value> = serde_json::from_str(&plan.warnings).unwrap();
    let text = |warning: &Value, name: &str| warning[name].as_str().unwrap().to_owned();
    list.iter().map(|warning| (text(warning, "code"), text(warning, "message"))).collect()
}

/// A variable of a check group.
pub(super) fn variable(key: &str, value: &str, secret: bool) -> Variable {
    Variable { key: key.to_owned(), value: value.to_owned(), secret, locked: false }
}

/// As [`Bench::group_variables`] tells it.
pub(super) fn three(key: &str, value: &str, secret: bool) -> (String, String, bool) {
    (key.to_owned(), value.to_owned(), secret)
}
