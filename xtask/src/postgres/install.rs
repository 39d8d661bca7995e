//! Finds the PostgreSQL programs, or installs Debian's package when that is in our power.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use rustix::process::getuid;

use super::installed;
use crate::cargo;

/// Where Debian's package reads whether it shall make and start a cluster of its own.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";

/// The directory with `initdb`, `postgres` and `pg_isready`.
///
/// # Errors
/// Says what to install when it is missing and we may not install it.
pub fn find_or_install() -> anyhow::Result<PathBuf> {
    if let Some(binaries) = installed() {
        return Ok(binaries);
    }
    if !(getuid().is_root() && Path::new("/etc/debian_version").exists()) {
        bail!(
            "the tests need PostgreSQL's programs under /usr/lib/postgresql/<version>/bin; \
             install them (Debian and Ubuntu: apt-get install postgresql) and run this again"
        );
    }
    install().context("installing PostgreSQL")?;
    installed().context("PostgreSQL is installed, but its programs are not under /usr/lib/postgresql/<version>/bin")
}

fn install() -> anyhow::Result<()> {
    let configuration = Path::new(CREATE_CLUSTER);
    if !configuration.exists() {
        // Without this the package starts a server of its own at once.
        let directory = configuration.parent().context("no parent directory")?;
        std::fs::create_dir_all(directory)?;
        std::fs::write(configuration, "create_main_cluster = false\n")?;
    }
    cargo::run(apt(["update", "-q"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut install = apt(["install", "-qy", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "postgresql"]);
    cargo::run(install.env("DEBIAN_FRONTEND", "noninteractive").env("UCF_FORCE_CONFFOLD", "1"))
}

fn apt<const N: usize>(args: [&str; N]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(args);
    command
}
