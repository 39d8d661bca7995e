//! Lists: all of it, or a failure.

use super::*;
use crate::connector::Warning;
use crate::failure::FailureKind;
use secrecy::ExposeSecret;

fn key(at: usize) -> String {
    format!("K{at:04}")
}

fn page(count: usize, page: usize) -> Value {
    let from = (page - 1) * 100;
    (from..count.min(from + 100)).map(|at| hidden(&key(at))).collect()
}

#[tokio::test]
async fn all_pages_are_read_until_a_short_one() {
    for (count, pages) in [(0, 1), (99, 1), (100, 2), (250, 3)] {
        let fake = Fake::start(move |seen, _| Reply::Json(200, page(count, seen.page()))).await;
        let caller = Caller::of(&fake);
        let observed = caller.observe().await.unwrap();
        assert_eq!(observed.variables.len(), count);
        assert_eq!(observed.pages, pages);
        assert_eq!(fake.seen().len(), pages as usize);
        assert_eq!(caller.counters.calls(), u64::from(pages));
        assert_eq!(fake.lines()[0], "GET /v1/variables?limit=100&page=1");
        assert!(observed.variables.iter().all(|variable| variable.secret && variable.locked));
    }
}

#[tokio::test]
async fn calls_carry_key_account_and_name() {
    let fake = Fake::in_order(vec![Reply::Json(200, json!([]))]).await;
    let caller = Caller::of(&fake);
    caller.observe().await.unwrap();
    let seen = &fake.seen()[0];
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {API_KEY}").as_str()));
    assert_eq!(seen.header("x-checkly-account"), Some(caller.target.account_id.as_str()));
    assert!(seen.header("user-agent").unwrap().starts_with("keyferry/"));
}

#[tokio::test]
async fn values_are_read_only_where_they_are_shown() {
    let list = json!([
        {"key": "PLAIN", "value": "p", "secret": false, "locked": false},
        {"key": "LOCKED", "value": "l", "secret": false, "locked": true},
        {"key": "BARE", "value": "b"},
        {"key": "SECRET", "value": "masked?", "secret": true, "locked": false, "id": 7},
    ]);
    let fake = Fake::in_order(vec![Reply::Json(200, list)]).await;
    let observed = Caller::of(&fake).observe().await.unwrap();
    let found: Vec<_> = observed
        .variables
        .iter()
        .map(|variable| {
            let value = variable.value.as_ref().map(ExposeSecret::expose_secret);
            (variable.key.as_str(), value, variable.secret, variable.locked)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("PLAIN", Some("p"), false, false),
            ("LOCKED", Some("l"), false, true),
            ("BARE", Some("b"), false, false),
            ("SECRET", None, true, false),
        ]
    );
}

#[tokio::test]
async fn a_key_listed_again_counts_once() {
    let fake = Fake::start(|seen, _| {
        let mut list = page(100, 1);
        if seen.page() == 2 {
            // One was deleted meanwhile and another made, so that the first
            // key of the first page came again.
            list = json!([hidden("K0000"), hidden("NEW"), hidden("NEW")]);
        }
        Reply::Json(200, list)
    })
    .await;
    let observed = Caller::of(&fake).observe().await.unwrap();
    assert_eq!(observed.variables.len(), 101);
    assert_eq!(observed.warnings, [Warning::DuplicateKey { key: "NEW".to_owned() }]);
}

#[tokio::test]
async fn a_server_that_ignores_the_page_is_found_out() {
    let fake = Fake::start(|_, _| Reply::Json(200, page(100, 1))).await;
    let failure = failure(Caller::of(&fake).observe().await);
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert_eq!(fake.seen().len(), 2);
    let longer = Fake::start(|_, _| Reply::Json(200, (0..250).map(|at| hidden(&key(at))).collect())).await;
    let longer = super::failure(Caller::of(&longer).observe().await);
    assert_eq!(longer.kind, FailureKind::Protocol);
}

#[tokio::test]
async fn nonsense_is_never_an_empty_list() {
    let json = || vec![("content-type", "application/json".to_owned())];
    let bodies = [
        Reply::Json(200, json!({"data": []})),
        Reply::Json(200, json!(null)),
        Reply::Json(200, json!([{"value": "x"}])),
        Reply::Json(200, json!([{"key": 5}])),
        Reply::Json(200, json!([{"key": null}])),
        Reply::Json(200, json!([{"key": "K", "value": {"canary": VALUE}}])),
        Reply::Json(200, json!(["K"])),
        Reply::Text(200, json(), "[{\"key\":\"K\",\"value\":\"canary 0123456789".to_owned()),
        Reply::Text(200, json(), String::new()),
        Reply::Text(200, vec![("content-type", "text/html".to_owned())], "<h1>hi</h1>".to_owned()),
        Reply::Text(200, vec![("content-type", "text/plain".to_owned())], "[]".to_owned()),
        Reply::Text(302, vec![("location", "/v1/elsewhere".to_owned())], String::new()),
        Reply::Text(204, vec![], String::new()),
    ];
    for (at, body) in bodies.into_iter().enumerate() {
        let fake = Fake::in_order(vec![body]).await;
        let failure = failure(Caller::of(&fake).observe().await);
        assert_eq!(failure.kind, FailureKind::Protocol, "body {at}: {failure:?}");
        assert_eq!(failure.attempts, 1);
        assert_clean(&failure);
    }
}

#[tokio::test]
async fn a_refusal_half_way_gives_nothing() {
    for (status, kind) in [(401, FailureKind::Credentials), (403, FailureKind::Forbidden), (404, FailureKind::TargetGone)] {
        let fake = Fake::start(move |seen, _| match seen.page() {
            1 => Reply::Json(200, page(250, 1)),
            _ => Reply::Json(status, error(status, "Bad Token")),
        })
        .await;
        let failure = failure(Caller::of(&fake).observe().await);
        assert_eq!((failure.kind, failure.http_status), (kind, Some(status)));
        assert_eq!(fake.seen().len(), 2, "no retry of {status}");
    }
}

#[tokio::test]
async fn reads_are_repeated_briefly() {
    let html =
        || Reply::Text(502, vec![("content-type", "text/html".to_owned())], "<html><body>Bad gateway</body></html>".to_owned());
    let fake = Fake::in_order(vec![html(), Reply::Close, Reply::Json(200, json!([]))]).await;
    assert_eq!(Caller::of(&fake).observe().await.unwrap().variables.len(), 0);
    assert_eq!(fake.seen().len(), 3);

    let fake = Fake::start(move |_, _| html()).await;
    let failure = failure(Caller::of(&fake).observe().await);
    assert_eq!(failure.kind, FailureKind::Transient);
    assert_eq!(failure.attempts, 3);
    assert_eq!(failure.message, "Checkly is in trouble (502): an HTML page");
    assert_eq!(failure.client_message(), "Request failed with status code 502");

    let fake = Fake::start(|_, _| Reply::Json(500, error(500, "no"))).await;
    assert_eq!(super::failure(Caller::of(&fake).observe().await).attempts, 1);
}

#[tokio::test]
async fn a_huge_answer_is_cut_off() {
    let mut head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n[".to_vec();
    head.extend(std::iter::repeat_n(b' ', 17 * 1024 * 1024));
    head.extend_from_slice(b"]");
    let fake = Fake::in_order(vec![Reply::Bytes(head)]).await;
    let failure = failure(Caller::of(&fake).observe().await);
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.message.contains("larger than"), "{}", failure.message);

    let mut tiny = vec![b'['];
    tiny.extend(std::iter::repeat_n(b"{},".as_slice(), 1_000_000).flatten());
    tiny.extend_from_slice(b"{}]");
    let text = String::from_utf8(tiny).unwrap();
    let fake = Fake::in_order(vec![Reply::Text(200, vec![("content-type", "application/json".to_owned())], text)]).await;
    assert_eq!(super::failure(Caller::of(&fake).observe().await).kind, FailureKind::Protocol);
}

#[tokio::test]
async fn a_broken_off_answer_is_a_network_failure() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[{\"key\":\"K\"}".to_vec();
    let fake = Fake::start(move |_, _| Reply::Bytes(cut.clone())).await;
    let failure = failure(Caller::of(&fake).observe().await);
    assert_eq!(failure.kind, FailureKind::Network, "{failure:?}");
    assert_eq!(failure.attempts, 3);
}

#[tokio::test]
async fn a_hanging_server_is_given_up() {
    let fake = Fake::start(|_, _| Reply::Hang).await;
    let caller =
        Caller::with(&fake.url, ChecklyOptions { total_timeout: Duration::from_millis(50), ..ChecklyOptions::default() });
    let failure = failure(caller.observe().await);
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(failure.client_message(), "timeout of 50ms exceeded");
    assert_eq!(failure.attempts, 1, "a hang is not repeated in the call");
}

#[tokio::test]
async fn accounts_and_groups_are_listed() {
    let accounts = json!([
        {"id": "a-1", "name": "Acme EU", "runtimeId": "2025.04", "plan": "team"},
        {"id": "a-2"},
    ]);
    let fake = Fake::in_order(vec![Reply::Json(200, accounts)]).await;
    let caller = Caller::of(&fake);
    let found = caller.checkly.validate(&caller.credentials, &caller.call()).await.unwrap();
    assert_eq!(found[0].name, "Acme EU");
    assert_eq!(found[0].runtime_id.as_deref(), Some("2025.04"));
    assert_eq!(found[1].name, "a-2");
    let seen = &fake.seen()[0];
    assert_eq!(seen.line(), "GET /v1/accounts");
    assert_eq!(seen.header("x-checkly-account"), None);

    let fake = Fake::start(|seen, _| {
        let count = if seen.page() == 1 { 100 } else { 1 };
        let first = seen.page() * 1000;
        Reply::Json(200, (first..first + count).map(|id| json!({"id": id, "name": format!("G{id}")})).collect())
    })
    .await;
    let caller = Caller::of(&fake);
    let groups = caller.checkly.list_groups(&caller.credentials, "a-1", &caller.call()).await.unwrap();
    assert_eq!(groups.len(), 101);
    assert_eq!((groups[100].id.as_str(), groups[100].name.as_str()), ("2000", "G2000"));
    assert_eq!(fake.lines()[1], "GET /v1/check-groups?limit=100&page=2");
}

#[tokio::test]
async fn a_key_without_accounts_is_refused() {
    let fake = Fake::in_order(vec![Reply::Json(200, json!([]))]).await;
    let caller = Caller::of(&fake);
    let failure = failure(caller.checkly.validate(&caller.credentials, &caller.call()).await);
    assert_eq!(failure.kind, FailureKind::Rejected);
}
