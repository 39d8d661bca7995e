//! Checks what `packaging/` holds for systemd with systemd's own tool. What the files name is checked by the tests of `xtask`.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::{cargo, say};

/// Parses units and rates their sandbox.
const TOOL: &str = "systemd-analyze";
/// The highest exposure the unit may have, in tenths: 0 is a closed box, 100 none.
const MAX_EXPOSURE: u32 = 15;

/// Verifies the unit, or says that this machine cannot.
///
/// # Errors
/// When the tool finds a mistake, or a sandbox weaker than it was.
pub fn check() -> anyhow::Result<()> {
    if Command::new(TOOL).arg("--version").output().is_err() {
        say(format_args!("NOT CHECKED: packaging/keyferry.service, for want of {TOOL} (Debian: apt-get install systemd)"));
        return Ok(());
    }
    // The program named by the unit need not be installed here; any other will do.
    let directory = tempfile::tempdir()?;
    let copy = directory.path().join("keyferry.service");
    let unit = std::fs::read_to_string(cargo::root().join("packaging/keyferry.service"))?;
    std::fs::write(&copy, unit.replace("/usr/bin/keyferry", "/bin/true"))?;
    analyze(&copy, &["verify", "--man=no"])?;
    let threshold = format!("--threshold={MAX_EXPOSURE}");
    analyze(&copy, &["security", "--offline=true", "--no-pager", &threshold])
}

fn analyze(unit: &Path, args: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(TOOL).args(args).arg(unit).output().with_context(|| format!("cannot start {TOOL}"))?;
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    anyhow::ensure!(output.status.success(), "{TOOL} {}:\n{said}", args.join(" "));
    say(format_args!("$ {TOOL} {} keyferry.service: {}", args.join(" "), said.lines().last().unwrap_or("nothing to say").trim()));
    Ok(())
}
