//! What a user of the documentation would expect, in the fewest words: no ledger, no plan, no calls.

use std::collections::{BTreeMap, BTreeSet};

/// The secrets, the settings of the sync, and what Checkly should hold after the next run.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// The folder that is synced.
    pub secrets: BTreeMap<String, String>,
    /// Another folder, imported or not.
    pub library: BTreeMap<String, String>,
    pub is_imported: bool,
    /// What the key schema puts before each key.
    pub prefix: String,
    /// `unmanagedSecrets`: `keep`, or else `delete`.
    pub keeps_unmanaged: bool,
    pub disables_deletion: bool,
    /// Checkly's variables.
    pub destination: BTreeMap<String, String>,
    /// Those of them that the sync wrote.
    pub owned: BTreeSet<String>,
}

/// The secret that others refer to.
pub const BASE: &str = "BASE";

impl Reference {
    /// Names and values the source stands for.
    pub fn desired(&self) -> BTreeMap<String, String> {
        let mut merged = if self.is_imported { self.library.clone() } else { BTreeMap::new() };
        merged.extend(self.secrets.clone());
        let base = self.secrets.get(BASE).cloned().unwrap_or_default();
        let resolved = merged.into_iter().map(|(key, value)| (self.name(&key), value.replace("${BASE}", &base)));
        resolved.filter(|(_, value)| !value.is_empty()).collect()
    }

    pub fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// A run that succeeds.
    pub fn run(&mut self) {
        let desired = self.desired();
        let (prefix, owned) = (self.prefix.clone(), &mut self.owned);
        let (keeps, disabled) = (self.keeps_unmanaged, self.disables_deletion);
        self.destination.retain(|name, _| {
            let is_owned = owned.contains(name);
            let stays = desired.contains_key(name) || !name.starts_with(&prefix) || disabled || (!is_owned && keeps);
            if !stays {
                owned.remove(name);
            }
            stays
        });
        self.owned.extend(desired.keys().cloned());
        self.destination.extend(desired);
    }
}

/// Random numbers that a seed repeats (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        usize::try_from(z % u64::try_from(bound).unwrap()).unwrap()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { Some(&all[self.below(all.len())]) }
    }
}
