//! Root key, permissions, disk space.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::config::Config;
use crate::server::root_key;

/// Less free space than this is a matter for today, and than that for now.
const LITTLE_SPACE: u64 = 1024 * 1024 * 1024;
const NO_SPACE: u64 = 64 * 1024 * 1024;

/// Checks what lies on this machine's disk.
pub fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![root_key_present(config)];
    if config.root_key.is_none() && config.root_key_file.value.exists() {
        findings.push(private("root key file", &config.root_key_file.value, 0o600));
        findings.extend(root_key_apart(config));
    }
    if let Some(database) = config.sqlite_file() {
        findings.push(private("data directory", &config.data_dir.value, 0o700));
        findings.extend(database_files(&database).iter().map(|file| private("database file", file, 0o600)));
        findings.push(space(&config.data_dir.value));
    }
    findings
}

fn root_key_present(config: &Config) -> Finding {
    match root_key::find(config, None) {
        Ok(key) => Finding::ok("root key", format!("fingerprint {}", key.fingerprint())),
        Err(error) => Finding::fail("root key", format!("{error:#}"), "put the key back, from the copy you keep apart"),
    }
}

/// Whoever takes the directory, or a disk image of it, has both the lock and the key.
fn root_key_apart(config: &Config) -> Option<Finding> {
    let directory = |file: &Path| file.parent().and_then(|parent| parent.canonicalize().ok());
    let database = config.sqlite_file()?;
    let beside = directory(&database)? == directory(&config.root_key_file.value)?;
    Some(if beside {
        Finding::warn(
            "root key place",
            "the root key lies beside the database: a copy of the directory opens everything",
            "move it elsewhere and set KEYFERRY_ROOT_KEY_FILE (or use a service credential); keep a copy offline",
        )
    } else {
        Finding::ok("root key place", "apart from the database")
    })
}

fn database_files(database: &Path) -> Vec<PathBuf> {
    let endings = ["", "-wal", "-shm"];
    let names = endings.iter().map(|ending| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    names.filter(|file| file.exists()).collect()
}

fn private(check: &'static str, path: &Path, wanted: u32) -> Finding {
    let shown = path.display();
    match path.metadata() {
        Ok(metadata) => {
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 == 0 {
                Finding::ok(check, format!("{shown} is private ({mode:04o})"))
            } else {
                Finding::fail(check, format!("{shown} is open to others ({mode:04o})"), format!("chmod {wanted:o} {shown}"))
            }
        }
        Err(error) => Finding::fail(check, format!("{shown}: {error}"), "run as the server's user, or start the server first"),
    }
}

fn space(directory: &Path) -> Finding {
    const CHECK: &str = "disk space";
    let state = match rustix::fs::statvfs(directory) {
        Ok(state) => state,
        Err(error) => return Finding::warn(CHECK, format!("{}: {error}", directory.display()), "look at the disk by hand"),
    };
    let free = state.f_bavail.saturating_mul(state.f_frsize);
    let detail = format!("{} MiB free at {}", free / (1024 * 1024), directory.display());
    let advice = "make room: without space every write is refused (reads go on)";
    if free < NO_SPACE {
        Finding::fail(CHECK, detail, advice)
    } else if free < LITTLE_SPACE {
        Finding::warn(CHECK, detail, advice)
    } else {
        Finding::ok(CHECK, detail)
    }
}
