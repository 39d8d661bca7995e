//! The variables of one account, in the order of their creation.

use std::collections::{BTreeMap, HashMap};

use crate::model::Variable;

/// Keeps rows by creation order and an index by key. One key may occur twice, as in very old
/// accounts (Checkly API contract, section 3).
#[derive(Debug, Default)]
pub(crate) struct Variables {
    rows: BTreeMap<u64, Variable>,
    by_key: HashMap<String, Vec<u64>>,
    next: u64,
}

impl Variables {
    pub(crate) fn get(&self, key: &str) -> Option<&Variable> {
        self.by_key.get(key)?.first().and_then(|row| self.rows.get(row))
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// Adds a row, also when the key exists.
    pub(crate) fn push(&mut self, variable: Variable) {
        let row = self.next;
        self.next += 1;
        self.by_key.entry(variable.key.clone()).or_default().push(row);
        self.rows.insert(row, variable);
    }

    /// Replaces the first row of the key, or adds one.
    pub(crate) fn set(&mut self, variable: Variable) {
        let row = self.by_key.get(&variable.key).and_then(|rows| rows.first()).copied();
        match row {
            Some(row) => {
                self.rows.insert(row, variable);
            }
            None => self.push(variable),
        }
    }

    /// Removes the first row of the key.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Variable> {
        let rows = self.by_key.get_mut(key)?;
        let row = if rows.is_empty() { None } else { Some(rows.remove(0)) };
        if rows.is_empty() {
            self.by_key.remove(key);
        }
        self.rows.remove(&row?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.rows.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}
