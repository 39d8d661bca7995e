//! The check that follows every scenario: the destination equals what the plan promised, nothing unplanned was touched, no key
//! counts as written that is not, and the run record tells what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use serde_json::{Value, json};

use super::scene::{Place, Scene};

/// A variable at the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub value: String,
    pub secret: bool,
    pub locked: bool,
}

/// What a destination holds, by key.
pub type Shelf = BTreeMap<String, Held>;

/// What a plan says the next run does.
#[derive(Clone)]
pub struct Promise {
    pub before: Shelf,
    pub after: Shelf,
    /// Actions that call Checkly, by destination key.
    pub writes: BTreeMap<String, String>,
    elsewhere: Value,
}

impl Promise {
    pub fn new(plan: &Value, before: Shelf, elsewhere: Value, wanted: &BTreeMap<String, String>) -> Self {
        let (mut after, mut writes) = (before.clone(), BTreeMap::new());
        for item in plan["items"].as_array().unwrap() {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            let (key, action) = (text("destinationKey"), text("action"));
            if item["requiresApproval"] == json!(true) {
                continue;
            }
            match action.as_str() {
                "create" | "update" | "reflag" => {
                    let value = wanted[&text("secretKey")].clone();
                    after.insert(key.clone(), Held { value, secret: true, locked: true });
                    writes.insert(key, action);
                }
                "delete" => {
                    after.remove(&key);
                    writes.insert(key, action);
                }
                _ => {}
            }
        }
        Self { before, after, writes, elsewhere }
    }
}

/// How a run is expected to have ended while the fault lasts.
#[derive(Clone, Copy, Debug)]
pub struct Fate<'a> {
    /// The sync's status.
    pub status: &'a str,
    /// Whose fault the run says it is.
    pub whose: &'a str,
    /// What the run's message says, among other things.
    pub says: &'a str,
    /// Keys that somebody else wrote or deleted at Checkly meanwhile.
    pub by_others: &'a [&'a str],
}

impl<'a> Fate<'a> {
    /// Another attempt follows by itself.
    pub fn goes_on(whose: &'a str, says: &'a str) -> Self {
        Self { status: "running", whose, says, by_others: &[] }
    }

    /// The run is over.
    pub fn failed(whose: &'a str, says: &'a str) -> Self {
        Self { status: "failed", whose, says, by_others: &[] }
    }
}

impl Scene<'_> {
    /// The one check of what holds while a fault lasts.
    pub async fn check(&self, fate: Fate<'_>) {
        let promise = self.promise();
        let (sync, run) = (self.sync().await, self.last_run().await);
        let told = format!("{fate:?}\n{sync:#}\n{run:#}");
        assert_eq!(sync["syncStatus"], json!(fate.status), "{told}");
        let message = run["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(&format!("{}: ", fate.whose)) && message.contains(fate.says), "{told}");
        if fate.status == "failed" {
            assert!(sync["lastSyncMessage"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
        }
        assert!(!told.contains("canary-"), "a value is told: {told}");

        self.check_calls(&promise, &run, &told);
        self.check_items(&promise, &run, fate, &told);
        self.check_record(fate.by_others, &told).await;
        self.check_elsewhere(&promise, &told).await;
        // Every variable is as it was, or as it shall be.
        let Some(shelf) = self.shelf() else { return };
        let keys: BTreeSet<&String> = shelf.keys().chain(promise.before.keys()).chain(promise.after.keys()).collect();
        for key in keys.into_iter().filter(|key| !fate.by_others.contains(&key.as_str())) {
            let is = shelf.get(key);
            assert!(
                is == promise.before.get(key) || is == promise.after.get(key),
                "{key} is {is:?}, which was neither there nor promised: {told}"
            );
        }
    }

    /// Only what was planned is written, and the run counts its calls.
    fn check_calls(&self, promise: &Promise, run: &Value, told: &str) {
        let calls = self.stage.checkly().log();
        assert_eq!(run["calls"], json!(calls.len()), "calls are miscounted, {calls:?}: {told}");
        for call in calls.iter().filter(|call| call.method != "GET") {
            match (&call.variable_key, self.place) {
                (Some(key), Place::Account) => assert!(promise.writes.contains_key(key), "{key} was not to be written: {told}"),
                (None, Place::Group) => assert_eq!(call.method, "PUT", "{told}"),
                _ => panic!("a write of something else, {call:?}: {told}"),
            }
        }
    }

    /// Each key's outcome is what became of it.
    fn check_items(&self, promise: &Promise, run: &Value, fate: Fate<'_>, told: &str) {
        let Some(shelf) = self.shelf() else { return };
        let sent: BTreeSet<String> = self
            .stage
            .checkly()
            .log()
            .into_iter()
            .filter(|call| call.method != "GET")
            .filter_map(|call| call.variable_key)
            .collect();
        let mut seen = BTreeSet::new();
        let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
        for item in run["items"].as_array().unwrap() {
            let key = item["destinationKey"].as_str().unwrap();
            let (action, outcome) = (item["action"].as_str().unwrap(), item["outcome"].as_str().unwrap());
            *tally.entry(outcome).or_default() += 1;
            if !seen.insert(key.to_owned()) {
                continue;
            }
            let of_others = fate.by_others.contains(&key);
            let (is, was, shall) = (shelf.get(key), promise.before.get(key), promise.after.get(key));
            match outcome {
                "done" => {
                    assert!(of_others || is == shall, "{key} counts as done and is {is:?}: {told}");
                    let status = item["httpStatus"].as_u64().unwrap_or_default();
                    assert!((200..300).contains(&status) || action == "delete" && status == 404, "{key}: {told}");
                    assert!(item["attempts"].as_u64().is_some_and(|n| n > 0), "{key}: {told}");
                }
                "failed" => {
                    assert!(item["message"].as_str().is_some_and(|text| !text.is_empty()), "{key} fails without a word: {told}");
                    let status = item["httpStatus"].as_u64().unwrap_or_default();
                    let definite = action == "blocked" || (400..500).contains(&status) && status != 408;
                    assert!(of_others || !definite || is == was, "{key} was refused and is {is:?}: {told}");
                }
                "not_reached" => {
                    assert!(of_others || is == was || run["attempt"].as_u64() > Some(1), "{key}: {told}");
                    let is_sent = sent.contains(key) && run["attempt"].as_u64() == Some(1);
                    assert!(!is_sent, "{key} was sent and counts as not reached: {told}");
                }
                "skipped" | "awaiting_approval" => assert!(of_others || is == was, "{key}: {told}"),
                other => panic!("outcome {other}: {told}"),
            }
        }
        let got_to_writing =
            !seen.is_empty() && run["items"].as_array().unwrap().iter().any(|item| item["action"] != json!("blocked"));
        if got_to_writing {
            for key in promise.writes.keys() {
                assert!(seen.contains(key), "nothing is told of {key}: {told}");
            }
        }
        for (outcome, name) in [("done", "done"), ("failed", "failed"), ("not_reached", "notReached"), ("skipped", "skipped")] {
            if let Some(counted) = run["counts"][name].as_u64() {
                assert_eq!(counted, tally.get(outcome).copied().unwrap_or_default(), "{name}: {told}");
            }
        }
    }

    /// What the ledger counts as written is there, in just the version that it says.
    async fn check_record(&self, by_others: &[&str], told: &str) {
        let Some(shelf) = self.shelf() else { return };
        let conn = self.stage.world.app.db.read();
        let Some(sync) = keyferry_db::find_by_id::<keyferry_db::entities::secret_syncs::Model>(conn, self.id).await.unwrap()
        else {
            return;
        };
        let rows = keyferry_db::sync_ledger::list(conn, self.id, &sync.destination_id).await.unwrap();
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows.iter().filter(|row| row.written_at_ms > 0 && row.fingerprint.iter().any(|byte| *byte != 0)) {
            let key = row.destination_key.as_str();
            let Some(values) = history.get(&row.secret_key).filter(|_| !by_others.contains(&key)) else { continue };
            let version = usize::try_from(row.secret_version.unwrap()).unwrap();
            let is = shelf.get(key).map(|held| held.value.as_str());
            assert_eq!(is, Some(values[version - 1].as_str()), "{key} is wrongly counted as written (version {version}): {told}");
        }
    }

    async fn check_elsewhere(&self, promise: &Promise, told: &str) {
        let is = self.elsewhere().await;
        let of = |state: &Value| state["accounts"].as_array().unwrap().len();
        if of(&is) == of(&promise.elsewhere) && self.shelf().is_some() {
            assert_eq!(is, promise.elsewhere, "something else was touched: {told}");
        }
    }

    /// The check of a sync that is whole again: everything promised is there, and a further run finds nothing to do.
    pub async fn check_kept(&self) {
        self.check_kept_beside(&[]).await;
    }

    /// Like [`Scene::check_kept`], where others wrote these keys.
    pub async fn check_kept_beside(&self, by_others: &[&str]) {
        let promise = self.promise();
        let (sync, run) = (self.sync().await, self.last_run().await);
        let told = format!("{sync:#}\n{run:#}");
        assert_eq!(sync["syncStatus"], json!("succeeded"), "{told}");
        assert_eq!((&sync["lastSyncMessage"], &sync["nextRetryAt"]), (&Value::Null, &Value::Null), "{told}");
        assert_eq!(run["status"], json!("succeeded"), "{told}");
        assert!(!told.contains("canary-"), "a value is told: {told}");
        let (mut is, mut shall) = (self.shelf().unwrap(), promise.after.clone());
        by_others.iter().for_each(|key| {
            is.remove(*key);
            shall.remove(*key);
        });
        assert_eq!(is, shall, "{told}");
        self.check_record(by_others, &told).await;
        self.check_elsewhere(&promise, &told).await;

        self.stage.calls();
        self.run().await;
        self.assert_status("succeeded").await;
        let writes: Vec<_> = self.stage.calls().into_iter().filter(|call| call.method != "GET").collect();
        assert!(writes.is_empty(), "a run with nothing to do writes: {writes:?}");
    }
}
