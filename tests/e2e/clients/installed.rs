//! Finds the clients that `cargo xtask clients` has installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A script of `tests/clients/python`.
pub fn python(script: &str) -> Command {
    let mut command = bare(&folder().join("python/bin/python"));
    // Nothing is written beside the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(scripts().join("python").join(script));
    command
}

/// The script of `tests/openapi`.
pub fn schemathesis() -> Command {
    let mut command = bare(&folder().join("schemathesis/bin/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(scripts().with_file_name("openapi").join("run.py"));
    command
}

/// The script of `tests/clients/node` with this major version of the package.
pub fn node(major: &str) -> Command {
    let mut command = bare(Path::new("node"));
    command.env("KEYFERRY_CLIENTS_MODULES", folder().join(format!("node-{major}"))).env("KEYFERRY_CLIENTS_MAJOR", major);
    command.arg(scripts().join("node/sdk.mjs"));
    command
}

/// The program of `tests/clients/rust`.
pub fn rust() -> Command {
    bare(&folder().join("rust/debug/infisical-client-check"))
}

/// A command that sees nothing of the caller's environment, where a proxy or a cloud's credentials may be set.
fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8").stdin(Stdio::null());
    // The logins for AWS sign with any credentials, and ask no metadata service when there are some.
    let aws = [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key")];
    command.envs(aws).env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// `target/clients`, filled first unless `cargo xtask test` did.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        if std::env::var_os("KEYFERRY_TEST_PREBUILT").is_none() {
            let prepared = Command::new(env!("CARGO")).args(["xtask", "clients"]).status().unwrap();
            assert!(prepared.success(), "the clients cannot be installed");
        }
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(3).unwrap().join("clients");
        assert!(folder.is_dir(), "{} is missing: run `cargo xtask clients`", folder.display());
        folder
    })
}
