//! What was typed in the first step, until the second one is done: in this process's memory, for half an hour.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use moka::sync::Cache;
use secrecy::SecretString;
use uuid::Uuid;

const COOKIE: &str = "keyferry-setup";

/// The account to be.
#[derive(Clone)]
pub struct PendingSetup {
    pub(super) first_name: String,
    pub(super) last_name: Option<String>,
    pub(super) email: String,
    pub(super) password: SecretString,
    pub(super) setup_token: Option<SecretString>,
}

/// Accounts to be, by the id in a cookie.
#[derive(Clone)]
pub struct PendingSetups {
    pending: Cache<Uuid, Arc<PendingSetup>>,
}

impl Default for PendingSetups {
    fn default() -> Self {
        Self { pending: Cache::builder().max_capacity(32).time_to_live(Duration::from_secs(1_800)).build() }
    }
}

impl PendingSetups {
    pub(super) fn keep(&self, id: Uuid, setup: PendingSetup) -> Option<HeaderValue> {
        self.pending.insert(id, Arc::new(setup));
        let value = URL_SAFE_NO_PAD.encode(id.as_bytes());
        HeaderValue::from_str(&format!("{COOKIE}={value}; Path=/admin/signup; Max-Age=1800; HttpOnly; SameSite=Strict")).ok()
    }

    pub(super) fn find(&self, headers: &HeaderMap) -> Option<Arc<PendingSetup>> {
        self.pending.get(&id(headers)?)
    }

    pub(super) fn forget(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        if let Some(id) = id(headers) {
            self.pending.invalidate(&id);
        }
        HeaderValue::from_str(&format!("{COOKIE}=; Path=/admin/signup; Max-Age=0; HttpOnly; SameSite=Strict")).ok()
    }
}

fn id(headers: &HeaderMap) -> Option<Uuid> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    let value = line.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE)?.1;
    Uuid::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}
