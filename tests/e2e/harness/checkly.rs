//! A simulated Checkly in this process, so that it outlives the servers under test.

use std::collections::BTreeMap;

use keyferry_checkly_sim::{Account, Role, Seed, SeedAccount, SeedKey, Sim, SimConfig, SimHandle};

/// The account of every journey.
const ACCOUNT: &str = "3f0c8d0a-7f55-4a8a-9d55-1f1f2c3d4e5f";

/// One account and a key that may write.
pub struct Checkly {
    sim: Sim,
    api_key: String,
}

impl Checkly {
    pub async fn start() -> Self {
        let api_key = format!("cu_{}", keyferry_test_support::canary("api-key"));
        let account = Account { id: ACCOUNT.to_owned(), name: "Acme".to_owned(), runtime_id: None };
        let key = SeedKey { key: api_key.clone(), label: Some("writer".to_owned()), role: Role::ReadWrite, accounts: Vec::new() };
        let seed = Seed { accounts: vec![SeedAccount { account, ..SeedAccount::default() }], keys: vec![key] };
        let sim = keyferry_checkly_sim::start(SimConfig { seed: Some(seed), ..SimConfig::default() }).await.unwrap();
        Self { sim, api_key }
    }

    pub fn url(&self) -> String {
        self.sim.url()
    }

    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Takes the key again after it was revoked.
    pub fn allow_key(&self) {
        self.state().add_key(&self.api_key, Role::ReadWrite, &[ACCOUNT]);
    }

    pub fn account(&self) -> &'static str {
        ACCOUNT
    }

    pub fn state(&self) -> &SimHandle {
        self.sim.state()
    }

    /// Variables of the account with this beginning, with their true values.
    pub fn held(&self, prefix: &str) -> BTreeMap<String, String> {
        let all = self.state().variables(ACCOUNT).into_iter().filter(|variable| variable.key.starts_with(prefix));
        all.map(|variable| (variable.key, variable.value)).collect()
    }

    /// Methods and variable names of the calls that write, in order.
    pub fn writes(&self) -> Vec<(String, String)> {
        let calls = self.state().log().into_iter().filter(|call| call.method != "GET");
        calls.filter_map(|call| Some((call.method, call.variable_key?))).collect()
    }
}
