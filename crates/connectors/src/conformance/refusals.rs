//! Refusals: sorted, told whose they are, and free of what was sent.

use super::*;
use crate::checkly::{SetupError, runtime_takes_secrets};
use crate::failure::{FailureKind, MESSAGE_LIMIT, Whose};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

async fn refused(reply: Reply) -> Failure {
    let fake = Fake::in_order(vec![reply]).await;
    let failure = failure(Caller::of(&fake).update("K").await);
    assert_clean(&failure);
    assert_eq!(fake.seen().len(), 1);
    failure
}

#[tokio::test]
async fn statuses_are_sorted() {
    for (status, kind, whose) in [
        (400, FailureKind::Rejected, Whose::Settings),
        (401, FailureKind::Credentials, Whose::Settings),
        (402, FailureKind::Rejected, Whose::Settings),
        (403, FailureKind::Forbidden, Whose::Settings),
        (408, FailureKind::Transient, Whose::Checkly),
        (409, FailureKind::Rejected, Whose::Settings),
        (413, FailureKind::Rejected, Whose::Settings),
        (422, FailureKind::Rejected, Whose::Settings),
        (429, FailureKind::RateLimited, Whose::Checkly),
        (500, FailureKind::Transient, Whose::Checkly),
        (504, FailureKind::Transient, Whose::Checkly),
        (599, FailureKind::Transient, Whose::Checkly),
    ] {
        let failure = refused(Reply::Json(status, error(status, "because"))).await;
        assert_eq!((failure.kind, failure.whose()), (kind, whose), "{status}");
        assert_eq!(failure.http_status, Some(status));
        assert!(failure.message.contains("because"), "{}", failure.message);
        assert_eq!(failure.client_message(), format!("Request failed with status code {status}"));
    }
}

#[tokio::test]
async fn a_refused_write_names_the_role_it_takes() {
    let failure = refused(Reply::Json(403, error(403, "Forbidden"))).await;
    assert!(failure.message.contains("Read & Write or Admin"), "{}", failure.message);
}

#[tokio::test]
async fn the_four_shapes_of_errors_are_understood() {
    let text = |body: &str| Reply::Text(400, vec![("content-type", "application/json".to_owned())], body.to_owned());
    for (reply, expected) in [
        (text(r#"{"statusCode":400,"error":"Bad Request","message":"full"}"#), "full"),
        (text(r#"{"error":"only error"}"#), "only error"),
        (text(r#"{"message":"coded","errorCode":"E_1"}"#), "coded [E_1]"),
        (text(r#""a bare string""#), "a bare string"),
        (text(r#"{"message":"old","validation":{"source":"payload","keys":["key","value"]}}"#), "old [key, value]"),
        (Reply::Text(400, vec![], "plain words".to_owned()), "plain words"),
        (text(""), "no explanation"),
        (text("{\"mess"), "{\"mess"),
    ] {
        let failure = refused(reply).await;
        assert_eq!(failure.message, format!("Checkly refuses this (400): {expected}"));
    }
}

#[tokio::test]
async fn long_and_hostile_texts_are_cut_and_cleaned() {
    let text = format!("\u{1b}[31mred\r\nlog: forged\u{202e}{}", "x".repeat(100_000));
    let failure = refused(Reply::Json(400, error(400, &text))).await;
    assert!(failure.message.starts_with("Checkly refuses this (400): [31mred log: forgedx"), "{:.60}", failure.message);
    assert!(failure.message.chars().count() <= MESSAGE_LIMIT);
    assert!(!failure.message.contains(['\u{1b}', '\n', '\r', '\u{202e}']));
}

#[tokio::test]
async fn echoes_of_value_and_key_are_redacted() {
    let escaped = json!(VALUE).to_string();
    let percent = "canary%20%22v%C3%A4lue%22%2F0123456789%2B%26";
    let echoes = [
        format!("\"value\" with value \"{VALUE}\" is refused"),
        format!("twice {VALUE}{VALUE} and {API_KEY}"),
        format!("escaped {escaped} and {}", json!(escaped)),
        format!("base64 {} {}", STANDARD.encode(VALUE), STANDARD.encode(format!("x:{API_KEY}"))),
        format!("url {percent} and Bearer {API_KEY}"),
        format!("cut {}...", &VALUE[..24]),
        format!("LOUD {}", API_KEY.to_uppercase()),
        format!("hex {}", hex::encode(VALUE)),
    ];
    for echo in echoes {
        for reply in [
            Reply::Json(400, error(400, &echo)),
            Reply::Json(500, json!({"message": {"nested": [echo.clone()]}, "sent": {"value": echo.clone()}})),
            Reply::Json(422, json!(echo.clone())),
            Reply::Text(400, vec![("content-type", "text/plain".to_owned())], echo.clone()),
            Reply::Text(500, vec![("content-type", "text/html".to_owned())], format!("<p>{echo}</p>")),
        ] {
            let failure = refused(reply).await;
            let all = format!("{failure:?}").to_lowercase();
            for hint in [
                STANDARD.encode(VALUE).to_lowercase(),
                hex::encode("0123456789"),
                "0123456789%".to_owned(),
                "canary".to_owned(),
                "789+".to_owned(),
            ] {
                assert!(!all.contains(&hint), "{hint} in {all}");
            }
        }
    }
}

#[tokio::test]
async fn an_echo_longer_than_the_message_does_not_slip_through_the_cut() {
    let text = format!("{}{VALUE}", "x".repeat(MESSAGE_LIMIT - 40));
    let failure = refused(Reply::Json(400, error(400, &text))).await;
    assert!(!failure.message.contains("can"), "{}", failure.message);
}

#[tokio::test]
async fn a_429_says_how_long_and_is_never_a_success() {
    let date = |text: &str| ("date", text.to_owned());
    let after = |text: &str| ("retry-after", text.to_owned());
    let start = "Wed, 21 Oct 2026 07:28:00 GMT";
    for (headers, seconds) in [
        (vec![], 60),
        (vec![after("7")], 7),
        (vec![after("0")], 1),
        (vec![after("999999999")], 3600),
        (vec![after("soon")], 60),
        (vec![after("Wed, 21 Oct 2026 07:28:30 GMT"), date(start)], 30),
        (vec![after("Wed, 21 Oct 2026 07:00:00 GMT"), date(start)], 1),
        (vec![after("Wed, 21 Oct 2026 07:28:30 GMT")], 60),
    ] {
        let body = stored("K").to_string();
        let mut headers = headers;
        headers.push(("content-type", "application/json".to_owned()));
        let fake = Fake::start(move |_, _| Reply::Text(429, headers.clone(), body.clone())).await;
        let caller = Caller::of(&fake);
        for failure in [
            failure(caller.observe().await),
            failure(caller.create("K").await),
            failure(caller.update("K").await),
            failure(caller.delete("K").await),
        ] {
            assert_eq!(failure.kind, FailureKind::RateLimited);
            assert_eq!(failure.retry_after_ms, Some(seconds * 1000));
            assert_eq!(failure.attempts, 1);
            assert_clean(&failure);
        }
        assert_eq!(caller.waits(), [Duration::from_secs(seconds); 4]);
    }
}

#[tokio::test]
async fn what_checkly_said_is_kept_for_the_wire() {
    let body = json!({"statusCode": 401, "error": "Unauthorized", "message": "Bad Token"});
    let failure = refused(Reply::Json(401, body)).await;
    assert_eq!(failure.wire_message(), r#"{"statusCode":401,"error":"Unauthorized","message":"Bad Token"}"#);
}

#[tokio::test]
async fn a_short_secret_leaves_the_kept_answer_json() {
    let body = json!({"statusCode": 400, "message": "4 is bad", "code": 4, "attributes": {"n": 42}});
    let fake = Fake::in_order(vec![Reply::Json(400, body)]).await;
    let caller = Caller::of(&fake);
    let short = SecretString::from("4");
    let result = caller.checkly.update(&caller.credentials, &caller.target, "K", &short, &caller.call()).await;
    let kept: Value = serde_json::from_str(&failure(result).wire_message()).unwrap();
    assert_eq!(kept, json!({"statusCode": 400, "message": "[redacted] is bad", "attributes": {"n": "[redacted]2"}}));
}

#[tokio::test]
async fn no_server_is_a_network_failure_in_the_originals_words() {
    // A port that was free a moment ago refuses.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let caller = Caller::with(&format!("http://{address}"), ChecklyOptions::default());
    let failure = failure(caller.observe().await);
    assert_eq!((failure.kind, failure.whose()), (FailureKind::Network, Whose::Network));
    assert_eq!(failure.client_message(), format!("connect ECONNREFUSED {address}"));
    assert_eq!(failure.attempts, 3);
    assert_clean(&failure);
}

#[tokio::test]
async fn keys_that_are_no_header_are_refused_without_a_call() {
    let fake = Fake::in_order(vec![]).await;
    let mut caller = Caller::of(&fake);
    caller.credentials.api_key = "cu_\nX-Evil: 1".into();
    let refused = failure(caller.observe().await);
    assert_eq!((refused.kind, refused.attempts), (FailureKind::Credentials, 0));
    let mut caller = Caller::of(&fake);
    caller.target.account_id = "a\r\nb".to_owned();
    assert_eq!(failure(caller.observe().await).kind, FailureKind::TargetGone);
    assert!(fake.seen().is_empty());
}

#[test]
fn only_https_or_this_machine_is_an_address_of_checkly() {
    let setup = |url: &str| Checkly::new(url.parse().unwrap(), ChecklyOptions::default()).map(|_| ());
    for url in ["https://api.checklyhq.com", "http://127.0.0.1:80", "http://[::1]:9", "http://localhost/prefix/"] {
        assert!(setup(url).is_ok(), "{url}");
    }
    for url in [
        "http://api.checklyhq.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "data:text/plain,x",
    ] {
        assert!(matches!(setup(url), Err(SetupError::InsecureAddress(_))), "{url}");
    }
    for url in ["https://user:canary@example.com", "https://example.com?x=1", "http://127.0.0.1/#x"] {
        let error = setup(url).unwrap_err();
        assert!(matches!(error, SetupError::ExtraParts), "{url}");
        assert!(!error.to_string().contains("canary"));
    }
}

#[tokio::test]
async fn a_path_in_the_address_comes_first() {
    let fake = Fake::in_order(vec![Reply::Json(200, json!([]))]).await;
    let caller = Caller::with(&format!("{}/proxy/checkly/", fake.url), ChecklyOptions::default());
    caller.observe().await.unwrap();
    assert_eq!(fake.lines(), ["GET /proxy/checkly/v1/variables?limit=100&page=1"]);
    assert_eq!(caller.checkly.origin(), fake.url);
}

#[test]
fn old_runtimes_are_known() {
    for old in ["2024.02", "2023.09", "2022.10"] {
        assert!(!runtime_takes_secrets(old), "{old}");
    }
    for new in ["2024.09", "2025.04", "next", ""] {
        assert!(runtime_takes_secrets(new), "{new}");
    }
}

#[test]
fn reserved_names_are_warned_of() {
    let checkly = Checkly::new("http://127.0.0.1:9".parse().unwrap(), ChecklyOptions::default()).unwrap();
    for key in ["REGION", "CHECKLY_FOO", "CI"] {
        assert!(checkly.key_warning(key).is_some(), "{key}");
    }
    assert!(checkly.key_warning("TOKEN").is_none());
}
