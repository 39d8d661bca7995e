//! Random users, random people at Checkly, faults and kills, against a small model of what should come of it.
//!
//! Between two looks every key is touched at most once: what a run between two changes of one key leaves behind under
//! `disableSecretDeletion` is a matter of luck. `KEYFERRY_TEST_SEED` chooses the numbers (printed when a test fails),
//! `KEYFERRY_TEST_ROUNDS` how long it goes on.

mod reference;

use std::collections::BTreeSet;

use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};
use keyferry_test_support::{TestBackend, backends, eventually};
use serde_json::{Value, json};

use crate::harness::{Checkly, Installation, Journey, Server};
use reference::{BASE, Random, Reference};

/// Names that secrets have.
const KEYS: usize = 12;
/// The seed unless another is asked for; what it does was looked at once, so that a red run means something.
const SEED: u64 = 20_260_302;

struct Game {
    random: Random,
    model: Reference,
    checkly: Checkly,
    installation: Installation,
    journey: Journey,
    server: Option<Server>,
    sync: String,
    import: Option<String>,
    /// What was done, for the report of a failure.
    history: Vec<String>,
    count: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn j05_random_operations_faults_and_kills_end_as_the_model_says() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("KEYFERRY_TEST_SEED").unwrap_or(SEED);
    let rounds = number("KEYFERRY_TEST_ROUNDS").unwrap_or(5);
    for backend in backends() {
        let mut game = Game::new(backend, seed).await;
        for round in 0..rounds {
            game.history.push(format!("-- round {round}"));
            match game.random.below(4) {
                0 => game.people_at_checkly(),
                1 => game.settings().await,
                _ => game.users().await,
            }
            game.look(backend, seed).await;
        }
    }
}

impl Game {
    async fn new(backend: TestBackend, seed: u64) -> Self {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        let mut model = Reference { keeps_unmanaged: true, ..Reference::default() };
        model.secrets.insert(BASE.to_owned(), "base".to_owned());
        journey.put(&[(BASE.to_owned(), "base".to_owned())]).await;
        let body = json!({"projectId": journey.project, "environment": "staging", "path": "/", "name": "lib"});
        journey.client.post("/api/v2/folders", body).await;
        let connection = journey.connect(&checkly).await;
        let mut body = journey.sync_body(&checkly, &connection);
        body["syncOptions"]["deletionBreaker"] = Value::Null;
        let sync = journey.create_sync_as(body).await;
        journey.wait_until_synced(&sync).await;
        model.run();
        let (server, history) = (Some(server), Vec::new());
        Self { random: Random(seed), model, checkly, installation, journey, server, sync, import: None, history, count: 0 }
    }

    fn fresh(&mut self) -> String {
        self.count += 1;
        match self.random.below(5) {
            0 => format!("${{BASE}}-{}", self.count),
            1 => format!("zeile 1\nzeile 2 äöü {}", self.count),
            _ => format!("value-{}", self.count),
        }
    }

    /// Some changes of secrets, a kill or a fault among them.
    async fn users(&mut self) {
        let mut touched = BTreeSet::new();
        for _ in 0..4 + self.random.below(5) {
            if self.random.chance(12) {
                self.restart().await;
            }
            if self.random.chance(15) {
                self.fault();
            }
            let key = format!("KEY_{}", self.random.below(KEYS));
            if !touched.insert(key.clone()) {
                continue;
            }
            match (self.random.below(10), self.model.secrets.contains_key(&key)) {
                (0..=1, true) => self.delete(&key).await,
                (2, true) => {
                    let free: Vec<String> = (0..KEYS).map(|n| format!("KEY_{n}")).filter(|k| !touched.contains(k)).collect();
                    let free: Vec<String> = free
                        .into_iter()
                        .filter(|k| !self.model.secrets.contains_key(k) && !self.model.library.contains_key(k))
                        .collect();
                    if let Some(new) = self.random.pick(&free).cloned() {
                        touched.insert(new.clone());
                        self.rename(&key, &new).await;
                    }
                }
                (3, _) if !self.model.library.contains_key(&key) => self.put(&key, "").await,
                (4, _) => {
                    let value = format!("base-{}", self.count);
                    self.count += 1;
                    if touched.insert(BASE.to_owned()) {
                        // Who refers to it changes with it.
                        let referring = self.model.secrets.iter().filter(|(_, value)| value.contains("${BASE}"));
                        touched.extend(referring.map(|(key, _)| key.clone()));
                        self.put(BASE, &value).await;
                    }
                }
                _ => {
                    let value = self.fresh();
                    self.put(&key, &value).await;
                }
            }
        }
    }

    async fn put(&mut self, key: &str, value: &str) {
        self.history.push(format!("put {key} {value:?}"));
        self.journey.put(&[(key.to_owned(), value.to_owned())]).await;
        self.model.secrets.insert(key.to_owned(), value.to_owned());
    }

    async fn delete(&mut self, key: &str) {
        self.history.push(format!("delete {key}"));
        let body = json!({
            "projectId": self.journey.project, "environment": "prod", "secretPath": "/", "secrets": [{"secretKey": key}],
        });
        self.journey.client.call("DELETE", "/api/v4/secrets/batch", Some(body)).await;
        self.model.secrets.remove(key);
    }

    async fn rename(&mut self, key: &str, new: &str) {
        self.history.push(format!("rename {key} to {new}"));
        let body = json!({
            "projectId": self.journey.project, "environment": "prod", "secretPath": "/", "newSecretName": new,
        });
        self.journey.client.patch(&format!("/api/v4/secrets/{key}"), body).await;
        let value = self.model.secrets.remove(key).unwrap();
        self.model.secrets.insert(new.to_owned(), value);
    }

    /// Somebody edits Checkly by hand, and a run mends or leaves it.
    fn people_at_checkly(&mut self) {
        let state = self.checkly.state().clone();
        for _ in 0..1 + self.random.below(3) {
            let desired: Vec<String> = self.model.desired().into_keys().filter(|name| !name.ends_with(BASE)).collect();
            let name = match self.random.below(4) {
                0 => self.random.pick(&desired).cloned(),
                1 => {
                    if let Some(name) = self.random.pick(&desired).cloned() {
                        self.history.push(format!("at Checkly: delete {name}"));
                        state.delete_variable(self.checkly.account(), &name);
                        self.model.destination.remove(&name);
                    }
                    None
                }
                2 => Some(format!("HAND_{}", self.random.below(3))),
                _ => Some(format!("P_HAND_{}", self.random.below(3))),
            };
            if let Some(name) = name {
                let value = format!("by hand {}", self.count);
                self.count += 1;
                self.history.push(format!("at Checkly: set {name} {value:?}"));
                state.set_variable(self.checkly.account(), &name, &value, false, false);
                self.model.destination.insert(name, value);
            }
        }
    }

    /// One change of the sync's options, or of what is imported.
    async fn settings(&mut self) {
        match self.random.below(5) {
            0 => self.model.prefix = ["", "P_", "Q_"][self.random.below(3)].to_owned(),
            1 => self.model.keeps_unmanaged = !self.model.keeps_unmanaged,
            2 => self.model.disables_deletion = !self.model.disables_deletion,
            3 => {
                let (key, value) = (format!("KEY_{}", self.random.below(KEYS)), format!("library {}", self.count));
                self.count += 1;
                if self.model.secrets.get(&key).is_none_or(|own| !own.is_empty()) {
                    self.history.push(format!("library: put {key} {value:?}"));
                    let mut body = self.journey.put_body(&[(key.clone(), value.clone())]);
                    body["environment"] = json!("staging");
                    body["secretPath"] = json!("/lib");
                    self.journey.client.patch("/api/v4/secrets/batch", body).await;
                    self.model.library.insert(key, value);
                }
                return;
            }
            _ => self.toggle_import().await,
        }
        // Saving the sync also renews its grant, which an import in a new place needs.
        let model = &self.model;
        self.history.push(format!(
            "options: prefix {:?} keep {} disabled {}",
            model.prefix, model.keeps_unmanaged, model.disables_deletion
        ));
        let options = json!({
            "initialSyncBehavior": "overwrite-destination",
            "keySchema": format!("{}{{{{secretKey}}}}", model.prefix),
            "unmanagedSecrets": if model.keeps_unmanaged { "keep" } else { "delete" },
            "disableSecretDeletion": model.disables_deletion,
            "deletionBreaker": null,
        });
        self.journey.client.patch(&self.sync, json!({"syncOptions": options})).await;
    }

    async fn toggle_import(&mut self) {
        let mut body = json!({"projectId": self.journey.project, "environment": "prod", "path": "/"});
        self.model.is_imported = !self.model.is_imported;
        self.history.push(format!("import: {}", self.model.is_imported));
        match self.import.take() {
            Some(id) => {
                self.journey.client.call("DELETE", &format!("/api/v2/secret-imports/{id}"), Some(body)).await;
            }
            None => {
                body["import"] = json!({"environment": "staging", "path": "/lib"});
                let made = self.journey.client.post("/api/v2/secret-imports", body).await;
                self.import = Some(made["secretImport"]["id"].as_str().unwrap().to_owned());
            }
        }
    }

    fn fault(&mut self) {
        let effect = match self.random.below(4) {
            0 => FaultEffect::Status { status: 500, body: ErrorBody::Html, apply: false },
            1 => FaultEffect::Status { status: 502, body: ErrorBody::Empty, apply: true },
            2 => FaultEffect::ResetAfterApply,
            _ => FaultEffect::ResetBeforeApply,
        };
        self.history.push(format!("fault: {effect:?}"));
        self.checkly.state().push_fault(Fault::new(effect).times(1));
    }

    async fn restart(&mut self) {
        let server = self.server.take().unwrap();
        if self.random.chance(70) {
            self.history.push("kill".to_owned());
            server.kill().await;
            self.installation.expire_leases().await;
        } else {
            self.history.push("stop".to_owned());
            server.terminate();
            assert!(server.ended().await.success());
        }
        let server = self.installation.start().await;
        self.journey.go_on(&server);
        self.server = Some(server);
    }

    /// Asks for a run, waits for its end, compares.
    async fn look(&mut self, backend: TestBackend, seed: u64) {
        let path = format!("{}/sync-secrets", self.sync);
        eventually("a run can be asked for", async || {
            let (status, body) = self.journey.client.try_call("POST", &path, Some(&json!({}))).await?;
            assert!(status == 200 || status == 400, "{status}: {body}");
            (status == 200).then_some(())
        })
        .await;
        eventually("the sync comes to rest", async || {
            let state = self.journey.client.get(&self.sync).await;
            let status = state["secretSync"]["syncStatus"].as_str().unwrap_or_default().to_owned();
            assert_ne!(status, "failed", "seed {seed}, {backend:?}: {state}\n{}", self.history.join("\n"));
            if status != "succeeded" {
                return None;
            }
            let runs = self.journey.runs(&self.sync).await;
            runs.iter().all(|run| run["status"] != "running" && run["status"] != "pending").then_some(())
        })
        .await;
        self.checkly.state().set_faults(Vec::new());
        self.model.run();
        let history = || self.history.join("\n");
        assert_eq!(self.journey.secrets().await, self.model.secrets, "seed {seed}, {backend:?}:\n{}", history());
        assert_eq!(self.checkly.held(""), self.model.destination, "seed {seed}, {backend:?}:\n{}", history());
    }
}
