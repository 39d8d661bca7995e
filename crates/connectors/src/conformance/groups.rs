//! Groups: the whole list, everything else as it was, nothing foreign blanked.

use super::*;
use crate::connector::{GroupSnapshot, GroupWrite, Warning};
use crate::failure::FailureKind;

fn group() -> Value {
    json!({
        "id": 271828, "name": "Checkout", "activated": true, "muted": false,
        "tags": ["a", "b"], "locations": ["eu-west-1"], "concurrency": 3,
        "runtimeId": "2025.04", "alertSettings": {"escalationType": "RUN_BASED", "threshold": 1},
        "localSetupScript": null, "doubleCheck": true, "privateLocations": [],
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
        "checks": [1], "projectBindings": {"owner": null},
        "environmentVariables": [
            {"key": "PLAIN", "value": "p", "locked": false, "secret": false},
            {"key": "OURS", "value": "", "locked": true, "secret": true},
            {"key": "OLD", "value": "", "locked": true, "secret": true},
        ],
    })
}

/// The group as the server has it after a PUT with that body.
fn after(put: &Value) -> Value {
    let mut group = group();
    for (member, value) in put.as_object().unwrap() {
        group[member] = value.clone();
    }
    group["updated_at"] = json!("2026-02-02T00:00:00.000Z");
    group
}

fn pair(key: &str) -> (String, SecretString) {
    (key.to_owned(), value())
}

fn desired(set: &[&str], remove: &[&str], restore: &[&str]) -> GroupWrite {
    GroupWrite {
        set: set.iter().copied().map(pair).collect(),
        remove: remove.iter().map(|key| (*key).to_owned()).collect(),
        restore: restore.iter().copied().map(pair).collect(),
    }
}

impl Caller {
    fn of_group(fake: &Fake) -> Self {
        let mut caller = Self::of(fake);
        caller.target.group_id = Some("271828".to_owned());
        caller
    }

    async fn snapshot(&self) -> GroupSnapshot {
        self.observe().await.unwrap().group.unwrap()
    }

    async fn write(&self, snapshot: &GroupSnapshot, desired: GroupWrite) -> Result<Done, Failure> {
        self.checkly.write_group(&self.credentials, &self.target, snapshot, desired, &self.call()).await
    }
}

async fn honest() -> Fake {
    Fake::start(|seen, _| match seen.method.as_str() {
        "PUT" => Reply::Json(200, after(&seen.json())),
        _ => Reply::Json(200, group()),
    })
    .await
}

#[tokio::test]
async fn a_group_is_written_whole_and_its_other_settings_go_back_as_read() {
    let fake = honest().await;
    let caller = Caller::of_group(&fake);
    let observed = caller.observe().await.unwrap();
    assert_eq!(observed.variables.len(), 3);
    assert!(observed.variables[1].value.is_none());
    let snapshot = observed.group.unwrap();
    let done = caller.write(&snapshot, desired(&["OURS", "NEW", "A"], &["OLD"], &[])).await.unwrap();
    assert_eq!((done.http_status, done.attempts), (200, 1));
    assert_eq!(fake.lines(), ["GET /v1/check-groups/271828", "PUT /v2/check-groups/271828?autoAssignAlerts=false"]);
    let body = fake.seen()[1].json();
    let ours = |key: &str| json!({"key": key, "value": VALUE, "secret": true, "locked": true});
    assert_eq!(
        body["environmentVariables"],
        json!([
            {"key": "PLAIN", "value": "p", "secret": false, "locked": false},
            ours("OURS"), ours("A"), ours("NEW"),
        ])
    );
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "activated",
            "alertSettings",
            "concurrency",
            "doubleCheck",
            "environmentVariables",
            "localSetupScript",
            "locations",
            "muted",
            "name",
            "privateLocations",
            "runtimeId",
            "tags"
        ]
    );
    for member in members.into_iter().filter(|member| *member != "environmentVariables") {
        assert_eq!(body[member], group()[member], "{member}");
    }
}

#[tokio::test]
async fn a_foreign_secret_that_would_be_blanked_stops_the_write() {
    let fake = honest().await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    let failure = failure(caller.write(&snapshot, desired(&["NEW"], &[], &[])).await);
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert!(failure.message.contains("(OURS, OLD)"), "{}", failure.message);
    assert_eq!(fake.seen().len(), 1, "nothing was written");
}

#[tokio::test]
async fn what_stays_without_its_source_is_written_back_from_the_record() {
    let fake = honest().await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    caller.write(&snapshot, desired(&["OURS"], &[], &["OLD", "PLAIN"])).await.unwrap();
    let list = fake.seen()[1].json()["environmentVariables"].clone();
    assert_eq!(list[0]["value"], "p", "a readable variable stays as it is");
    assert_eq!(list[2], json!({"key": "OLD", "value": VALUE, "secret": true, "locked": true}));
}

#[tokio::test]
async fn a_group_holds_200_and_not_one_more() {
    let fake = honest().await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    let names: Vec<String> = (0..200).map(|at| format!("K{at:03}")).collect();
    let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
    let refused = failure(caller.write(&snapshot, desired(&all, &["OURS", "OLD"], &[])).await);
    assert_eq!(refused.kind, FailureKind::Rejected);
    assert!(refused.message.contains("at most 200") && refused.message.contains("201"), "{}", refused.message);
    all.pop();
    caller.write(&snapshot, desired(&all, &["OURS", "OLD"], &[])).await.unwrap();
}

#[tokio::test]
async fn other_settings_that_changed_are_reported() {
    let fake = Fake::start(|seen, _| match seen.method.as_str() {
        "PUT" => {
            let mut group = after(&seen.json());
            group["activated"] = json!(false);
            group["muted"] = json!(true);
            group["tags"] = json!(["b", "a"]);
            group["concurrency"] = json!(3.0);
            Reply::Json(200, group)
        }
        _ => Reply::Json(200, group()),
    })
    .await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    let failure = failure(caller.write(&snapshot, desired(&["OURS", "OLD"], &[], &[])).await);
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.message.contains("activated, muted."), "{}", failure.message);
    assert_clean(&failure);
}

#[tokio::test]
async fn a_bare_answer_is_checked_by_reading_again() {
    let written = std::sync::Arc::new(Mutex::new(group()));
    let state = std::sync::Arc::clone(&written);
    let fake = Fake::start(move |seen, _| {
        let mut state = state.lock().unwrap();
        if seen.method == "PUT" {
            *state = after(&seen.json());
            return Reply::Json(200, json!({"id": 271828, "name": "Checkout"}));
        }
        Reply::Json(200, state.clone())
    })
    .await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    let done = caller.write(&snapshot, desired(&["OURS", "OLD"], &[], &[])).await.unwrap();
    assert_eq!((done.attempts, fake.seen().len()), (2, 3));
}

#[tokio::test]
async fn variables_that_were_not_stored_as_sent_are_reported() {
    let fake = Fake::start(|seen, _| match seen.method.as_str() {
        "PUT" => {
            let mut group = after(&seen.json());
            let list = group["environmentVariables"].as_array_mut().unwrap();
            list[1]["secret"] = json!(false);
            list.pop();
            list.push(hidden("GHOST"));
            Reply::Json(200, group)
        }
        _ => Reply::Json(200, group()),
    })
    .await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    let failure = failure(caller.write(&snapshot, desired(&["OURS", "OLD"], &[], &[])).await);
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.message.contains("GHOST, OLD, OURS"), "{}", failure.message);
}

#[tokio::test]
async fn refusals_of_a_group_are_sorted_and_clean() {
    let reply = std::sync::Arc::new(Mutex::new(0u16));
    let status = std::sync::Arc::clone(&reply);
    let fake = Fake::start(move |seen, _| match seen.method.as_str() {
        "PUT" => {
            let status = *status.lock().unwrap();
            Reply::Json(status, error(status, &format!("bad {}", seen.body)))
        }
        _ => Reply::Json(200, group()),
    })
    .await;
    let caller = Caller::of_group(&fake);
    let snapshot = caller.snapshot().await;
    for (code, kind) in [
        (400, FailureKind::Rejected),
        (403, FailureKind::Forbidden),
        (404, FailureKind::TargetGone),
        (429, FailureKind::RateLimited),
        (500, FailureKind::Transient),
    ] {
        *reply.lock().unwrap() = code;
        let failure = failure(caller.write(&snapshot, desired(&["OURS", "OLD"], &[], &[])).await);
        assert_eq!((failure.kind, failure.http_status), (kind, Some(code)));
        assert_clean(&failure);
    }
}

#[tokio::test]
async fn a_group_without_variables_reads_as_empty_and_odd_ones_fail() {
    for list in [json!(null), json!([])] {
        let mut empty = group();
        empty["environmentVariables"] = list;
        let fake = Fake::in_order(vec![Reply::Json(200, empty)]).await;
        assert!(Caller::of_group(&fake).observe().await.unwrap().variables.is_empty());
    }
    let mut odd = vec![json!([]), json!({"id": 1, "name": "other"}), json!({"id": 271828})];
    for list in [json!("none"), json!([{"value": "x"}]), json!([5]), json!({})] {
        let mut group = group();
        group["environmentVariables"] = list;
        odd.push(group);
    }
    for body in odd {
        let fake = Fake::in_order(vec![Reply::Json(200, body.clone())]).await;
        let failure = failure(Caller::of_group(&fake).observe().await);
        assert_eq!(failure.kind, FailureKind::Protocol, "{body}");
    }
}

#[tokio::test]
async fn vanished_and_impossible_groups_are_gone() {
    let fake = Fake::in_order(vec![Reply::Json(404, error(404, "Not Found"))]).await;
    let mut caller = Caller::of_group(&fake);
    let gone = failure(caller.observe().await);
    assert_eq!(gone.kind, FailureKind::TargetGone);
    assert!(gone.message.starts_with("The check group does not exist"), "{}", gone.message);
    for id in ["0", "-1", "../accounts", "1e3", ""] {
        caller.target.group_id = Some(id.to_owned());
        assert_eq!(failure(caller.observe().await).kind, FailureKind::TargetGone);
    }
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn old_runtimes_and_groups_from_code_are_warned_of() {
    let mut managed = group();
    managed["runtimeId"] = json!("2023.09");
    managed["projectBindings"] = json!({"owner": {"logicalId": "shop-monitors"}});
    let fake = Fake::in_order(vec![Reply::Json(200, managed)]).await;
    let warnings = Caller::of_group(&fake).observe().await.unwrap().warnings;
    assert_eq!(
        warnings,
        [Warning::OldRuntime { runtime_id: "2023.09".to_owned() }, Warning::ManagedByCode { owner: "shop-monitors".to_owned() },]
    );
}
