//! One sync with an account, a key, a connection and a folder of its own, and work of every kind waiting for its next run.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use keyferry_checkly_sim::{Account, Fault, Group, Role, Variable};
use keyferry_test_support::{canary, eventually};
use serde_json::{Value, json};
use uuid::Uuid;

use super::promise::{Held, Promise, Shelf};
use super::stage::Stage;

/// The group of scenes that have one.
pub const GROUP: u64 = 271_828;

/// Where a sync writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Account,
    Group,
}

/// A sync under observation.
pub struct Scene<'a> {
    pub stage: &'a Stage,
    pub id: Uuid,
    pub account: String,
    pub api_key: String,
    pub connection: String,
    pub folder: Value,
    pub place: Place,
    /// Every value a secret has had, oldest first.
    pub history: Mutex<BTreeMap<String, Vec<String>>>,
    promise: Mutex<Option<Promise>>,
}

impl Stage {
    /// A sync that is up to date, of `keys` secrets.
    pub async fn synced(&self, place: Place, keys: usize, options: Value) -> Scene<'_> {
        let name = self.name("folder");
        let account = self.world.app.ids.v4().to_string();
        let api_key = format!("cu_{}", canary("api-key"));
        self.checkly().add_account(Account { id: account.clone(), name: "Acme".to_owned(), ..Account::default() });
        self.checkly().add_key(&api_key, Role::ReadWrite, &[&account]);
        self.checkly().set_variable(&account, "THEIRS", canary("theirs"), false, false);
        let theirs = Variable { key: "THEIRS".to_owned(), value: canary("theirs"), ..Variable::default() };
        let group = Group { id: GROUP, name: "Checkout".to_owned(), variables: vec![theirs], ..Group::default() };
        self.checkly().add_group(&account, group);
        let folder = self.folder(&name).await;
        let connection = self.connection(&api_key).await;
        let mut scene = Scene {
            stage: self,
            id: Uuid::nil(),
            account,
            api_key,
            connection,
            folder,
            place,
            history: Mutex::default(),
            promise: Mutex::default(),
        };
        let names: Vec<String> = (0..keys).map(|n| format!("KEY_{n:03}")).collect();
        if !names.is_empty() {
            scene.put(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        }
        scene.id = scene.create(options).await;
        scene.run().await;
        scene.assert_status("succeeded").await;
        scene
    }

    /// A sync that is up to date, and then changes of every kind that its next run is to carry.
    pub async fn scene(&self, place: Place) -> Scene<'_> {
        let scene = self.synced(place, 8, json!({})).await;
        scene.put(&["KEY_000", "KEY_001", "KEY_002", "NEW_000", "NEW_001", "NEW_002"]).await;
        scene.remove(&["KEY_006", "KEY_007"]).await;
        scene.plan().await;
        scene
    }
}

impl Scene<'_> {
    /// The path of the sync's routes.
    pub fn route(&self) -> String {
        format!("/api/v1/secret-syncs/checkly/{}", self.id)
    }

    fn place_of_secrets(&self) -> Value {
        json!({
            "projectId": self.stage.project, "environment": "prod",
            "secretPath": format!("/{}", self.folder["name"].as_str().unwrap()),
        })
    }

    async fn create(&self, options: Value) -> Uuid {
        let mut sync_options = json!({"initialSyncBehavior": "overwrite-destination", "unmanagedSecrets": "keep"});
        for (name, value) in options.as_object().unwrap() {
            sync_options[name] = value.clone();
        }
        let mut destination = json!({"accountId": self.account, "accountName": "Acme"});
        if self.place == Place::Group {
            destination["groupId"] = json!(GROUP.to_string());
            destination["groupName"] = json!("Checkout");
        }
        let mut body = self.place_of_secrets();
        body["name"] = json!(self.stage.name("sync"));
        body["connectionId"] = json!(self.connection);
        body["isAutoSyncEnabled"] = json!(false);
        body["syncOptions"] = sync_options;
        body["destinationConfig"] = destination;
        let made = self.stage.api("POST", "/api/v1/secret-syncs/checkly", body).await;
        made["secretSync"]["id"].as_str().unwrap().parse().unwrap()
    }

    /// Gives these secrets new values.
    pub async fn put(&self, keys: &[&str]) {
        let pairs: Vec<(String, String)> = keys.iter().map(|key| ((*key).to_owned(), canary("value"))).collect();
        self.put_values(&pairs).await;
    }

    /// Gives these secrets these values.
    pub async fn put_values(&self, pairs: &[(String, String)]) {
        let secrets: Vec<Value> = pairs.iter().map(|(key, value)| json!({"secretKey": key, "secretValue": value})).collect();
        let mut body = self.place_of_secrets();
        body["secrets"] = json!(secrets);
        body["mode"] = json!("upsert");
        self.stage.api("PATCH", "/api/v4/secrets/batch", body).await;
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in pairs {
            history.entry(key.clone()).or_default().push(value.clone());
        }
    }

    /// Deletes secrets.
    pub async fn remove(&self, keys: &[&str]) {
        let secrets: Vec<Value> = keys.iter().map(|key| json!({"secretKey": key})).collect();
        let mut body = self.place_of_secrets();
        body["secrets"] = json!(secrets);
        self.stage.api("DELETE", "/api/v4/secrets/batch", body).await;
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter().for_each(|key| drop(history.remove(*key)));
    }

    /// The newest value of each secret.
    pub fn wanted(&self) -> BTreeMap<String, String> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.iter().filter_map(|(key, values)| Some((key.clone(), values.last()?.clone()))).collect()
    }

    /// What the destination holds, true values included; none when it is gone.
    pub fn shelf(&self) -> Option<Shelf> {
        let checkly = self.stage.checkly();
        let variables = match self.place {
            Place::Group => checkly.group(&self.account, GROUP)?.variables,
            // With the account goes its group.
            Place::Account => checkly.group(&self.account, GROUP).map(|_| checkly.variables(&self.account))?,
        };
        Some(variables.into_iter().map(|v| (v.key, Held { value: v.value, secret: v.secret, locked: v.locked })).collect())
    }

    /// Everything else that Checkly holds.
    pub async fn elsewhere(&self) -> Value {
        let mut state = self.stage.control().get("/__control/state?values=true").await;
        state["keys"] = Value::Null;
        for account in state["accounts"].as_array_mut().unwrap() {
            if account["id"] != json!(self.account) {
                continue;
            }
            if self.place == Place::Account {
                account["variables"] = Value::Null;
                account["variableCount"] = Value::Null;
            }
            for group in account["groups"].as_array_mut().unwrap() {
                if self.place == Place::Group {
                    group["variables"] = Value::Null;
                }
            }
        }
        state
    }

    /// Asks what the next run would do, and keeps the answer as the promise that it is measured by.
    pub async fn plan(&self) {
        let plan = self.stage.api("POST", &format!("{}/plan", self.route()), Value::Null).await["plan"].clone();
        let promise = Promise::new(&plan, self.shelf().unwrap(), self.elsewhere().await, &self.wanted());
        self.stage.calls();
        *self.promise.lock().unwrap_or_else(PoisonError::into_inner) = Some(promise);
    }

    /// The promise in force.
    pub fn promise(&self) -> Promise {
        self.promise.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap()
    }

    /// Asks for a run.
    pub async fn trigger(&self) {
        self.stage.api("POST", &format!("{}/sync-secrets", self.route()), Value::Null).await;
    }

    /// Asks for a run and waits for its end, or for its pause before another attempt.
    pub async fn run(&self) {
        self.trigger().await;
        self.stage.settle(self.id).await;
    }

    /// Has every value written again.
    pub async fn force(&self) {
        self.stage.api("POST", &format!("{}/sync-secrets", self.route()), json!({"force": true})).await;
        self.stage.settle(self.id).await;
    }

    /// Runs with these faults.
    pub async fn strike(&self, faults: &[Fault]) {
        self.stage.arm(faults).await;
        self.run().await;
    }

    /// The sync as the API shows it.
    pub async fn sync(&self) -> Value {
        self.stage.api("GET", &self.route(), Value::Null).await["secretSync"].clone()
    }

    /// The last run as the API shows it.
    pub async fn last_run(&self) -> Value {
        let id = self.sync().await["lastRunId"].as_str().unwrap().to_owned();
        self.stage.api("GET", &format!("{}/runs/{id}", self.route()), Value::Null).await["run"].clone()
    }

    pub async fn assert_status(&self, status: &str) {
        let sync = self.sync().await;
        assert_eq!(sync["syncStatus"], json!(status), "{}", sync["lastSyncMessage"]);
    }

    /// The fault ends; nobody does anything; time passes, and the sync is whole again.
    pub async fn heal_alone(&self) {
        self.stage.disarm().await;
        eventually("the sync recovers by itself", async || {
            self.stage.settle(self.id).await;
            if self.sync().await["syncStatus"] == json!("succeeded") {
                return Some(());
            }
            self.stage.advance(61_000);
            None
        })
        .await;
        self.check_kept().await;
    }

    /// The fault ends; it was one that only somebody can mend, and the next run finds it mended.
    pub async fn heal_when_asked(&self) {
        self.stage.disarm().await;
        self.run().await;
        self.check_kept().await;
    }
}
