#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use serde_json::json;

pub(super) fn fingerprint(value: &str) -> Fingerprint {
    let mut fingerprint = [7u8; 32];
    for (at, byte) in value.bytes().enumerate() {
        fingerprint[at % 31] = fingerprint[at % 31].wrapping_mul(31).wrapping_add(byte);
    }
    fingerprint[31] = u8::try_from(value.len() % 256).unwrap();
    fingerprint
}

fn with_state(key: &str, state: SourceState) -> SourceKey {
    SourceKey { secret_key: key.to_owned(), destination_key: key.to_owned(), secret_id: None, secret_version: Some(1), state }
}

fn source(key: &str, value: &str) -> SourceKey {
    with_state(key, SourceState::Value { value: value.into(), fingerprint: fingerprint(value) })
}

fn hidden(key: &str) -> ObservedVariable {
    ObservedVariable { key: key.to_owned(), value: None, secret: true, locked: true }
}

fn readable(key: &str, value: &str) -> ObservedVariable {
    ObservedVariable { key: key.to_owned(), value: Some(value.into()), secret: false, locked: false }
}

fn written(key: &str, value: &str) -> LedgerEntry {
    LedgerEntry {
        destination_key: key.to_owned(),
        secret_key: key.to_owned(),
        fingerprint: fingerprint(value),
        secret_version: Some(1),
    }
}

fn options() -> PlanOptions {
    PlanOptions { environment_slug: "prod".to_owned(), ..PlanOptions::default() }
}

fn schema(source: &str) -> PlanOptions {
    PlanOptions { key_schema: KeySchema::parse(source).unwrap(), ..options() }
}

/// Every item as "destinationKey action reason", with "?" for an approval.
fn lines(plan: &Plan) -> Vec<String> {
    plan.items
        .iter()
        .map(|item| {
            format!(
                "{} {} {}{}",
                item.destination_key,
                item.action.as_str(),
                item.reason.as_str(),
                if item.requires_approval { " ?" } else { "" },
            )
        })
        .collect()
}

fn one(source: &[SourceKey], observed: &[ObservedVariable], ledger: &[LedgerEntry], options: &PlanOptions) -> String {
    let plan = plan(source, observed, ledger, options);
    lines(&plan).join(", ")
}

#[test]
fn a_value_is_created_updated_reflagged_or_left() {
    let options = options();
    let new = source("K", "v");
    let new = std::slice::from_ref(&new);
    let owned = [written("K", "v")];
    assert_eq!(one(new, &[], &[], &options), "K create new");
    assert_eq!(one(new, &[], &owned, &options), "K create new", "deleted by hand");
    assert_eq!(one(new, &[hidden("K")], &owned, &options), "K unchanged same");
    assert_eq!(one(new, &[hidden("K")], &[written("K", "old")], &options), "K update value_changed");
    assert_eq!(one(new, &[hidden("K")], &[], &options), "K update adopts_unmanaged");
    assert_eq!(one(new, &[readable("K", "v")], &[], &options), "K update adopts_unmanaged");
    assert_eq!(one(new, &[readable("K", "v")], &owned, &options), "K reflag flags_differ");
    assert_eq!(
        one(new, &[readable("K", "by hand")], &owned, &options),
        "K update value_changed",
        "a plain variable shows that its value drifted"
    );
    let unlocked = ObservedVariable { locked: false, ..hidden("K") };
    assert_eq!(one(new, &[unlocked], &owned, &options), "K reflag flags_differ");
}

#[test]
fn force_writes_everything_again() {
    let options = PlanOptions { force: true, ..options() };
    assert_eq!(one(&[source("K", "v")], &[hidden("K")], &[written("K", "v")], &options), "K update same");
}

#[test]
fn unchanged_stands_on_the_record() {
    let plan = plan(&[source("K", "v")], &[hidden("K")], &[written("K", "v")], &options());
    assert_eq!(plan.items[0].verified_by, Some(VerifiedBy::Record));
    assert!(!plan.has_writes());
}

#[test]
fn owned_keys_gone_from_the_source_go_unless_deletion_is_off() {
    let observed = [hidden("OLD")];
    let ledger = [written("OLD", "v")];
    assert_eq!(one(&[], &observed, &ledger, &options()), "OLD delete not_in_source");
    let off = PlanOptions { disable_secret_deletion: true, ..options() };
    assert_eq!(one(&[], &observed, &ledger, &off), "OLD keep deletion_disabled");
}

#[test]
fn unmanaged_keys_follow_the_option() {
    let observed = [readable("A", "x"), hidden("B")];
    let with =
        |unmanaged_secrets, disable_secret_deletion| PlanOptions { unmanaged_secrets, disable_secret_deletion, ..options() };
    assert_eq!(one(&[], &observed, &[], &with(UnmanagedSecrets::Approve, false)), "A delete unmanaged, B delete unmanaged ?");
    assert_eq!(one(&[], &observed, &[], &with(UnmanagedSecrets::Delete, false)), "A delete unmanaged, B delete unmanaged");
    assert_eq!(one(&[], &observed, &[], &with(UnmanagedSecrets::Keep, false)), "A keep unmanaged, B keep unmanaged");
    assert_eq!(
        one(&[], &observed, &[], &with(UnmanagedSecrets::Delete, true)),
        "A keep deletion_disabled, B keep deletion_disabled"
    );
}

#[test]
fn keys_outside_the_schema_are_never_touched() {
    let options = PlanOptions { unmanaged_secrets: UnmanagedSecrets::Delete, ..schema("SHOP_{{secretKey}}") };
    let observed = [hidden("TOKEN"), hidden("XSHOP_A"), hidden("SHOP_OLD")];
    let ledger = [written("TOKEN", "v")];
    assert_eq!(
        one(&[], &observed, &ledger, &options),
        "SHOP_OLD delete unmanaged, TOKEN keep outside_schema, XSHOP_A keep outside_schema"
    );
    let mut stray = source("x/OLD", "v");
    stray.destination_key = "app/x/OLD".to_owned();
    assert_eq!(one(&[stray], &[hidden("app/x/OLD")], &[], &schema("app/{{secretKey}}")), "app/x/OLD blocked outside_schema");
}

#[test]
fn blocked_keys_stay_whatever_the_options() {
    for (reason, word) in [
        (BlockReason::Unreadable, "unreadable"),
        (BlockReason::UnresolvedReference, "unresolved_reference"),
        (BlockReason::OutsideGrant, "outside_grant"),
        (BlockReason::KeyConflict, "key_conflict"),
    ] {
        let key = with_state("K", SourceState::Blocked(reason));
        let options = PlanOptions { unmanaged_secrets: UnmanagedSecrets::Delete, force: true, ..options() };
        let found = one(&[key], &[hidden("K")], &[written("K", "v")], &options);
        assert_eq!(found, format!("K blocked {word}"));
    }
}

#[test]
fn two_secrets_on_one_destination_key_block_each_other() {
    let mut first = source("a", "1");
    let mut second = source("b", "2");
    first.destination_key = "K".to_owned();
    second.destination_key = "K".to_owned();
    let ledger = [written("K", "1")];
    let one_way = plan(&[first.clone(), second.clone()], &[hidden("K")], &ledger, &options());
    let other_way = plan(&[second, first], &[hidden("K")], &ledger, &options());
    assert_eq!(one_way, other_way);
    assert_eq!(lines(&one_way), ["K blocked key_conflict", "K blocked key_conflict"]);
    assert_eq!(one_way.items[0].secret_key.as_deref(), Some("a"));
}

#[test]
fn empty_values_follow_the_option() {
    let empty = with_state("K", SourceState::Empty);
    let empty = std::slice::from_ref(&empty);
    let with = |empty_values| PlanOptions { empty_values, ..options() };
    let owned = [written("K", "v")];
    let delete = with(EmptyValues::Delete);
    assert_eq!(one(empty, &[], &[], &delete), "K unchanged empty_value");
    assert_eq!(one(empty, &[hidden("K")], &owned, &delete), "K delete empty_value");
    assert_eq!(one(empty, &[hidden("K")], &[], &delete), "K delete empty_value ?");
    assert_eq!(one(empty, &[readable("K", "x")], &[], &delete), "K delete empty_value");
    let kept = PlanOptions { unmanaged_secrets: UnmanagedSecrets::Keep, ..with(EmptyValues::Delete) };
    assert_eq!(one(empty, &[readable("K", "x")], &[], &kept), "K keep unmanaged");
    let off = PlanOptions { disable_secret_deletion: true, ..with(EmptyValues::Delete) };
    assert_eq!(one(empty, &[hidden("K")], &owned, &off), "K keep deletion_disabled");
    let skip = with(EmptyValues::Skip);
    assert_eq!(one(empty, &[hidden("K")], &owned, &skip), "K keep empty_value");
    assert_eq!(one(empty, &[], &[], &skip), "K unchanged empty_value");
    let fail = with(EmptyValues::Fail);
    assert_eq!(one(empty, &[hidden("K")], &owned, &fail), "K blocked empty_value");
    assert_eq!(one(empty, &[], &[], &fail), "K blocked empty_value");
}

#[test]
fn a_rename_names_the_old_key_only_when_it_is_certain() {
    let renamed = plan(&[source("NEW", "v")], &[hidden("OLD")], &[written("OLD", "v")], &options());
    assert_eq!(lines(&renamed), ["NEW create new", "OLD delete not_in_source"]);
    assert_eq!(renamed.items[0].renamed_from.as_deref(), Some("OLD"));

    let two_old =
        plan(&[source("NEW", "v")], &[hidden("OLD"), hidden("OLDER")], &[written("OLD", "v"), written("OLDER", "v")], &options());
    assert_eq!(two_old.items[0].renamed_from, None);
    let two_new = plan(&[source("NEW", "v"), source("NEWER", "v")], &[hidden("OLD")], &[written("OLD", "v")], &options());
    assert_eq!(two_new.items[0].renamed_from, None);
}

#[test]
fn ledger_entries_without_either_side_are_forgotten() {
    let plan = plan(&[source("K", "v")], &[], &[written("K", "v"), written("GONE", "v")], &options());
    assert_eq!(plan.forgotten, ["GONE"]);
}

#[test]
fn a_key_listed_twice_counts_with_its_weaker_flags() {
    let observed = [hidden("K"), readable("K", "x")];
    let ledger = [written("K", "v")];
    let plan = plan(&[source("K", "v")], &observed, &ledger, &options());
    assert_eq!(lines(&plan), ["K reflag flags_differ"]);
}

#[test]
fn items_have_the_apis_shape() {
    let plan = plan(
        &[source("NEW", "v"), source("SAME", "s")],
        &[hidden("OLD"), hidden("SAME")],
        &[written("OLD", "v"), written("SAME", "s")],
        &options(),
    );
    assert_eq!(
        serde_json::to_value(&plan.items).unwrap(),
        json!([
            {"secretKey": "NEW", "destinationKey": "NEW", "action": "create", "reason": "new",
             "requiresApproval": false, "secretVersion": 1, "before": null,
             "after": {"secret": true, "locked": true}, "renamedFrom": "OLD"},
            {"secretKey": "OLD", "destinationKey": "OLD", "action": "delete", "reason": "not_in_source",
             "requiresApproval": false, "secretVersion": 1,
             "before": {"secret": true, "locked": true}, "after": null},
            {"secretKey": "SAME", "destinationKey": "SAME", "action": "unchanged", "reason": "same",
             "requiresApproval": false, "secretVersion": 1,
             "before": {"secret": true, "locked": true},
             "after": {"secret": true, "locked": true}, "verifiedBy": "record"},
        ])
    );
    let counts = plan.counts();
    assert_eq!((counts.create, counts.delete, counts.unchanged), (1, 1, 1));
    assert_eq!(
        serde_json::to_value(counts).unwrap(),
        json!({"create": 1, "update": 0, "reflag": 0, "delete": 1, "keep": 0, "unchanged": 1,
               "blocked": 0, "adopts": 0, "requiresApproval": 0})
    );
}

#[test]
fn words_of_the_wire_and_of_serde_agree() {
    let plan = plan(&[source("K", "v")], &[hidden("B")], &[], &options());
    for item in &plan.items {
        assert_eq!(serde_json::to_value(item.action).unwrap(), item.action.as_str());
        assert_eq!(serde_json::to_value(item.reason).unwrap(), item.reason.as_str());
    }
    assert_eq!(serde_json::to_value(Reason::AdoptsUnmanaged).unwrap(), Reason::AdoptsUnmanaged.as_str());
    assert_eq!(serde_json::to_value(Reason::UnresolvedReference).unwrap(), Reason::UnresolvedReference.as_str());
}

#[test]
fn the_digest_moves_when_a_value_moves_and_only_then() {
    let observed = [hidden("K")];
    let ledger = [written("K", "v0")];
    let digest = |value: &str| plan(&[source("K", value)], &observed, &ledger, &options()).digest();
    assert_eq!(digest("v1"), digest("v1"));
    assert_ne!(digest("v1"), digest("v2"));
    assert_eq!(digest("v1").len(), 64);
    let approval = plan(&[], &[hidden("K")], &[], &options()).digest();
    let none = plan(&[], &[readable("K", "x")], &[], &options()).digest();
    assert_ne!(approval, none);
}

#[test]
fn the_breaker_counts_deletions_of_owned_keys_only() {
    let names: Vec<String> = (0..100).map(|n| format!("K{n:02}")).collect();
    let observed: Vec<_> = names.iter().map(|name| hidden(name)).collect();
    let ledger: Vec<_> = names.iter().map(|name| written(name, name)).collect();
    let gone = |count: usize| -> Plan {
        let source: Vec<_> = names[count..].iter().map(|name| source(name, name)).collect();
        plan(&source, &observed, &ledger, &options())
    };
    let rule = BreakerRule::default();
    assert!(breaker(&gone(20), 100, &rule).is_empty());
    assert_eq!(breaker(&gone(21), 100, &rule), names[..21]);
    assert!(breaker(&gone(10), 12, &rule).is_empty(), "ten keys may always go");
    assert_eq!(breaker(&gone(11), 12, &rule).len(), 11);
    let none = BreakerRule { keys: 0, percent: 0 };
    assert_eq!(breaker(&gone(1), 100, &none), ["K00"]);

    let exact = PlanOptions { unmanaged_secrets: UnmanagedSecrets::Delete, ..options() };
    let unmanaged = plan(&[], &observed, &[], &exact);
    assert!(breaker(&unmanaged, 0, &rule).is_empty());
}
