//! `keyferry backup`, `restore` and `doctor` beside a running server, as an operator uses them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use keyferry_test_support::{TestBackend, backends, canary};
use serde_json::{Value, json};

use crate::harness::{Checkly, Ended, Installation, Journey, run_to_end};

async fn keyferry(installation: &Installation, arguments: &[&str]) -> Ended {
    let mut command = installation.verb(arguments[0]);
    command.args(&arguments[1..]);
    run_to_end(command).await
}

fn state(report: &Value, check: &str) -> String {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|found| found["check"] == check).unwrap_or_else(|| panic!("no {check} in {report}"));
    found["state"].as_str().unwrap().to_owned()
}

async fn doctor(installation: &Installation) -> (bool, Value) {
    let ended = keyferry(installation, &["doctor", "--json"]).await;
    let report = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended.status.success(), report)
}

fn copy_root_key(from: &Installation, to: &Installation) {
    std::fs::create_dir_all(to.data_dir()).unwrap();
    std::fs::copy(from.data_dir().join("root.key"), to.data_dir().join("root.key")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_moves_to_the_other_backend() {
    let other = *backends().last().unwrap();
    let checkly = Checkly::start().await;
    let source = Installation::new(TestBackend::Sqlite, checkly.url()).await;
    let server = source.start().await;
    let mut journey = Journey::begin(&server).await;
    let value = canary("value");
    journey.create_secrets(vec![json!({"secretKey": "TOKEN", "secretValue": value})]).await;
    let connection = journey.connect(&checkly).await;
    let sync = journey.create_sync(&checkly, &connection).await;
    journey.wait_until_synced(&sync).await;

    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).display().to_string();
    let (file, passphrase) = (path("monday.backup"), path("passphrase"));
    std::fs::write(&passphrase, "short\n").unwrap();
    let weak = keyferry(&source, &["backup", "create", &file, "--passphrase-file", &passphrase]).await;
    assert!(!weak.status.success() && weak.stderr.contains("too short"), "{weak:?}");
    assert!(!Path::new(&file).exists());

    let secret = canary("passphrase");
    std::fs::write(&passphrase, format!("{secret}\n")).unwrap();
    let mut create = Command::new("sh");
    let verb = source.verb("backup");
    create.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(verb.get_program());
    create.args(verb.get_args()).args(["create", &file, "--passphrase-file", &passphrase]);
    for (name, value) in verb.get_envs() {
        match value {
            Some(value) => create.env(name, value),
            None => create.env_remove(name),
        };
    }
    let made = run_to_end(create).await;
    assert!(made.status.success(), "{made:?}");
    assert!(!made.stdout.contains(&secret) && !made.stderr.contains(&secret));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = keyferry(&source, &["backup", "create", &file, "--passphrase-file", &passphrase]).await;
    assert!(!again.status.success() && again.stderr.contains("--force"), "{again:?}");
    let verified = keyferry(&source, &["backup", "verify", &file, "--passphrase-file", &passphrase]).await;
    assert!(verified.status.success() && verified.stdout.contains("secret_syncs"), "{verified:?}");

    let locked = keyferry(&source, &["restore", &file, "--passphrase-file", &passphrase]).await;
    assert!(!locked.status.success() && locked.stderr.contains("stop it first"), "{locked:?}");
    server.terminate();
    assert!(server.ended().await.success());
    let used = keyferry(&source, &["restore", &file, "--passphrase-file", &passphrase]).await;
    assert!(!used.status.success() && used.stderr.contains("in use"), "{used:?}");

    let target = Installation::new(other, checkly.url()).await;
    if other == TestBackend::Postgres {
        let wrong = keyferry(&target, &["restore", &file, "--passphrase-file", &passphrase]).await;
        assert!(!wrong.status.success() && wrong.stderr.contains("fingerprint"), "{wrong:?}");
    } else {
        let keyless = keyferry(&target, &["restore", &file, "--passphrase-file", &passphrase]).await;
        assert!(!keyless.status.success() && keyless.stderr.contains("root key with fingerprint"), "{keyless:?}");
        assert!(!target.data_dir().join("keyferry.db").exists(), "nothing is left behind");
    }
    copy_root_key(&source, &target);
    let restored = keyferry(&target, &["restore", &file, "--passphrase-file", &passphrase]).await;
    assert!(restored.status.success() && restored.stdout.contains("Paused syncs: 1"), "{restored:?}");

    let (is_well, report) = doctor(&target).await;
    assert!(is_well, "{report}");
    assert_eq!(state(&report, "paused syncs"), "warn");
    let server = target.start().await;
    journey.sign_in(&server).await;
    let token = format!("/api/v4/secrets/TOKEN?projectId={}&environment=prod&secretPath=/", journey.project);
    assert_eq!(journey.client.get(&token).await["secret"]["secretValue"], value);
    let writes = checkly.writes().len();
    let body = json!({"projectId": journey.project, "environment": "prod", "secretPath": "/", "secretValue": "newer"});
    journey.client.patch("/api/v4/secrets/TOKEN", body).await;
    assert_eq!(journey.client.get(&sync).await["secretSync"]["syncStatus"], "succeeded", "as it was at the backup");
    assert_eq!(checkly.writes().len(), writes, "a restored server writes nothing by itself");

    journey.client.patch(&sync, json!({"isAutoSyncEnabled": true})).await;
    journey.wait_until_synced(&sync).await;
    assert!(checkly.state().variables(checkly.account()).iter().any(|v| v.key == "TOKEN" && v.value == "newer"));
    server.terminate();
    assert!(server.ended().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_to_do() {
    let checkly = Checkly::start().await;
    let installation = Installation::new(TestBackend::Sqlite, checkly.url()).await;
    let (is_well, report) = doctor(&installation).await;
    assert!(!is_well);
    assert_eq!(state(&report, "database"), "fail");

    let server = installation.start().await;
    let journey = Journey::begin(&server).await;
    journey.create_secrets(vec![json!({"secretKey": "TOKEN", "secretValue": canary("value")})]).await;
    let (is_well, report) = doctor(&installation).await;
    assert!(is_well, "{report}");
    for check in ["root key", "root key fits", "data directory", "database", "schema", "integrity", "clock", "jobs", "Checkly"] {
        assert_eq!(state(&report, check), "ok", "{check}: {report}");
    }
    assert_eq!(state(&report, "root key place"), "warn");
    let key = std::fs::read_to_string(installation.data_dir().join("root.key")).unwrap();
    assert!(!report.to_string().contains(key.trim()));

    let key_file = installation.data_dir().join("root.key");
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::set_permissions(installation.data_dir(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (is_well, report) = doctor(&installation).await;
    assert!(!is_well);
    assert_eq!(state(&report, "root key file"), "fail");
    assert_eq!(state(&report, "data directory"), "fail");

    std::fs::write(&key_file, "44".repeat(32)).unwrap();
    let (is_well, report) = doctor(&installation).await;
    assert!(!is_well);
    assert_eq!(state(&report, "root key fits"), "fail");
    let table = keyferry(&installation, &["doctor"]).await;
    assert_eq!(table.status.code(), Some(1));
    assert!(table.stdout.contains("what to do") && table.stdout.contains("chmod 600"), "{}", table.stdout);
}
