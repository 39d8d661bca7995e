//! Laws of the plan over arbitrary sources, destinations and ledgers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::tests::fingerprint;
use super::*;

#[derive(Clone)]
struct World {
    source: Vec<SourceKey>,
    observed: Vec<ObservedVariable>,
    ledger: Vec<LedgerEntry>,
    options: PlanOptions,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source: Vec<_> = self.source.iter().map(|key| &key.destination_key).collect();
        let observed: Vec<_> = self.observed.iter().map(|variable| (&variable.key, variable.secret, variable.locked)).collect();
        let ledger: Vec<_> = self.ledger.iter().map(|entry| &entry.destination_key).collect();
        write!(f, "{source:?} {observed:?} {ledger:?} {:?}", self.options)
    }
}

impl World {
    fn plan(&self) -> Plan {
        plan(&self.source, &self.observed, &self.ledger, &self.options)
    }

    /// Does what the plan says, approvals refused, and keeps the ledger.
    fn apply(&mut self, plan: &Plan) {
        let mut observed: BTreeMap<String, ObservedVariable> =
            self.observed.drain(..).map(|variable| (variable.key.clone(), variable)).collect();
        let mut ledger: BTreeMap<String, LedgerEntry> =
            self.ledger.drain(..).map(|entry| (entry.destination_key.clone(), entry)).collect();
        for item in plan.items.iter().filter(|item| !item.requires_approval) {
            let key = item.destination_key.clone();
            match (item.action, item.fingerprint) {
                (Action::Create | Action::Update | Action::Reflag, Some(fingerprint)) => {
                    observed.insert(key.clone(), ObservedVariable { key: key.clone(), value: None, secret: true, locked: true });
                    ledger.insert(
                        key.clone(),
                        LedgerEntry {
                            destination_key: key,
                            secret_key: item.secret_key.clone().unwrap_or_default(),
                            fingerprint,
                            secret_version: item.secret_version,
                        },
                    );
                }
                (Action::Delete, _) => {
                    observed.remove(&key);
                    ledger.remove(&key);
                }
                _ => {}
            }
        }
        for key in &plan.forgotten {
            ledger.remove(key);
        }
        self.observed = observed.into_values().collect();
        self.ledger = ledger.into_values().collect();
    }
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["A", "B", "C", "D", "X_A", "X_B", "X_C", "a/b", "ä", ""]).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["1", "2", "3"]).prop_map(str::to_owned)
}

/// A state that can be printed; the real one cannot, it holds a value.
#[derive(Debug, Clone)]
enum Draft {
    Value(String),
    Empty,
    Blocked(BlockReason),
}

impl From<Draft> for SourceState {
    fn from(draft: Draft) -> Self {
        match draft {
            Draft::Value(value) => Self::Value { fingerprint: fingerprint(&value), value: value.into() },
            Draft::Empty => Self::Empty,
            Draft::Blocked(reason) => Self::Blocked(reason),
        }
    }
}

fn state() -> impl Strategy<Value = Draft> {
    prop_oneof![
        6 => value().prop_map(Draft::Value),
        1 => Just(Draft::Empty),
        1 => prop::sample::select(vec![
            BlockReason::Unreadable,
            BlockReason::UnresolvedReference,
            BlockReason::OutsideGrant,
        ])
        .prop_map(Draft::Blocked),
    ]
}

fn options() -> impl Strategy<Value = PlanOptions> {
    (
        prop::sample::select(vec!["", "X_{{secretKey}}", "{{secretKey}}_{{environment}}", "a/{{secretKey}}"]),
        any::<bool>(),
        prop::sample::select(vec![UnmanagedSecrets::Approve, UnmanagedSecrets::Keep, UnmanagedSecrets::Delete]),
        prop::sample::select(vec![EmptyValues::Delete, EmptyValues::Skip, EmptyValues::Fail]),
    )
        .prop_map(|(schema, disable_secret_deletion, unmanaged_secrets, empty_values)| PlanOptions {
            key_schema: KeySchema::parse(schema).unwrap_or_default(),
            environment_slug: "prod".to_owned(),
            disable_secret_deletion,
            unmanaged_secrets,
            empty_values,
            force: false,
        })
}

fn world() -> impl Strategy<Value = World> {
    (
        options(),
        prop::collection::vec((key(), state()), 0..8),
        prop::collection::btree_map(key(), (value(), any::<bool>(), any::<bool>()), 0..8),
        prop::collection::btree_map(key(), value(), 0..8),
    )
        .prop_map(|(options, source, observed, ledger)| World {
            source: source
                .into_iter()
                .enumerate()
                .map(|(at, (key, state))| SourceKey {
                    destination_key: options.key_schema.apply(&key, "prod"),
                    secret_key: format!("{key}{}", if at % 5 == 4 { "!" } else { "" }),
                    secret_id: None,
                    secret_version: i32::try_from(at).ok(),
                    state: state.into(),
                })
                .collect(),
            observed: observed
                .into_iter()
                .map(|(key, (value, secret, locked))| ObservedVariable {
                    key,
                    value: (!secret).then(|| value.into()),
                    secret,
                    locked,
                })
                .collect(),
            ledger: ledger
                .into_iter()
                .map(|(key, value)| LedgerEntry {
                    secret_key: key.clone(),
                    destination_key: key,
                    fingerprint: fingerprint(&value),
                    secret_version: Some(1),
                })
                .collect(),
            options,
        })
}

proptest! {
    #[test]
    fn one_run_converges(mut world in world()) {
        let first = world.plan();
        world.apply(&first);
        let second = world.plan();
        prop_assert!(!second.has_writes(), "{:?}", second.items);
        prop_assert!(second.forgotten.is_empty());
        for key in &world.source {
            let alone = world.source.iter().filter(|other| other.destination_key == key.destination_key).count() == 1;
            if let SourceState::Value { value, fingerprint } = &key.state
                && alone
                && let Some(entry) = world.ledger.iter().find(|entry| entry.destination_key == key.destination_key)
            {
                prop_assert!(!value.expose_secret().is_empty());
                prop_assert_eq!(entry.fingerprint, *fingerprint);
            }
        }
    }

    #[test]
    fn what_is_kept_or_outside_the_schema_is_not_touched(world in world()) {
        let before = world.clone();
        let mut after = world;
        let plan = after.plan();
        after.apply(&plan);
        let wanted: BTreeSet<&str> =
            before.source.iter().map(|key| key.destination_key.as_str()).collect();
        let kept: BTreeSet<&str> = plan
            .items
            .iter()
            .filter(|item| item.action == Action::Keep)
            .map(|item| item.destination_key.as_str())
            .collect();
        for variable in &before.observed {
            let outside = !before.options.key_schema.matches(&variable.key, "prod")
                && !wanted.contains(variable.key.as_str());
            if outside || kept.contains(variable.key.as_str()) {
                let still = after.observed.iter().find(|other| other.key == variable.key);
                let untouched = still.is_some_and(|other| {
                    (other.secret, other.locked) == (variable.secret, variable.locked)
                        && other.value.as_ref().map(ExposeSecret::expose_secret)
                            == variable.value.as_ref().map(ExposeSecret::expose_secret)
                });
                prop_assert!(untouched);
            }
        }
    }

    #[test]
    fn the_order_of_the_lists_does_not_matter(world in world(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        let turn = |length: usize| usize::try_from(seed % 97).unwrap_or(0) % length.max(1);
        shuffled.source.reverse();
        let by = turn(shuffled.source.len());
        shuffled.source.rotate_left(by);
        shuffled.observed.reverse();
        let by = turn(shuffled.observed.len());
        shuffled.observed.rotate_left(by);
        shuffled.ledger.reverse();
        let (one, other) = (world.plan(), shuffled.plan());
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.digest(), other.digest());
        let keys: Vec<_> = one.items.iter().map(|item| item.destination_key.as_bytes()).collect();
        prop_assert!(keys.is_sorted());
    }

    #[test]
    fn a_blocked_key_is_never_deleted(world in world()) {
        let plan = world.plan();
        for key in &world.source {
            if matches!(key.state, SourceState::Blocked(_)) {
                let items: Vec<_> = plan
                    .items
                    .iter()
                    .filter(|item| item.destination_key == key.destination_key)
                    .collect();
                prop_assert!(!items.is_empty());
                prop_assert!(items.iter().all(|item| item.action == Action::Blocked));
            }
        }
    }

    #[test]
    fn nothing_is_deleted_when_deletion_is_off(mut world in world()) {
        world.options.disable_secret_deletion = true;
        prop_assert_eq!(world.plan().counts().delete, 0);
    }

    #[test]
    fn force_writes_every_value_and_touches_nothing_else(mut world in world()) {
        let usual = world.plan();
        world.options.force = true;
        let forced = world.plan();
        prop_assert_eq!(usual.items.len(), forced.items.len());
        for (usual, forced) in usual.items.iter().zip(&forced.items) {
            if usual.action == Action::Unchanged && usual.reason == Reason::Same {
                prop_assert_eq!((forced.action, forced.reason), (Action::Update, Reason::Same));
            } else {
                prop_assert_eq!(usual, forced);
            }
        }
        prop_assert_eq!(usual.forgotten, forced.forgotten);
    }

    /// What stands in the ledger is deleted or kept for a reason; nothing else of the destination is ever deleted unless the
    /// rule for unmanaged variables says so.
    #[test]
    fn only_what_the_rules_name_is_deleted(world in world()) {
        for item in world.plan().items.iter().filter(|item| item.action == Action::Delete) {
            prop_assert!(world.options.key_schema.matches(&item.destination_key, "prod"));
            let owned = world.ledger.iter().any(|entry| entry.destination_key == item.destination_key);
            prop_assert_eq!(item.owned, owned);
            if !owned {
                prop_assert!(world.options.unmanaged_secrets != UnmanagedSecrets::Keep);
                let readable = world.observed.iter().any(|seen| seen.key == item.destination_key && seen.value.is_some());
                let asks = world.options.unmanaged_secrets == UnmanagedSecrets::Approve && !readable;
                prop_assert_eq!(item.requires_approval, asks);
            }
        }
    }
}
