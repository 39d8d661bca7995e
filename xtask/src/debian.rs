//! Installs Debian's packages where that is in our power: as root, on Debian and its kin.

use std::path::Path;
use std::process::Command;

use rustix::process::getuid;

use crate::cargo;

/// Whether we may install.
pub fn may_install() -> bool {
    getuid().is_root() && Path::new("/etc/debian_version").exists()
}

/// Installs packages without asking anything.
///
/// # Errors
/// When apt fails.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    cargo::run(apt(&["update", "-q"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut install = apt(&["install", "-qy", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]);
    cargo::run(install.args(packages).env("DEBIAN_FRONTEND", "noninteractive").env("UCF_FORCE_CONFFOLD", "1"))
}

fn apt(args: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(args);
    command
}
