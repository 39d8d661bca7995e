//! Side-by-side benchmarks. They print ratios within one run and keep a JSON report; nothing here asserts a time.

mod api;
mod client;
mod process;
mod sync;
mod ui;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "keyferry-benches")]
struct Cli {
    /// The `keyferry` program under test, a release build.
    #[arg(long)]
    program: std::path::PathBuf,
    /// Where the JSON report goes.
    #[arg(long)]
    report: std::path::PathBuf,
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Requests to the API beside a trivial server: processor time, rate, memory.
    Api,
    /// The trivial server.
    #[command(hide = true)]
    Hello { listen: String },
    /// Syncs to a simulated Checkly at 20 ms a call, beside three other strategies; idle memory; size of the program.
    Sync,
    /// Pages of a project with 10 000 secrets beside their budgets: time, size, elements, first load.
    Ui,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    keyferry_connectors::tls::install();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Bench::Hello { listen } = &cli.bench {
        return runtime.block_on(api::hello::serve(listen));
    }
    let report = match cli.bench {
        Bench::Hello { .. } => return Ok(()),
        Bench::Api => runtime.block_on(api::run(&cli.program))?,
        Bench::Sync => runtime.block_on(sync::run(&cli.program))?,
        Bench::Ui => runtime.block_on(ui::run(&cli.program))?,
    };
    if let Some(dir) = cli.report.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(&cli.report, serde_json::to_string_pretty(&report)?)?;
    say(format_args!("report: {}", cli.report.display()));
    Ok(())
}

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "the benchmark's result")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
