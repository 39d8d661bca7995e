//! What surrounds a target: read to the end, no more than needed, and never a value.

use std::collections::BTreeSet;

use super::*;
use crate::connector::{GroupSnapshot, Warning};
use crate::failure::FailureKind;

impl Caller {
    async fn surroundings(&self, observed: &Observed, keys: &[&str]) -> Result<Vec<Warning>, Failure> {
        let keys: BTreeSet<&str> = keys.iter().copied().collect();
        self.checkly.surroundings(&self.credentials, &self.target, observed, &keys, &self.call()).await
    }

    fn account(&self, runtime_id: &str) -> Value {
        json!([{"id": "other", "runtimeId": "2020.01"}, {"id": self.target.account_id.to_uppercase(), "runtimeId": runtime_id}])
    }
}

fn group(id: u64, keys: &[&str]) -> Value {
    let variables: Vec<Value> = keys.iter().map(|key| json!({"key": key, "value": VALUE, "secret": false})).collect();
    json!({"id": id, "name": format!("Group {id}"), "environmentVariables": variables})
}

fn observed_group(runtime_id: Option<&str>) -> Observed {
    let group = GroupSnapshot {
        id: "7".to_owned(),
        name: "Seven".to_owned(),
        runtime_id: runtime_id.map(str::to_owned),
        members: serde_json::Map::new(),
        variables: Vec::new(),
    };
    Observed { group: Some(group), ..Observed::default() }
}

fn by_group(id: u64, keys: &[&str]) -> Warning {
    Warning::ShadowedByGroup { group: format!("Group {id}"), keys: keys.iter().map(|key| (*key).to_owned()).collect() }
}

#[tokio::test]
async fn every_page_of_groups_is_looked_at() {
    let fake = Fake::start(|seen, _| {
        if seen.target == "/v1/accounts" {
            return Reply::Json(200, json!([{"id": "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3", "runtimeId": "2025.04"}]));
        }
        Reply::Json(
            200,
            match seen.page() {
                1 => (1..=100).map(|id| group(id, if id == 3 { &["B", "A", "A", "X"] } else { &["X"] })).collect(),
                _ => json!([group(101, &["B"]), {"id": 102, "environmentVariables": null}, {"id": 103}]),
            },
        )
    })
    .await;
    let warnings = Caller::of(&fake).surroundings(&Observed::default(), &["A", "B", "C"]).await.unwrap();
    assert_eq!(warnings, [by_group(3, &["A", "B"]), by_group(101, &["B"])]);
    assert_eq!(
        fake.lines(),
        ["GET /v1/accounts", "GET /v1/check-groups?limit=100&page=1", "GET /v1/check-groups?limit=100&page=2"]
    );
    let texts: String = warnings.iter().map(|warning| format!("{warning} {warning:?}")).collect();
    assert!(!texts.contains(VALUE) && !texts.contains("canary"));
}

#[tokio::test]
async fn a_group_is_compared_with_its_account() {
    for (own, of_account, old) in [
        (None, "2023.09", Some("2023.09")),
        (None, "2025.04", None),
        // A group with a runtime of its own has been warned of where it was observed.
        (Some("2025.04"), "2023.09", None),
    ] {
        let fake = Fake::start(move |seen, _| {
            let account = json!([{"id": "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3", "runtimeId": of_account}]);
            Reply::Json(200, if seen.target == "/v1/accounts" { account } else { json!([hidden("A"), stored("Z")]) })
        })
        .await;
        let mut caller = Caller::of(&fake);
        caller.target.group_id = Some("7".to_owned());
        let mut expected: Vec<Warning> =
            old.into_iter().map(|runtime_id| Warning::OldRuntime { runtime_id: runtime_id.to_owned() }).collect();
        expected.push(Warning::ShadowsAccount { keys: vec!["A".to_owned()] });
        assert_eq!(caller.surroundings(&observed_group(own), &["A", "B"]).await.unwrap(), expected);
        assert_eq!(fake.seen().len(), if own.is_some() { 1 } else { 2 });
    }
}

#[tokio::test]
async fn nothing_to_write_is_hidden_by_nothing() {
    let fake = Fake::start(|_, _| Reply::Json(200, json!([]))).await;
    let mut caller = Caller::of(&fake);
    assert_eq!(caller.surroundings(&Observed::default(), &[]).await.unwrap(), []);
    caller.target.group_id = Some("7".to_owned());
    assert_eq!(caller.surroundings(&observed_group(Some("2025.04")), &[]).await.unwrap(), []);
    assert_eq!(fake.lines(), ["GET /v1/accounts"]);
}

#[tokio::test]
async fn an_old_account_is_found_whatever_the_case_of_its_id() {
    let account = std::sync::Arc::new(Mutex::new(json!([])));
    let answer = std::sync::Arc::clone(&account);
    let fake = Fake::start(move |_, _| Reply::Json(200, answer.lock().unwrap().clone())).await;
    let caller = Caller::of(&fake);
    *account.lock().unwrap() = caller.account("2024.02");
    let old = Warning::OldRuntime { runtime_id: "2024.02".to_owned() };
    assert_eq!(caller.surroundings(&Observed::default(), &[]).await.unwrap(), [old]);
}

#[tokio::test]
async fn failures_are_sorted_and_clean() {
    let fake = Fake::start(|_, _| Reply::Json(403, error(403, &format!("no {VALUE}")))).await;
    let refused = failure(Caller::of(&fake).surroundings(&Observed::default(), &["A"]).await);
    assert_eq!((refused.kind, refused.http_status), (FailureKind::Forbidden, Some(403)));
    let fake = Fake::start(|seen, _| {
        let page = (1..=100).map(|id| group(id, &[])).collect();
        Reply::Json(200, if seen.target == "/v1/accounts" { json!([]) } else { page })
    })
    .await;
    let repeated = failure(Caller::of(&fake).surroundings(&Observed::default(), &["A"]).await);
    assert_eq!(repeated.kind, FailureKind::Protocol);
    assert!(repeated.message.contains("repeats"), "{}", repeated.message);
}
