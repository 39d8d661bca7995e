//! Starts that cannot succeed: one line that says why, exit code 1, and nothing changed.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;

use keyferry_db::{Db, DbConfig};
use keyferry_test_support::{TestBackend, backends};

use crate::harness::{Checkly, Ended, Installation, Journey, command, run_to_end};

/// A closed port: nobody listens on the discard service here.
const UNREACHABLE: &str = "postgres://nobody:password-in-url@127.0.0.1:9/none";

#[tokio::test]
async fn a_port_in_use() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    let mut serve = installation.command();
    serve.env("KEYFERRY_LISTEN", &address);
    refused(&run_to_end(serve).await, &[&address]);
    assert!(!installation.data_dir().exists(), "a data directory was made");
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_written() {
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    let file = installation.logs().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    for inside in [file.clone(), file.join("data")] {
        let mut serve = installation.command();
        serve.env("KEYFERRY_DATA_DIR", &inside);
        refused(&run_to_end(serve).await, &["data directory", inside.to_str().unwrap()]);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a directory");
}

#[tokio::test]
async fn a_database_that_does_not_answer() {
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    let mut serve = installation.command();
    serve.env("KEYFERRY_DATABASE_URL", UNREACHABLE).env("KEYFERRY_ROOT_KEY", "11".repeat(32));
    let ended = run_to_end(serve).await;
    refused(&ended, &["database"]);
    assert!(!ended.stderr.contains("password-in-url"), "{}", ended.stderr);
    assert!(!installation.data_dir().exists(), "a data directory was made");
}

#[tokio::test]
async fn a_setting_nobody_knows() {
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    let mut serve = installation.command();
    serve.env("KEYFERRY_DATA_DIRECTORY", "/elsewhere");
    refused(&run_to_end(serve).await, &["KEYFERRY_DATA_DIRECTORY", "KEYFERRY_DATA_DIR"]);
    assert!(!installation.data_dir().exists(), "a data directory was made");
}

#[tokio::test]
async fn variables_that_kubernetes_injects_are_no_settings() {
    let mut check = command();
    check.args(["config", "check"]).env("KEYFERRY_PORT_8080_TCP", "tcp://10.0.0.1:8080").env("KEYFERRY_SERVICE_HOST", "10.0.0.1");
    let ended = run_to_end(check).await;
    assert!(ended.status.success(), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_key_that_is_wrong_or_missing() {
    for backend in backends() {
        let checkly = Checkly::start().await;
        let installation = Installation::new(backend, checkly.url()).await;
        let server = installation.start().await;
        Journey::begin(&server).await;
        server.terminate();
        assert!(server.ended().await.success());

        let key_file = installation.data_dir().join("root.key");
        let key = std::fs::read_to_string(&key_file).unwrap();
        let before = contents(&installation.data_dir());
        for other in [Some("22".repeat(32)), Some("not a key".to_owned()), None] {
            match &other {
                Some(other) => std::fs::write(&key_file, other).unwrap(),
                None => std::fs::remove_file(&key_file).unwrap(),
            }
            let ended = run_to_end(installation.command()).await;
            refused(&ended, &["root key"]);
            if other.is_none() {
                assert!(!key_file.exists(), "a new root key was made for an old database");
            }
            std::fs::write(&key_file, &key).unwrap();
            let after = contents(&installation.data_dir());
            let sizes = |files: &BTreeMap<String, Vec<u8>>| files.iter().map(|(n, c)| (n.clone(), c.len())).collect::<Vec<_>>();
            assert!(after == before, "{backend:?}: {:?} became {:?}", sizes(&before), sizes(&after));
        }
        drop(installation.start().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_embedded_database() {
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    let first = installation.start().await;
    refused(&run_to_end(installation.command()).await, &["another Keyferry server", "keyferry.db"]);
    first.client().get("/api/status").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i07_a_database_of_a_newer_version_is_left_alone() {
    for backend in backends() {
        let installation = Installation::new(backend, "http://127.0.0.1:9".to_owned()).await.log("warn");
        drop(installation.start().await);
        let db = Db::connect(&DbConfig { url: installation.database_url(), max_connections: 2 }).await.unwrap();
        keyferry_db::testing::mark_as_newer(&db).await.unwrap();
        let rows = keyferry_db::testing::dump(&db).await.unwrap();
        refused(&run_to_end(installation.command()).await, &["newer version", "m9999_from_the_future"]);
        assert_eq!(keyferry_db::testing::dump(&db).await.unwrap(), rows, "{backend:?}");
        db.close().await;
    }
}

/// Exit code 1 and one line on standard error that holds these words.
#[track_caller]
fn refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(ended.stderr.trim_end().lines().count(), 1, "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "no {word:?} in {}", ended.stderr);
    }
}

/// Every file of a directory. An orderly stop folds SQLite's log back into the file, so both are compared as they are.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
}
