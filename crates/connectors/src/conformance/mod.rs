//! What a destination has to do whatever the other side does, tried against
//! scripted servers.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod fake;
mod groups;
mod reading;
mod refusals;
mod surroundings;
mod writing;

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::budget::{Priority, RateBudget};
use crate::checkly::{Checkly, ChecklyOptions};
use crate::connector::{CallContext, CallCounters, CallGuard, Connector, Credentials, Done, Jitter, Observed, Target};
use crate::failure::Failure;

use fake::{Fake, Reply};

const API_KEY: &str = "cu_canary_key_0123456789";
const VALUE: &str = "canary \"välue\"/0123456789+&";

/// A budget without limits that remembers what it was told to wait.
#[derive(Default)]
struct OpenBudget {
    waits: Mutex<Vec<Duration>>,
}

#[async_trait]
impl RateBudget for OpenBudget {
    async fn acquire(&self, _key_hash: &[u8; 32], _priority: Priority) -> Duration {
        Duration::ZERO
    }

    async fn retry_after(&self, _key_hash: &[u8; 32], wait: Duration) {
        self.waits.lock().unwrap().push(wait);
    }
}

/// Lets a number of questions pass; two are asked per call.
struct Questions(AtomicI64);

impl CallGuard for Questions {
    fn may_call(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) > 0
    }
}

struct NoPause;

impl Jitter for NoPause {
    fn up_to(&self, _ceiling: Duration) -> Duration {
        Duration::ZERO
    }
}

/// A connector and everything it is called with.
struct Caller {
    checkly: Checkly,
    budget: OpenBudget,
    guard: Questions,
    counters: CallCounters,
    credentials: Credentials,
    target: Target,
}

impl Caller {
    fn of(fake: &Fake) -> Self {
        Self::with(&fake.url, ChecklyOptions { total_timeout: Duration::from_secs(20), ..ChecklyOptions::default() })
    }

    fn with(url: &str, options: ChecklyOptions) -> Self {
        Self {
            checkly: Checkly::new(url.parse().unwrap(), options).unwrap(),
            budget: OpenBudget::default(),
            guard: Questions(AtomicI64::new(i64::MAX)),
            counters: CallCounters::default(),
            credentials: Credentials { api_key: API_KEY.into(), key_hash: [7; 32] },
            target: Target { account_id: "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3".to_owned(), group_id: None },
        }
    }

    fn call(&self) -> CallContext<'_> {
        CallContext {
            budget: &self.budget,
            guard: &self.guard,
            priority: Priority::Change,
            counters: &self.counters,
            jitter: &NoPause,
        }
    }

    async fn observe(&self) -> Result<Observed, Failure> {
        self.checkly.observe(&self.credentials, &self.target, &self.call()).await
    }

    async fn create(&self, key: &str) -> Result<Done, Failure> {
        self.checkly.create(&self.credentials, &self.target, key, &value(), &self.call()).await
    }

    async fn update(&self, key: &str) -> Result<Done, Failure> {
        self.checkly.update(&self.credentials, &self.target, key, &value(), &self.call()).await
    }

    async fn delete(&self, key: &str) -> Result<Done, Failure> {
        self.checkly.delete(&self.credentials, &self.target, key, &self.call()).await
    }

    fn waits(&self) -> Vec<Duration> {
        self.budget.waits.lock().unwrap().clone()
    }
}

fn value() -> SecretString {
    VALUE.into()
}

fn hidden(key: &str) -> Value {
    json!({"key": key, "value": null, "secret": true, "locked": true})
}

fn stored(key: &str) -> Value {
    json!({"key": key, "value": VALUE, "secret": true, "locked": true})
}

fn error(status: u16, message: &str) -> Value {
    json!({"statusCode": status, "error": "Whatever", "message": message})
}

/// The failure of `result`, which a success is not. (`Observed` has no Debug.)
fn failure<T>(result: Result<T, Failure>) -> Failure {
    match result {
        Ok(_) => panic!("succeeded"),
        Err(failure) => failure,
    }
}

/// No text of a failure gives away what was sent.
fn assert_clean(failure: &Failure) {
    let texts = [failure.message.clone(), failure.client_message(), failure.wire_message(), format!("{failure:?}")];
    for text in texts {
        for part in [API_KEY, VALUE, "0123456789", "canary"] {
            assert!(!text.contains(part), "{part:?} in {text:?}");
        }
    }
}
