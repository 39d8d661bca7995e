//! Control of a running simulator from the same process.

use std::fmt::{self, Display};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use axum::Router;
use rand::TryRngCore;
use rand::rngs::OsRng;

use crate::config::{Behaviour, RateLimit, SimConfig, SimError};
use crate::faults::{ArmedFault, Fault};
use crate::model::{Account, CallRecord, Group, Role, Variable};
use crate::seed::random_hex;
use crate::state::{Inner, Shared, check_fail_rate};
use crate::{control, routes};

/// Reads and changes the state of a simulator; clones share it.
#[derive(Clone)]
pub struct SimHandle(Arc<Shared>);

impl fmt::Debug for SimHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimHandle").finish_non_exhaustive()
    }
}

/// The simulated API and the control routes, without a socket. Faults that need one (resets)
/// answer 500 here.
pub fn router(handle: &SimHandle) -> Router {
    Router::new().nest("/__control", control::router(handle.clone())).merge(routes::router(handle.clone()))
}

impl SimHandle {
    /// The state of a simulator that is not served; see [`router`].
    ///
    /// # Errors
    ///
    /// When the seed or the fail rate is not valid, or the system's random generator fails.
    pub fn new(config: &SimConfig) -> Result<Self, SimError> {
        let mut bytes = [0_u8; 1];
        OsRng.try_fill_bytes(&mut bytes).map_err(|error| SimError::Setting(format!("no random numbers: {error}")))?;
        let token = random_hex(&mut OsRng.unwrap_err(), 24);
        Ok(Self(Arc::new(Shared::new(config, token)?)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Token of the control routes.
    #[must_use]
    pub fn control_token(&self) -> &str {
        &self.0.control_token
    }

    /// Adds or replaces an API key. Keys that begin with neither `cu_` nor `sv_` are never
    /// accepted; an `sv_` key has one account.
    pub fn add_key(&self, key: impl AsRef<str>, role: Role, accounts: &[impl Display]) {
        let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        self.lock().put_key(key.as_ref(), None, role, &accounts);
    }

    /// Makes every further call with this key (its text or its label) a 401; false when unknown.
    pub fn revoke_key(&self, key: impl AsRef<str>) -> bool {
        self.with_key(key.as_ref(), |found| found.revoked = true)
    }

    /// Changes the role of a key (its text or its label); false when unknown.
    pub fn set_role(&self, key: impl AsRef<str>, role: Role) -> bool {
        self.with_key(key.as_ref(), |found| found.role = role)
    }

    fn with_key(&self, key: &str, change: impl FnOnce(&mut crate::model::ApiKey)) -> bool {
        let mut inner = self.lock();
        let found = match inner.keys.contains_key(key) {
            true => inner.keys.get_mut(key),
            false => inner.keys.values_mut().find(|known| known.label == key),
        };
        found.map(change).is_some()
    }

    /// Adds an account, or changes name and runtime of an existing one.
    pub fn add_account(&self, account: Account) {
        self.lock().put_account(account);
    }

    /// Removes an account with all it holds; false when unknown.
    pub fn remove_account(&self, account: impl Display) -> bool {
        self.lock().remove_account(&account.to_string())
    }

    /// Sets a variable as a person at Checkly would; false when the account is unknown.
    pub fn set_variable(
        &self,
        account: impl Display,
        key: impl Into<String>,
        value: impl Into<String>,
        secret: bool,
        locked: bool,
    ) -> bool {
        let variable = Variable { key: key.into(), value: value.into(), secret, locked };
        let mut inner = self.lock();
        let found = inner.account_mut(&account.to_string());
        found.map(|state| state.variables.set(variable)).is_some()
    }

    /// Adds a second row of a key, as very old accounts may hold; false when the account is
    /// unknown.
    pub fn add_duplicate(&self, account: impl Display, variable: Variable) -> bool {
        let mut inner = self.lock();
        let found = inner.account_mut(&account.to_string());
        found.map(|state| state.variables.push(variable)).is_some()
    }

    /// Deletes a variable; false when it or the account is unknown.
    pub fn delete_variable(&self, account: impl Display, key: impl AsRef<str>) -> bool {
        let mut inner = self.lock();
        let found = inner.account_mut(&account.to_string());
        found.and_then(|state| state.variables.remove(key.as_ref())).is_some()
    }

    /// The variables of an account with their true values, in the order of creation.
    #[must_use]
    pub fn variables(&self, account: impl Display) -> Vec<Variable> {
        let inner = self.lock();
        let found = inner.account(&account.to_string());
        found.map(|state| state.variables.iter().cloned().collect()).unwrap_or_default()
    }

    /// One variable with its true value.
    #[must_use]
    pub fn variable(&self, account: impl Display, key: impl AsRef<str>) -> Option<Variable> {
        self.lock().account(&account.to_string())?.variables.get(key.as_ref()).cloned()
    }

    /// Adds or replaces a group; missing settings get their defaults. False when the account is
    /// unknown.
    pub fn add_group(&self, account: impl Display, group: Group) -> bool {
        let mut inner = self.lock();
        let found = inner.account_mut(&account.to_string());
        found.map(|state| state.put_group(group)).is_some()
    }

    /// A group with the true values of its variables.
    #[must_use]
    pub fn group(&self, account: impl Display, id: u64) -> Option<Group> {
        self.lock().account(&account.to_string())?.groups.get(&id).cloned()
    }

    /// Removes a group; false when it or the account is unknown.
    pub fn remove_group(&self, account: impl Display, id: u64) -> bool {
        let mut inner = self.lock();
        let found = inner.account_mut(&account.to_string());
        found.and_then(|state| state.groups.remove(&id)).is_some()
    }

    /// The calls so far, in order of arrival (the last 500,000).
    #[must_use]
    pub fn log(&self) -> Vec<CallRecord> {
        self.lock().log.iter().cloned().collect()
    }

    /// Forgets the calls so far; numbering goes on.
    pub fn clear_log(&self) {
        self.lock().log.clear();
    }

    /// Replaces all faults; an empty list clears them.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.lock().faults = faults.into_iter().map(ArmedFault::new).collect();
    }

    /// Adds a fault after those present. The first that answers a call decides the answer.
    pub fn push_fault(&self, fault: Fault) {
        self.lock().faults.push(ArmedFault::new(fault));
    }

    /// The faults present, spent ones included.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.lock().faults.iter().map(|armed| armed.fault.clone()).collect()
    }

    /// Time between the arrival of a request and its effect.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    /// Replaces the rate limit and forgets the requests counted so far.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        let mut inner = self.lock();
        inner.rate_limit = limit;
        inner.windows.clear();
    }

    /// Share of requests that meet a random fault.
    ///
    /// # Errors
    ///
    /// When it is outside 0 to 1.
    pub fn set_fail_rate(&self, rate: f64) -> Result<(), SimError> {
        check_fail_rate(rate)?;
        self.lock().fail_rate = rate;
        Ok(())
    }

    /// The readings of the contract in force.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.lock().behaviour.clone()
    }

    /// Replaces the readings of the contract.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.lock().behaviour = behaviour;
    }

    /// Changes some readings of the contract: `handle.configure(|b| b.put_resets_omitted = true)`.
    pub fn configure(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.lock().behaviour);
    }
}
