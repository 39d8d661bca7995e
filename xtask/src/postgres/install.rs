//! Finds the PostgreSQL programs, or installs Debian's package when that is in our power.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::installed;
use crate::debian;

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
    if !debian::may_install() {
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
    debian::install(&["postgresql"])
}
