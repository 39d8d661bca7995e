//! `cargo xtask clients`: the official clients and Schemathesis, which the end-to-end tests run, at exact versions, in
//! `target/clients`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, thread};

use anyhow::{Context as _, anyhow, bail};

use crate::{cargo, debian, say};

/// How often an installation from a package registry is tried.
const ATTEMPTS: u32 = 3;
/// Written last into each folder: what it holds, so that nothing is installed twice.
const STAMP: &str = "installed";

/// Makes sure that Python and Node are there, installs the clients of both and builds the one in Rust.
///
/// # Errors
/// When a program is missing and we may not install it, or an installation fails three times.
pub fn prepare() -> anyhow::Result<()> {
    find_or_install()?;
    let target = cargo::target_debug().parent().context("the build directory")?.join("clients");
    fs::create_dir_all(&target)?;
    // An installation waits for the network, a build for the processor.
    thread::scope(|scope| {
        let jobs = [
            scope.spawn(|| python(&target.join("python"), &root().join("python/requirements.txt"))),
            scope.spawn(|| python(&target.join("schemathesis"), &root().with_file_name("openapi").join("requirements.txt"))),
            scope.spawn(|| node(&target, "5")),
            scope.spawn(|| node(&target, "4")),
            scope.spawn(|| rust(&target)),
        ];
        jobs.into_iter().try_for_each(|job| job.join().map_err(|_| anyhow!("preparing a client panicked"))?)
    })
}

fn find_or_install() -> anyhow::Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let needs =
        "the tests run the official clients and need Python 3.10 or newer with venv, Node.js 18 or newer and npm on the PATH";
    if !debian::may_install() {
        bail!("{needs}; install them (Debian: apt-get install {}) and run this again", missing.join(" "));
    }
    debian::install(&missing).with_context(|| format!("{needs}: installing them"))?;
    if !self::missing().is_empty() {
        bail!("{needs}; what Debian has is older");
    }
    Ok(())
}

/// Debian's packages of the programs that are not there or too old.
fn missing() -> Vec<&'static str> {
    let python = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";
    let node = "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)";
    let programs = [
        ("python3-venv", is_there("python3", &["-c", python])),
        ("nodejs", is_there("node", &["-e", node])),
        ("npm", is_there("npm", &["--version"])),
    ];
    programs.into_iter().filter_map(|(package, is_there)| (!is_there).then_some(package)).collect()
}

fn is_there(program: &str, args: &[&str]) -> bool {
    let status = Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Python packages in an environment of their own.
fn python(target: &Path, requirements: &Path) -> anyhow::Result<()> {
    let wanted = fs::read_to_string(requirements)?;
    install(target, &wanted, |folder| {
        cargo::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--requirement"])
            .arg(requirements);
        cargo::run(&mut pip)
    })
}

/// One version of the npm package, by its lock file.
fn node(target: &Path, major: &str) -> anyhow::Result<()> {
    let sources = root().join("node").join(major);
    let lock = fs::read_to_string(sources.join("package-lock.json"))?;
    install(&target.join(format!("node-{major}")), &lock, |folder| {
        fs::create_dir_all(folder)?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(sources.join(name), folder.join(name))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
        cargo::run(&mut npm)
    })
}

/// The program around the Rust client; cargo sees by itself whether it is built.
fn rust(target: &Path) -> anyhow::Result<()> {
    let manifest = root().join("rust/Cargo.toml");
    try_often("the Rust client", || {
        let mut build = cargo::command(["build", "--quiet", "--locked", "--manifest-path"]);
        build.arg(&manifest).env("CARGO_TARGET_DIR", target.join("rust"));
        cargo::run(&mut build)
    })
}

/// Fills a folder anew unless it holds what is wanted.
fn install(folder: &Path, wanted: &str, fill: impl Fn(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|held| held == wanted) {
        return Ok(());
    }
    try_often(&folder.display().to_string(), || {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fill(folder)
    })?;
    Ok(fs::write(folder.join(STAMP), wanted)?)
}

fn try_often(what: &str, work: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut attempt = 1;
    loop {
        match work() {
            Ok(()) => return Ok(()),
            Err(error) if attempt == ATTEMPTS => {
                return Err(error)
                    .with_context(|| format!("{what}: failed {ATTEMPTS} times; is there a way to the package registry?"));
            }
            Err(error) => say(format_args!("{what}: attempt {attempt} of {ATTEMPTS} failed: {error:#}")),
        }
        attempt += 1;
    }
}

fn root() -> PathBuf {
    cargo::root().join("tests/clients")
}
