//! The contract "connections and syncs" over the API's router, on both databases. Tests named `v9_…` are the behaviour checks and
//! vectors of its section 9, by number; the other files follow its sections 2, 3 and 7. Where the product differs on purpose
//! (docs/api-differences.md) the test asserts the product and its first line says so.

mod audit;
mod checks;
mod connections;
mod fields;
mod own_shapes;
mod permissions;
mod states;
mod vectors;

use http::{Method, StatusCode};
use keyferry_test_support::{WorkerHandle, World, eventually};
use serde_json::{Value, json};

use crate::secret_syncs::Setup;

/// A project with a connection, as [`Setup`] makes it, and what the checks do with it.
struct Bench {
    s: Setup,
    worker: Option<WorkerHandle>,
}

impl Bench {
    /// Jobs stay queued until [`Bench::work`].
    async fn new(world: World) -> Self {
        let s = Setup::new(world).await;
        s.api.world.sim.state().clear_log();
        Self { s, worker: None }
    }

    /// Runs jobs from now on.
    fn work(&mut self) {
        self.worker = Some(keyferry_test_support::work(&self.s.api.world.app));
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.s.api.call(&self.s.token, method, path, body).await;
        (answer.status, answer.body)
    }

    /// The sync as it is read now.
    async fn sync(&self, id: &Value) -> Value {
        self.s.get(id).await.body["secretSync"].clone()
    }

    /// The sync once a field of it reads so.
    async fn once(&self, id: &Value, field: &str, wanted: &str) -> Value {
        eventually(&format!("{field} is {wanted}"), || async {
            let sync = self.sync(id).await;
            (sync[field] == wanted).then_some(sync)
        })
        .await
    }

    /// Writes a secret to the root of `prod`.
    async fn put(&self, key: &str, value: &str) {
        let path = "/api/v4/secrets/batch";
        let body = json!({
            "projectId": self.s.project_id, "environment": "prod", "secretPath": "/", "mode": "upsert",
            "secrets": [{"secretKey": key, "secretValue": value}]
        });
        let (status, answer) = self.call(Method::PATCH, path, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// What Checkly holds under a name.
    fn value(&self, key: &str) -> Option<String> {
        let world = &self.s.api.world;
        world.sim.state().variable(&world.account_id, key).map(|variable| variable.value)
    }

    /// Calls made to Checkly since the last look.
    fn calls(&self) -> usize {
        let state = self.s.api.world.sim.state();
        let calls = state.log().len();
        state.clear_log();
        calls
    }

    /// Runs of a sync.
    async fn runs(&self, id: &Value) -> Vec<Value> {
        let path = format!("{}/runs?limit=100", self.s.path(id));
        let (status, answer) = self.call(Method::GET, &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["runs"].as_array().unwrap().clone()
    }
}
