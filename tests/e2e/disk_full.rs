//! SQLite without room: clean refusals, nothing half written, and work goes on without a restart once there is room.
//!
//! Twice: with a limit on the size of files, which every user may set on an own process, and on a small file system of its own
//! where mounting one is allowed (as root, outside of most containers); where not, the test says so on standard error.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use keyferry_test_support::{TestBackend, canary, eventually};
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::json;

use crate::harness::{Checkly, Installation, Journey, run_to_end};

/// Secrets in a batch.
const BATCH: usize = 5;
/// Batches until the disk must be full: ten times the room there is.
const MOST_BATCHES: usize = 3_000;

fn pairs(value: &str) -> Vec<(String, String)> {
    (0..BATCH).map(|n| (format!("KEY_{n}"), value.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn i05_files_that_must_not_grow() {
    let checkly = Checkly::start().await;
    let installation = Installation::new(TestBackend::Sqlite, checkly.url()).await;
    // Ignored signals stay ignored in a program that is started: without this the kernel ends it at the limit.
    let serve = installation.command();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let server = installation.start_command(command).await;
    let pid = server.pid();
    let limit = |current: Option<u64>| {
        prlimit(Some(pid), Resource::Fsize, Rlimit { current, maximum: None }).unwrap();
    };
    let journey = Journey::begin(&server).await;
    let log = installation.data_dir().join("keyferry.db-wal");
    run_full(&journey, &checkly, || limit(Some(std::fs::metadata(&log).unwrap().len() + 64 * 1024)), || limit(None)).await;
    server.terminate();
    assert!(server.ended().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn i05_a_disk_that_is_full() {
    let checkly = Checkly::start().await;
    let installation = Installation::new(TestBackend::Sqlite, checkly.url()).await;
    std::fs::create_dir_all(installation.data_dir()).unwrap();
    let Some(disk) = SmallDisk::mount(installation.data_dir()) else { return };
    let server = installation.start().await;
    let journey = Journey::begin(&server).await;
    let ballast = installation.data_dir().join("ballast");
    let fill = || {
        // As much as fits: the last piece is cut short by the lack of room.
        use std::io::Write as _;
        let mut file = std::fs::File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    };
    run_full(&journey, &checkly, fill, || std::fs::remove_file(&ballast).unwrap()).await;
    server.terminate();
    assert!(server.ended().await.success());
    drop(disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn i05_a_disk_that_cannot_be_written_refuses_the_start() {
    let installation = Installation::new(TestBackend::Sqlite, "http://127.0.0.1:9".to_owned()).await;
    std::fs::create_dir_all(installation.data_dir()).unwrap();
    let Some(disk) = SmallDisk::mount(installation.data_dir()) else { return };
    let server = installation.start().await;
    Journey::begin(&server).await;
    server.terminate();
    assert!(server.ended().await.success());
    disk.remount("ro");
    let ended = run_to_end(installation.command()).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(ended.stderr.trim_end().lines().count(), 1, "{ended:?}");
    disk.remount("rw");
    drop(installation.start().await);
}

/// Writes until there is no room, looks around, makes room, goes on.
async fn run_full(journey: &Journey, checkly: &Checkly, fill: impl FnOnce(), make_room: impl FnOnce()) {
    let connection = journey.connect(checkly).await;
    journey.put(&pairs("first")).await;
    let sync = journey.create_sync(checkly, &connection).await;
    journey.wait_until_synced(&sync).await;

    fill();
    let mut stored = "first".to_owned();
    let mut refused = None;
    for n in 0..MOST_BATCHES {
        let value = format!("{n} {}", canary("x").repeat(50));
        let body = journey.put_body(&pairs(&value));
        let (status, answer) = journey.client.try_call("PATCH", "/api/v4/secrets/batch", Some(&body)).await.expect("an answer");
        if status == 200 {
            stored = value;
            continue;
        }
        assert_eq!(status, 503, "{answer}");
        assert!(!answer.to_string().contains(&value), "{answer}");
        refused = Some(value);
        break;
    }
    let refused = refused.expect("the disk is full after so much");
    // Reads are refused while their audit row cannot be written (decision 4), and right when they are answered.
    let read = format!("/api/v4/secrets?projectId={}&environment=prod&secretPath=/", journey.project);
    for _ in 0..5 {
        let (status, body) = journey.client.try_call("GET", &read, None).await.expect("an answer");
        assert!(status == 200 || status == 503, "{status}: {body}");
        if status == 200 {
            let values = body["secrets"].as_array().unwrap().iter().map(|secret| secret["secretValue"].as_str().unwrap());
            let of = |value: &str| value.chars().take(16).collect::<String>();
            values.for_each(|value| {
                assert!(value == stored, "{:?} instead of {:?}; refused was {:?}", of(value), of(&stored), of(&refused))
            });
        }
        let body = journey.put_body(&pairs("refused too"));
        let (status, answer) = journey.client.try_call("PATCH", "/api/v4/secrets/batch", Some(&body)).await.expect("an answer");
        assert!(status == 503 || status == 200, "{status}: {answer}");
        if status == 200 {
            // A little room is left for a small one.
            "refused too".clone_into(&mut stored);
        }
    }
    let (status, _) = journey.client.try_call("GET", "/healthz", None).await.expect("alive");
    assert_eq!(status, 200);

    make_room();
    let listed = eventually("reads go on", async || {
        let (status, body) = journey.client.try_call("GET", &read, None).await?;
        (status == 200).then_some(body)
    })
    .await;
    let held: BTreeMap<&str, &str> = listed["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| (secret["secretKey"].as_str().unwrap(), secret["secretValue"].as_str().unwrap()))
        .collect();
    assert_eq!(held.len(), BATCH);
    assert!(held.values().all(|value| **value == stored), "not what was acknowledged last");
    assert_ne!(stored, refused);
    eventually("writes go on", async || {
        let body = journey.put_body(&pairs("last"));
        let (status, _) = journey.client.try_call("PATCH", "/api/v4/secrets/batch", Some(&body)).await?;
        (status == 200).then_some(())
    })
    .await;
    let wanted: BTreeMap<String, String> = pairs("last").into_iter().collect();
    eventually("the last value arrives at Checkly", async || {
        let state = journey.client.get(&sync).await;
        (checkly.held("") == wanted && state["secretSync"]["syncStatus"] == "succeeded").then_some(())
    })
    .await;
    for run in journey.runs(&sync).await {
        assert_ne!(run["status"], "running", "{run}");
    }
    journey.client.post(&format!("{sync}/sync-secrets"), json!({})).await;
    journey.wait_until_synced(&sync).await;
}

/// A file system of some megabytes; dropping it takes it away.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where mounting is not allowed.
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    fn mount(at: PathBuf) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs"]).arg(&at).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at)),
            other => {
                eprintln!("NOT TESTED: a full disk of its own needs the right to mount one: {other:?}");
                None
            }
        }
    }

    fn remount(&self, mode: &str) {
        let options = format!("remount,{mode}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}
