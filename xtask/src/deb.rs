//! `cargo xtask deb`: the Debian package, with what the program itself writes for shells and for `man`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::{cargo, say};

/// Below the root: what the program writes, for `[package.metadata.deb]` to pick up.
pub const EXTRAS: &str = "target/package";
/// Shells and the files that Debian's own look for.
const SHELLS: [(&str, &str); 3] = [("bash", "keyferry.bash"), ("zsh", "_keyferry"), ("fish", "keyferry.fish")];

/// Builds in the release profile and packs.
///
/// # Errors
/// When `cargo deb` is not installed or a step fails.
pub fn run() -> anyhow::Result<()> {
    let has_tool = cargo::command(["deb", "--version"]).output().is_ok_and(|output| output.status.success());
    ensure!(has_tool, "cargo-deb is missing: cargo install cargo-deb");
    cargo::run(&mut cargo::command(["build", "--release", "--locked", "--package", "keyferry"]))?;
    write_extras(&cargo::target_debug().with_file_name("release/keyferry"), &cargo::root().join(EXTRAS))?;
    cargo::run(&mut cargo::command(["deb", "--no-build", "--locked", "--package", "keyferry"]))
}

/// Has the program write manual pages and completions into a folder, which is emptied first.
///
/// # Errors
/// When the program fails, or what it wrote is not what it should be.
pub fn write_extras(program: &Path, folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let pages = folder.join("man");
    fs::create_dir_all(&pages)?;
    output(Command::new(program).arg("man").arg(&pages))?;
    for page in files(&pages)? {
        let text = fs::read_to_string(&page)?;
        ensure!(text.contains("\n.TH ") && page.extension().is_some_and(|end| end == "1"), "{} is no page", page.display());
    }
    for (shell, name) in SHELLS {
        let script = output(Command::new(program).args(["completions", shell]))?;
        ensure!(script.contains("keyferry"), "the completions for {shell} complete something else");
        fs::write(folder.join(name), script)?;
    }
    // The only shell that is on every machine that builds packages.
    output(Command::new("bash").arg("-n").arg(folder.join("keyferry.bash"))).context("the completions for bash")?;
    Ok(())
}

/// Writes the extras with the program of the dev profile and compares them with what the package takes.
///
/// # Errors
/// When the package names a file that is not written, or leaves one out.
pub fn check() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    write_extras(&cargo::target_debug().join("keyferry"), folder.path())?;
    let manifest = fs::read_to_string(cargo::root().join("crates/keyferry/Cargo.toml"))?;
    let mut taken = Vec::new();
    for source in manifest.lines().filter_map(|line| line.trim().strip_prefix("[\"../../target/package/")?.split('"').next()) {
        match source.strip_suffix("*.1") {
            Some(pages) => taken.extend(files(&folder.path().join(pages))?),
            None => taken.push(folder.path().join(source)),
        }
    }
    taken.sort();
    let mut written = files(folder.path())?;
    written.extend(files(&folder.path().join("man"))?);
    written.sort();
    ensure!(taken == written, "the package takes {taken:?}, the program writes {written:?}");
    say(format_args!("package: {} manual pages and completions", written.len()));
    Ok(())
}

/// The files right in a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    cargo::without_settings(command);
    let output = command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", command.get_program().display());
    Ok(String::from_utf8(output.stdout)?)
}
