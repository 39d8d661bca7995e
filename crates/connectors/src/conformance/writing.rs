//! Single variables: every write is confirmed, or it failed.

use super::*;
use crate::failure::FailureKind;

#[tokio::test]
async fn writes_send_four_members_and_nothing_else() {
    let fake = Fake::in_order(vec![
        Reply::Json(201, stored("K")),
        Reply::Json(200, stored("K")),
        Reply::Text(204, vec![], String::new()),
    ])
    .await;
    let caller = Caller::of(&fake);
    assert_eq!(caller.create("K").await.unwrap().http_status, 201);
    let done = caller.update("K").await.unwrap();
    assert_eq!((done.http_status, done.attempts), (200, 1));
    assert_eq!(caller.delete("K").await.unwrap().http_status, 204);
    assert_eq!(fake.lines(), ["POST /v1/variables", "PUT /v1/variables/K", "DELETE /v1/variables/K"]);
    for seen in &fake.seen()[..2] {
        assert_eq!(seen.json(), json!({"key": "K", "value": VALUE, "secret": true, "locked": true}));
        assert_eq!(seen.header("content-type"), Some("application/json"));
    }
    assert_eq!(fake.seen()[2].body, "");
}

#[tokio::test]
async fn keys_are_percent_encoded_byte_for_byte() {
    let fake = Fake::start(|seen, _| match seen.method.as_str() {
        "PUT" => Reply::Json(200, stored(seen.json()["key"].as_str().unwrap())),
        _ => Reply::Text(204, vec![], String::new()),
    })
    .await;
    let caller = Caller::of(&fake);
    let keys = [
        ("a/b", "a%2Fb"),
        ("ä", "%C3%A4"),
        ("a b", "a%20b"),
        ("%41", "%2541"),
        ("a.b-c_d~e", "a.b-c_d~e"),
        ("...", "..."),
        (".%2e", ".%252e"),
        ("?x#y", "%3Fx%23y"),
        ("a\\b", "a%5Cb"),
        ("'\"<>|{}^`", "%27%22%3C%3E%7C%7B%7D%5E%60"),
        ("a\nb\t\0", "a%0Ab%09%00"),
    ];
    for (key, _) in keys {
        caller.update(key).await.unwrap();
        caller.delete(key).await.unwrap();
    }
    let expected: Vec<String> =
        keys.iter().flat_map(|(_, path)| [format!("PUT /v1/variables/{path}"), format!("DELETE /v1/variables/{path}")]).collect();
    assert_eq!(fake.lines(), expected);
}

#[tokio::test]
async fn keys_that_no_path_can_name_are_refused_rather_than_sent_elsewhere() {
    let fake = Fake::start(|_, _| Reply::Text(204, vec![], String::new())).await;
    let caller = Caller::of(&fake);
    for key in [".", "..", ""] {
        for failure in [failure(caller.create(key).await), failure(caller.update(key).await), failure(caller.delete(key).await)] {
            assert_eq!(failure.kind, FailureKind::Rejected);
            assert!(failure.message.contains(&format!("{key:?}")), "{}", failure.message);
        }
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn an_unanswered_create_is_repeated_and_a_conflict_means_it_had_been_stored() {
    let fake = Fake::in_order(vec![Reply::Close, Reply::Json(409, error(409, "exists")), Reply::Json(200, stored("K"))]).await;
    let caller = Caller::of(&fake);
    let done = caller.create("K").await.unwrap();
    assert_eq!((done.http_status, done.attempts), (200, 3));
    assert_eq!(fake.lines(), ["POST /v1/variables", "POST /v1/variables", "PUT /v1/variables/K"]);
}

#[tokio::test]
async fn an_update_of_what_is_gone_makes_it() {
    let fake = Fake::in_order(vec![Reply::Json(404, error(404, "Not Found")), Reply::Json(201, stored("K"))]).await;
    let done = Caller::of(&fake).update("K").await.unwrap();
    assert_eq!((done.http_status, done.attempts), (201, 2));
    assert_eq!(fake.lines(), ["PUT /v1/variables/K", "POST /v1/variables"]);
}

#[tokio::test]
async fn a_key_that_comes_and_goes_ends() {
    let fake = Fake::start(|seen, _| match seen.method.as_str() {
        "PUT" => Reply::Json(404, error(404, "no")),
        _ => Reply::Json(409, error(409, "yes")),
    })
    .await;
    let failure = failure(Caller::of(&fake).create("K").await);
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Transient, 3));
}

#[tokio::test]
async fn a_delete_of_what_is_gone_is_done() {
    let fake = Fake::in_order(vec![Reply::Close, Reply::Json(404, error(404, "Not Found"))]).await;
    let done = Caller::of(&fake).delete("K").await.unwrap();
    assert_eq!((done.http_status, done.attempts), (404, 2));
}

#[tokio::test]
async fn writes_are_repeated_once_and_only_on_a_lost_connection() {
    let fake = Fake::start(|_, _| Reply::Close).await;
    let failure = failure(Caller::of(&fake).update("K").await);
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Network, 2));
    assert_eq!(failure.client_message(), "socket hang up");
    let fake = Fake::start(|_, _| Reply::Json(503, error(503, "later"))).await;
    let failure = super::failure(Caller::of(&fake).update("K").await);
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Transient, 1));
}

#[tokio::test]
async fn what_does_not_confirm_the_write_is_no_success() {
    let html = |status| Reply::Text(status, vec![("content-type", "text/html".to_owned())], "<h1>Sign in</h1>".to_owned());
    let json = |body: &str| Reply::Text(200, vec![("content-type", "application/json".to_owned())], body.to_owned());
    let answers = vec![
        html(200),
        html(404),
        json("{\"key\":\"K\",\"val"),
        json(""),
        json("[]"),
        json("{}"),
        json("{\"key\":\"OTHER\",\"value\":\"x\"}"),
        json("{\"key\":\"K\",\"value\":\"x\",\"secret\":false}"),
        Reply::Text(204, vec![], String::new()),
        Reply::Text(307, vec![("location", "/v1/x".to_owned())], String::new()),
    ];
    for (at, answer) in answers.into_iter().enumerate() {
        let fake = Fake::in_order(vec![answer]).await;
        let failure = failure(Caller::of(&fake).update("K").await);
        assert_eq!(failure.kind, FailureKind::Protocol, "answer {at}: {failure:?}");
        assert_eq!(fake.seen().len(), 1, "answer {at}");
    }
    for status in [200, 404] {
        let fake = Fake::in_order(vec![html(status)]).await;
        assert_eq!(failure(Caller::of(&fake).delete("K").await).kind, FailureKind::Protocol);
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_the_key_stays_here() {
    let elsewhere = Fake::start(|_, _| Reply::Json(200, json!([]))).await;
    let location = elsewhere.url.clone();
    let fake = Fake::start(move |_, _| Reply::Text(302, vec![("location", location.clone())], String::new())).await;
    let caller = Caller::of(&fake);
    for failure in [failure(caller.observe().await), failure(caller.update("K").await), failure(caller.delete("K").await)] {
        assert_eq!((failure.kind, failure.http_status), (FailureKind::Protocol, Some(302)));
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn empty_values_are_not_sent() {
    let fake = Fake::in_order(vec![]).await;
    let caller = Caller::of(&fake);
    let blank = SecretString::from(" \n");
    let result = caller.checkly.create(&caller.credentials, &caller.target, "K", &blank, &caller.call()).await;
    assert_eq!(failure(result).kind, FailureKind::Rejected);
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_guard_is_asked_before_every_call() {
    let fake = Fake::in_order(vec![Reply::Json(409, error(409, "exists"))]).await;
    let mut caller = Caller::of(&fake);
    caller.guard = Questions(AtomicI64::new(2));
    let failure = failure(caller.create("K").await);
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Stopped, 1));
    assert_eq!(fake.lines(), ["POST /v1/variables"]);

    caller.guard = Questions(AtomicI64::new(1));
    assert_eq!(super::failure(caller.delete("K").await).kind, FailureKind::Stopped);
    assert_eq!(fake.seen().len(), 1, "asked again after the wait for the budget");
}
