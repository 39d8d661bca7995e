//! `cargo xtask bench`: side-by-side benchmarks that print ratios and keep a JSON report.

use clap::Subcommand;

use crate::cargo;

/// What is measured.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Bench {
    /// Reads, lists, writes and logins beside a trivial server on the same framework.
    Api,
    /// Calls and time of syncs beside three other strategies, propagation, idle memory, size of the program.
    Sync,
    /// Pages of a project with 10 000 secrets beside their budgets.
    Ui,
}

/// Builds in the release profile and runs.
pub fn run(bench: Bench) -> anyhow::Result<()> {
    let name = match bench {
        Bench::Api => "api",
        Bench::Sync => "sync",
        Bench::Ui => "ui",
    };
    cargo::run(&mut cargo::command(["build", "--release", "-p", "keyferry", "-p", "keyferry-benches"]))?;
    let release = cargo::target_debug().with_file_name("release");
    let mut command = std::process::Command::new(release.join("keyferry-benches"));
    command
        .arg("--program")
        .arg(release.join("keyferry"))
        .arg("--report")
        .arg(release.with_file_name(format!("bench/{name}.json")))
        .arg(name);
    cargo::without_settings(&mut command);
    cargo::run(&mut command)
}
