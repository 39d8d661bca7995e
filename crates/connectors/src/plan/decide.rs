//! The rules: what may be written, overwritten and deleted (design, section 4).

use std::collections::{BTreeMap, HashMap};

use secrecy::ExposeSecret;

use super::{
    Action, BlockReason, EmptyValues, Fingerprint, Flags, LedgerEntry, ObservedVariable, Plan, PlanItem, PlanOptions, Reason,
    SourceKey, SourceState, UnmanagedSecrets, VerifiedBy,
};

/// Decides what a run does. The order of the three lists does not matter.
pub fn plan(source: &[SourceKey], observed: &[ObservedVariable], ledger: &[LedgerEntry], options: &PlanOptions) -> Plan {
    let sides = Sides { observed: index_observed(observed), ledger: index_ledger(ledger), options };
    let mut by_destination: BTreeMap<&str, Vec<&SourceKey>> = BTreeMap::new();
    for key in source {
        by_destination.entry(&key.destination_key).or_default().push(key);
    }

    let mut items = Vec::with_capacity(source.len() + observed.len());
    for keys in by_destination.values() {
        let conflict = keys.len() > 1;
        items.extend(keys.iter().map(|key| if conflict { sides.blocked(key, Reason::KeyConflict) } else { sides.wanted(key) }));
    }
    for (key, seen) in &sides.observed {
        if !by_destination.contains_key(key) {
            items.push(sides.unwanted(key, seen));
        }
    }
    items.sort_by(|a, b| {
        (&a.destination_key, &a.secret_key, a.secret_version).cmp(&(&b.destination_key, &b.secret_key, b.secret_version))
    });
    link_renames(&mut items, &sides.ledger);

    let forgotten = sides
        .ledger
        .keys()
        .filter(|key| !by_destination.contains_key(**key) && !sides.observed.contains_key(**key))
        .map(|key| (*key).to_owned())
        .collect();
    Plan { items, forgotten }
}

/// What the destination shows of one key, duplicates folded.
struct Seen<'a> {
    value: Option<&'a str>,
    flags: Flags,
}

struct Sides<'a> {
    observed: BTreeMap<&'a str, Seen<'a>>,
    ledger: BTreeMap<&'a str, &'a LedgerEntry>,
    options: &'a PlanOptions,
}

impl Sides<'_> {
    fn item(&self, destination_key: &str, action: Action, reason: Reason) -> PlanItem {
        let before = self.observed.get(destination_key).map(|seen| seen.flags);
        let entry = self.ledger.get(destination_key);
        PlanItem {
            secret_key: entry.map(|entry| entry.secret_key.clone()),
            destination_key: destination_key.to_owned(),
            action,
            reason,
            requires_approval: false,
            secret_version: entry.and_then(|entry| entry.secret_version),
            before,
            after: match action {
                Action::Create | Action::Update | Action::Reflag => Some(Flags::WRITTEN),
                Action::Delete => None,
                Action::Keep | Action::Unchanged | Action::Blocked => before,
            },
            renamed_from: None,
            verified_by: None,
            fingerprint: None,
            owned: entry.is_some(),
        }
    }

    fn for_source(&self, key: &SourceKey, action: Action, reason: Reason) -> PlanItem {
        PlanItem {
            secret_key: Some(key.secret_key.clone()),
            secret_version: key.secret_version,
            ..self.item(&key.destination_key, action, reason)
        }
    }

    fn blocked(&self, key: &SourceKey, reason: Reason) -> PlanItem {
        self.for_source(key, Action::Blocked, reason)
    }

    /// A key the source has.
    fn wanted(&self, key: &SourceKey) -> PlanItem {
        match &key.state {
            SourceState::Blocked(reason) => self.blocked(
                key,
                match reason {
                    BlockReason::Unreadable => Reason::Unreadable,
                    BlockReason::UnresolvedReference => Reason::UnresolvedReference,
                    BlockReason::OutsideGrant => Reason::OutsideGrant,
                    BlockReason::KeyConflict => Reason::KeyConflict,
                },
            ),
            SourceState::Empty => self.empty(key),
            SourceState::Value { value, fingerprint } => {
                let (action, reason, verified_by) = self.write(key, value.expose_secret(), fingerprint);
                PlanItem { fingerprint: Some(*fingerprint), verified_by, ..self.for_source(key, action, reason) }
            }
        }
    }

    fn write(&self, key: &SourceKey, value: &str, fingerprint: &Fingerprint) -> (Action, Reason, Option<VerifiedBy>) {
        let destination_key = key.destination_key.as_str();
        let Some(seen) = self.observed.get(destination_key) else {
            return (Action::Create, Reason::New, None);
        };
        let Some(entry) = self.ledger.get(destination_key) else {
            // A secret's own slash can carry its destination key out of the
            // schema; what stands there already is not the sync's to overwrite.
            return if self.in_schema(destination_key) {
                (Action::Update, Reason::AdoptsUnmanaged, None)
            } else {
                (Action::Blocked, Reason::OutsideSchema, None)
            };
        };
        let drifted = seen.value.is_some_and(|seen| seen != value);
        if entry.fingerprint != *fingerprint || drifted {
            return (Action::Update, Reason::ValueChanged, None);
        }
        let verified_by = if seen.value.is_some() { VerifiedBy::Value } else { VerifiedBy::Record };
        if seen.flags != Flags::WRITTEN {
            (Action::Reflag, Reason::FlagsDiffer, Some(verified_by))
        } else if self.options.force {
            (Action::Update, Reason::Same, Some(verified_by))
        } else {
            (Action::Unchanged, Reason::Same, Some(verified_by))
        }
    }

    /// A key the source has without a value.
    fn empty(&self, key: &SourceKey) -> PlanItem {
        let destination_key = key.destination_key.as_str();
        if self.options.empty_values == EmptyValues::Fail {
            return self.blocked(key, Reason::EmptyValue);
        }
        let Some(seen) = self.observed.get(destination_key) else {
            return self.for_source(key, Action::Unchanged, Reason::EmptyValue);
        };
        if self.options.empty_values == EmptyValues::Skip {
            return self.for_source(key, Action::Keep, Reason::EmptyValue);
        }
        match self.removal(destination_key, seen) {
            Removal::Refused(reason) => self.for_source(key, Action::Keep, reason),
            Removal::Allowed { requires_approval } => {
                PlanItem { requires_approval, ..self.for_source(key, Action::Delete, Reason::EmptyValue) }
            }
        }
    }

    /// A key only the destination has.
    fn unwanted(&self, destination_key: &str, seen: &Seen<'_>) -> PlanItem {
        match self.removal(destination_key, seen) {
            Removal::Refused(reason) => self.item(destination_key, Action::Keep, reason),
            Removal::Allowed { requires_approval } => {
                let reason = if self.ledger.contains_key(destination_key) { Reason::NotInSource } else { Reason::Unmanaged };
                PlanItem { requires_approval, ..self.item(destination_key, Action::Delete, reason) }
            }
        }
    }

    fn removal(&self, destination_key: &str, seen: &Seen<'_>) -> Removal {
        let owned = self.ledger.contains_key(destination_key);
        if !self.in_schema(destination_key) {
            Removal::Refused(Reason::OutsideSchema)
        } else if !owned && self.options.unmanaged_secrets == UnmanagedSecrets::Keep {
            Removal::Refused(Reason::Unmanaged)
        } else if self.options.disable_secret_deletion {
            Removal::Refused(Reason::DeletionDisabled)
        } else {
            Removal::Allowed {
                requires_approval: !owned && self.options.unmanaged_secrets == UnmanagedSecrets::Approve && seen.value.is_none(),
            }
        }
    }

    fn in_schema(&self, destination_key: &str) -> bool {
        self.options.key_schema.matches(destination_key, &self.options.environment_slug)
    }
}

enum Removal {
    Refused(Reason),
    Allowed { requires_approval: bool },
}

/// A key that is listed twice counts with its weaker flags, and as readable
/// only when all its values agree.
fn index_observed(observed: &[ObservedVariable]) -> BTreeMap<&str, Seen<'_>> {
    let mut index: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for variable in observed {
        let value = variable.value.as_ref().map(ExposeSecret::expose_secret);
        index
            .entry(&variable.key)
            .and_modify(|seen| {
                if seen.value != value {
                    seen.value = None;
                }
                seen.flags.secret &= variable.secret;
                seen.flags.locked &= variable.locked;
            })
            .or_insert(Seen { value, flags: Flags { secret: variable.secret, locked: variable.locked } });
    }
    index
}

fn index_ledger(ledger: &[LedgerEntry]) -> BTreeMap<&str, &LedgerEntry> {
    let mut index: BTreeMap<&str, &LedgerEntry> = BTreeMap::new();
    let rank = |entry: &LedgerEntry| (entry.secret_version, entry.fingerprint);
    for entry in ledger {
        let known = index.entry(&entry.destination_key).or_insert(entry);
        if rank(entry) > rank(known) {
            *known = entry;
        }
    }
    index
}

/// A new key whose value one single deleted key held is that key renamed.
fn link_renames(items: &mut [PlanItem], ledger: &BTreeMap<&str, &LedgerEntry>) {
    let mut gone: HashMap<Fingerprint, Vec<String>> = HashMap::new();
    let mut made: HashMap<Fingerprint, usize> = HashMap::new();
    for item in items.iter() {
        if item.action == Action::Delete
            && item.reason == Reason::NotInSource
            && let Some(entry) = ledger.get(item.destination_key.as_str())
        {
            gone.entry(entry.fingerprint).or_default().push(item.destination_key.clone());
        }
        if item.action == Action::Create
            && let Some(fingerprint) = item.fingerprint
        {
            *made.entry(fingerprint).or_default() += 1;
        }
    }
    for item in items.iter_mut().filter(|item| item.action == Action::Create) {
        if let Some(fingerprint) = item.fingerprint
            && made.get(&fingerprint) == Some(&1)
            && let Some([old]) = gone.get(&fingerprint).map(Vec::as_slice)
        {
            item.renamed_from = Some(old.clone());
        }
    }
}
