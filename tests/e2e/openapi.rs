//! Requests made from the description of the API, at a server of their own: no answer may be a server's error, and each must be
//! one that the description knows: status, media type, shape.
//!
//! `tests/openapi` fills the server and lets Schemathesis make the requests; its seed and number are fixed.

use std::process::Command;

use keyferry_test_support::TestBackend;

use crate::clients::installed;
use crate::harness::{Checkly, Installation, run_to_end_within};

/// How long all requests may take, on a busy machine or in a thorough run.
const DEADLINE_SECONDS: u64 = 1800;

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_described() {
    let checkly = Checkly::start().await;
    // The addresses of webhooks are on this machine, where nobody listens.
    let installation =
        Installation::new(TestBackend::Sqlite, checkly.url()).await.setting("KEYFERRY_OUTBOUND_ALLOW", "127.0.0.1");
    let server = installation.start().await;
    let directory = tempfile::tempdir().unwrap();
    let mut command: Command = installed::schemathesis();
    command.env("KEYFERRY_OPENAPI_URL", server.url()).env("KEYFERRY_OPENAPI_DIRECTORY", directory.path());
    command.env("KEYFERRY_OPENAPI_CHECKLY_KEY", checkly.api_key()).env("KEYFERRY_OPENAPI_CHECKLY_ACCOUNT", checkly.account());
    // A thorough run by hand says so in the environment.
    for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("KEYFERRY_OPENAPI_")) {
        command.env(name, value);
    }
    let ended = run_to_end_within(command, DEADLINE_SECONDS).await;
    assert!(ended.status.success(), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout.lines().last(), Some("every answer was as described"), "{}", ended.stderr);
}
