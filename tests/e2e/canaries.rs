//! Marked secrets go everywhere a user can put one; afterwards no log, error or database file shows one in any usual form.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keyferry_checkly_sim::{Fault, FaultEffect, Matcher};
use keyferry_test_support::{TestBackend, backends, canary, eventually};
use serde_json::{Value, json};

use crate::harness::{Checkly, Installation, Journey};

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_shows_in_logs_errors_or_files() {
    for backend in backends() {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await.log("trace");
        let server = installation.start().await;
        let journey = Journey::begin(&server).await;
        let mut planted = vec![
            ("the password", journey.password.clone()),
            ("the user's token", journey.client.token().to_owned()),
            ("the API key", checkly.api_key().to_owned()),
        ];
        plant_secrets(&journey, &checkly, &mut planted).await;
        plant_identity(&journey, &mut planted).await;
        let errors = provoke_errors(&journey, &mut planted).await;

        // While it runs, with SQLite's log beside the database, and after a crash.
        scan(&installation, &planted);
        server.kill().await;
        scan(&installation, &planted);
        for (what, secret) in &planted {
            for error in &errors {
                assert!(!error.contains(secret.as_str()), "{what} is in an error: {error}");
            }
        }
        // What may be read is found, so the scan looks into the files and not past them.
        let files = files(&[installation.data_dir(), installation.logs()]);
        let text: String = files.iter().map(|path| content(path)).collect();
        assert!(text.contains("listens on"));
        assert!(backend != TestBackend::Sqlite || text.contains("VALUE_CANARY"));
    }
}

/// Values, comments, metadata, old versions, references, and what a sync carries.
async fn plant_secrets(journey: &Journey, checkly: &Checkly, planted: &mut Vec<(&'static str, String)>) {
    let mut plant = |what: &'static str| {
        let secret = canary("e2e");
        planted.push((what, secret.clone()));
        secret
    };
    // A readable variable that the sync takes over; its old value is kept, encrypted, in the run record.
    checkly.state().set_variable(checkly.account(), "ADOPTED", plant("a variable's old value"), false, false);
    journey
        .create_secrets(vec![
            json!({
                "secretKey": "VALUE_CANARY",
                "secretValue": plant("a value"),
                "secretComment": plant("a comment"),
                "secretMetadata": [
                    {"key": "owner", "value": plant("hidden metadata"), "isEncrypted": true},
                    {"key": "team", "value": plant("plain metadata"), "isEncrypted": false},
                ],
            }),
            json!({"secretKey": "REFERENCE", "secretValue": "before-${VALUE_CANARY}-after"}),
            json!({"secretKey": "ADOPTED", "secretValue": plant("an adopting value")}),
        ])
        .await;
    let connection = journey.connect(checkly).await;
    let sync = journey.create_sync(checkly, &connection).await;
    journey.wait_until_synced(&sync).await;
    let newer = plant("a newer value");
    let body = json!({"workspaceId": journey.project, "environment": "prod", "secretValue": newer});
    journey.client.patch("/api/v3/secrets/raw/VALUE_CANARY", body).await;
    eventually("the newer value arrives", async || {
        checkly.state().variable(checkly.account(), "VALUE_CANARY").filter(|v| v.value == newer).map(|_| ())
    })
    .await;
    journey.wait_until_synced(&sync).await;

    // A value that Checkly refuses ends up in a message of the run.
    checkly.state().push_fault(Fault {
        matcher: Matcher { key: Some("REFUSED".to_owned()), ..Matcher::default() },
        effect: FaultEffect::RefuseValue,
    });
    journey.create_secrets(vec![json!({"secretKey": "REFUSED", "secretValue": plant("a refused value")})]).await;
    eventually("the refusal is told", async || {
        let answer = journey.client.get(&sync).await;
        (answer["secretSync"]["syncStatus"] == "failed").then_some(())
    })
    .await;
    journey.client.post(&format!("{sync}/plan"), json!({})).await;
}

/// A machine that signs in.
async fn plant_identity(journey: &Journey, planted: &mut Vec<(&'static str, String)>) {
    let client = &journey.client;
    let body = json!({"name": "ci", "organizationId": journey.organization, "role": "member"});
    let created = client.post("/api/v1/identities", body).await;
    let identity = created["identity"]["id"].as_str().unwrap();
    let attached = client.post(&format!("/api/v1/auth/universal-auth/identities/{identity}"), json!({})).await;
    let client_id = attached["identityUniversalAuth"]["clientId"].as_str().unwrap();
    let path = format!("/api/v1/auth/universal-auth/identities/{identity}/client-secrets");
    let secret = client.post(&path, json!({})).await["clientSecret"].as_str().unwrap().to_owned();
    let body = json!({"clientId": client_id, "clientSecret": secret});
    let login = client.post("/api/v1/auth/universal-auth/login", body).await;
    planted.push(("a client secret", secret));
    planted.push(("a machine's token", login["accessToken"].as_str().unwrap().to_owned()));
}

/// Requests that are refused, each with a secret where it should not be; answers what was said.
async fn provoke_errors(journey: &Journey, planted: &mut Vec<(&'static str, String)>) -> Vec<String> {
    let mut plant = |what: &'static str| {
        let secret = canary("e2e");
        planted.push((what, secret.clone()));
        secret
    };
    let client = &journey.client;
    let place = |value: Value| json!({"workspaceId": journey.project, "environment": "prod", "secretValue": value}).to_string();
    let requests = [
        ("POST", "/api/v3/auth/login", json!({"email": "ann@example.com", "password": plant("a wrong password")}).to_string()),
        (
            "POST",
            "/api/v1/auth/universal-auth/login",
            json!({"clientId": "00000000-0000-4000-8000-000000000000", "clientSecret": plant("a wrong client secret")})
                .to_string(),
        ),
        ("POST", "/api/v3/secrets/raw/WRONG_TYPE", place(json!({"nested": plant("a value of the wrong type")}))),
        ("POST", "/api/v3/secrets/raw/VALUE_CANARY", place(json!(plant("a duplicate's value")))),
        ("POST", "/api/v3/secrets/raw/NO:COLON", place(json!(plant("a value under a bad name")))),
        ("POST", "/api/v3/secrets/raw/BROKEN", format!("{{\"secretValue\": \"{}", plant("a broken body"))),
        (
            "POST",
            "/api/v1/app-connections/checkly",
            json!({
                "name": "wrong-key", "method": "api-key", "projectId": journey.project,
                "credentials": {"apiKey": format!("cu_{}", plant("an unknown API key"))},
            })
            .to_string(),
        ),
        ("GET", "/api/v1/projects", String::new()),
    ];
    let mut errors = Vec::new();
    for (method, path, body) in requests {
        let client = if body.is_empty() { client.with_token(&plant("a wrong token")) } else { client.clone() };
        let (status, answer) = client.try_raw(method, path, (!body.is_empty()).then_some(body)).await.unwrap();
        assert!((400..500).contains(&status), "{method} {path} answered {status}: {answer}");
        errors.push(answer.to_string());
    }
    errors
}

#[track_caller]
fn scan(installation: &Installation, planted: &[(&'static str, String)]) {
    for path in files(&[installation.data_dir(), installation.logs()]) {
        let content = content(&path);
        for (what, secret) in planted {
            for form in forms(secret) {
                if let Some(at) = content.find(&form) {
                    let line = content[..at].rsplit('\n').next().unwrap_or_default();
                    let line: String = line.chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
                    panic!("{what} is in {}, after: {line}", path.display());
                }
            }
        }
    }
}

/// Raw, hexadecimal, and base64 at each of the three places it can begin in a longer text.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), hex::encode(secret), hex::encode_upper(secret)];
    for offset in 0..3 {
        let padded = [&vec![0; offset], secret.as_bytes()].concat();
        // Characters that hold bits of neighbours are left out at both ends.
        let (start, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        forms.push(STANDARD_NO_PAD.encode(&padded)[start..end].to_owned());
        forms.push(URL_SAFE_NO_PAD.encode(&padded)[start..end].to_owned());
    }
    forms
}

fn files(directories: &[PathBuf]) -> Vec<PathBuf> {
    let entries = directories.iter().flat_map(|directory| std::fs::read_dir(directory).unwrap());
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

/// ASCII survives as it stands; the canaries are ASCII.
fn content(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}
