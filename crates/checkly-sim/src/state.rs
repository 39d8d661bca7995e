//! The simulator's state behind one lock; nothing here waits.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::watch;

use crate::access::normal_id;
use crate::config::{Behaviour, RateLimit, SimConfig, SimError};
use crate::faults::ArmedFault;
use crate::model::{Account, ApiKey, CallRecord, Group, Role};
use crate::routes::group_body;
use crate::seed::Seed;
use crate::variables::Variables;

/// Records kept; older ones are dropped, so that a long benchmark does not fill the memory.
const LOG_CAPACITY: usize = 500_000;

/// One account with what it holds.
#[derive(Debug)]
pub(crate) struct AccountState {
    pub account: Account,
    pub variables: Variables,
    pub groups: BTreeMap<u64, Group>,
}

/// Everything behind the lock.
pub(crate) struct Inner {
    pub keys: HashMap<String, ApiKey>,
    pub accounts: Vec<AccountState>,
    pub faults: Vec<ArmedFault>,
    pub log: VecDeque<CallRecord>,
    pub next_seq: u64,
    pub latency: Duration,
    pub rate_limit: Option<RateLimit>,
    pub windows: HashMap<String, VecDeque<Instant>>,
    pub fail_rate: f64,
    pub rng: StdRng,
    pub behaviour: Behaviour,
}

/// What handles, routes and the server share.
pub(crate) struct Shared {
    inner: Mutex<Inner>,
    pub started: Instant,
    pub control_token: String,
    /// True once the simulator stops; ends hanging calls.
    pub closing: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(config: &SimConfig, control_token: String) -> Result<Self, SimError> {
        check_fail_rate(config.fail_rate)?;
        let mut inner = Inner {
            keys: HashMap::new(),
            accounts: Vec::new(),
            faults: Vec::new(),
            log: VecDeque::new(),
            next_seq: 1,
            latency: config.latency,
            rate_limit: config.rate_limit,
            windows: HashMap::new(),
            fail_rate: config.fail_rate,
            rng: StdRng::seed_from_u64(config.rng_seed),
            behaviour: Behaviour::default(),
        };
        if let Some(seed) = &config.seed {
            seed.validate()?;
            inner.plant(seed);
        }
        Ok(Self { inner: Mutex::new(inner), started: Instant::now(), control_token, closing: watch::Sender::new(false) })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the start.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Inner {
    fn plant(&mut self, seed: &Seed) {
        for planted in &seed.accounts {
            let state = self.put_account(planted.account.clone());
            for variable in &planted.variables {
                state.variables.push(variable.clone());
            }
            for group in &planted.groups {
                state.put_group(group.clone());
            }
        }
        let all: Vec<String> = self.accounts.iter().map(|state| state.account.id.clone()).collect();
        for key in &seed.keys {
            let accounts = if key.accounts.is_empty() { &all } else { &key.accounts };
            self.put_key(&key.key, key.label.clone(), key.role, accounts);
        }
    }

    /// Adds an account, or renames it when the id exists.
    pub(crate) fn put_account(&mut self, mut account: Account) -> &mut AccountState {
        account.id = normal_id(&account.id);
        let found = self.accounts.iter().position(|state| state.account.id == account.id);
        let index = match found {
            Some(index) => {
                self.accounts[index].account = account;
                index
            }
            None => {
                self.accounts.push(AccountState { account, variables: Variables::default(), groups: BTreeMap::new() });
                self.accounts.len() - 1
            }
        };
        &mut self.accounts[index]
    }

    pub(crate) fn put_key(&mut self, key: &str, label: Option<String>, role: Role, accounts: &[String]) {
        let known = self.keys.get(key).map(|known| known.label.clone());
        let label = label.or(known).unwrap_or_else(|| format!("key-{}", self.keys.len() + 1));
        let entry = ApiKey {
            label,
            role,
            accounts: accounts.iter().map(|id| normal_id(id)).collect(),
            service: key.starts_with("sv_"),
            revoked: false,
        };
        self.keys.insert(key.to_owned(), entry);
    }

    pub(crate) fn account(&self, id: &str) -> Option<&AccountState> {
        let id = normal_id(id);
        self.accounts.iter().find(|state| state.account.id == id)
    }

    pub(crate) fn account_mut(&mut self, id: &str) -> Option<&mut AccountState> {
        let id = normal_id(id);
        self.accounts.iter_mut().find(|state| state.account.id == id)
    }

    pub(crate) fn remove_account(&mut self, id: &str) -> bool {
        let id = normal_id(id);
        let before = self.accounts.len();
        self.accounts.retain(|state| state.account.id != id);
        self.accounts.len() < before
    }

    /// Counts a request of a known key; false when it is over the limit.
    pub(crate) fn admit(&mut self, token: Option<&str>, now: Instant) -> bool {
        let (Some(limit), Some(token)) = (self.rate_limit, token) else { return true };
        if !self.keys.contains_key(token) {
            return true;
        }
        let window = self.windows.entry(token.to_owned()).or_default();
        while window.front().is_some_and(|at| now.duration_since(*at) >= limit.window) {
            window.pop_front();
        }
        if window.len() >= usize::try_from(limit.requests).unwrap_or(usize::MAX) {
            return false;
        }
        window.push_back(now);
        true
    }

    pub(crate) fn append(&mut self, mut record: CallRecord) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        record.seq = seq;
        if self.log.len() >= LOG_CAPACITY {
            self.log.pop_front();
        }
        self.log.push_back(record);
        seq
    }

    /// The record of a call, unless it was cleared meanwhile.
    pub(crate) fn record_mut(&mut self, seq: u64) -> Option<&mut CallRecord> {
        let first = self.log.front()?.seq;
        let index = usize::try_from(seq.checked_sub(first)?).ok()?;
        self.log.get_mut(index)
    }
}

impl AccountState {
    /// Adds or replaces a group; missing settings get their defaults.
    pub(crate) fn put_group(&mut self, mut group: Group) {
        let mut settings = group_body::default_settings();
        settings.append(&mut group.settings);
        group.settings = settings;
        if group.created_at_ms == 0 {
            group.created_at_ms = unix_ms();
            group.updated_at_ms = group.created_at_ms;
        }
        self.groups.insert(group.id, group);
    }
}

/// Fails when the share is outside 0 to 1.
pub(crate) fn check_fail_rate(rate: f64) -> Result<(), SimError> {
    if (0.0..=1.0).contains(&rate) { Ok(()) } else { Err(SimError::Setting(format!("the fail rate {rate} is outside 0 to 1"))) }
}

/// Milliseconds since the Unix epoch; the simulator plays the remote side, so it has its own clock.
pub(crate) fn unix_ms() -> i64 {
    UNIX_EPOCH.elapsed().ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}
